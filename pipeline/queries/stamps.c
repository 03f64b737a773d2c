/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/stamps.h"

#include "pipeline/base/hash.h"
#include <stdlib.h>

struct stamp_slot {
    uint64_t key; /* Plus one, 0 = empty. */
    int64_t observed_ms;
    int32_t version;
};

void stamps_deinit(stamps *s) {
    free(s->slots);
    *s = (stamps){0};
}

/* Keys are numbers of ours, not ids from outside: no seed is needed. */
static size_t home_of(const stamps *s, uint64_t stored_key) {
    return hash_mix(stored_key) & (s->slot_count - 1);
}

static size_t slot_of(const stamps *s, uint64_t stored_key) {
    size_t slot = home_of(s, stored_key);
    while (s->slots[slot].key != 0 && s->slots[slot].key != stored_key)
        slot = (slot + 1) & (s->slot_count - 1);
    return slot;
}

static bool grow(stamps *s) {
    stamps grown = {.slot_count = s->slot_count == 0 ? 64 : s->slot_count * 2, .used = s->used};
    grown.slots = calloc(grown.slot_count, sizeof(*grown.slots));
    if (grown.slots == NULL) return false;
    for (size_t i = 0; i < s->slot_count; i++)
        if (s->slots[i].key != 0) grown.slots[slot_of(&grown, s->slots[i].key)] = s->slots[i];
    free(s->slots);
    *s = grown;
    return true;
}

bool stamps_put(stamps *s, uint64_t key, stamp value) {
    if (s->used + 1 > s->slot_count / 4 * 3 && !grow(s)) return false;
    struct stamp_slot *slot = &s->slots[slot_of(s, key + 1)];
    s->used += slot->key == 0;
    *slot = (struct stamp_slot){key + 1, value.observed_ms, value.version};
    return true;
}

bool stamps_find(const stamps *s, uint64_t key, stamp *value) {
    if (s->used == 0) return false;
    const struct stamp_slot *slot = &s->slots[slot_of(s, key + 1)];
    if (slot->key == 0) return false;
    *value = (stamp){slot->observed_ms, slot->version};
    return true;
}

void stamps_remove(stamps *s, uint64_t key) {
    if (s->used == 0) return;
    size_t mask = s->slot_count - 1, slot = slot_of(s, key + 1);
    if (s->slots[slot].key == 0) return;
    for (size_t next = (slot + 1) & mask; s->slots[next].key != 0; next = (next + 1) & mask) {
        size_t home = home_of(s, s->slots[next].key);
        if (((next - home) & mask) < ((next - slot) & mask)) continue;
        s->slots[slot] = s->slots[next];
        slot = next;
    }
    s->slots[slot].key = 0;
    s->used--;
}

size_t stamps_bytes(const stamps *s) {
    return s->slot_count * sizeof(*s->slots);
}
