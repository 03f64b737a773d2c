/* SPDX-License-Identifier: MIT */
#include "pipeline/flow/table_record.h"

static const flow_column weight_column = {FLOW_WEIGHT_COLUMN, FLOW_i64, 0};

/* With the weight's. */
static size_t record_columns(const flow_text *t) {
    return t->schema->column_count + (t->has_weights ? 1U : 0U);
}

static const flow_column *column_at(const flow_text *t, size_t i) {
    return i < t->schema->column_count ? &t->schema->columns[i] : &weight_column;
}

size_t record_find(const flow_text *t, const table_field *name) {
    for (size_t i = 0; i < record_columns(t) && !name->is_cut; i++) {
        const char *known = column_at(t, i)->name;
        if (strlen(known) == name->count && memcmp(known, name->bytes, name->count) == 0) return i;
    }
    return COLUMN_OTHER;
}

void record_begin(table_record *r, const flow_text *t) {
    memset(r, 0, sizeof(*r));
    r->text = t;
    r->weight = 1;
}

bool record_fail(table_record *r, const char *reason, size_t column) {
    if (r->reason != NULL) return false;
    r->reason = reason;
    r->column = column == COLUMN_OTHER ? NULL : column_at(r->text, column)->name;
    return false;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* A whole number of any length; *fits: it is in *value. */
static bool whole_number(const table_field *f, flow_i128 *value, bool *fits) {
    bool is_negative = f->count > 0 && f->bytes[0] == '-';
    flow_u128 most = ((flow_u128)1 << 127) - !is_negative, sum = 0;
    if (f->is_cut || f->count == is_negative) return false;
    *fits = true;
    for (size_t i = is_negative; i < f->count; i++) {
        if (!is_digit(f->bytes[i])) return false;
        unsigned digit = (unsigned)(f->bytes[i] - '0');
        if (sum > (most - digit) / 10) *fits = false;
        if (*fits) sum = sum * 10 + digit;
    }
    *value = (flow_i128)(is_negative ? -sum : sum);
    return true;
}

bool record_put(table_record *r, size_t column, const table_field *value) {
    flow_i128 number = 0;
    bool fits = false;
    if (column == COLUMN_OTHER) return true;
    if (r->has[column]) return record_fail(r, "a column is there twice", column);
    r->has[column] = true;
    if (!whole_number(value, &number, &fits)) return record_fail(r, "not a whole number", column);
    bool is_weight = column == r->text->schema->column_count;
    void *to = is_weight ? (void *)&r->weight : (void *)r->row;
    if (fits && column_write(column_at(r->text, column), to, number)) return true;
    return record_fail(r, "a number that does not fit its column", column);
}

bool record_end(table_record *r) {
    for (size_t i = 0; i < record_columns(r->text); i++)
        if (!r->has[i]) return record_fail(r, "a column is missing", i);
    return true;
}
