/* SPDX-License-Identifier: MIT */
/* ring -- the frames that the live stream has told, in order, for a while.
 *
 * Every client of a channel is sent the same frames; a client is a number, the next
 * frame it wants.  The oldest frames go when there are too many bytes or frames, or
 * when they are too old; a client that wanted one has to begin anew. */
#ifndef DUNLIN_SERVER_LIVE_RING_H
#define DUNLIN_SERVER_LIVE_RING_H

#include "pipeline/base/status.h"
#include "server/base/shared.h"

typedef struct {
    shared_bytes *json;
    const char *event; /* The channel's, static. */
    uint8_t channel;
    bool is_late;  /* An earlier tick has told of this epoch already. */
    uint64_t tick; /* Frames of one tick belong together. */
    uint64_t epoch;
    int64_t made_us;
} frame;

typedef struct {
    frame *frames; /* Frame n is at n % capacity. */
    size_t capacity, bytes, bytes_max;
    int64_t age_us_max;
    uint64_t begin, end; /* Of the numbers that are held. */
} ring;

status ring_init(ring *r, size_t capacity, size_t bytes_max, int64_t age_us_max);
void ring_deinit(ring *r);
const frame *ring_at(const ring *r, uint64_t number); /* begin <= number < end. */
/* True when there must be room before a frame of so many bytes can be added, or when
 * the oldest has grown too old: the caller then takes the oldest. */
bool ring_must_drop(const ring *r, size_t bytes, int64_t now_us);
frame ring_take_oldest(ring *r); /* Its json is the caller's to release. */
void ring_add(ring *r, frame f);

#endif
