/* SPDX-License-Identifier: MIT */
/* keys -- which of an object's keys are wanted.
 *
 * A tweet has 150 keys of which a tenth matter, so what counts is to say "no"
 * fast: a perfect hash of the length and three bytes, found when the set is made. */
#ifndef DUNLIN_PIPELINE_DECODE_KEYS_H
#define DUNLIN_PIPELINE_DECODE_KEYS_H

#include "pipeline/base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { KEYS_MAX = 63, KEY_SLOTS = 1024 };

typedef struct {
    text names[KEYS_MAX];
    uint32_t count, seed;
    uint8_t slots[KEY_SLOTS]; /* 1 + index into names; 0: none. */
} key_set;

/* The names are borrowed.  False when no perfect hash is found, which depends on
 * the names alone. */
bool key_set_init(key_set *k, const char *const *names, uint32_t count);

/* Length, first, last and middle byte tell apart all names that ours has. */
static inline uint32_t key_slot(uint32_t seed, const char *bytes, size_t count) {
    if (count == 0) return 0;
    uint32_t parts = (uint32_t)(unsigned char)bytes[0] |
                     (uint32_t)(unsigned char)bytes[count / 2] << 8 |
                     (uint32_t)(unsigned char)bytes[count - 1] << 16 | (uint32_t)count << 24;
    return parts * seed >> 22;
}

/* The index of a name in the set, or -1. */
static inline int key_find(const key_set *k, const char *bytes, size_t count) {
    uint8_t slot = k->slots[key_slot(k->seed, bytes, count)];
    if (slot == 0 || k->names[slot - 1].count != count) return -1;
    for (size_t i = 0; i < count; i++)
        if (k->names[slot - 1].bytes[i] != bytes[i]) return -1;
    return slot - 1;
}

#ifdef __cplusplus
}
#endif

#endif
