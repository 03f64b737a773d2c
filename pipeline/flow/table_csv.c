/* SPDX-License-Identifier: MIT */
#include "pipeline/flow/table_record.h"

#include <stdlib.h>

void csv_header_deinit(csv_header *h) {
    free(h->columns);
    *h = (csv_header){0};
}

/* A value in quotes, from behind the first one; moves *at behind the last.  False: there
 * is none. */
static bool quoted_field(text line, size_t *at, table_field *f) {
    while (*at < line.count) {
        char byte = line.bytes[(*at)++];
        bool is_quote = byte == '"';
        if (is_quote && (*at == line.count || line.bytes[*at] != '"')) return true;
        *at += is_quote; /* The second of two. */
        field_add(f, byte);
    }
    return false;
}

/* The value at *at, which is moved to the comma behind it or the end; false: its quotes
 * are wrong, as *reason says. */
static bool next_field(text line, size_t *at, table_field *f, const char **reason) {
    bool is_quoted = *at < line.count && line.bytes[*at] == '"';
    f->count = 0;
    f->is_cut = false;
    *at += is_quoted;
    if (is_quoted && !quoted_field(line, at, f)) {
        *reason = "a quote that is not closed";
        return false;
    }
    if (is_quoted && *at < line.count && line.bytes[*at] != ',') {
        *reason = "text behind a quoted value";
        return false;
    }
    for (; *at < line.count && line.bytes[*at] != ','; ++*at) field_add(f, line.bytes[*at]);
    return true;
}

static bool add_column(csv_header *h, size_t column) {
    if (h->count == h->capacity) {
        size_t capacity = h->capacity * 2 + 16;
        uint8_t *grown = realloc(h->columns, capacity);
        if (grown == NULL) return false;
        h->columns = grown;
        h->capacity = capacity;
    }
    h->columns[h->count++] = (uint8_t)column;
    return true;
}

static bool add_name(csv_header *h, const table_field *name, table_record *r, status *s) {
    size_t column = record_find(r->text, name);
    if (column != COLUMN_OTHER && r->has[column])
        return record_fail(r, "a column is there twice", column);
    if (column != COLUMN_OTHER) r->has[column] = true;
    if (!add_column(h, column)) *s = STATUS_NO_MEMORY;
    return *s == STATUS_OK;
}

status csv_header_read(csv_header *h, text line, table_record *r) {
    table_field name;
    const char *reason = NULL;
    status s = STATUS_OK;
    h->count = 0;
    for (size_t at = 0; at <= line.count; at++) {
        if (!next_field(line, &at, &name, &reason)) {
            record_fail(r, reason, COLUMN_OTHER);
            return STATUS_BAD_FORMAT;
        }
        if (!add_name(h, &name, r, &s)) return s == STATUS_OK ? STATUS_BAD_FORMAT : s;
    }
    return record_end(r) ? STATUS_OK : STATUS_BAD_FORMAT;
}

bool csv_read(const csv_header *h, text line, table_record *r) {
    table_field value;
    const char *reason = NULL;
    size_t place = 0;
    for (size_t at = 0; at <= line.count; at++, place++) {
        if (!next_field(line, &at, &value, &reason)) return record_fail(r, reason, COLUMN_OTHER);
        if (place == h->count) return record_fail(r, "more values than columns", COLUMN_OTHER);
        if (!record_put(r, h->columns[place], &value)) return false;
    }
    return place == h->count || record_fail(r, "fewer values than columns", COLUMN_OTHER);
}
