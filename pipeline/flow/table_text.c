/* SPDX-License-Identifier: MIT */
/* table_text -- the writer, and the reader's way from bytes to records: lines, save that
 * in a CSV a newline between quotes belongs to its value.  Nothing longer than
 * FLOW_LINE_BYTES_MAX is kept; a record that grows past it ends at the next newline,
 * quotes or not, so that a quote nobody closes does not swallow the rest. */
#include "pipeline/flow/table_record.h"

#include <stdlib.h>

#include "pipeline/base/array.h"

/* ---- Writing ---- */

static void add_number(buffer *out, flow_i128 value) {
    char digits[40];
    size_t begin = sizeof digits;
    flow_u128 rest = value < 0 ? -(flow_u128)value : (flow_u128)value;
    do digits[--begin] = (char)('0' + (char)(rest % 10));
    while ((rest /= 10) != 0);
    if (value < 0) digits[--begin] = '-';
    buffer_add(out, (text){digits + begin, sizeof digits - begin});
}

void flow_text_header(const flow_text *t, buffer *out) {
    if (t->format != FLOW_CSV) return;
    for (size_t i = 0; i < t->schema->column_count; i++) {
        if (i > 0) buffer_add_byte(out, ',');
        buffer_add(out, text_of(t->schema->columns[i].name));
    }
    if (t->has_weights) buffer_add(out, TEXT("," FLOW_WEIGHT_COLUMN));
    buffer_add(out, TEXT("\r\n"));
}

static void add_name(const flow_text *t, const char *name, bool is_first, buffer *out) {
    if (!is_first) buffer_add_byte(out, ',');
    if (t->format != FLOW_JSON_LINES) return;
    buffer_add_byte(out, '"');
    buffer_add(out, text_of(name));
    buffer_add(out, TEXT("\":"));
}

void flow_text_row(const flow_text *t, const void *row, int64_t weight, buffer *out) {
    if (t->format == FLOW_JSON_LINES) buffer_add_byte(out, '{');
    for (size_t i = 0; i < t->schema->column_count; i++) {
        add_name(t, t->schema->columns[i].name, i == 0, out);
        add_number(out, column_read(&t->schema->columns[i], row));
    }
    if (t->has_weights) {
        add_name(t, FLOW_WEIGHT_COLUMN, false, out);
        add_number(out, weight);
    }
    buffer_add(out, t->format == FLOW_JSON_LINES ? TEXT("}\n") : TEXT("\r\n"));
}

/* ---- Reading ---- */

typedef enum { AT_VALUE, IN_PLAIN, IN_QUOTES, AT_QUOTE } csv_place;

struct flow_text_reader {
    flow_text text;
    flow_row_taker take;
    void *context;
    csv_header header;
    bool has_header;
    buffer record;
    size_t record_bytes; /* All of them, kept or not. */
    csv_place place;
    uint64_t newlines, record_line;
    flow_text_counts counts;
    flow_bad_line *bad;
    size_t bad_count, bad_capacity;
    status failed;
};

flow_text_reader *flow_text_reader_new(const flow_text *t, flow_row_taker take, void *context) {
    flow_text_reader *r = calloc(1, sizeof(*r));
    if (r == NULL) return NULL;
    r->text = *t;
    r->take = take;
    r->context = context;
    r->record_line = 1;
    return r;
}

void flow_text_reader_free(flow_text_reader *r) {
    if (r == NULL) return;
    csv_header_deinit(&r->header);
    buffer_deinit(&r->record);
    free(r->bad);
    free(r);
}

static status note_bad(flow_text_reader *r, const table_record *record) {
    r->counts.bad++;
    if (r->bad_count == FLOW_BAD_LINES_MAX) return STATUS_OK;
    if (!ARRAY_ROOM(r->bad, r->bad_count, r->bad_capacity, 8)) return STATUS_NO_MEMORY;
    r->bad[r->bad_count++] = (flow_bad_line){r->record_line, record->reason, record->column};
    return STATUS_OK;
}

