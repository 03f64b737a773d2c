/* SPDX-License-Identifier: MIT */
/* forget_set -- the tweets and users that are to be forgotten.  One thread. */
#ifndef DUNLIN_PIPELINE_STORE_FORGET_SET_H
#define DUNLIN_PIPELINE_STORE_FORGET_SET_H

#include "pipeline/base/status.h"
#include "pipeline/store/frame.h"

typedef struct {
    uint64_t id, until; /* In rows, or frames, up to this number. */
    uint32_t hash;
    id_kind kind;
} forget_item;

typedef struct {
    forget_item *items;
    uint32_t *hashes;
    size_t count, capacity, hash_count;
    bool is_sorted;
    uint64_t at; /* The number of the row that is asked about; 0: whatever it is. */
} forget_set;    /* Start with {0}. */

void forget_set_deinit(forget_set *f);
status forget_set_add(forget_set *f, id_kind kind, uint64_t id, uint64_t until);
status forget_set_move(forget_set *from, forget_set *to); /* All; nothing without memory. */
/* Drops those whose frames have all come: of numbers before `begin`. */
void forget_set_end_before(forget_set *f, uint64_t begin);
/* As frames ask for them; good until the set changes. */
frame_forgets forget_set_sort(forget_set *f);

#endif
