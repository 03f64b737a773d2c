/* SPDX-License-Identifier: MIT */
/* strings -- counted handles for short strings.
 *
 * Bytes live in a `texts` store; an entry is (bytes' handle, holders, batches of
 * the dead it stands in).  Entries sit in blocks that never move, so a reader needs
 * no lock; the hash table is the engine thread's alone.  Cost: 16 bytes an entry,
 * 4 to 8 for its slot, and the bytes with their length. */
#include "pipeline/queries/strings.h"

#include "pipeline/base/array.h"
#include "pipeline/base/hash.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BITS = 14, BLOCK_ENTRIES = 1 << BLOCK_BITS, BLOCKS_MAX = 1 << 15 };
#define NO_ENTRY UINT32_MAX

typedef struct {
    uint32_t bytes; /* In texts; in a free entry the next free one. */
    uint32_t holders;
    uint32_t hash;   /* High bits of it, so that most misses touch no bytes. */
    uint16_t listed; /* Batches of the dead that name it. */
} entry;

typedef struct {
    uint32_t *items;
    size_t count, capacity;
} handle_list;

struct strings_dead {
    size_t count;
    uint32_t handles[];
};

struct strings {
    uint64_t seed;
    texts *bytes;
    uint32_t *slots; /* Handle, 0 = empty (the empty string is never looked up). */
    size_t slot_count, used;
    uint32_t entry_count, first_free;
    handle_list dead;
    size_t held_bytes;
    _Atomic(entry *) blocks[BLOCKS_MAX];
};

static bool list_add(handle_list *l, uint32_t handle) {
    if (!ARRAY_ROOM(l->items, l->count, l->capacity, 64)) return false;
    l->items[l->count++] = handle;
    return true;
}

static entry *entry_of(const strings *s, uint32_t handle) {
    return &atomic_load_explicit(&s->blocks[handle >> BLOCK_BITS],
                                 memory_order_acquire)[handle & (BLOCK_ENTRIES - 1)];
}

strings *strings_new(uint64_t hash_seed) {
    strings *s = calloc(1, sizeof(*s));
    if (s == NULL) return NULL;
    s->seed = hash_seed;
    s->slot_count = 1024;
    s->slots = calloc(s->slot_count, sizeof(*s->slots));
    s->bytes = texts_new();
    s->entry_count = 1;
    s->first_free = NO_ENTRY;
    s->held_bytes = s->slot_count * sizeof(*s->slots);
    if (s->slots == NULL || s->bytes == NULL) {
        strings_free(s);
        return NULL;
    }
    return s;
}

void strings_free(strings *s) {
    if (s == NULL) return;
    for (size_t i = 0; i < BLOCKS_MAX && atomic_load(&s->blocks[i]) != NULL; i++)
        free(atomic_load(&s->blocks[i]));
    texts_free(s->bytes);
    free(s->slots);
    free(s->dead.items);
    free(s);
}

text strings_get(const strings *s, uint32_t handle) {
    return handle == 0 ? (text){"", 0} : texts_get(s->bytes, entry_of(s, handle)->bytes);
}

/* The slot of the string, or the empty one where it belongs. */
static size_t slot_of(const strings *s, text t, uint64_t hash) {
    size_t mask = s->slot_count - 1, slot = hash & mask;
    for (; s->slots[slot] != 0; slot = (slot + 1) & mask) {
        const entry *e = entry_of(s, s->slots[slot]);
        if (e->hash == (uint32_t)(hash >> 32) && text_equal(texts_get(s->bytes, e->bytes), t))
            break;
    }
    return slot;
}

static uint64_t hash_of(const strings *s, text t) {
    return hash_bytes(t.bytes, t.count, s->seed);
}

static bool grow_slots(strings *s) {
    size_t count = s->slot_count * 2;
    uint32_t *slots = calloc(count, sizeof(*slots));
    if (slots == NULL) return false;
    for (size_t i = 0; i < s->slot_count; i++) {
        if (s->slots[i] == 0) continue;
        text t = strings_get(s, s->slots[i]);
        size_t slot = hash_of(s, t) & (count - 1);
        while (slots[slot] != 0) slot = (slot + 1) & (count - 1);
        slots[slot] = s->slots[i];
    }
    free(s->slots);
    s->held_bytes += (count - s->slot_count) * sizeof(*slots);
    s->slots = slots;
    s->slot_count = count;
    return true;
}