/* The record without its newline and the file's byte order mark. */
static text record_text(const flow_text_reader *r) {
    text t = buffer_text(&r->record);
    if (t.count > 0 && t.bytes[t.count - 1] == '\n') t.count--;
    if (t.count > 0 && t.bytes[t.count - 1] == '\r') t.count--;
    return r->record_line == 1 && text_starts_with(t, TEXT("\xEF\xBB\xBF"))
               ? text_slice(t, 3, t.count)
               : t;
}

static status read_header(flow_text_reader *r, text line, table_record *record) {
    status s = csv_header_read(&r->header, line, record);
    r->has_header = true;
    if (s != STATUS_BAD_FORMAT) return s;
    status noted = note_bad(r, record);
    return noted == STATUS_OK ? s : noted;
}

static status end_record(flow_text_reader *r) {
    table_record record;
    text line = record_text(r);
    bool is_long = r->record_bytes > FLOW_LINE_BYTES_MAX, is_csv = r->text.format == FLOW_CSV;
    if (line.count == 0 && !is_long) return STATUS_OK;
    record_begin(&record, &r->text);
    if (is_long) {
        record_fail(&record, "a line over 65,536 bytes", COLUMN_OTHER);
        status s = note_bad(r, &record);
        return s == STATUS_OK && is_csv && !r->has_header ? STATUS_BAD_FORMAT : s;
    }
    if (is_csv && !r->has_header) return read_header(r, line, &record);
    bool is_row = is_csv ? csv_read(&r->header, line, &record) : json_line_read(line, &record);
    if (!is_row) return note_bad(r, &record);
    r->counts.rows++;
    return r->take(record.row, record.weight, r->context);
}

static void begin_record(flow_text_reader *r) {
    buffer_clear(&r->record);
    r->record_bytes = 0;
    r->place = AT_VALUE;
    r->record_line = r->newlines + 1;
}

static csv_place next_place(csv_place place, char byte) {
    switch (place) {
    case AT_VALUE: return byte == '"' ? IN_QUOTES : byte == ',' ? AT_VALUE : IN_PLAIN;
    case IN_PLAIN: return byte == ',' ? AT_VALUE : IN_PLAIN;
    case IN_QUOTES: return byte == '"' ? AT_QUOTE : IN_QUOTES;
    case AT_QUOTE: return byte == '"' ? IN_QUOTES : byte == ',' ? AT_VALUE : IN_PLAIN;
    }
    return IN_PLAIN;
}

/* How many of these bytes belong to the record; *ends: the last one ends it. */
static size_t scan(flow_text_reader *r, const char *bytes, size_t count, bool *ends) {
    for (size_t i = 0; i < count; i++) {
        bool is_mark = r->record_line == 1 && r->record_bytes < 3 &&
                       bytes[i] == "\xEF\xBB\xBF"[r->record_bytes];
        bool is_long = ++r->record_bytes > FLOW_LINE_BYTES_MAX;
        if (bytes[i] == '\n') {
            r->newlines++;
            *ends = r->place != IN_QUOTES || is_long;
            if (*ends) return i + 1;
        } else if (r->text.format == FLOW_CSV && !is_mark) {
            r->place = next_place(r->place, bytes[i]);
        }
    }
    *ends = false;
    return count;
}

status flow_text_push(flow_text_reader *r, const char *bytes, size_t count) {
    while (count > 0 && r->failed == STATUS_OK) {
        bool ends;
        size_t taken = scan(r, bytes, count, &ends);
        if (r->record_bytes <= FLOW_LINE_BYTES_MAX)
            buffer_add(&r->record, (text){bytes, taken});
        else
            buffer_clear(&r->record);
        if (r->record.failed) r->failed = STATUS_NO_MEMORY;
        if (ends && r->failed == STATUS_OK) {
            r->failed = end_record(r);
            begin_record(r);
        }
        bytes += taken;
        count -= taken;
    }
    return r->failed;
}

status flow_text_end(flow_text_reader *r) {
    if (r->failed != STATUS_OK || r->record_bytes == 0) return r->failed;
    r->failed = end_record(r);
    begin_record(r);
    return r->failed;
}

flow_text_counts flow_text_counted(const flow_text_reader *r) {
    return r->counts;
}

const flow_bad_line *flow_text_bad_lines(const flow_text_reader *r, size_t *count) {
    *count = r->bad_count;
    return r->bad;
}
