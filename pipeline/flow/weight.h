/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_FLOW_WEIGHT_H
#define DUNLIN_PIPELINE_FLOW_WEIGHT_H

#include <stdbool.h>
#include <stdint.h>

/* Products of weights within this are exact. */
#define WEIGHT_MAX ((int64_t)INT32_MAX)

/* Weights wrap rather than crash; the index of a join says where they grow too large. */
static inline int64_t weight_plus(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static inline bool weight_overflows(int64_t weight) {
    return weight > WEIGHT_MAX || weight < -WEIGHT_MAX;
}

#endif