static bool take_entry(strings *s, uint32_t *handle) {
    if (s->first_free != NO_ENTRY) {
        *handle = s->first_free;
        s->first_free = entry_of(s, *handle)->bytes;
        return true;
    }
    size_t block = s->entry_count >> BLOCK_BITS;
    if (block == BLOCKS_MAX) return false;
    if (atomic_load_explicit(&s->blocks[block], memory_order_relaxed) == NULL) {
        entry *entries = calloc(BLOCK_ENTRIES, sizeof(*entries));
        if (entries == NULL) return false;
        s->held_bytes += BLOCK_ENTRIES * sizeof(*entries);
        atomic_store_explicit(&s->blocks[block], entries, memory_order_release);
    }
    *handle = s->entry_count++;
    return true;
}

static void give_entry(strings *s, uint32_t handle) {
    *entry_of(s, handle) = (entry){.bytes = s->first_free};
    s->first_free = handle;
}

bool strings_hold(strings *s, text t, uint32_t *handle) {
    *handle = 0;
    if (t.count == 0) return true;
    t = texts_cut(t); /* As it is kept, so that it is found again. */
    uint64_t hash = hash_of(s, t);
    size_t slot = slot_of(s, t, hash);
    if (s->slots[slot] != 0) {
        *handle = s->slots[slot];
        entry_of(s, *handle)->holders++;
        return true;
    }
    if (s->used + 1 > s->slot_count / 4 * 3) {
        if (!grow_slots(s)) return false;
        slot = slot_of(s, t, hash);
    }
    uint32_t bytes, fresh;
    if (!take_entry(s, &fresh)) return false;
    if (!texts_add(s->bytes, t, &bytes)) {
        give_entry(s, fresh);
        return false;
    }
    *entry_of(s, fresh) = (entry){.bytes = bytes, .holders = 1, .hash = (uint32_t)(hash >> 32)};
    s->slots[slot] = fresh;
    s->used++;
    *handle = fresh;
    return true;
}

void strings_drop(strings *s, uint32_t handle) {
    if (handle == 0) return;
    entry *e = entry_of(s, handle);
    if (e->holders == 1) {
        /* Out of memory, or listed too often: it keeps its last holder, for good. */
        if (e->listed == UINT16_MAX || !list_add(&s->dead, handle)) return;
        e->listed++;
    }
    e->holders--;
}

strings_dead *strings_take_dead(strings *s) {
    if (s->dead.count == 0) return NULL;
    strings_dead *batch = malloc(sizeof(*batch) + s->dead.count * sizeof(batch->handles[0]));
    if (batch == NULL) return NULL;
    batch->count = s->dead.count;
    memcpy(batch->handles, s->dead.items, s->dead.count * sizeof(batch->handles[0]));
    s->dead.count = 0;
    return batch;
}

/* Takes a slot out of the open-addressed table: those behind it move up. */
static void erase_slot(strings *s, size_t slot) {
    size_t mask = s->slot_count - 1;
    for (size_t next = (slot + 1) & mask; s->slots[next] != 0; next = (next + 1) & mask) {
        size_t home = hash_of(s, strings_get(s, s->slots[next])) & mask;
        if (((next - home) & mask) < ((next - slot) & mask)) continue;
        s->slots[slot] = s->slots[next];
        slot = next;
    }
    s->slots[slot] = 0;
    s->used--;
}

void strings_end_dead(strings *s, strings_dead *batch, void (*gone)(uint32_t handle, void *context),
                      void *context) {
    for (size_t i = 0; i < batch->count; i++) {
        uint32_t handle = batch->handles[i];
        entry *e = entry_of(s, handle);
        if (--e->listed > 0 || e->holders > 0) continue;
        if (gone != NULL) gone(handle, context);
        text t = strings_get(s, handle);
        erase_slot(s, slot_of(s, t, hash_of(s, t)));
        texts_remove(s->bytes, e->bytes);
        give_entry(s, handle);
    }
    free(batch);
    texts_dead *ended = texts_take_dead(s->bytes);
    if (ended != NULL) texts_end_dead(s->bytes, ended); /* No reader is left for these. */
}

size_t strings_bytes(const strings *s) {
    return sizeof(*s) + s->held_bytes + s->dead.capacity * sizeof(uint32_t) + texts_bytes(s->bytes);
}
