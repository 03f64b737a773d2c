/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/places.h"

#include "pipeline/base/arena.h"
#include "pipeline/base/hash.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BITS = 14, BLOCK_ITEMS = 1 << BLOCK_BITS, BLOCKS_MAX = 1 << 15 };

/* What is remembered of a location: 0 = not asked yet, 1 = no place, else
 * (place + 1) * 2, plus 1 if it makes a point. */
typedef _Atomic uint32_t memo;

struct places {
    const gazetteer *gazetteer;
    const place_table *table;
    const strings *names;
    uint64_t seed;
    arena *bytes; /* Names of places that are no gazetteer's. */
    uint32_t *slots;
    size_t slot_count;
    _Atomic uint32_t count;
    size_t held_bytes;
    bool ran_out;
    _Atomic(place *) places[BLOCKS_MAX];
    _Atomic(memo *) memos[BLOCKS_MAX];
};

places *places_new(const gazetteer *g, const place_table *table, const strings *names,
                   uint64_t hash_seed) {
    places *p = calloc(1, sizeof(*p));
    if (p == NULL) return NULL;
    p->gazetteer = g;
    p->table = table;
    p->names = names;
    p->seed = hash_seed;
    p->bytes = arena_new(1 << 14);
    p->slot_count = 1024;
    p->slots = calloc(p->slot_count, sizeof(*p->slots));
    if (p->bytes == NULL || p->slots == NULL) {
        places_free(p);
        return NULL;
    }
    return p;
}

void places_free(places *p) {
    if (p == NULL) return;
    for (size_t i = 0; i < BLOCKS_MAX; i++) {
        free(atomic_load(&p->places[i]));
        free(atomic_load(&p->memos[i]));
    }
    arena_free(p->bytes);
    free(p->slots);
    free(p);
}

const place *places_get(const places *p, uint32_t number) {
    return &atomic_load_explicit(&p->places[number >> BLOCK_BITS],
                                 memory_order_acquire)[number & (BLOCK_ITEMS - 1)];
}

uint32_t places_count(const places *p) {
    return atomic_load_explicit(&p->count, memory_order_acquire);
}

bool places_look_up(const places *p, text location, place *found) {
    return (p->table != NULL && place_table_find(p->table, location, found)) ||
           (p->gazetteer != NULL && gazetteer_find(p->gazetteer, location, found));
}

uint64_t place_id(const place *p) {
    const uint64_t at = (uint64_t)(uint32_t)p->lat_e7 << 32 | (uint32_t)p->lon_e7;
    return hash_mix(hash_stable(p->name.bytes, p->name.count) ^ hash_mix(at));
}

int place_compare(const place *a, const place *b) {
    if (a->lat_e7 != b->lat_e7) return a->lat_e7 < b->lat_e7 ? -1 : 1;
    if (a->lon_e7 != b->lon_e7) return a->lon_e7 < b->lon_e7 ? -1 : 1;
    return text_compare(a->name, b->name);
}

static uint64_t place_hash(const places *p, const place *x) {
    uint64_t at = (uint64_t)(uint32_t)x->lat_e7 << 32 | (uint32_t)x->lon_e7;
    return hash_bytes(x->name.bytes, x->name.count, at ^ p->seed);
}

static size_t slot_of(const places *p, const place *x) {
    size_t slot = place_hash(p, x) & (p->slot_count - 1);
    while (p->slots[slot] != 0 && place_compare(places_get(p, p->slots[slot] - 1), x) != 0)
        slot = (slot + 1) & (p->slot_count - 1);
    return slot;
}

static bool grow_slots(places *p) {
    uint32_t *slots = calloc(p->slot_count * 2, sizeof(*slots));
    if (slots == NULL) return false;
    free(p->slots);
    p->slots = slots;
    p->slot_count *= 2;
    for (uint32_t i = 0; i < places_count(p); i++) p->slots[slot_of(p, places_get(p, i))] = i + 1;
    return true;
}

