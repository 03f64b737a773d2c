/* SPDX-License-Identifier: MIT */
#include "pipeline/flow/slots.h"

#include "pipeline/flow/pages.h"
#include <assert.h>

#ifdef TEST_TINY
enum { SLOTS_MIN = 2, SLOTS_KEPT_MAX = 4 };
#else
enum { SLOTS_MIN = 16, SLOTS_KEPT_MAX = 128 };
#endif

void slots_deinit(slots *s) {
    pages_free(s->slots, slots_bytes(s));
    *s = (slots){0};
}

static void place(uint64_t *array, size_t mask, uint64_t slot) {
    size_t at = (slot >> 32) & mask;
    while (array[at] != 0) at = (at + 1) & mask;
    array[at] = slot;
}

static bool resize(slots *s, size_t capacity) {
    uint64_t *array = pages_zeroed(capacity * sizeof array[0]);
    if (array == NULL) return false;
    if (s->slots != NULL)
        for (size_t i = 0; i <= s->mask; i++)
            if (s->slots[i] != 0) place(array, capacity - 1, s->slots[i]);
    pages_free(s->slots, slots_bytes(s));
    s->slots = array;
    s->mask = capacity - 1;
    return true;
}

bool slots_insert(slots *s, uint32_t hash, uint32_t handle) {
    assert(handle <= HANDLE_MAX);
    if (s->slots == NULL || s->count + 1 > (s->mask + 1) * 3 / 4)
        if (!resize(s, s->slots == NULL ? SLOTS_MIN : (s->mask + 1) * 2)) return false;
    place(s->slots, s->mask, (uint64_t)hash << 32 | (handle + 1));
    s->count++;
    return true;
}

static size_t position(const slots *s, uint32_t hash, uint32_t handle) {
    uint64_t wanted = (uint64_t)hash << 32 | (handle + 1);
    size_t at = hash & s->mask;
    while (s->slots[at] != wanted) {
        assert(s->slots[at] != 0);
        at = (at + 1) & s->mask;
    }
    return at;
}

void slots_replace(slots *s, uint32_t hash, uint32_t from, uint32_t to) {
    s->slots[position(s, hash, from)] = (uint64_t)hash << 32 | (to + 1);
}

/* Closes the gap by moving back whatever may: no tombstones, so a table that was
 * emptied is as fast as a new one. */
void slots_remove(slots *s, uint32_t hash, uint32_t handle) {
    size_t gap = position(s, hash, handle);
    for (size_t at = (gap + 1) & s->mask; s->slots[at] != 0; at = (at + 1) & s->mask) {
        size_t home = (s->slots[at] >> 32) & s->mask;
        if (((at - home) & s->mask) < ((at - gap) & s->mask)) continue;
        s->slots[gap] = s->slots[at];
        gap = at;
    }
    s->slots[gap] = 0;
    s->count--;
    if (s->count == 0 && s->mask + 1 > SLOTS_KEPT_MAX)
        slots_deinit(s);
    else if (s->mask + 1 > SLOTS_KEPT_MAX && s->count < (s->mask + 1) / 8)
        (void)resize(s, (s->mask + 1) / 2); /* Without memory it stays as it is. */
}

size_t slots_bytes(const slots *s) {
    return s->slots == NULL ? 0 : (s->mask + 1) * sizeof s->slots[0];
}
