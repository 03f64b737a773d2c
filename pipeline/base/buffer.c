/* SPDX-License-Identifier: MIT */
#include "pipeline/base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_deinit(buffer *b) {
    free(b->bytes);
    *b = (buffer){0};
}

void buffer_clear(buffer *b) {
    b->count = 0;
    b->failed = false;
}

bool buffer_reserve(buffer *b, size_t bytes) {
    if (b->failed) return false;
    if (b->capacity - b->count >= bytes) return true;
    size_t capacity = b->capacity < 256 ? 256 : b->capacity;
    if (bytes > SIZE_MAX / 4 || b->count > SIZE_MAX / 4) {
        b->failed = true;
        return false;
    }
    while (capacity - b->count < bytes) capacity *= 2;
    char *grown = realloc(b->bytes, capacity);
    if (grown == NULL) {
        b->failed = true;
        return false;
    }
    b->bytes = grown;
    b->capacity = capacity;
    return true;
}

void buffer_add(buffer *b, text t) {
    if (t.count == 0 || !buffer_reserve(b, t.count)) return;
    memcpy(b->bytes + b->count, t.bytes, t.count);
    b->count += t.count;
}

void buffer_add_byte(buffer *b, char byte) {
    if (buffer_reserve(b, 1)) b->bytes[b->count++] = byte;
}

void buffer_add_u64(buffer *b, uint64_t value) {
    char digits[20];
    size_t begin = sizeof digits;
    do digits[--begin] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    buffer_add(b, (text){digits + begin, sizeof digits - begin});
}

void buffer_add_i64(buffer *b, int64_t value) {
    if (value < 0) buffer_add_byte(b, '-');
    buffer_add_u64(b, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void buffer_add_format(buffer *b, const char *format, ...) {
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    int count = vsnprintf(NULL, 0, format, list);
    va_end(list);
    if (count >= 0 && buffer_reserve(b, (size_t)count + 1)) {
        (void)vsnprintf(b->bytes + b->count, (size_t)count + 1, format, again);
        b->count += (size_t)count;
    }
    va_end(again);
}

text buffer_text(const buffer *b) {
    return (text){b->bytes, b->count};
}
