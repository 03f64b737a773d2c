/* SPDX-License-Identifier: MIT */
/* overlays -- the values that fixes laid over what lines say of tweets, or of people.
 *
 * What lines say goes on underneath as if no fix were there, so that taking a fix back
 * leaves what a run without it would have.  32 bytes a value, and 4 for each number in a
 * block of numbers of which any has one.  One thread. */
#ifndef DUNLIN_PIPELINE_QUERIES_OVERLAYS_H
#define DUNLIN_PIPELINE_QUERIES_OVERLAYS_H

#include "pipeline/base/blocks.h"

typedef struct {
    uint64_t value;
    uint32_t number;      /* Of the tweet or person. */
    uint32_t fix;         /* Index of the fix, from 0. */
    uint32_t next;        /* Of the same number: by an earlier fix, or another field. */
    uint32_t next_of_fix; /* 0 ends both lists. */
    uint8_t field;        /* A rule_field. */
    bool is_gone;         /* Its number was forgotten: it is only in the list of its fix. */
} overlay;

typedef struct {
    blocks heads, items; /* Items from 1. */
    uint32_t count, free_items, gone_count;
} overlays;

void overlays_init(overlays *o);
void overlays_deinit(overlays *o);
/* Lays a value over a field; fixes come in order, each once a field.  *of_fix is the list
 * of all that this fix laid, 0 at first.  False: no memory. */
bool overlays_put(overlays *o, const overlay *item, uint32_t *of_fix);
/* The first of a number, latest fix first, or what follows; NULL: no more. */
const overlay *overlays_first(const overlays *o, uint32_t number);
const overlay *overlays_next(const overlays *o, const overlay *item);
/* The first of a fix's list, or what follows; NULL: no more. */
const overlay *overlays_of_fix(const overlays *o, uint32_t item);
/* Takes away all that a fix laid. */
void overlays_remove(overlays *o, uint32_t of_fix);
/* The number has none any more. */
void overlays_forget(overlays *o, uint32_t number);
/* Whether most of what is in lists of fixes is gone; then to be pruned of each fix. */
bool overlays_need_pruning(const overlays *o);
void overlays_prune(overlays *o, uint32_t *of_fix);
size_t overlays_bytes(const overlays *o);

#endif