/* The number of a place, given now if it is new. */
static bool number_of(places *p, const place *x, uint32_t *number) {
    size_t slot = slot_of(p, x);
    uint32_t count = atomic_load_explicit(&p->count, memory_order_relaxed);
    if (p->slots[slot] == 0) {
        if (count + 1 > p->slot_count / 4 * 3) {
            if (!grow_slots(p)) return false;
            slot = slot_of(p, x);
        }
        size_t block = count >> BLOCK_BITS;
        place *held = atomic_load_explicit(&p->places[block], memory_order_relaxed);
        if (held == NULL) {
            held = calloc(BLOCK_ITEMS, sizeof(*held));
            if (held == NULL) return false;
            p->held_bytes += BLOCK_ITEMS * sizeof(*held);
            atomic_store_explicit(&p->places[block], held, memory_order_release);
        }
        place copy = *x;
        copy.name = arena_copy(p->bytes, x->name);
        if (copy.name.bytes == NULL) return false;
        held[count & (BLOCK_ITEMS - 1)] = copy;
        p->slots[slot] = count + 1;
        atomic_store_explicit(&p->count, count + 1, memory_order_release);
    }
    *number = p->slots[slot] - 1;
    return true;
}

static memo *memo_of(places *p, uint32_t location) {
    memo *block = atomic_load_explicit(&p->memos[location >> BLOCK_BITS], memory_order_relaxed);
    if (block == NULL) {
        block = calloc(BLOCK_ITEMS, sizeof(*block));
        if (block == NULL) return NULL;
        p->held_bytes += BLOCK_ITEMS * sizeof(*block);
        atomic_store_explicit(&p->memos[location >> BLOCK_BITS], block, memory_order_release);
    }
    return &block[location & (BLOCK_ITEMS - 1)];
}

static bool read_memo(uint32_t value, uint32_t *number, bool *makes_point) {
    if (value < 2) return false;
    *number = value / 2 - 1;
    *makes_point = (value & 1) != 0;
    return true;
}

bool places_find(places *p, uint32_t location, uint32_t *number, bool *makes_point) {
    memo *m = location == 0 ? NULL : memo_of(p, location);
    if (location == 0) return false;
    if (m == NULL) {
        p->ran_out = true;
        return false;
    }
    uint32_t value = atomic_load_explicit(m, memory_order_relaxed);
    if (value == 0) {
        place found;
        text words = strings_get(p->names, location);
        value = 1;
        if (places_look_up(p, words, &found)) {
            if (!number_of(p, &found, number)) {
                p->ran_out = true;
                return false;
            }
            value = (*number + 1) * 2 + (place_is_map_point(&found) ? 1 : 0);
        }
        atomic_store_explicit(m, value, memory_order_release);
    }
    return read_memo(value, number, makes_point);
}

bool places_explain(const places *p, text location, place *found, buffer *reasons) {
    if (p->table != NULL && place_table_find(p->table, location, found)) {
        buffer_add(reasons, TEXT("{\"reasons\":[\"the table of places has this text\"]}"));
        return true;
    }
    if (p->gazetteer == NULL) {
        buffer_add(reasons, TEXT("{\"reasons\":[\"the table of places lacks this text\"]}"));
        return false;
    }
    gazetteer_explain(p->gazetteer, location, reasons);
    return gazetteer_find(p->gazetteer, location, found);
}

void places_forget(uint32_t location, void *p) {
    memo *m = memo_of(p, location);
    if (m != NULL) atomic_store_explicit(m, 0, memory_order_relaxed);
}

bool places_of(const places *p, uint32_t location, uint32_t *number, bool *makes_point) {
    memo *block = atomic_load_explicit(&p->memos[location >> BLOCK_BITS], memory_order_acquire);
    if (location == 0 || block == NULL) return false;
    return read_memo(
        atomic_load_explicit(&block[location & (BLOCK_ITEMS - 1)], memory_order_acquire), number,
        makes_point);
}

size_t places_bytes(const places *p) {
    return sizeof(*p) + p->held_bytes + p->slot_count * sizeof(*p->slots) + arena_bytes(p->bytes);
}

bool places_ran_out(const places *p) {
    return p->ran_out;
}
