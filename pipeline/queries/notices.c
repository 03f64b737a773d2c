/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/notices.h"

#include "pipeline/base/hash.h"
#include <stdlib.h>

struct notice {
    uint64_t id;
    int64_t ms; /* EMPTY where there is none. */
};
#define EMPTY INT64_MIN

void notices_init(notices *n, uint64_t seed) {
    *n = (notices){.seed = seed};
    calendar_init(&n->due);
}

void notices_deinit(notices *n) {
    free(n->slots);
    calendar_deinit(&n->due);
    notices_init(n, n->seed);
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
    bool is_new = slot->ms == EMPTY, waits = !is_new && slot->ms != 0;
    if (n->expires && !waits && ms != 0 && !calendar_add(&n->due, ms, id)) return false;
    n->count += is_new;
    slot->id = id;
    if (ms > slot->ms) slot->ms = ms;
    return true;
}

static bool find(const notices *n, uint64_t id, int64_t *latest_ms) {
    if (n->count == 0) return false;
    const struct notice *slot = slot_of(n, id);
    if (slot->ms == EMPTY) return false;
    *latest_ms = slot->ms;
    return true;
}

/* ---- Their end ---- */

bool notices_keep(notices *n) {
    for (size_t i = 0; !n->expires && i < n->slot_count; i++) {
        const struct notice *slot = &n->slots[i];
        if (slot->ms != EMPTY && slot->ms != 0 && !calendar_add(&n->due, slot->ms, slot->id))
            return false;
    }
    n->expires = true;
    return true;
}

static int64_t time_of(uint64_t id, void *context) {
    int64_t ms;
    bool is_there = find(context, id, &ms) && ms != 0;
    return is_there ? ms : CALENDAR_NEVER;
}

static void take_out(notices *n, uint64_t id) {
    size_t mask = n->slot_count - 1, slot = (size_t)(slot_of(n, id) - n->slots);
    for (size_t next = (slot + 1) & mask; n->slots[next].ms != EMPTY; next = (next + 1) & mask) {
        size_t home = hash_mix(n->slots[next].id ^ n->seed) & mask;
        if (((next - home) & mask) < ((next - slot) & mask)) continue;
        n->slots[slot] = n->slots[next];
        slot = next;
    }
    n->slots[slot].ms = EMPTY;
    n->count--;
}

bool notices_expire(notices *n, int64_t floor_ms, uint64_t *id, bool *failed) {
    if (!calendar_take(&n->due, floor_ms, time_of, n, id, failed)) return false;
    take_out(n, *id);
    return true;
}

size_t notices_bytes(const notices *n) {
    return n->slot_count * sizeof(*n->slots) + calendar_bytes(&n->due);
}

static bool find_later(const notices *n, uint64_t id, int64_t floor_ms, int64_t *ms) {
    return find(n, id, ms) && (*ms > floor_ms || *ms == 0);
}

bool notice_pair_holds(const notice_pair *p, uint64_t id, int64_t floor_ms) {
    int64_t said, unsaid;
    if (!find_later(&p->said, id, floor_ms, &said)) return false;
    return !find_later(&p->unsaid, id, floor_ms, &unsaid) || unsaid <= said;
}
