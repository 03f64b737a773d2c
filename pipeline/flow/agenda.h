/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_FLOW_AGENDA_H
#define DUNLIN_PIPELINE_FLOW_AGENDA_H

#include "pipeline/flow/graph.h"

/* Which keys of a reducer in a loop are to be looked at, and when: those that change
 * in the iteration and those that were scheduled for it.  Lives for an epoch; each
 * of its keys has a state of the owner's, zeroed at first. */
typedef struct {
    keymap keys;              /* packed key -> agenda_entry, the owner's state */
    uint32_t *work, *buckets; /* Handles to look at now; first of each iteration + 1. */
    size_t work_count, work_capacity, bucket_count;
    uint32_t waiting_count, least; /* No iteration before `least` has keys waiting. */
} agenda;

typedef struct {
    uint32_t hash, next; /* In its bucket, + 1. */
    uint32_t due;        /* Iteration + 1; 0: not scheduled. */
    uint32_t worked;     /* Iteration + 1 for which it is in `work`. */
} agenda_entry;

void agenda_init(agenda *a, size_t key_bytes, size_t state_bytes);
void agenda_deinit(agenda *a);
void agenda_end_epoch(agenda *a);
/* Puts a key among the work of this iteration; HANDLE_NONE: no memory. */
uint32_t agenda_touch(agenda *a, const packed_key *key, uint32_t hash, uint32_t iteration);
/* Adds the keys that are due to the work. */
bool agenda_take_due(agenda *a, uint32_t iteration);
/* A key has one date at most: a second one for the same key is the same or later. */
bool agenda_schedule(agenda *a, uint32_t handle, uint32_t iteration);
uint32_t agenda_waits(const agenda *a, uint32_t from);
size_t agenda_bytes(const agenda *a);

static inline agenda_entry *agenda_at(const agenda *a, uint32_t handle) {
    return keymap_state(&a->keys, handle);
}
static inline void *agenda_state(const agenda *a, uint32_t handle) {
    return agenda_at(a, handle) + 1;
}

#endif
