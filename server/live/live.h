/* SPDX-License-Identifier: MIT */
/* live -- the live stream: every change, once a tick, to every client that watches.
 *
 * A tick takes one moment, steps each channel that is watched once, and puts what
 * changed into one ring of frames that all clients share.  A client is a cursor into
 * the ring: nothing is buffered for it, so a slow one costs nothing and holds up
 * nobody; it skips to whole states (key frames).
 *
 * Only the last frame of a tick carries the id, so a client that resumes from an id
 * has seen all of that epoch: no hole, no doubling. */
#ifndef DUNLIN_SERVER_LIVE_LIVE_H
#define DUNLIN_SERVER_LIVE_LIVE_H

#include "pipeline/base/status.h"
#include "server/base/backend.h"

enum {
    LIVE_WINDOWS = 6, /* WINDOW_ALL to WINDOW_24H. */
    LIVE_TOPICS_MAX = 10,
    LIVE_TICK_MS = 50,
    LIVE_TICK_MS_MANY = 250, /* Beyond LIVE_CLIENTS_FAST. */
    LIVE_CLIENTS_FAST = 500,
};

typedef struct live live;
typedef struct live_client live_client;

/* What holds a client's connection.  pause is called within live_read only and makes
 * the reader come no more until resume, which comes once for each pause, from any
 * thread; cut ends a connection that makes no progress. */
typedef struct {
    void (*pause)(void *line);
    void (*resume)(void *line);
    void (*cut)(void *line);
} live_line;

typedef struct {
    const backend *backend; /* Borrowed, as is all below. */
    const live_line *line;
    const char *version;
    uint64_t boot;
    int64_t now_us; /* When it is made; monotonic, as of live_tick. */
    uint32_t clients_max;
    uint32_t clients_per_address_max; /* 0: no limit. */
    size_t ring_frames, ring_bytes;   /* 0: 16,384 and 8 MiB. */
} live_options;

status live_new(const live_options *o, live **result);
/* Those who have a place keep it.  At most as many as at the start.  Any thread. */
void live_set_limits(live *l, uint32_t clients_max, uint32_t clients_per_address_max);
void live_free(live *l); /* No client may be left.  NULL is allowed. */

/* The topics there are, in the order of their frames; NULL at the end. */
const char *live_topic_name(const live *l, size_t index);

typedef struct {
    uint32_t topics; /* Bit i: topic i. */
    query_window window;
    bool once;     /* hello and whole states, then the end. */
    bool as_lines; /* NDJSON instead of SSE. */
    text last_id;  /* To resume from; empty: none. */
    unsigned char address[16];
} live_request;

/* A client to read from.  When there is no place for it, it reads `busy` and the end.
 * NULL: no memory. */
live_client *live_join(live *l, const live_request *r);
/* Fills `out`; 0 with *ended at the end, else 0 when `line` was paused. */
size_t live_read(live_client *c, void *line, char *out, size_t bytes_max, bool *ended);
void live_leave(live_client *c);

/* One unit of work, by one thread, every live_tick_ms; now_us is monotonic. */
void live_tick(live *l, int64_t now_us);
uint32_t live_tick_ms(live *l);
uint32_t live_client_count(live *l);
/* All clients are told `bye` and end; new ones too. */
void live_say_bye(live *l);

#endif
