/* SPDX-License-Identifier: MIT */
/* client -- what one client of the live stream is sent next: a cursor, not a queue.
 *
 * In this order: hello; a reset, if it must forget what it has; the key frames it
 * joined or skipped with; then the ring's frames as they come; a heartbeat when
 * there are none; at last bye. */
#ifndef DUNLIN_SERVER_LIVE_CLIENT_H
#define DUNLIN_SERVER_LIVE_CLIENT_H

#include "server/live/live.h"
#include "server/live/ring.h"

enum { CLIENT_SMALL_BYTES = 640 };

struct live_client {
    live *hub;
    live_client *previous, *next;
    void *line;         /* NULL before the first read. */
    uint64_t channels;  /* Bits: those it watches. */
    uint64_t cursor;    /* The next frame of the ring. */
    uint64_t caught_up; /* Before this frame it is not slow: it resumes. */
    uint64_t resume_epoch;
    bool wants_keys; /* Until a tick has given them. */
    bool resumes;    /* From resume_epoch, if the next tick finds that it can. */
    bool is_waiting; /* Its line is paused. */
    bool is_counted; /* It has a place. */
    bool once, as_lines, has_ended;
    const char *reset; /* The reason to say before the keys; NULL: none. */
    int64_t written_us, rotate_us;

    shared_bytes *keys[LIVE_TOPICS_MAX]; /* To send, in order. */
    const char *key_events[LIVE_TOPICS_MAX];
    size_t key_count, key_at;
    uint64_t key_epoch;

    shared_bytes *sending; /* The frame after the small text; NULL: none. */
    size_t sent;
    char small[CLIENT_SMALL_BYTES]; /* A head, a tail, or a message without a frame. */
    size_t small_count, small_at;
    unsigned char address[16];
};

/* What the hub knows while a client reads. */
typedef struct {
    const ring *ring;
    uint64_t boot;
    int64_t now_us;
    bool says_bye; /* To all. */
} client_view;

/* As much as fits; 0 when there is nothing to send (c->wants_keys may be new). */
size_t client_fill(live_client *c, const client_view *v, char *out, size_t bytes_max);
/* An event of its own, without an id.  `json` is one line; it is cut off (and the
 * client ended) if it does not fit. */
void client_say(live_client *c, const char *event, text json, uint32_t retry_ms);
void client_add_key(live_client *c, const char *event, shared_bytes *json); /* Keeps json. */
void client_drop_keys(live_client *c);
bool client_heartbeat_is_due(const live_client *c, int64_t now_us);

#endif
