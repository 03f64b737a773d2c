/* SPDX-License-Identifier: MIT */
#include "pipeline/flow/slab.h"

#include "pipeline/flow/pages.h"
#include "pipeline/flow/slots.h"
#include <assert.h>
#include <string.h>

#ifdef TEST_TINY
enum { SLAB_MIN = 1, SLAB_KEPT_BYTES_MAX = 64 };
#else
enum { SLAB_MIN = 8, SLAB_KEPT_BYTES_MAX = 4096 };
#endif

void slab_init(slab *s, size_t item_bytes) {
    assert(item_bytes >= sizeof(uint32_t));
    *s = (slab){.item_bytes = (uint32_t)item_bytes, .free_head = HANDLE_NONE};
}

void slab_deinit(slab *s) {
    pages_free(s->bytes, slab_bytes(s));
    *s = (slab){.item_bytes = s->item_bytes, .free_head = HANDLE_NONE};
}

static bool grow(slab *s) {
    size_t capacity = (size_t)s->capacity + s->capacity / 2 + SLAB_MIN;
    if (capacity > HANDLE_MAX) capacity = HANDLE_MAX;
    if (capacity <= s->capacity) return false;
    uint8_t *bytes = pages_resize(s->bytes, slab_bytes(s), capacity * s->item_bytes);
    if (bytes == NULL) return false;
    s->bytes = bytes;
    s->capacity = (uint32_t)capacity;
    return true;
}

uint32_t slab_take(slab *s) {
    uint32_t handle = s->free_head;
    if (handle != HANDLE_NONE) {
        memcpy(&s->free_head, slab_at(s, handle), sizeof s->free_head);
    } else {
        if (s->used == s->capacity && !grow(s)) return HANDLE_NONE;
        handle = s->used++;
    }
    s->live++;
    return handle;
}

void slab_give(slab *s, uint32_t handle) {
    assert(handle < s->used && s->live > 0);
    if (--s->live == 0) {
        if (slab_bytes(s) > SLAB_KEPT_BYTES_MAX) slab_deinit(s);
        s->used = 0;
        s->free_head = HANDLE_NONE;
        return;
    }
    memcpy(slab_at(s, handle), &s->free_head, sizeof s->free_head);
    s->free_head = handle;
}

size_t slab_bytes(const slab *s) {
    return (size_t)s->capacity * s->item_bytes;
}
