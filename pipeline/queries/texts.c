/* SPDX-License-Identifier: MIT */
/* texts -- long texts by handle.
 *
 * Chunks of 256 KiB are filled one after the other; a handle is the position in
 * units of 4 bytes over all chunks, where the length stands before the bytes (1
 * byte up to 250, else 5).  A chunk whose texts have all been removed is freed, and
 * its number used again.  A text larger than a chunk is cut to fit one. */
#include "pipeline/queries/strings.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    UNIT_BYTES = 4,
    CHUNK_UNIT_BITS = 16,
    CHUNK_UNITS = 1 << CHUNK_UNIT_BITS,
    CHUNK_BYTES = CHUNK_UNITS * UNIT_BYTES,
    CHUNKS_MAX = 1 << (32 - CHUNK_UNIT_BITS),
    SHORT_MAX = 250,
    LONG_MARK = 255,
};

struct texts_dead {
    size_t count;
    uint32_t handles[];
};

struct texts {
    uint32_t current;    /* The chunk being filled. */
    uint32_t used_units; /* Of it. */
    uint32_t chunk_count;
    uint32_t live_units[CHUNKS_MAX];
    uint32_t *dead;
    size_t dead_count, dead_capacity, chunks_held;
    _Atomic(unsigned char *) chunks[CHUNKS_MAX];
};

texts *texts_new(void) {
    texts *t = calloc(1, sizeof(*t));
    if (t != NULL) t->used_units = CHUNK_UNITS;
    return t;
}

void texts_free(texts *t) {
    if (t == NULL) return;
    for (uint32_t i = 0; i < t->chunk_count; i++) free(atomic_load(&t->chunks[i]));
    free(t->dead);
    free(t);
}

static void end_chunk_if_empty(texts *t, uint32_t chunk) {
    if (chunk >= t->chunk_count || t->live_units[chunk] > (chunk == 0 ? 1 : 0)) return;
    free(atomic_load_explicit(&t->chunks[chunk], memory_order_relaxed));
    atomic_store_explicit(&t->chunks[chunk], NULL, memory_order_relaxed);
    t->chunks_held--;
}

static bool begin_chunk(texts *t) {
    uint32_t chunk = 0, last = t->current;
    /* Few chunks are ever free: look for one only when something was freed. */
    if (t->chunks_held < t->chunk_count)
        while (atomic_load_explicit(&t->chunks[chunk], memory_order_relaxed) != NULL) chunk++;
    else
        chunk = t->chunk_count;
    if (chunk == CHUNKS_MAX) return false;
    unsigned char *bytes = malloc(CHUNK_BYTES);
    if (bytes == NULL) return false;
    atomic_store_explicit(&t->chunks[chunk], bytes, memory_order_release);
    if (chunk == t->chunk_count) t->chunk_count++;
    t->chunks_held++;
    t->current = chunk;
    t->used_units = chunk == 0 ? 1 : 0; /* Handle 0 is the empty text. */
    t->live_units[chunk] = t->used_units;
    if (last != chunk) end_chunk_if_empty(t, last);
    return true;
}

static uint32_t units_of(size_t count) {
    size_t head = count <= SHORT_MAX ? 1 : 5;
    return (uint32_t)((head + count + UNIT_BYTES - 1) / UNIT_BYTES);
}

text texts_cut(text value) {
    return text_slice(value, 0, CHUNK_BYTES - 64);
}

bool texts_add(texts *t, text value, uint32_t *handle) {
    *handle = 0;
    if (value.count == 0) return true;
    value = texts_cut(value);
    uint32_t units = units_of(value.count);
    if (CHUNK_UNITS - t->used_units < units && !begin_chunk(t)) return false;
    unsigned char *at = atomic_load_explicit(&t->chunks[t->current], memory_order_relaxed) +
                        (size_t)t->used_units * UNIT_BYTES;
    if (value.count <= SHORT_MAX) {
        *at++ = (unsigned char)value.count;
    } else {
        uint32_t count = (uint32_t)value.count;
        *at++ = LONG_MARK;
        memcpy(at, &count, sizeof count);
        at += sizeof count;
    }
    memcpy(at, value.bytes, value.count);
    *handle = t->current << CHUNK_UNIT_BITS | t->used_units;
    t->used_units += units;
    t->live_units[t->current] += units;
    return true;
}

text texts_get(const texts *t, uint32_t handle) {
    if (handle == 0) return (text){"", 0};
    const unsigned char *at =
        atomic_load_explicit(&t->chunks[handle >> CHUNK_UNIT_BITS], memory_order_acquire) +
        (size_t)(handle & (CHUNK_UNITS - 1)) * UNIT_BYTES;
    if (*at != LONG_MARK) return (text){(const char *)at + 1, *at};
    uint32_t count;
    memcpy(&count, at + 1, sizeof count);
    return (text){(const char *)at + 5, count};
}

void texts_remove(texts *t, uint32_t handle) {
    if (handle == 0) return;
    if (t->dead_count == t->dead_capacity) {
        size_t capacity = t->dead_capacity == 0 ? 64 : t->dead_capacity * 2;
        uint32_t *dead = realloc(t->dead, capacity * sizeof(*dead));
        if (dead == NULL) return; /* The text merely stays. */
        t->dead = dead;
        t->dead_capacity = capacity;
    }
    t->dead[t->dead_count++] = handle;
}

texts_dead *texts_take_dead(texts *t) {
    if (t->dead_count == 0) return NULL;
    texts_dead *batch = malloc(sizeof(*batch) + t->dead_count * sizeof(batch->handles[0]));
    if (batch == NULL) return NULL;
    batch->count = t->dead_count;
    memcpy(batch->handles, t->dead, t->dead_count * sizeof(batch->handles[0]));
    t->dead_count = 0;
    return batch;
}

void texts_end_dead(texts *t, texts_dead *batch) {
    for (size_t i = 0; i < batch->count; i++) {
        uint32_t handle = batch->handles[i], chunk = handle >> CHUNK_UNIT_BITS;
        text value = texts_get(t, handle);
        memset((char *)(uintptr_t)value.bytes, 0, value.count); /* What is deleted is gone. */
        t->live_units[chunk] -= units_of(value.count);
        if (chunk != t->current) end_chunk_if_empty(t, chunk);
    }
    free(batch);
}

size_t texts_bytes(const texts *t) {
    return sizeof(*t) + t->chunks_held * (size_t)CHUNK_BYTES + t->dead_capacity * sizeof(uint32_t);
}
