/* SPDX-License-Identifier: MIT */
#include "pipeline/flow/agenda.h"

#include <stdlib.h>

#include "pipeline/base/array.h"

void agenda_init(agenda *a, size_t key_bytes, size_t state_bytes) {
    *a = (agenda){0};
    keymap_init(&a->keys, key_bytes, sizeof(agenda_entry) + state_bytes, 8);
}

void agenda_deinit(agenda *a) {
    keymap_deinit(&a->keys);
    free(a->work);
    free(a->buckets);
    a->work = a->buckets = NULL;
    a->work_count = a->work_capacity = a->bucket_count = 0;
}

void agenda_end_epoch(agenda *a) {
    if (keymap_count(&a->keys) > 0) keymap_reset(&a->keys);
    a->work_count = 0;
    if (a->waiting_count == 0) return;
    memset(a->buckets, 0, a->bucket_count * sizeof a->buckets[0]); /* Cut by a limit. */
    a->waiting_count = 0;
}

static bool add_work(agenda *a, uint32_t handle, uint32_t iteration) {
    agenda_entry *e = agenda_at(a, handle);
    if (e->worked == iteration + 1) return true;
    if (!ARRAY_ROOM(a->work, a->work_count, a->work_capacity, 8)) return false;
    a->work[a->work_count++] = handle;
    e->worked = iteration + 1;
    return true;
}

uint32_t agenda_touch(agenda *a, const packed_key *key, uint32_t hash, uint32_t iteration) {
    bool is_new;
    uint32_t handle = keymap_add(&a->keys, key, hash, &is_new);
    if (handle == HANDLE_NONE) return HANDLE_NONE;
    if (is_new) agenda_at(a, handle)->hash = hash;
    return add_work(a, handle, iteration) ? handle : HANDLE_NONE;
}

bool agenda_take_due(agenda *a, uint32_t iteration) {
    bool ok = true;
    if (iteration >= a->bucket_count) return true;
    uint32_t next = a->buckets[iteration];
    a->buckets[iteration] = 0;
    while (next != 0) {
        agenda_entry *e = agenda_at(a, next - 1);
        ok = add_work(a, next - 1, iteration) && ok;
        next = e->next;
        e->due = e->next = 0;
        a->waiting_count--;
    }
    while (a->waiting_count > 0 && a->buckets[a->least] == 0) a->least++;
    return ok;
}

bool agenda_schedule(agenda *a, uint32_t handle, uint32_t iteration) {
    agenda_entry *e = agenda_at(a, handle);
    if (e->due != 0) return true;
    if (iteration >= a->bucket_count) {
        size_t count = iteration + 1U + a->bucket_count / 2;
        uint32_t *buckets = realloc(a->buckets, count * sizeof buckets[0]);
        if (buckets == NULL) return false;
        memset(buckets + a->bucket_count, 0, (count - a->bucket_count) * sizeof buckets[0]);
        a->buckets = buckets;
        a->bucket_count = count;
    }
    if (a->waiting_count == 0 || iteration < a->least) a->least = iteration;
    e->due = iteration + 1;
    e->next = a->buckets[iteration];
    a->buckets[iteration] = handle + 1;
    a->waiting_count++;
    return true;
}

uint32_t agenda_waits(const agenda *a, uint32_t from) {
    if (a->waiting_count == 0) return ITERATION_NONE;
    for (size_t i = from > a->least ? from : a->least; i < a->bucket_count; i++)
        if (a->buckets[i] != 0) return (uint32_t)i;
    return ITERATION_NONE;
}

size_t agenda_bytes(const agenda *a) {
    return keymap_bytes(&a->keys) + (a->work_capacity + a->bucket_count) * sizeof a->work[0];
}
