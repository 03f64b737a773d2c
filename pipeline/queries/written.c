/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/written.h"

#include <stdarg.h>
#include <stdio.h>

bool written_fail(written_error *e, size_t from, size_t to, const char *format, ...) {
    va_list list;
    e->position = from;
    e->count = to - from;
    va_start(list, format);
    (void)vsnprintf(e->message, sizeof e->message, format, list);
    va_end(list);
    return false;
}

bool written_is_readable(text t, size_t bytes_max, written_error *e) {
    if (t.count > bytes_max)
        return written_fail(e, bytes_max, bytes_max, "this is longer than %zu bytes", bytes_max);
    return utf8_valid(t) || written_fail(e, 0, t.count, "this is no UTF-8");
}

bool written_is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

size_t written_blanks_end(text t, size_t at) {
    while (at < t.count && written_is_blank(t.bytes[at])) at++;
    return at;
}

static bool is_name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

text written_name_at(text t, size_t at) {
    size_t end = at;
    while (end < t.count && is_name_byte(t.bytes[end])) end++;
    return text_slice(t, at, end);
}
