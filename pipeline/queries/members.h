/* SPDX-License-Identifier: MIT */
/* members -- which tweets or people make up what a board is of: somebody is at a place,
 * a tweet has hashtags. */
#ifndef DUNLIN_PIPELINE_QUERIES_MEMBERS_H
#define DUNLIN_PIPELINE_QUERIES_MEMBERS_H

#include "pipeline/queries/best.h"
#include "pipeline/queries/tally.h"

typedef struct {
    uint32_t member, whole; /* A tweet's or person's number; a place's or hashtag's. */
} membership;

typedef struct {
    membership *items; /* No two alike. */
    size_t count, capacity;
    uint32_t whole_max; /* Numbers of wholes are not above it. */
} members;

bool members_add(members *l, uint32_t member, uint32_t whole); /* False: no memory. */
void members_deinit(members *l);                               /* Start with {0}. */
/* What the sums of members add up to, a line a whole: *lines is the caller's to free.
 * How many members it had goes to `tweets`, `authors` or `responders`, as the sums are by. */
status members_sum(const members *l, const tally *t, tally_key by, board_line **lines,
                   size_t *count);

#endif
