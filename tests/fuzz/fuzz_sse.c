/* SPDX-License-Identifier: MIT */
/* Any bytes as an event stream: however they are cut, the same lines come out, each whole.
 * covers: pipeline/sources/sse_lines.c */
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/buffer.h"
#include "pipeline/sources/sse_lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(sse_lines *l, buffer *out) {
    if (!buffer_reserve(out, l->whole_bytes + 1)) abort();
    size_t count = l->whole_bytes;
    sse_lines_take(l, out->bytes + out->count);
    out->count += count;
}

static void read_in_pieces(text t, size_t piece, buffer *out) {
    sse_lines l;
    if (sse_lines_init(&l) != STATUS_OK) abort();
    for (size_t at = 0; at < t.count; at += piece) {
        text part = text_slice(t, at, at + piece);
        if (sse_lines_push(&l, part)) continue;
        take(&l, out);
        if (!sse_lines_push(&l, part)) abort();
    }
    take(&l, out);
    sse_lines_cut(&l);
    sse_lines_deinit(&l);
}

static void check_lines(text t) {
    size_t end;
    while (t.count > 0) {
        if (!text_find_byte(t, '\n', &end)) abort();
        text line = text_slice(t, 0, end);
        if (!text_starts_with(line, TEXT("{\"mastodon\":{\"payload\":"))) abort();
        if (!text_ends_with(line, TEXT("\"}}"))) abort();
        t = text_slice(t, end + 1, t.count);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0 || size > SSE_PUSH_BYTES_MAX) return 0;
    text t = {(const char *)data + 1, size - 1};
    buffer whole = {0}, pieces = {0};
    read_in_pieces(t, SSE_PUSH_BYTES_MAX, &whole);
    read_in_pieces(t, 1 + data[0] % 64, &pieces);
    if (!text_equal(buffer_text(&whole), buffer_text(&pieces))) abort();
    check_lines(buffer_text(&whole));
    buffer_deinit(&whole);
    buffer_deinit(&pieces);
    return 0;
}
