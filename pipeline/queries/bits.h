/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_QUERIES_BITS_H
#define DUNLIN_PIPELINE_QUERIES_BITS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* A set of dense numbers, a bit each: small enough to stay in a cache while millions of
 * rows are asked about. */
static inline uint64_t *bits_new(uint32_t number_max) { /* free() ends it; NULL: no memory. */
    return calloc((size_t)number_max / 64 + 1, sizeof(uint64_t));
}
static inline void bits_set(uint64_t *bits, uint32_t number) {
    bits[number / 64] |= (uint64_t)1 << (number % 64);
}
static inline void bits_clear(uint64_t *bits, uint32_t number) {
    bits[number / 64] &= ~((uint64_t)1 << (number % 64));
}
static inline bool bits_has(const uint64_t *bits, uint32_t number) {
    return (bits[number / 64] >> (number % 64) & 1) != 0;
}

#endif
