/* SPDX-License-Identifier: MIT */
#include "server/live/ring.h"

#include <assert.h>
#include <stdlib.h>

status ring_init(ring *r, size_t capacity, size_t bytes_max, int64_t age_us_max) {
    *r = (ring){.capacity = capacity, .bytes_max = bytes_max, .age_us_max = age_us_max};
    r->frames = calloc(capacity, sizeof r->frames[0]);
    return r->frames == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

void ring_deinit(ring *r) {
    while (r->begin < r->end) shared_bytes_release(ring_take_oldest(r).json);
    free(r->frames);
    *r = (ring){0};
}

const frame *ring_at(const ring *r, uint64_t number) {
    assert(number >= r->begin && number < r->end);
    return &r->frames[number % r->capacity];
}

bool ring_must_drop(const ring *r, size_t bytes, int64_t now_us) {
    if (r->begin == r->end) return false;
    if (r->end - r->begin == r->capacity || r->bytes + bytes > r->bytes_max) return true;
    return now_us - ring_at(r, r->begin)->made_us > r->age_us_max;
}

frame ring_take_oldest(ring *r) {
    frame f = *ring_at(r, r->begin);
    r->begin++;
    r->bytes -= shared_bytes_text(f.json).count;
    return f;
}

void ring_add(ring *r, frame f) {
    assert(r->end - r->begin < r->capacity);
    r->bytes += shared_bytes_text(f.json).count;
    r->frames[r->end % r->capacity] = f;
    r->end++;
}
