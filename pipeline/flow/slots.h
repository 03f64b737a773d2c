/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_FLOW_SLOTS_H
#define DUNLIN_PIPELINE_FLOW_SLOTS_H

#include "pipeline/base/prefetch.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From a 32-bit hash to handles: open addressing, linear probing.  A slot keeps
 * the hash beside the handle, so that growing reads nothing else and a probe meets
 * the things themselves only when all 32 bits agree; the caller then confirms.
 * Start with {0}.  Memory: 8 bytes a slot, 1.3 to 2.7 slots a handle; little when
 * empty. */
typedef struct {
    uint64_t *slots; /* hash << 32 | handle + 1; 0 is free. */
    size_t mask, count;
} slots;

#define HANDLE_MAX  0xFFFFFFF0U
#define HANDLE_NONE UINT32_MAX

void slots_deinit(slots *s);
bool slots_insert(slots *s, uint32_t hash, uint32_t handle); /* False: no memory. */
void slots_remove(slots *s, uint32_t hash, uint32_t handle); /* Must be there. */
/* The handle moves: the slot that held `from` now holds `to`. */
void slots_replace(slots *s, uint32_t hash, uint32_t from, uint32_t to);
size_t slots_bytes(const slots *s);

/* Walks over the handles of a hash: HANDLE_NONE at the end.
 *   size_t at = hash; while ((h = slots_next(s, hash, &at)) != HANDLE_NONE) ... */
static inline uint32_t slots_next(const slots *s, uint32_t hash, size_t *at) {
    if (s->slots == NULL) return HANDLE_NONE;
    for (;; (*at)++) {
        uint64_t slot = s->slots[*at & s->mask];
        if (slot == 0) return HANDLE_NONE;
        if (slot >> 32 == hash) {
            (*at)++;
            return (uint32_t)slot - 1;
        }
    }
}

/* The handle that a hash most likely means, or HANDLE_NONE: for fetching ahead. */
static inline uint32_t slots_guess(const slots *s, uint32_t hash) {
    enum { GUESSES = 4 };
    for (size_t at = hash; s->slots != NULL && at < (size_t)hash + GUESSES; at++)
        if (s->slots[at & s->mask] >> 32 == hash) return (uint32_t)s->slots[at & s->mask] - 1;
    return HANDLE_NONE;
}

/* Whether what handles lead to is worth fetching ahead: small tables are near anyway. */
static inline bool slots_lead_far(const slots *s) {
    enum { SLOTS_NEAR_MAX = 1 << 14 };
    return s->mask >= SLOTS_NEAR_MAX;
}

static inline void slots_prefetch(const slots *s, uint32_t hash) {
    if (s->slots != NULL) prefetch_to_read(&s->slots[hash & s->mask]);
}

#endif
