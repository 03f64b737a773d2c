/* SPDX-License-Identifier: MIT */
/* channel -- one topic in one window, as the live stream tells of it.
 *
 * A channel holds the topic's last state.  A step makes the state of a moment and
 * the frame of what changed since; a key frame says the whole state.  The state is
 * kept while nobody watches (for a while), so that the next change still applies to
 * what a client that was away has seen. */
#ifndef DUNLIN_SERVER_LIVE_CHANNEL_H
#define DUNLIN_SERVER_LIVE_CHANNEL_H

#include "server/base/backend.h"
#include "server/base/shared.h"

/* What is small, and always told whole: its state is its text. */
typedef struct {
    const char *name, *event;
    void (*write)(const backend *b, const moment *m, json_writer *w); /* An object. */
} whole_topic;
extern const whole_topic whole_topics[]; /* The stats first. */
extern const size_t whole_topic_count;

typedef struct {
    const backend *backend;
    const stream_topic *topic; /* NULL: `told` is. */
    const whole_topic *told;
    query_window window;
    bool has_state;
    uint64_t state_epoch;
    topic_state *state;
    shared_bytes *whole; /* The state of what is told whole: its JSON. */
    shared_bytes *key;   /* The whole state as JSON, once somebody wanted it. */
    /* Kept by the live stream, under its lock. */
    uint32_t watchers;
    int64_t unwatched_us, stepped_us;
    uint64_t floor_epoch; /* A client that has seen less cannot be caught up. */
} channel;

const char *channel_event(const channel *c);
/* Moves to the moment.  STATUS_OK and *change: what changed, as JSON for the caller
 * to release; NULL when nothing did or when there was no state before. */
status channel_step(channel *c, const moment *m, shared_bytes **change);
/* c->key is set after this; there must be a state. */
status channel_make_key(channel *c);
void channel_clear(channel *c); /* Forgets the state. */

#endif
