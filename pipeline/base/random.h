/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_BASE_RANDOM_H
#define DUNLIN_PIPELINE_BASE_RANDOM_H

#include "pipeline/base/hash.h"

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014): the same sequence everywhere.
 * The state is the seed; any value is a good one.  Not for secrets. */
typedef struct {
    uint64_t state;
} random_source;

static inline uint64_t random_next(random_source *r) {
    return hash_mix(r->state += 0x9E3779B97F4A7C15ULL);
}

/* From 0 to limit - 1, by remainder: the bias is below limit / 2^64. */
static inline uint64_t random_below(random_source *r, uint64_t limit) {
    return random_next(r) % limit;
}

/* From 0 up to but not including 1, in steps of 2^-53. */
static inline double random_unit(random_source *r) {
    return (double)(random_next(r) >> 11) * 0x1p-53;
}

/* Unpredictable bits from the kernel, for hash seeds and boot ids. */
uint64_t random_seed(void);

#endif
