/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_QUERIES_NOTICES_H
#define DUNLIN_PIPELINE_QUERIES_NOTICES_H

#include "pipeline/base/calendar.h"

/* The latest time at which each id was named in a notice (a delete, an undelete),
 * whether or not its tweet was ever seen: 16 bytes a slot, since on the public
 * stream most deletes never match. */
typedef struct {
    struct notice *slots;
    size_t slot_count, count;
    uint64_t seed;
    calendar due; /* Ids by their time, once they expire. */
    bool expires;
} notices;

void notices_init(notices *n, uint64_t seed);
void notices_deinit(notices *n);
/* False: no memory. */
bool notices_add(notices *n, uint64_t id, int64_t ms);
/* From now on they can expire.  False: no memory. */
bool notices_keep(notices *n);
/* Takes one out whose time is at or before `floor_ms`, 0 excepted, which is a notice that
 * did not say when; false when there is none, or (*failed) no memory. */
bool notices_expire(notices *n, int64_t floor_ms, uint64_t *id, bool *failed);
size_t notices_bytes(const notices *n);

/* Something that is said of ids, and taken back: what was said later holds, of equal
 * times that it is so. */
typedef struct {
    notices said, unsaid;
} notice_pair;

/* What was said at or before `floor_ms` no longer counts, 0 excepted. */
bool notice_pair_holds(const notice_pair *p, uint64_t id, int64_t floor_ms);

#endif
