/* SPDX-License-Identifier: MIT */
#include "pipeline/flow/keymap.h"

#include "pipeline/flow/schema.h"

static size_t align_up(size_t bytes, size_t align) {
    return (bytes + align - 1) & ~(align - 1);
}

void keymap_init(keymap *m, size_t key_bytes, size_t state_bytes, size_t align) {
    size_t item_align = key_bytes % 8 == 0 && align < 8 && key_bytes > 0 ? 8 : align;
    *m = (keymap){.key_bytes = (uint32_t)key_bytes};
    m->state_at = (uint32_t)align_up(key_bytes, align);
    if (item_align < 4) item_align = 4;
    slab_init(&m->items, align_up(m->state_at + state_bytes, item_align));
}

void keymap_deinit(keymap *m) {
    slots_deinit(&m->index);
    slab_deinit(&m->items);
}

void keymap_reset(keymap *m) {
    enum { SLOTS_KEEP_MAX = 1024 };
    bool is_large = m->index.mask >= SLOTS_KEEP_MAX && m->index.count * 8 < m->index.mask;
    if (m->index.slots == NULL || is_large) {
        keymap_deinit(m);
        return;
    }
    memset(m->index.slots, 0, slots_bytes(&m->index));
    m->index.count = 0;
    m->items.used = m->items.live = 0;
    m->items.free_head = HANDLE_NONE;
}

uint32_t keymap_find(const keymap *m, const void *key, uint32_t hash) {
    uint32_t handle;
    size_t at = hash;
    while ((handle = slots_next(&m->index, hash, &at)) != HANDLE_NONE)
        if (equal_bytes(keymap_key(m, handle), key, m->key_bytes)) return handle;
    return HANDLE_NONE;
}

uint32_t keymap_add(keymap *m, const void *key, uint32_t hash, bool *is_new) {
    uint32_t handle = keymap_find(m, key, hash);
    *is_new = handle == HANDLE_NONE;
    if (!*is_new) return handle;
    handle = slab_take(&m->items);
    if (handle == HANDLE_NONE) return HANDLE_NONE;
    if (!slots_insert(&m->index, hash, handle)) {
        slab_give(&m->items, handle);
        return HANDLE_NONE;
    }
    memset(slab_at(&m->items, handle), 0, m->items.item_bytes);
    copy_bytes(slab_at(&m->items, handle), key, m->key_bytes);
    return handle;
}

void keymap_remove(keymap *m, uint32_t handle, uint32_t hash) {
    slots_remove(&m->index, hash, handle);
    slab_give(&m->items, handle);
}

size_t keymap_bytes(const keymap *m) {
    return slots_bytes(&m->index) + slab_bytes(&m->items);
}

bool keymap_next(const keymap *m, size_t *at, uint32_t *handle) {
    if (m->index.slots == NULL) return false;
    for (; *at <= m->index.mask; (*at)++) {
        if (m->index.slots[*at] == 0) continue;
        *handle = (uint32_t)m->index.slots[(*at)++] - 1;
        return true;
    }
    return false;
}
