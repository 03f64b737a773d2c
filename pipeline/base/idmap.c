/* SPDX-License-Identifier: MIT */
/* idmap -- ids to dense numbers, read without locks.
 *
 * An open-addressed table of numbers + 1 beside blocks of ids and holders; the id
 * confirms a hit.  A full table is copied into one twice as large, which is then
 * published with release order; the old one stays until the end for readers that still
 * hold it (all old tables together are smaller than the newest).  A number that is given
 * back leaves the table, and those behind it move up: a reader who finds nothing while
 * that happens (`moves` is odd, or another one) looks again.
 * Cost: 13 bytes an id, and 4 bytes a slot at 1.3 to 2.7 slots an id. */
#include "pipeline/base/idmap.h"

#include "pipeline/base/array.h"
#include "pipeline/base/hash.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Ids and their holders lie in one line of the processor's cache. */
enum { GROUP_IDS = 5, BLOCK_GROUPS = 1 << 13, BLOCK_IDS = BLOCK_GROUPS * GROUP_IDS };
enum { BLOCKS_MAX = UINT32_MAX / BLOCK_IDS + 1 };

/* Of a number's holders: it stands in a batch of the dead; it had holders since. */
#define IS_LISTED   (UINT32_C(1) << 31)
#define IS_REVIVED  (UINT32_C(1) << 30)
#define HOLDERS     (IS_REVIVED - 1)
#define FREE_NUMBER UINT32_MAX

typedef struct {
    _Atomic uint64_t ids[GROUP_IDS];
    uint32_t holders[GROUP_IDS]; /* In a free number the next free one. */
    uint32_t spare;
} group;

typedef struct table {
    struct table *older;
    size_t mask;
    _Atomic uint32_t slots[];
} table;

struct idmap_dead {
    size_t count;
    uint32_t numbers[];
};

struct idmap {
    uint64_t seed;
    _Atomic(table *) newest;
    _Atomic uint32_t count, moves;
    uint32_t used, first_free; /* used: numbers in the table. */
    uint32_t *dead;
    size_t dead_count, dead_capacity, bytes;
    _Atomic(group *) blocks[BLOCKS_MAX];
};

static table *table_new(size_t slots, table *older) {
    table *t = calloc(1, sizeof(*t) + slots * sizeof(t->slots[0]));
    if (t == NULL) return NULL;
    t->older = older;
    t->mask = slots - 1;
    return t;
}

idmap *idmap_new(uint64_t seed) {
    idmap *m = calloc(1, sizeof(*m));
    table *t = table_new(1024, NULL);
    if (m == NULL || t == NULL) {
        free(m);
        free(t);
        return NULL;
    }
    m->seed = seed;
    m->first_free = FREE_NUMBER;
    m->bytes = sizeof(*t) + 1024 * sizeof(t->slots[0]);
    atomic_store_explicit(&m->newest, t, memory_order_release);
    return m;
}

void idmap_free(idmap *m) {
    if (m == NULL) return;
    for (table *t = atomic_load(&m->newest), *older; t != NULL; t = older) {
        older = t->older;
        free(t);
    }
    for (size_t i = 0; i < BLOCKS_MAX && atomic_load(&m->blocks[i]) != NULL; i++)
        free(atomic_load(&m->blocks[i]));
    free(m->dead);
    free(m);
}

static group *group_of(const idmap *m, uint32_t number) {
    group *block = atomic_load_explicit(&m->blocks[number / BLOCK_IDS], memory_order_acquire);
    return &block[number % BLOCK_IDS / GROUP_IDS];
}

uint64_t idmap_id(const idmap *m, uint32_t number) {
    return atomic_load_explicit(&group_of(m, number)->ids[number % GROUP_IDS],
                                memory_order_relaxed);
}

static uint32_t *holders_of(idmap *m, uint32_t number) {
    return &group_of(m, number)->holders[number % GROUP_IDS];
}

static size_t home_of(const idmap *m, const table *t, uint64_t id) {
    return hash_mix(id ^ m->seed) & t->mask;
}

/* The slot of `id`, or the empty one where it belongs. */
static size_t slot_of(const idmap *m, const table *t, uint64_t id, uint32_t *entry) {
    size_t slot = home_of(m, t, id);
    for (;; slot = (slot + 1) & t->mask) {
        *entry = atomic_load_explicit(&t->slots[slot], memory_order_acquire);
        if (*entry == 0 || idmap_id(m, *entry - 1) == id) return slot;
    }
}

static table *grow(idmap *m, const table *old) {
    size_t slots = (old->mask + 1) * 2;
    table *t = table_new(slots, (table *)(uintptr_t)old);
    if (t == NULL) return NULL;
    for (size_t i = 0; i <= old->mask; i++) {
        uint32_t entry = atomic_load_explicit(&old->slots[i], memory_order_relaxed);
        if (entry == 0) continue;
        size_t slot = home_of(m, t, idmap_id(m, entry - 1));
        while (atomic_load_explicit(&t->slots[slot], memory_order_relaxed) != 0)
            slot = (slot + 1) & t->mask;
        atomic_store_explicit(&t->slots[slot], entry, memory_order_relaxed);
    }
    m->bytes += sizeof(*t) + slots * sizeof(t->slots[0]);
    atomic_store_explicit(&m->newest, t, memory_order_release);
    return t;
}

