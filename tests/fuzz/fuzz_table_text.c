/* SPDX-License-Identifier: MIT */
/* Any bytes as a table: in what pieces they come changes nothing, records add up, and
 * every row that was read is written and read again as it was.
 * covers: pipeline/flow/table_text.c pipeline/flow/table_record.c
 * pipeline/flow/table_csv.c pipeline/flow/table_json.c */
#include "pipeline/flow/table_text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ITEM_ROW(X) X(i128, a) X(i64, b) X(u32, c) X(u16, d) X(u16, e)
FLOW_ROW(fuzz_item, ITEM_ROW)
FLOW_SCHEMA(fuzz_item, ITEM_ROW)

/* Rows written out as they come, and what became of the rest. */
typedef struct {
    flow_text text;
    buffer out;
    uint64_t bad, last_line;
    status result;
} reading;

static status write_row(const void *row, int64_t weight, void *context) {
    reading *r = context;
    flow_text_row(&r->text, row, weight, &r->out);
    return STATUS_OK;
}

static reading read_all(flow_text t, const char *bytes, size_t count, size_t piece) {
    reading r = {.text = t};
    size_t bad_count;
    flow_text_header(&t, &r.out);
    flow_text_reader *reader = flow_text_reader_new(&t, write_row, &r);
    if (reader == NULL) abort();
    for (size_t at = 0; at < count; at += piece)
        flow_text_push(reader, bytes + at, count - at < piece ? count - at : piece);
    r.result = flow_text_end(reader);
    r.bad = flow_text_counted(reader).bad;
    const flow_bad_line *bad = flow_text_bad_lines(reader, &bad_count);
    assert(bad_count == (r.bad < FLOW_BAD_LINES_MAX ? r.bad : FLOW_BAD_LINES_MAX));
    for (size_t i = 0; i < bad_count; i++) {
        assert(bad[i].line > r.last_line && bad[i].reason != NULL);
        r.last_line = bad[i].line;
    }
    flow_text_reader_free(reader);
    return r;
}

static bool same_bytes(const buffer *a, const buffer *b) {
    return a->count == b->count && (a->count == 0 || memcmp(a->bytes, b->bytes, a->count) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    flow_text t = {data[0] & 1 ? FLOW_CSV : FLOW_JSON_LINES, &fuzz_item_schema, data[0] & 2};
    const char *bytes = (const char *)data + 2;
    reading whole = read_all(t, bytes, size - 2, size);
    reading pieces = read_all(t, bytes, size - 2, 1 + data[1] % 16);
    reading again = read_all(t, whole.out.bytes, whole.out.count, size);
    assert(same_bytes(&whole.out, &pieces.out) && same_bytes(&whole.out, &again.out));
    assert(whole.bad == pieces.bad && whole.last_line == pieces.last_line);
    assert(whole.result == pieces.result && again.bad == 0 && again.result == STATUS_OK);
    buffer_deinit(&whole.out);
    buffer_deinit(&pieces.out);
    buffer_deinit(&again.out);
    return 0;
}
