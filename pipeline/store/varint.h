/* SPDX-License-Identifier: MIT */
/* varint -- numbers in as few bytes as they need: 7 bits each, the lowest first. */
#ifndef DUNLIN_PIPELINE_STORE_VARINT_H
#define DUNLIN_PIPELINE_STORE_VARINT_H

#include "pipeline/base/buffer.h"

enum { VARINT_BYTES_MAX = 10 };

/* Numbers near zero, of either sign, become small ones. */
static inline uint64_t varint_fold(int64_t value) {
    return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}
static inline int64_t varint_unfold(uint64_t value) {
    return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

/* There must be room for VARINT_BYTES_MAX; returns the byte behind it. */
static inline char *varint_put(char *at, uint64_t value) {
    for (; value >= 0x80; value >>= 7) *at++ = (char)(value | 0x80);
    *at++ = (char)value;
    return at;
}

static inline void varint_add(buffer *b, uint64_t value) {
    if (!buffer_reserve(b, VARINT_BYTES_MAX)) return;
    b->count = (size_t)(varint_put(b->bytes + b->count, value) - b->bytes);
}

/* What is being read: after a failure it is empty, and everything reads as 0. */
typedef struct {
    const char *at, *end;
    bool failed;
} varint_reader;

static inline varint_reader varint_read(text t) {
    const char *begin = t.bytes == NULL ? "" : t.bytes;
    return (varint_reader){begin, begin + t.count, false};
}

static inline uint64_t varint_fail(varint_reader *r) {
    r->failed = true;
    r->at = r->end;
    return 0;
}

static inline uint64_t varint_take(varint_reader *r) {
    uint64_t value = 0;
    for (unsigned shift = 0; r->at < r->end && shift < 64; shift += 7) {
        unsigned char byte = (unsigned char)*r->at++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) return value;
    }
    return varint_fail(r);
}

static inline text varint_take_bytes(varint_reader *r, uint64_t count) {
    if (count > (uint64_t)(r->end - r->at)) {
        (void)varint_fail(r);
        return (text){NULL, 0};
    }
    text t = {r->at, (size_t)count};
    r->at += count;
    return t;
}

#endif