/* A number that means nothing. */
static bool take_number(idmap *m, uint32_t *number) {
    uint32_t count = atomic_load_explicit(&m->count, memory_order_relaxed);
    if (m->first_free != FREE_NUMBER) {
        *number = m->first_free;
        m->first_free = *holders_of(m, *number);
        return true;
    }
    if (count == UINT32_MAX - 1) return false;
    _Atomic(group *) *block = &m->blocks[count / BLOCK_IDS];
    if (atomic_load_explicit(block, memory_order_relaxed) == NULL) {
        group *groups = malloc(BLOCK_GROUPS * sizeof(*groups));
        if (groups == NULL) return false;
        m->bytes += BLOCK_GROUPS * sizeof(*groups);
        atomic_store_explicit(block, groups, memory_order_release);
    }
    *number = count;
    atomic_store_explicit(&m->count, count + 1, memory_order_release);
    return true;
}

bool idmap_add(idmap *m, uint64_t id, uint32_t *number) {
    table *t = atomic_load_explicit(&m->newest, memory_order_relaxed);
    uint32_t entry;
    size_t slot = slot_of(m, t, id, &entry);
    if (entry != 0) {
        *number = entry - 1;
        return true;
    }
    if ((size_t)m->used + 1 > (t->mask + 1) / 4 * 3) {
        if ((t = grow(m, t)) == NULL) return false;
        slot = slot_of(m, t, id, &entry);
    }
    if (!take_number(m, number)) return false;
    *holders_of(m, *number) = 0;
    atomic_store_explicit(&group_of(m, *number)->ids[*number % GROUP_IDS], id,
                          memory_order_relaxed);
    atomic_store_explicit(&t->slots[slot], *number + 1, memory_order_release);
    m->used++;
    return true;
}

bool idmap_find(const idmap *m, uint64_t id, uint32_t *number) {
    for (;;) {
        uint32_t entry, moves = atomic_load_explicit(&m->moves, memory_order_acquire);
        (void)slot_of(m, atomic_load_explicit(&m->newest, memory_order_acquire), id, &entry);
        if (entry != 0) {
            *number = entry - 1;
            return true;
        }
        if ((moves & 1) == 0 && atomic_load_explicit(&m->moves, memory_order_relaxed) == moves)
            return false;
    }
}

uint32_t idmap_count(const idmap *m) {
    return atomic_load_explicit(&m->count, memory_order_acquire);
}

size_t idmap_bytes(const idmap *m) {
    return m->bytes + m->dead_capacity * sizeof(*m->dead);
}

/* ---- Holders ---- */

void idmap_hold(idmap *m, uint32_t number) {
    uint32_t *holders = holders_of(m, number);
    if ((*holders & HOLDERS) == 0 && (*holders & IS_LISTED) != 0) *holders |= IS_REVIVED;
    ++*holders;
}

static bool list_dead(idmap *m, uint32_t number) {
    if (!ARRAY_ROOM(m->dead, m->dead_count, m->dead_capacity, 64)) return false;
    m->dead[m->dead_count++] = number;
    return true;
}

void idmap_drop(idmap *m, uint32_t number) {
    uint32_t *holders = holders_of(m, number);
    if ((*holders & HOLDERS) == 1 && (*holders & IS_LISTED) == 0) {
        if (!list_dead(m, number)) return; /* It keeps its last holder, for good. */
        *holders |= IS_LISTED;
    }
    --*holders;
}

idmap_dead *idmap_take_dead(idmap *m) {
    if (m->dead_count == 0) return NULL;
    idmap_dead *batch = malloc(sizeof(*batch) + m->dead_count * sizeof(batch->numbers[0]));
    if (batch == NULL) return NULL;
    batch->count = m->dead_count;
    memcpy(batch->numbers, m->dead, m->dead_count * sizeof(batch->numbers[0]));
    m->dead_count = 0;
    return batch;
}

static void store_slot(table *t, size_t slot, uint32_t entry) {
    atomic_store_explicit(&t->slots[slot], entry, memory_order_release);
}

/* Takes a number out of the table: those behind it move up. */
static void erase(idmap *m, uint32_t number) {
    table *t = atomic_load_explicit(&m->newest, memory_order_relaxed);
    uint32_t entry;
    size_t slot = slot_of(m, t, idmap_id(m, number), &entry);
    for (size_t next = (slot + 1) & t->mask;; next = (next + 1) & t->mask) {
        entry = atomic_load_explicit(&t->slots[next], memory_order_relaxed);
        if (entry == 0) break;
        size_t home = home_of(m, t, idmap_id(m, entry - 1));
        if (((next - home) & t->mask) < ((next - slot) & t->mask)) continue;
        store_slot(t, slot, entry);
        slot = next;
    }
    store_slot(t, slot, 0);
    m->used--;
}

void idmap_end_dead(idmap *m, idmap_dead *batch) {
    /* Slots are stored with release and read with acquire order: who sees one of the new
     * ones sees this too. */
    (void)atomic_fetch_add_explicit(&m->moves, 1, memory_order_relaxed);
    for (size_t i = 0; i < batch->count; i++) {
        uint32_t number = batch->numbers[i], *holders = holders_of(m, number);
        bool is_free = *holders == IS_LISTED;
        bool waits = (*holders & HOLDERS) == 0 && !is_free;
        *holders &= HOLDERS;
        /* Readers of later epochs may know one that had holders again: once more. */
        if (waits && list_dead(m, number)) *holders |= IS_LISTED;
        if (!is_free) continue;
        erase(m, number);
        *holders = m->first_free;
        m->first_free = number;
    }
    (void)atomic_fetch_add_explicit(&m->moves, 1, memory_order_release);
    free(batch);
}
