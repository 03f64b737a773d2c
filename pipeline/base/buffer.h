/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_BASE_BUFFER_H
#define DUNLIN_PIPELINE_BASE_BUFFER_H

#include "pipeline/base/text.h"

/* Bytes that grow at the end.  Start with {0}; buffer_deinit frees.  An append
 * that finds no memory sets `failed` and changes nothing, and so do all after
 * it: check once, at the end.  Growing may move `bytes`. */
typedef struct {
    char *bytes;
    size_t count, capacity;
    bool failed;
} buffer;

void buffer_deinit(buffer *b);
void buffer_clear(buffer *b); /* Keeps the memory, forgets `failed`. */
void buffer_add(buffer *b, text t);
void buffer_add_byte(buffer *b, char byte);
void buffer_add_u64(buffer *b, uint64_t value);
void buffer_add_i64(buffer *b, int64_t value);
void buffer_add_format(buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Room for `bytes` more at b->bytes + b->count, which the caller fills and then
 * counts; false when out of memory. */
bool buffer_reserve(buffer *b, size_t bytes);
text buffer_text(const buffer *b); /* Borrowed until the next append. */

#endif
