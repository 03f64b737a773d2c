/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_BASE_ARENA_H
#define DUNLIN_PIPELINE_BASE_ARENA_H

#include "pipeline/base/text.h"

/* Memory of one lifetime: everything taken from an arena ends together, at
 * arena_reset or arena_free.  One thread at a time. */
typedef struct arena arena;

arena *arena_new(size_t block_bytes); /* NULL when out of memory. */
void arena_free(arena *a);            /* NULL is allowed. */
/* Ends all that was taken; keeps the blocks for the next use. */
void arena_reset(arena *a);
/* `bytes` bytes, not zeroed, aligned for any type; NULL when out of memory. */
void *arena_take(arena *a, size_t bytes);
/* A copy that lives as long as the arena, followed by a NUL that does not count;
 * bytes is NULL when out of memory. */
text arena_copy(arena *a, text t);
size_t arena_bytes(const arena *a); /* Held from malloc, used or not. */

#endif
