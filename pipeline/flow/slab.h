/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_FLOW_SLAB_H
#define DUNLIN_PIPELINE_FLOW_SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Items of one size in one array, named by handles that stay; freed ones are used
 * again first.  A new item may move all: keep handles, not pointers.  When
 * the last item is gone large memory is freed, and small kept for the next one. */
typedef struct {
    uint8_t *bytes;
    uint32_t item_bytes; /* At least 4. */
    uint32_t used;       /* Handles below were given out at some time. */
    uint32_t live, capacity, free_head;
} slab;

void slab_init(slab *s, size_t item_bytes);
void slab_deinit(slab *s);   /* Of a zeroed one, too. */
uint32_t slab_take(slab *s); /* Not zeroed; HANDLE_NONE when out of memory. */
void slab_give(slab *s, uint32_t handle);
static inline void *slab_at(const slab *s, uint32_t handle) {
    return s->bytes + (size_t)handle * s->item_bytes;
}
size_t slab_bytes(const slab *s);

#endif
