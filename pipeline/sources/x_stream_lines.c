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

static bool has_word(text line, const char *word) {
    return memmem(line.bytes, line.count, word, strlen(word)) != NULL;
}

bool x_line_is_disconnect(text line) {
    static const char *const words[] = {"errors", "disconnect", "connection_issue"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (has_word(line, words[i]) && has_top_key(line, text_of(words[i])))
            return !has_top_key(line, TEXT("data"));
    return false;
}

bool x_line_is_limit(text line, uint64_t *count) {
    static const char track[] = "\"track\"";
    enum { NOTICE_BYTES_MAX = 256 };
    if (line.count > NOTICE_BYTES_MAX || !has_word(line, "\"limit\"")) return false;
    const char *found = memmem(line.bytes, line.count, track, sizeof track - 1);
    if (found == NULL || !has_top_key(line, TEXT("limit"))) return false;
    size_t at = (size_t)(found - line.bytes) + sizeof track - 1;
    while (at < line.count && strchr(" :", line.bytes[at]) != NULL) at++;
    size_t end = at;
    while (end < line.count && line.bytes[end] >= '0' && line.bytes[end] <= '9') end++;
    return text_to_u64(text_slice(line, at, end), count);
}

static bool is_blank(text line) {
    for (size_t i = 0; i < line.count; i++)
        if (strchr(" \t\r\n", line.bytes[i]) == NULL || line.bytes[i] == '\0') return false;
    return true;
}

/* The notice counts from the connection's beginning. */
static void note_limit(x_lines *l, text line) {
    uint64_t count;
    if (!x_line_is_limit(line, &count)) return;
    l->missed += count > l->limit ? count - l->limit : 0;
    l->limit = count;
}

static void note_farewell(x_lines *l, text line) {
    l->farewell_count = line.count < X_FAREWELL_BYTES_MAX ? line.count : X_FAREWELL_BYTES_MAX;
    memcpy(l->farewell, line.bytes, l->farewell_count);
}

static void end_good_line(x_lines *l, text line) {
    if (l->judge != NULL && !l->judge(l->judge_context, line)) {
        l->is_closed = true;
        l->count = l->whole_bytes;
        return;
    }
    if (x_line_is_disconnect(line))
        note_farewell(l, line);
    else
        l->signs++;
    note_limit(l, line);
    l->whole_bytes = l->count;
    l->whole_lines++;
}

static void end_line(x_lines *l) {
    text line = {l->bytes + l->whole_bytes, l->count - l->whole_bytes};
    if (l->is_skipping || line.count - 1 > X_LINE_BYTES_MAX) {
        l->is_skipping = false;
        l->lines_too_long++;
        l->count = l->whole_bytes;
        l->signs++;
    } else if (is_blank(line)) {
        l->count = l->whole_bytes;
        l->signs++;
    } else {
        end_good_line(l, line);
    }
}

bool x_lines_push(x_lines *l, text t) {
    assert(t.count <= X_PUSH_BYTES_MAX);
    if (t.count > CAPACITY - l->count) return false;
    while (t.count > 0 && !l->is_closed) {
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
    l->farewell_count = 0;
    l->signs = l->limit = 0;
}
