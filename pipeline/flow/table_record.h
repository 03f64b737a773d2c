/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_FLOW_TABLE_RECORD_H
#define DUNLIN_PIPELINE_FLOW_TABLE_RECORD_H

#include "pipeline/base/text.h"
#include "pipeline/flow/schema.h"
#include "pipeline/flow/table_text.h"

/* A line on its way to become a row, whichever its format. */
enum { COLUMNS_MAX = ROW_BYTES_MAX + 1, COLUMN_OTHER = COLUMNS_MAX };
typedef struct {
    const flow_text *text;
    int64_t weight;
    const char *reason, *column; /* Of the first failure; NULL: none yet. */
    bool has[COLUMNS_MAX];
    _Alignas(16) uint8_t row[ROW_BYTES_MAX];
} table_record;

/* A value or a name; what is longer than there is room for is cut and none of ours. */
typedef struct {
    char bytes[256];
    size_t count;
    bool is_cut;
} table_field;

static inline void field_add(table_field *f, char byte) {
    if (f->count < sizeof f->bytes)
        f->bytes[f->count++] = byte;
    else
        f->is_cut = true;
}

void record_begin(table_record *r, const flow_text *t);
/* A column's number, the weight's is the last; COLUMN_OTHER: none of the table's. */
size_t record_find(const flow_text *t, const table_field *name);
/* Sets the failure unless there is one, and returns false. */
bool record_fail(table_record *r, const char *reason, size_t column);
/* A column's value, once; false when it fails. */
bool record_put(table_record *r, size_t column, const table_field *value);
bool record_end(table_record *r); /* False: a column is missing. */

/* The line of a CSV that says which value belongs to which column. */
typedef struct {
    uint8_t *columns; /* By place. */
    size_t count, capacity;
} csv_header;

void csv_header_deinit(csv_header *h);
/* STATUS_BAD_FORMAT with the record's failure. */
status csv_header_read(csv_header *h, text line, table_record *r);
bool csv_read(const csv_header *h, text line, table_record *r);
bool json_line_read(text line, table_record *r);

#endif
