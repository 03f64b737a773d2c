/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_BASE_IDMAP_H
#define DUNLIN_PIPELINE_BASE_IDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 64-bit ids -> dense numbers 0, 1, 2, ... in the order they are first seen.
 * Ids are never forgotten.  One thread adds; any number of threads may call
 * idmap_find and idmap_id at the same time and see every id that was added
 * before they could learn of it. */
typedef struct idmap idmap;

idmap *idmap_new(uint64_t seed);
void idmap_free(idmap *m); /* NULL is allowed; no reader may be left. */
/* The number of `id`, given now if it is new.  False when out of memory. */
bool idmap_add(idmap *m, uint64_t id, uint32_t *number);
bool idmap_find(const idmap *m, uint64_t id, uint32_t *number);
uint64_t idmap_id(const idmap *m, uint32_t number); /* number < idmap_count. */
uint32_t idmap_count(const idmap *m);
size_t idmap_bytes(const idmap *m); /* Held; about 16 to 24 an id. */

#endif
