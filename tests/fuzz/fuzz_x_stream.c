/* SPDX-License-Identifier: MIT */
/* covers: pipeline/sources/x_stream_lines.c pipeline/sources/x_stream_spend.c */
#include <stdlib.h>

#include "pipeline/base/buffer.h"
#include "pipeline/sources/x_stream_lines.h"
#include "pipeline/sources/x_stream_spend.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the lines hold, with the input cut in pieces of `piece` bytes. */
static void read_in_pieces(text t, size_t piece, buffer *out) {
    x_lines l;
    if (x_lines_init(&l) != STATUS_OK) abort();
    for (size_t at = 0; at < t.count; at += piece) {
        text part = text_slice(t, at, at + piece);
        if (!x_lines_push(&l, part)) {
            if (!buffer_reserve(out, l.whole_bytes)) abort();
            size_t count = l.whole_bytes;
            x_lines_take(&l, out->bytes + out->count);
            out->count += count;
            if (!x_lines_push(&l, part)) abort();
        }
    }
    if (!buffer_reserve(out, l.whole_bytes + 1)) abort();
    size_t count = l.whole_bytes;
    x_lines_take(&l, out->bytes + out->count);
    out->count += count;
    x_lines_cut(&l);
    x_lines_deinit(&l);
}

static void count(void *context, x_resource kind, uint64_t id) {
    if (kind >= X_RESOURCES) abort();
    *(uint64_t *)context += id % 2;
}

static void read_meanings(text t) {
    uint64_t sum = 0, missed = 0;
    x_line_resources(t, count, &sum);
    (void)x_line_is_limit(t, &missed);
    (void)x_line_is_disconnect(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0 || size > X_PUSH_BYTES_MAX) return 0;
    text t = {(const char *)data + 1, size - 1};
    buffer whole = {0}, pieces = {0};
    read_meanings(t);
    read_in_pieces(t, X_PUSH_BYTES_MAX, &whole);
    read_in_pieces(t, 1 + data[0] % 64, &pieces);
    if (!text_equal(buffer_text(&whole), buffer_text(&pieces))) abort();
    if (whole.count > 0 && whole.bytes[whole.count - 1] != '\n') abort();
    buffer_deinit(&whole);
    buffer_deinit(&pieces);
    return 0;
}
