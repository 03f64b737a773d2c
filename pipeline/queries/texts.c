/* SPDX-License-Identifier: MIT */
/* texts -- long texts by handle.
 *
 * Chunks of 256 KiB are filled one after the other; a handle is the position in
 * units of 4 bytes over all chunks, where the length stands before the bytes (1
 * byte up to 250, else 5).  A chunk whose texts have all been removed is freed, and
 * its number used again.  A text larger than a chunk is cut to fit one.
 *
 * With a disk, a chunk is written there when memory has to let it go, and read again by
 * whoever needs it, under a lock.  Its bytes change in memory alone: what is removed is
 * wiped there, and the copy on disk, which has it still, is dropped at once. */
#include "pipeline/queries/strings.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/array.h"

enum {
    UNIT_BYTES = 4,
    CHUNK_UNIT_BITS = 16,
    CHUNK_UNITS = 1 << CHUNK_UNIT_BITS,
    CHUNK_BYTES = CHUNK_UNITS * UNIT_BYTES,
    CHUNKS_MAX = 1 << (32 - CHUNK_UNIT_BITS),
    SHORT_MAX = 250,
    LONG_MARK = 255,
    UNLOADED_MAX = 16, /* At a time: writing a chunk takes about a millisecond. */
};

/* What there is only with a disk. */
typedef struct {
    texts_disk *port;
    size_t chunks_max;     /* In memory, about. */
    pthread_mutex_t lock;  /* Of loading. */
    _Atomic uint32_t turn; /* Commits, for which chunk was used last. */
    atomic_uint_fast64_t loads;
    bool is_copied[CHUNKS_MAX]; /* The disk has it as it is. */
    _Atomic uint32_t used[CHUNKS_MAX];
} disk_side;

struct texts_unloaded {
    size_t count;
    unsigned char *chunks[UNLOADED_MAX];
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
    size_t dead_count, dead_capacity;
    uint32_t chunks_used;      /* In memory or on disk. */
    atomic_size_t chunks_held; /* In memory. */
    disk_side *disk;           /* NULL: all are in memory. */
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
    if (t->disk != NULL) (void)pthread_mutex_destroy(&t->disk->lock);
    free(t->disk);
    free(t->dead);
    free(t);
}

bool texts_set_disk(texts *t, texts_disk *disk, size_t bytes_max) {
    disk_side *d = calloc(1, sizeof(*d));
    if (d == NULL) return false;
    d->port = disk;
    d->chunks_max = bytes_max / CHUNK_BYTES;
    (void)pthread_mutex_init(&d->lock, NULL);
    t->disk = d;
    return true;
}

bool texts_has_disk(const texts *t) {
    return t->disk != NULL;
}

uint64_t texts_loads(const texts *t) {
    return t->disk == NULL ? 0 : atomic_load(&t->disk->loads);
}

static unsigned char *chunk_of(const texts *t, uint32_t chunk) {
    return atomic_load_explicit(&t->chunks[chunk], memory_order_acquire);
}

static void drop_copy(texts *t, uint32_t chunk) {
    if (t->disk == NULL || !t->disk->is_copied[chunk]) return;
    /* Where that fails, what is put there next overwrites it. */
    (void)t->disk->port->drop(t->disk->port, chunk);
    t->disk->is_copied[chunk] = false;
}

/* A chunk is in use while it is in memory or on disk. */
static bool is_in_use(const texts *t, uint32_t chunk) {
    return chunk_of(t, chunk) != NULL || (t->disk != NULL && t->disk->is_copied[chunk]);
}

static void end_chunk_if_empty(texts *t, uint32_t chunk) {
    if (chunk >= t->chunk_count || t->live_units[chunk] > (chunk == 0 ? 1 : 0)) return;
    unsigned char *bytes = chunk_of(t, chunk);
    if (bytes != NULL) atomic_fetch_sub(&t->chunks_held, 1);
    free(bytes);
    atomic_store_explicit(&t->chunks[chunk], NULL, memory_order_relaxed);
    drop_copy(t, chunk);
    t->chunks_used -= !is_in_use(t, chunk);
}

