/* SPDX-License-Identifier: MIT */
/* arena -- memory of one lifetime.
 *
 * A chain of blocks; the newest is filled from its start.  A request larger than
 * a block gets a block of its own.  Reset moves the used chain to a spare chain,
 * so a steady batch allocates nothing. */
#include "pipeline/base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

typedef struct block {
    struct block *next;
    size_t capacity, used;
    alignas(max_align_t) unsigned char bytes[];
} block;

struct arena {
    block *filled, *spare;
    size_t block_bytes, held_bytes;
};

arena *arena_new(size_t block_bytes) {
    arena *a = calloc(1, sizeof(*a));
    if (a != NULL) a->block_bytes = block_bytes < 256 ? 256 : block_bytes;
    return a;
}

static void free_chain(block *b) {
    while (b != NULL) {
        block *next = b->next;
        free(b);
        b = next;
    }
}

void arena_free(arena *a) {
    if (a == NULL) return;
    free_chain(a->filled);
    free_chain(a->spare);
    free(a);
}

void arena_reset(arena *a) {
    while (a->filled != NULL) {
        block *b = a->filled;
        a->filled = b->next;
        if (b->capacity > a->block_bytes) { /* A giant would stay for ever: let it go. */
            a->held_bytes -= b->capacity;
            free(b);
            continue;
        }
        b->next = a->spare;
        b->used = 0;
        a->spare = b;
    }
}

static block *add_block(arena *a, size_t bytes) {
    block *b = a->spare;
    if (b != NULL && b->capacity >= bytes) {
        a->spare = b->next;
    } else {
        size_t capacity = bytes > a->block_bytes ? bytes : a->block_bytes;
        if (capacity > SIZE_MAX - sizeof(block)) return NULL;
        b = malloc(sizeof(block) + capacity);
        if (b == NULL) return NULL;
        b->capacity = capacity;
        b->used = 0;
        a->held_bytes += capacity;
    }
    b->next = a->filled;
    a->filled = b;
    return b;
}

void *arena_take(arena *a, size_t bytes) {
    const size_t align = alignof(max_align_t);
    if (bytes > SIZE_MAX - align) return NULL;
    bytes = (bytes + align - 1) & ~(align - 1);
    block *b = a->filled;
    if (b == NULL || b->capacity - b->used < bytes) b = add_block(a, bytes);
    if (b == NULL) return NULL;
    void *result = b->bytes + b->used;
    b->used += bytes;
    return result;
}

text arena_copy(arena *a, text t) {
    char *copy = arena_take(a, t.count + 1);
    if (copy == NULL) return (text){NULL, 0};
    if (t.count > 0) memcpy(copy, t.bytes, t.count);
    copy[t.count] = '\0';
    return (text){copy, t.count};
}

size_t arena_bytes(const arena *a) {
    return a->held_bytes;
}
