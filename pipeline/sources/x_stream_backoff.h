/* SPDX-License-Identifier: MIT */
/* x_stream_backoff -- when to connect again, by X's rules.
 *
 * A stream that had shown life is opened again at once.  After that, failures of the
 * network wait 250 ms more each time, up to 16 s; HTTP errors 5 s, doubling up to
 * 320 s; 429 and 420 one minute, doubling up to 16, and at least until
 * x-rate-limit-reset.  The first whole line or keep-alive ends all that.  And since X
 * answers at most 50 requests in 15 minutes, the 46th within them waits, whatever the
 * reason. */
#ifndef DUNLIN_PIPELINE_SOURCES_X_STREAM_BACKOFF_H
#define DUNLIN_PIPELINE_SOURCES_X_STREAM_BACKOFF_H

#include <stdint.h>

#define X_CONNECTS_MAX       45
#define X_CONNECTS_WINDOW_MS (15 * 60 * 1000)
#define X_RESET_WAIT_MS_MAX  (24 * 60 * 60 * 1000) /* A later reset is not believed. */

typedef enum {
    X_END_ALIVE,   /* A line or keep-alive had come. */
    X_END_NETWORK, /* No address, refused, reset, silent or closed before that. */
    X_END_HTTP,    /* A status other than 200, 420 and 429; or no stream at all. */
    X_END_RATE,    /* 429, 420; too many connections. */
} x_end;

typedef struct {
    uint32_t network, http, rate;     /* Failures since the last sign of life. */
    int64_t asked_ms[X_CONNECTS_MAX]; /* The last requests, a ring. */
    uint64_t asked;
} x_backoff; /* Starts as {0}. */

void x_backoff_asked(x_backoff *b, int64_t now_ms); /* A request was sent. */
void x_backoff_alive(x_backoff *b);                 /* The stream is one. */
/* How long to wait from now on, in ms, after a connection that ended like this.
 * `reset_ms` is the wall time of x-rate-limit-reset, 0 when there was none; `now_ms`
 * is wall time too. */
int64_t x_backoff_wait_ms(x_backoff *b, x_end end, int64_t now_ms, int64_t reset_ms);

#endif
