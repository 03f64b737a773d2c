/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_QUERIES_NOTICES_H
#define DUNLIN_PIPELINE_QUERIES_NOTICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The latest time at which each id was named in a notice (a delete, an undelete),
 * whether or not its tweet was ever seen: 16 bytes a slot, since on the public
 * stream most deletes never match. */
typedef struct {
    struct notice *slots;
    size_t slot_count, count;
    uint64_t seed;
} notices;

void notices_deinit(notices *n); /* Start with {.seed = ...}. */
/* False: no memory. */
bool notices_add(notices *n, uint64_t id, int64_t ms);
bool notices_find(const notices *n, uint64_t id, int64_t *latest_ms);
size_t notices_bytes(const notices *n);

#endif
