/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_BASE_IDMAP_H
#define DUNLIN_PIPELINE_BASE_IDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 64-bit ids -> dense numbers 0, 1, 2, ... in the order they are first seen.
 *
 * A number that was held and has no holder left can be given back, and then means
 * another id; one that was never held stays.  One thread calls everything; any number
 * of threads may call idmap_find, idmap_id and idmap_count at the same time and see
 * every id that was added before they could learn of it, and no number that was given
 * back before they began. */
typedef struct idmap idmap;

idmap *idmap_new(uint64_t seed);
void idmap_free(idmap *m); /* NULL is allowed; no reader may be left. */
/* The number of `id`, given now if it is new.  False when out of memory. */
bool idmap_add(idmap *m, uint64_t id, uint32_t *number);
bool idmap_find(const idmap *m, uint64_t id, uint32_t *number);
uint64_t idmap_id(const idmap *m, uint32_t number); /* number < idmap_count. */
uint32_t idmap_count(const idmap *m);               /* Beyond every number that is in use. */
size_t idmap_bytes(const idmap *m);                 /* Held; about 17 to 24 an id. */

void idmap_hold(idmap *m, uint32_t number); /* One holder more. */
void idmap_drop(idmap *m, uint32_t number); /* One less. */
/* Numbers whose last holder went since the last call; NULL when there are none or no
 * memory (they are then in the next batch).  Once no reader can know a number of it, the
 * batch is given back: those that found no new holder are free from then on. */
typedef struct idmap_dead idmap_dead;
idmap_dead *idmap_take_dead(idmap *m);
void idmap_end_dead(idmap *m, idmap_dead *batch);

#endif
