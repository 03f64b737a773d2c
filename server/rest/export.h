/* SPDX-License-Identifier: MIT */
/* export -- GET /api/v1/export: a board, the map or the timeline as a file.
 *
 * A query's own answer is written again in another form, row by row: so an export can
 * say nothing that the answer does not.  At most 10,000 rows, in memory twice. */
#ifndef DUNLIN_SERVER_REST_EXPORT_H
#define DUNLIN_SERVER_REST_EXPORT_H

#include "server/base/params.h"

typedef enum { EXPORT_CSV, EXPORT_JSONL, EXPORT_GEOJSON } export_format;

typedef struct {
    const char *name;           /* In what=. */
    const char *query;          /* Its path. */
    const char *const *columns; /* Of CSV: paths into a row, NULL-ended. */
    const char *point;          /* The member with lat and lon, "": the row; NULL: none. */
    bool is_columns;            /* `data` is an object of columns, as of the map. */
} export_kind;

typedef struct {
    const export_kind *kind;
    export_format format;
    bool has_limit;
} export_choice;

extern const export_kind export_kinds[];
extern const size_t export_kind_count;

/* Takes what= and format= out of a query string; the others go to `rest` as they came.
 * `initial`: the format when none is named.  False: *e says what is wrong. */
bool export_choose(text query_string, export_format initial, export_choice *c, buffer *rest,
                   param_errors *e);
const char *export_extension(export_format f); /* "csv", ... */
/* `answer`: {"data":...,"includes":...} as the query has written it. */
void export_write(const export_choice *c, text answer, buffer *out);
/* Tweets as pages of X API v2, a page a line; see export_pages.c. */
void export_write_pages(text data, text includes, buffer *out);

#endif
