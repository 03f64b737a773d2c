/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/notices.h"

#include "pipeline/base/hash.h"
#include <stdlib.h>

struct notice {
    uint64_t id;
    int64_t ms; /* EMPTY where there is none. */
};
#define EMPTY INT64_MIN

void notices_deinit(notices *n) {
    free(n->slots);
    *n = (notices){.seed = n->seed};
}

static struct notice *slot_of(const notices *n, uint64_t id) {
    size_t slot = hash_mix(id ^ n->seed) & (n->slot_count - 1);
    while (n->slots[slot].ms != EMPTY && n->slots[slot].id != id)
        slot = (slot + 1) & (n->slot_count - 1);
    return &n->slots[slot];
}

static bool grow(notices *n) {
    notices grown = *n;
    grown.slot_count = n->slot_count == 0 ? 64 : n->slot_count * 2;
    grown.slots = malloc(grown.slot_count * sizeof(*grown.slots));
    if (grown.slots == NULL) return false;
    for (size_t i = 0; i < grown.slot_count; i++) grown.slots[i].ms = EMPTY;
    for (size_t i = 0; i < n->slot_count; i++)
        if (n->slots[i].ms != EMPTY) *slot_of(&grown, n->slots[i].id) = n->slots[i];
    free(n->slots);
    *n = grown;
    return true;
}

bool notices_add(notices *n, uint64_t id, int64_t ms) {
    if (ms == EMPTY) ms++;
    if (n->count + 1 > n->slot_count / 4 * 3 && !grow(n)) return false;
    struct notice *slot = slot_of(n, id);
    n->count += slot->ms == EMPTY;
    slot->id = id;
    if (ms > slot->ms) slot->ms = ms;
    return true;
}

bool notices_find(const notices *n, uint64_t id, int64_t *latest_ms) {
    if (n->count == 0) return false;
    const struct notice *slot = slot_of(n, id);
    if (slot->ms == EMPTY) return false;
    *latest_ms = slot->ms;
    return true;
}

size_t notices_bytes(const notices *n) {
    return n->slot_count * sizeof(*n->slots);
}
