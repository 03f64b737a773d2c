/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/x_stream_lines.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY = X_LINE_BYTES_MAX + X_PUSH_BYTES_MAX };

status x_lines_init(x_lines *l) {
    *l = (x_lines){.bytes = malloc(CAPACITY)};
    return l->bytes == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

void x_lines_deinit(x_lines *l) {
    free(l->bytes);
    *l = (x_lines){0};
}

static size_t end_of_string(text line, size_t at) {
    while (at < line.count && line.bytes[at] != '"') at += line.bytes[at] == '\\' ? 2 : 1;
    return at;
}

/* Whether the object that `line` holds has this key: strings are stepped over, so no
 * tweet's words can look like one. */
static bool has_top_key(text line, text key) {
    int depth = 0;
    for (size_t at = 0; at < line.count; at++) {
        char c = line.bytes[at];
        if (c == '{' || c == '[') depth++;
        if (c == '}' || c == ']') depth--;
        if (c != '"') continue;
        size_t begin = at + 1;
        at = end_of_string(line, begin);
        if (depth != 1 || !text_equal(text_slice(line, begin, at), key)) continue;
        text rest = text_trim(text_slice(line, at + 1, line.count));
        if (text_starts_with(rest, TEXT(":"))) return true;
    }
    return false;
}

bool x_line_is_disconnect(text line) {
    if (memmem(line.bytes, line.count, "\"errors\"", 8) == NULL) return false;
    return has_top_key(line, TEXT("errors")) && !has_top_key(line, TEXT("data"));
}

static bool is_blank(text line) {
    for (size_t i = 0; i < line.count; i++)
        if (strchr(" \t\r\n", line.bytes[i]) == NULL || line.bytes[i] == '\0') return false;
    return true;
}

static void end_line(x_lines *l) {
    text line = {l->bytes + l->whole_bytes, l->count - l->whole_bytes};
    if (l->is_skipping || line.count - 1 > X_LINE_BYTES_MAX) {
        l->is_skipping = false;
        l->lines_too_long++;
        l->count = l->whole_bytes;
    } else if (is_blank(line)) {
        l->count = l->whole_bytes;
    } else {
        if (x_line_is_disconnect(line)) l->has_disconnect = true;
        l->whole_bytes = l->count;
        l->whole_lines++;
    }
}

bool x_lines_push(x_lines *l, text t) {
    assert(t.count <= X_PUSH_BYTES_MAX);
    if (t.count > CAPACITY - l->count) return false;
    while (t.count > 0) {
        const char *newline = memchr(t.bytes, '\n', t.count);
        size_t count = newline == NULL ? t.count : (size_t)(newline - t.bytes) + 1;
        if (!l->is_skipping) {
            memcpy(l->bytes + l->count, t.bytes, count);
            l->count += count;
        }
        if (newline != NULL) end_line(l);
        t = text_slice(t, count, t.count);
    }
    if (l->count - l->whole_bytes > X_LINE_BYTES_MAX) {
        l->is_skipping = true;
        l->count = l->whole_bytes;
    }
    return true;
}

void x_lines_take(x_lines *l, char *to) {
    memcpy(to, l->bytes, l->whole_bytes);
    memmove(l->bytes, l->bytes + l->whole_bytes, l->count - l->whole_bytes);
    l->count -= l->whole_bytes;
    l->whole_bytes = 0;
    l->whole_lines = 0;
}

void x_lines_cut(x_lines *l) {
    if (l->is_skipping || !is_blank((text){l->bytes + l->whole_bytes, l->count - l->whole_bytes}))
        l->lines_partial++;
    l->count = l->whole_bytes;
    l->is_skipping = false;
    l->has_disconnect = false;
}
