/* SPDX-License-Identifier: MIT */
/* files_csv -- a table of tweets to items.
 *
 * Each row of CSV (RFC 4180; quoted cells may hold lines) becomes a line of JSON,
 * {"csv":{column:cell,...}} without the empty cells, so that decoders know nothing but
 * lines of JSON.  Cells that are lists in JSON are taken as such. */
#ifndef DUNLIN_PIPELINE_SOURCES_FILES_CSV_H
#define DUNLIN_PIPELINE_SOURCES_FILES_CSV_H

#include "pipeline/base/buffer.h"

enum { CSV_HEADER_BYTES_MAX = 65536, CSV_CELL_BYTES_MAX = 1024 * 1024 };

typedef struct csv_table csv_table;
/* True when a first line names columns, of which one is a tweet's id; *separator is the
 * comma, semicolon or tab between them. */
bool csv_is_header(text line, char *separator);
csv_table *csv_table_new(text header, char separator); /* NULL: no memory. */
void csv_table_free(csv_table *t);                     /* NULL is allowed. */
/* Takes bytes up to the end of a row, or all; how many.  *row_ended: *row is then its
 * line, empty for a blank one, borrowed until the next call.  Cells that are not as many
 * as the columns, or a quoted one without an end, add "bad_row".  bytes NULL in *row: no
 * memory. */
size_t csv_table_take(csv_table *t, text bytes, bool *row_ended, text *row);
/* At the end of the input: true when it ended inside a row. */
bool csv_table_end(csv_table *t, text *row);

#endif
