/* SPDX-License-Identifier: MIT */
#include "pipeline/store/forget_set.h"

#include <stdlib.h>
#include <string.h>

void forget_set_deinit(forget_set *f) {
    free(f->items);
    free(f->hashes);
    *f = (forget_set){0};
}

static bool reserve(forget_set *f, size_t more) {
    size_t capacity = f->capacity == 0 ? 64 : f->capacity;
    if (f->capacity - f->count >= more) return true;
    while (capacity - f->count < more) capacity *= 2;
    forget_item *items = realloc(f->items, capacity * sizeof(*items));
    if (items == NULL) return false;
    f->items = items;
    uint32_t *hashes = realloc(f->hashes, capacity * sizeof(*hashes));
    if (hashes == NULL) return false;
    f->hashes = hashes;
    f->capacity = capacity;
    return true;
}

status forget_set_add(forget_set *f, id_kind kind, uint64_t id, uint64_t until) {
    if (!reserve(f, 1)) return STATUS_NO_MEMORY;
    f->items[f->count++] = (forget_item){id, until, id_filter_hash(kind, id), kind};
    f->is_sorted = false;
    return STATUS_OK;
}

status forget_set_move(forget_set *from, forget_set *to) {
    if (from->count == 0) return STATUS_OK;
    if (!reserve(to, from->count)) return STATUS_NO_MEMORY;
    memcpy(to->items + to->count, from->items, from->count * sizeof(*from->items));
    to->count += from->count;
    from->count = 0;
    to->is_sorted = from->is_sorted = false;
    return STATUS_OK;
}

void forget_set_end_before(forget_set *f, uint64_t begin) {
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++)
        if (f->items[i].until >= begin) f->items[kept++] = f->items[i];
    if (kept < f->count) f->is_sorted = false;
    f->count = kept;
}

static int compare(const void *a, const void *b) {
    const forget_item *x = a, *y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    return x->until < y->until ? -1 : x->until > y->until;
}

static bool is_named(const void *context, id_kind kind, uint64_t id) {
    const forget_set *f = context;
    uint32_t hash = id_filter_hash(kind, id);
    size_t begin = 0, end = f->count;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (f->items[middle].hash < hash)
            begin = middle + 1;
        else
            end = middle;
    }
    for (; begin < f->count && f->items[begin].hash == hash; begin++)
        if (f->items[begin].id == id && f->items[begin].kind == kind &&
            f->items[begin].until >= f->at)
            return true;
    return false;
}

frame_forgets forget_set_sort(forget_set *f) {
    if (!f->is_sorted && f->count > 0) {
        qsort(f->items, f->count, sizeof(*f->items), compare);
        for (size_t i = 0; i < f->count; i++) f->hashes[i] = f->items[i].hash;
        f->hash_count = id_filter_sort(f->hashes, f->count);
    }
    f->is_sorted = true;
    return (frame_forgets){f->hashes, f->count == 0 ? 0 : f->hash_count, is_named, f};
}
