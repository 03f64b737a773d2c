/* SPDX-License-Identifier: MIT */
#include "pipeline/backlog.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/array.h"

#define BACKLOG_BYTES_MAX (256 * (uint64_t)1024 * 1024)

/* Frames in their order; an epoch is those up to where it ends. */
struct backlog {
    texts_disk texts; /* First: a texts_disk * is a backlog *. */
    store *store;
    clock_source *clock;
    text *frames;
    size_t frame_count, frame_capacity;
    size_t *ends; /* Of epochs that wait, as counts of frames. */
    size_t end_count, end_capacity;
    uint64_t bytes_max;
    _Atomic uint64_t bytes; /* Of all frames. */
    int64_t next_try_us;
};

static store *store_of(texts_disk *self) {
    return ((backlog *)(void *)self)->store;
}

static status put_texts(texts_disk *self, uint32_t number, text bytes) {
    return store_put_block(store_of(self), number, bytes);
}

static status get_texts(texts_disk *self, uint32_t number, char *bytes, size_t capacity,
                        size_t *count) {
    return store_get_block(store_of(self), number, bytes, capacity, count);
}

static status drop_texts(texts_disk *self, uint32_t number) {
    return store_drop_block(store_of(self), number);
}

texts_disk *backlog_texts(backlog *b) {
    return &b->texts;
}

status backlog_open(const store_options *o, uint64_t backlog_bytes_max, backlog **result,
                    buffer *why) {
    backlog *b = calloc(1, sizeof(*b));
    *result = NULL;
    if (b == NULL) return STATUS_NO_MEMORY;
    b->texts = (texts_disk){put_texts, get_texts, drop_texts};
    b->clock = o->clock == NULL ? clock_real() : o->clock;
    b->bytes_max = backlog_bytes_max == 0 ? BACKLOG_BYTES_MAX : backlog_bytes_max;
    atomic_init(&b->bytes, 0);
    status s = store_open(o, &b->store, why);
    if (s == STATUS_OK)
        *result = b;
    else
        (void)backlog_close(b);
    return s;
}

status backlog_add(backlog *b, buffer *frame) {
    if (frame->count == 0) return STATUS_OK;
    if (!ARRAY_ROOM(b->frames, b->frame_count, b->frame_capacity, 16)) return STATUS_NO_MEMORY;
    b->frames[b->frame_count++] = buffer_text(frame);
    atomic_fetch_add(&b->bytes, frame->count);
    *frame = (buffer){0};
    return STATUS_OK;
}

static void drop_first(backlog *b, size_t frames) {
    for (size_t i = 0; i < frames; i++) {
        atomic_fetch_sub(&b->bytes, b->frames[i].count);
        free((char *)(uintptr_t)b->frames[i].bytes);
    }
    b->frame_count -= frames;
    if (b->frame_count == 0) return;
    memmove(b->frames, b->frames + frames, b->frame_count * sizeof *b->frames);
}

/* The oldest first, until one is refused. */
static status store_waiting(backlog *b) {
    size_t done = 0, from = 0;
    status s = STATUS_OK;
    while (s == STATUS_OK && done < b->end_count) {
        s = store_append(b->store, b->frames + from, b->ends[done] - from);
        if (s == STATUS_OK) from = b->ends[done++];
    }
    if (from > 0) drop_first(b, from);
    b->end_count -= done;
    for (size_t i = 0; i < b->end_count; i++) b->ends[i] = b->ends[i + done] - from;
    if (s != STATUS_OK) b->next_try_us = b->clock->ticks_us(b->clock) + BACKLOG_RETRY_MS * 1000;
    return s;
}

status backlog_commit(backlog *b) {
    size_t ended = b->end_count == 0 ? 0 : b->ends[b->end_count - 1];
    if (b->frame_count > ended) {
        bool waits_already = b->end_count > 0;
        /* Without memory for another end the epoch joins the one that waits before it. */
        if (ARRAY_ROOM(b->ends, b->end_count, b->end_capacity, 16))
            b->ends[b->end_count++] = b->frame_count;
        else if (waits_already)
            b->ends[b->end_count - 1] = b->frame_count;
        else
            return STATUS_NO_MEMORY;
    }
    return backlog_retry(b);
}

status backlog_retry(backlog *b) {
    if (b->end_count == 0) return STATUS_OK;
    bool is_early = b->next_try_us != 0 && b->clock->ticks_us(b->clock) < b->next_try_us;
    if (is_early) return STATUS_CANNOT_WRITE;
    b->next_try_us = 0;
    return store_waiting(b);
}

bool backlog_has_waiting(const backlog *b) {
    return b != NULL && b->end_count > 0;
}

bool backlog_is_full(backlog *b) {
    return b != NULL && atomic_load(&b->bytes) > b->bytes_max;
}

void backlog_get_state(backlog *b, store_state *result) {
    store_get_state(b == NULL ? NULL : b->store, result);
    if (b != NULL && !result->is_writing) result->backlog_bytes = atomic_load(&b->bytes);
}

store *backlog_store(backlog *b) {
    return b->store;
}

bool backlog_close(backlog *b) {
    if (b == NULL) return true;
    b->next_try_us = 0;
    bool all = backlog_commit(b) == STATUS_OK;
    drop_first(b, b->frame_count);
    store_close(b->store);
    free(b->frames);
    free(b->ends);
    free(b);
    return all;
}
