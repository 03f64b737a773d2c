/* SPDX-License-Identifier: MIT */
#include "pipeline/base/calendar.h"

#include "pipeline/base/array.h"
#include "pipeline/base/hash.h"
#include "pipeline/base/times.h"
#include <stdlib.h>

struct calendar_bucket {
    int64_t minute;
    uint64_t *items; /* NULL: a free slot. */
    uint32_t count, capacity;
};

struct calendar_entry {
    int64_t ms;
    uint64_t item;
};

typedef struct calendar_bucket bucket;
typedef struct calendar_entry entry;

void calendar_init(calendar *c) {
    *c = (calendar){.opened = INT64_MIN};
}

void calendar_deinit(calendar *c) {
    for (size_t i = 0; i < c->slot_count; i++) free(c->slots[i].items);
    free(c->slots);
    free(c->heap);
    calendar_init(c);
}

size_t calendar_bytes(const calendar *c) {
    return c->held_bytes + c->slot_count * sizeof(*c->slots) + c->heap_capacity * sizeof(*c->heap);
}

/* ---- Minutes that have not come ---- */

static bucket *bucket_of(bucket *slots, size_t slot_count, int64_t minute) {
    size_t slot = hash_mix((uint64_t)minute) & (slot_count - 1);
    while (slots[slot].items != NULL && slots[slot].minute != minute)
        slot = (slot + 1) & (slot_count - 1);
    return &slots[slot];
}

static bool grow_slots(calendar *c) {
    size_t count = c->slot_count == 0 ? 16 : c->slot_count * 2;
    bucket *slots = calloc(count, sizeof(*slots));
    if (slots == NULL) return false;
    for (size_t i = 0; i < c->slot_count; i++)
        if (c->slots[i].items != NULL) *bucket_of(slots, count, c->slots[i].minute) = c->slots[i];
    free(c->slots);
    c->slots = slots;
    c->slot_count = count;
    return true;
}

static bool grow_bucket(calendar *c, bucket *b) {
    uint32_t capacity = b->capacity == 0 ? 4 : b->capacity + b->capacity / 2;
    uint64_t *items = realloc(b->items, capacity * sizeof(*items));
    if (items == NULL) return false;
    c->held_bytes += (capacity - b->capacity) * sizeof(*items);
    b->items = items;
    b->capacity = capacity;
    return true;
}

static bool add_later(calendar *c, int64_t minute, uint64_t item) {
    if (c->used + 1 > c->slot_count / 4 * 3 && !grow_slots(c)) return false;
    bucket *b = bucket_of(c->slots, c->slot_count, minute);
    bool is_new = b->items == NULL;
    if (is_new) *b = (bucket){.minute = minute};
    if (b->count == b->capacity && !grow_bucket(c, b)) return false;
    c->used += is_new;
    b->items[b->count++] = item; /* NOLINT(clang-analyzer-core.NullDereference): it has room. */
    return true;
}

/* ---- Those that have: the least time is at 0, no parent later than its children ---- */

static bool add_now(calendar *c, int64_t ms, uint64_t item) {
    if (!ARRAY_ROOM(c->heap, c->heap_count, c->heap_capacity, 16)) return false;
    size_t at = c->heap_count++;
    for (size_t above; at > 0 && c->heap[above = (at - 1) / 2].ms > ms; at = above)
        c->heap[at] = c->heap[above];
    c->heap[at] = (entry){ms, item};
    return true;
}

static entry pop(calendar *c) {
    entry first = c->heap[0], last = c->heap[--c->heap_count];
    size_t at = 0;
    for (size_t below; (below = 2 * at + 1) < c->heap_count; at = below) {
        if (below + 1 < c->heap_count && c->heap[below + 1].ms < c->heap[below].ms) below++;
        if (c->heap[below].ms >= last.ms) break;
        c->heap[at] = c->heap[below];
    }
    if (c->heap_count > 0) c->heap[at] = last;
    return first;
}

bool calendar_add(calendar *c, int64_t ms, uint64_t item) {
    int64_t minute = minute_of(ms);
    return minute <= c->opened ? add_now(c, ms, item) : add_later(c, minute, item);
}

/* A bucket as it is; false when it has to be filled again, item by item. */
static bool move_bucket(calendar *c, const bucket *b) {
    if (c->used + 1 > c->slot_count / 4 * 3 && !grow_slots(c)) return false;
    bucket *to = bucket_of(c->slots, c->slot_count, b->minute);
    if (to->items != NULL) return false; /* An item moved there first. */
    *to = *b;
    c->used++;
    return true;
}

static bool empty_bucket(calendar *c, bucket *b, calendar_time *time_of, void *context) {
    bool good = true;
    for (uint32_t i = 0; i < b->count; i++) {
        int64_t ms = time_of(b->items[i], context);
        if (ms != CALENDAR_NEVER) good = calendar_add(c, ms, b->items[i]) && good;
    }
    c->held_bytes -= b->capacity * sizeof(*b->items);
    free(b->items);
    return good;
}

/* Every bucket up to `minute` into the heap; the others into a table of their size. */
static bool open_minutes(calendar *c, int64_t minute, calendar_time *time_of, void *context) {
    calendar old = *c;
    bool good = true;
    c->slots = NULL;
    c->slot_count = c->used = 0;
    c->opened = minute;
    for (size_t i = 0; i < old.slot_count; i++) {
        bucket *b = &old.slots[i];
        if (b->items == NULL || (b->minute > minute && move_bucket(c, b))) continue;
        good = empty_bucket(c, b, time_of, context) && good;
    }
    free(old.slots);
    return good;
}

bool calendar_take(calendar *c, int64_t ms, calendar_time *time_of, void *context, uint64_t *item,
                   bool *failed) {
    *failed = minute_of(ms) > c->opened && !open_minutes(c, minute_of(ms), time_of, context);
    while (!*failed && c->heap_count > 0 && c->heap[0].ms <= ms) {
        *item = pop(c).item;
        int64_t now_ms = time_of(*item, context);
        if (now_ms <= ms) return true;
        if (now_ms != CALENDAR_NEVER) *failed = !calendar_add(c, now_ms, *item);
    }
    return false;
}
