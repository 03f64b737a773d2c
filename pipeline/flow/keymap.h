/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_FLOW_KEYMAP_H
#define DUNLIN_PIPELINE_FLOW_KEYMAP_H

#include "pipeline/base/prefetch.h"
#include "pipeline/flow/slab.h"
#include "pipeline/flow/slots.h"

/* From keys of one size to states of one size, both in place, named by handles
 * that stay until the key is removed. */
typedef struct {
    slots index;
    slab items; /* key, padding, state */
    uint32_t key_bytes, state_at;
} keymap;

/* `align`: of the state, a power of two. */
void keymap_init(keymap *m, size_t key_bytes, size_t state_bytes, size_t align);
void keymap_deinit(keymap *m);
void keymap_reset(keymap *m); /* Removes all; keeps memory that was well used. */
uint32_t keymap_find(const keymap *m, const void *key, uint32_t hash); /* HANDLE_NONE: none. */
/* Finds or makes; a new state is zeroed.  HANDLE_NONE when out of memory. */
uint32_t keymap_add(keymap *m, const void *key, uint32_t hash, bool *is_new);
void keymap_remove(keymap *m, uint32_t handle, uint32_t hash);
size_t keymap_bytes(const keymap *m);

static inline const void *keymap_key(const keymap *m, uint32_t handle) {
    return slab_at(&m->items, handle);
}
static inline void *keymap_state(const keymap *m, uint32_t handle) {
    return (uint8_t *)slab_at(&m->items, handle) + m->state_at;
}
static inline size_t keymap_count(const keymap *m) {
    return m->index.count;
}

/* Fetches ahead: first the slots of some hashes, then what they lead to. */
static inline void keymap_prefetch(const keymap *m, uint32_t hash) {
    uint32_t guess = slots_guess(&m->index, hash);
    if (guess != HANDLE_NONE) prefetch_to_write(slab_at(&m->items, guess));
}

/* Walks over the handles in no order: start with *at = 0. */
bool keymap_next(const keymap *m, size_t *at, uint32_t *handle);

#endif
