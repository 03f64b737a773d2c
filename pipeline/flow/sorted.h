/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_FLOW_SORTED_H
#define DUNLIN_PIPELINE_FLOW_SORTED_H

#include "pipeline/flow/slab.h"
#include "pipeline/flow/slots.h"

/* Keys of `word_count` unsigned words in ascending order, each with a weight: a
 * B+ tree.  Adding costs O(log n); a key of weight 0 is gone. */
enum { SORTED_WORDS_MAX = 9 };
typedef struct {
    slab leaves, inners;
    uint32_t word_count, root, height; /* Height 0: the root is a leaf. */
    uint32_t changes;                  /* Of which leaves there are. */
    uint64_t count;
} sorted;

typedef struct {
    uint32_t leaf, at;
} sorted_cursor;

void sorted_init(sorted *s, size_t word_count);
void sorted_deinit(sorted *s);
/* *after: the weight that the key has then.  False when out of memory. */
bool sorted_add(sorted *s, const uint64_t *words, int64_t weight, int64_t *after);
/* Fetches ahead the place where a key is or would be, and says which it is. */
typedef struct {
    uint32_t leaf, changes;
} sorted_place;
sorted_place sorted_prefetch(const sorted *s, const uint64_t *words);
/* As sorted_add; `place` saves the search unless the tree was rebuilt there since. */
bool sorted_add_at(sorted *s, sorted_place place, const uint64_t *words, int64_t weight,
                   int64_t *after);
/* The first key that is not below `words`. */
sorted_cursor sorted_seek(const sorted *s, const uint64_t *words);
/* The key there, valid until the next addition; NULL at the end. */
const uint64_t *sorted_get(const sorted *s, sorted_cursor *c, int64_t *weight);
static inline void sorted_advance(sorted_cursor *c) {
    c->at++;
}
size_t sorted_bytes(const sorted *s);

#endif
