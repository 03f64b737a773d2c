/* SPDX-License-Identifier: MIT */
/* x_stream_backoff -- when to connect again, by X's rules.
 *
 * A stream that had shown life is opened again at once.  After that, failures of the
 * network wait 250 ms more each time, up to 16 s; HTTP errors 5 s, doubling up to
 * 320 s; 429 one minute, doubling up to 16, and at least until x-rate-limit-reset.
 * The first bytes of a connection end all that.  And since X answers at most 50
 * connects in 15 minutes, the 46th answer within them waits, whatever the reason. */
#ifndef DUNLIN_PIPELINE_SOURCES_X_STREAM_BACKOFF_H
#define DUNLIN_PIPELINE_SOURCES_X_STREAM_BACKOFF_H

#include <stdint.h>

#define X_CONNECTS_MAX       45
#define X_CONNECTS_WINDOW_MS (15 * 60 * 1000)
#define X_RESET_WAIT_MS_MAX  (24 * 60 * 60 * 1000) /* A later reset is not believed. */

typedef enum {
    X_END_ALIVE,   /* Bytes had come. */
    X_END_NETWORK, /* Refused, reset, silent or closed before the first byte. */
    X_END_HTTP,    /* A status other than 200 and 429. */
    X_END_RATE,    /* 429. */
} x_end;

typedef struct {
    uint32_t network, http, rate;        /* Failures since the last sign of life. */
    int64_t answered_ms[X_CONNECTS_MAX]; /* The last answers, a ring. */
    uint64_t answers;
} x_backoff; /* Starts as {0}. */

void x_backoff_answered(x_backoff *b, int64_t now_ms); /* The server sent a status. */
void x_backoff_alive(x_backoff *b);                    /* The first bytes came. */
/* How long to wait from now on, in ms, after a connection that ended like this.
 * `reset_ms` is the wall time of x-rate-limit-reset, 0 when there was none; `now_ms`
 * is wall time too. */
int64_t x_backoff_wait_ms(x_backoff *b, x_end end, int64_t now_ms, int64_t reset_ms);

#endif
