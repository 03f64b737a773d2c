/* SPDX-License-Identifier: MIT */
/* table_text -- tables as text, from their schemas alone: CSV (RFC 4180) and JSON lines.
 *
 * Columns are whole numbers and written in full, so that every row reads back as it
 * was, i128 too.  What is read may come from anywhere: the columns in any order, others
 * beside them, numbers in quotes, CRLF, a byte order mark.  A line that gives no row
 * goes to the list of bad lines with its number and the reason, and the rest goes on. */
#ifndef DUNLIN_PIPELINE_FLOW_TABLE_TEXT_H
#define DUNLIN_PIPELINE_FLOW_TABLE_TEXT_H

#include "pipeline/base/buffer.h"
#include "pipeline/flow/flow.h"

typedef enum { FLOW_CSV, FLOW_JSON_LINES } flow_text_format;

#define FLOW_WEIGHT_COLUMN "_weight"
typedef struct {
    flow_text_format format;
    const flow_schema *schema;
    bool has_weights; /* Behind the schema's columns "_weight"; without it a row counts once. */
} flow_text;

/* The first line of a CSV; nothing for JSON lines. */
void flow_text_header(const flow_text *t, buffer *out);
void flow_text_row(const flow_text *t, const void *row, int64_t weight, buffer *out);

enum { FLOW_LINE_BYTES_MAX = 1 << 16, FLOW_BAD_LINES_MAX = 1000 };
typedef struct {
    uint64_t line;      /* From 1, where the record begins: a quoted value may hold newlines. */
    const char *reason; /* Static. */
    const char *column; /* Which column it is about, or NULL; the schema's. */
} flow_bad_line;
typedef struct {
    uint64_t rows, bad; /* Together all records, but for empty lines and a good header. */
} flow_text_counts;

typedef struct flow_text_reader flow_text_reader;
/* Where rows go, say flow_push; not STATUS_OK ends the reading. */
typedef status (*flow_row_taker)(const void *row, int64_t weight, void *context);
/* The schema and the context are borrowed.  NULL when out of memory. */
flow_text_reader *flow_text_reader_new(const flow_text *t, flow_row_taker take, void *context);
void flow_text_reader_free(flow_text_reader *r); /* NULL is allowed. */
/* Bytes in pieces of any size.  STATUS_BAD_FORMAT: the header is not one of this table,
 * the bad line says why; or what the taker said.  It is the same ever after. */
status flow_text_push(flow_text_reader *r, const char *bytes, size_t count);
status flow_text_end(flow_text_reader *r); /* The last line need not end in a newline. */
flow_text_counts flow_text_counted(const flow_text_reader *r);
/* The first FLOW_BAD_LINES_MAX of them; borrowed until the next push. */
const flow_bad_line *flow_text_bad_lines(const flow_text_reader *r, size_t *count);

#endif