static bool begin_chunk(texts *t) {
    uint32_t chunk = 0, last = t->current;
    /* Few chunks are ever free: look for one only when something was freed. */
    if (t->chunks_used < t->chunk_count)
        while (is_in_use(t, chunk)) chunk++;
    else
        chunk = t->chunk_count;
    if (chunk == CHUNKS_MAX) return false;
    /* No byte of others' may come to the disk. */
    unsigned char *bytes = t->disk == NULL ? malloc(CHUNK_BYTES) : calloc(1, CHUNK_BYTES);
    if (bytes == NULL) return false;
    atomic_store_explicit(&t->chunks[chunk], bytes, memory_order_release);
    if (chunk == t->chunk_count) t->chunk_count++;
    t->chunks_used++;
    atomic_fetch_add(&t->chunks_held, 1);
    if (t->disk != NULL) atomic_store(&t->disk->used[chunk], t->disk->turn);
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

/* ---- on disk ---- */

/* Reads a chunk again; NULL: it cannot be. */
static unsigned char *load(const texts *t, uint32_t chunk) {
    disk_side *d = t->disk;
    size_t count = 0;
    (void)pthread_mutex_lock(&d->lock);
    unsigned char *bytes = chunk_of(t, chunk); /* Another one may have been here. */
    if (bytes == NULL && (bytes = malloc(CHUNK_BYTES)) != NULL) {
        status s = d->port->get(d->port, chunk, (char *)bytes, CHUNK_BYTES, &count);
        if (s == STATUS_OK && count == CHUNK_BYTES) {
            texts *held = (texts *)(uintptr_t)t; /* Where it lies is no part of what it says. */
            atomic_fetch_add(&held->chunks_held, 1);
            atomic_fetch_add(&d->loads, 1);
            atomic_store_explicit(&held->chunks[chunk], bytes, memory_order_release);
        } else {
            free(bytes);
            bytes = NULL;
        }
    }
    (void)pthread_mutex_unlock(&d->lock);
    return bytes;
}

static unsigned char *chunk_at_hand(const texts *t, uint32_t chunk) {
    unsigned char *bytes = chunk_of(t, chunk);
    if (t->disk == NULL) return bytes;
    if (bytes == NULL) bytes = load(t, chunk);
    uint32_t turn = atomic_load_explicit(&t->disk->turn, memory_order_relaxed);
    if (atomic_load_explicit(&t->disk->used[chunk], memory_order_relaxed) != turn)
        atomic_store_explicit(&t->disk->used[chunk], turn, memory_order_relaxed);
    return bytes;
}

/* The chunk used longest ago of those that memory can let go. */
static bool find_oldest(const texts *t, uint32_t *oldest) {
    bool is_found = false;
    uint32_t age_most = 0;
    for (uint32_t i = 0; i < t->chunk_count; i++) {
        if (i == t->current || chunk_of(t, i) == NULL) continue;
        uint32_t age =
            t->disk->turn - atomic_load_explicit(&t->disk->used[i], memory_order_relaxed);
        if (is_found && age <= age_most) continue;
        is_found = true;
        age_most = age;
        *oldest = i;
    }
    return is_found;
}

texts_unloaded *texts_take_unloaded(texts *t) {
    disk_side *d = t->disk;
    uint32_t chunk;
    if (d == NULL) return NULL;
    d->turn++;
    if (atomic_load(&t->chunks_held) <= d->chunks_max) return NULL;
    texts_unloaded *batch = calloc(1, sizeof(*batch));
    if (batch == NULL) return NULL;
    while (batch->count < UNLOADED_MAX && atomic_load(&t->chunks_held) > d->chunks_max &&
           find_oldest(t, &chunk)) {
        unsigned char *bytes = chunk_of(t, chunk);
        if (!d->is_copied[chunk] &&
            d->port->put(d->port, chunk, (text){(char *)bytes, CHUNK_BYTES}) != STATUS_OK)
            break; /* It stays, and is tried again. */
        d->is_copied[chunk] = true;
        atomic_store_explicit(&t->chunks[chunk], NULL, memory_order_release);
        atomic_fetch_sub(&t->chunks_held, 1);
        batch->chunks[batch->count++] = bytes;
    }
    if (batch->count > 0) return batch;
    free(batch);
    return NULL;
}

/* What is deleted must not stay in a copy. */
static void wipe(unsigned char *bytes) {
    memset(bytes, 0, CHUNK_BYTES);
    __asm__ volatile("" : : "r"(bytes) : "memory");
}

void texts_end_unloaded(texts_unloaded *batch) {
    for (size_t i = 0; i < batch->count; i++) {
        wipe(batch->chunks[i]); /* Of what was removed since, it has a copy. */
        free(batch->chunks[i]);
    }
    free(batch);
}

static text text_at(const unsigned char *at) {
    if (*at != LONG_MARK) return (text){(const char *)at + 1, *at};
    uint32_t count;
    memcpy(&count, at + 1, sizeof count);
    return (text){(const char *)at + 5, count};
}

static size_t offset_of(uint32_t handle) {
    return (size_t)(handle & (CHUNK_UNITS - 1)) * UNIT_BYTES;
}

text texts_get(const texts *t, uint32_t handle) {
    if (handle == 0) return (text){"", 0};
    const unsigned char *chunk = chunk_at_hand(t, handle >> CHUNK_UNIT_BITS);
    return chunk == NULL ? (text){"", 0} : text_at(chunk + offset_of(handle));
}

/* ---- Reading beside memory ---- */

struct texts_reader {
    const texts *texts;
    bool has_chunk;
    uint32_t chunk; /* That `bytes` are a copy of, as far as the reader's texts go. */
    unsigned char bytes[CHUNK_BYTES];
};

texts_reader *texts_reader_new(const texts *t) {
    texts_reader *r = malloc(sizeof *r);
    if (r == NULL) return NULL;
    r->texts = t;
    r->has_chunk = false;
    return r;
}

void texts_reader_free(texts_reader *r) {
    if (r != NULL && r->has_chunk) wipe(r->bytes);
    free(r);
}

/* From memory, from the copy, or from the disk, which is read under the lock under which
 * others would bring the chunk to memory; NULL: it cannot be read. */
static const unsigned char *chunk_of_reader(texts_reader *r, uint32_t chunk) {
    disk_side *d = r->texts->disk;
    size_t count = 0;
    const unsigned char *bytes = chunk_of(r->texts, chunk);
    if (bytes != NULL || d == NULL) return bytes;
    if (r->has_chunk && r->chunk == chunk) return r->bytes;
    (void)pthread_mutex_lock(&d->lock);
    bytes = chunk_of(r->texts, chunk);
    if (bytes == NULL) {
        r->has_chunk = true; /* Or a part of it, to be wiped. */
        r->chunk = UINT32_MAX;
        status s = d->port->get(d->port, chunk, (char *)r->bytes, CHUNK_BYTES, &count);
        if (s == STATUS_OK && count == CHUNK_BYTES) {
            r->chunk = chunk;
            bytes = r->bytes;
        }
    }
    (void)pthread_mutex_unlock(&d->lock);
    return bytes;
}

text texts_read(texts_reader *r, uint32_t handle) {
    if (handle == 0) return (text){"", 0};
    const unsigned char *chunk = chunk_of_reader(r, handle >> CHUNK_UNIT_BITS);
    return chunk == NULL ? (text){"", 0} : text_at(chunk + offset_of(handle));
}

void texts_remove(texts *t, uint32_t handle) {
    if (handle == 0) return;
    if (!ARRAY_ROOM(t->dead, t->dead_count, t->dead_capacity, 64))
        return; /* The text merely stays. */
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

static void end_text(texts *t, uint32_t handle) {
    uint32_t chunk = handle >> CHUNK_UNIT_BITS;
    unsigned char *bytes = chunk_at_hand(t, chunk);
    if (bytes == NULL) {
        texts_remove(t, handle); /* It cannot be read now: once more with the next ones. */
        return;
    }
    text value = text_at(bytes + offset_of(handle));
    uint32_t units = units_of(value.count);
    memset((char *)(uintptr_t)value.bytes, 0, value.count); /* What is deleted is gone. */
    drop_copy(t, chunk);
    t->live_units[chunk] -= units;
    if (chunk != t->current) end_chunk_if_empty(t, chunk);
}

void texts_end_dead(texts *t, texts_dead *batch) {
    for (size_t i = 0; i < batch->count; i++) end_text(t, batch->handles[i]);
    free(batch);
}

size_t texts_bytes(const texts *t) {
    return sizeof(*t) + (t->disk == NULL ? 0 : sizeof(*t->disk)) +
           atomic_load(&t->chunks_held) * (size_t)CHUNK_BYTES + t->dead_capacity * sizeof(uint32_t);
}
