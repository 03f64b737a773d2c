/* SPDX-License-Identifier: MIT */
/* x_stream -- the filtered or sampled stream of X API v2, as a tweet_source.
 *
 * Holds one connection and reconnects by the rules of the vendor; see
 * x_stream_backoff.h.  The only file that knows libcurl is x_stream.c. */
#ifndef DUNLIN_PIPELINE_SOURCES_X_STREAM_H
#define DUNLIN_PIPELINE_SOURCES_X_STREAM_H

#include "pipeline/base/buffer.h"
#include "pipeline/sources/source.h"

#define X_STREAM_URL             "https://api.x.com"
#define X_STREAM_TOKEN_VARIABLE  "X_BEARER_TOKEN"
#define X_STREAM_TOKEN_BYTES_MAX 4096
#define X_STREAM_SILENCE_MS_MAX  20000 /* A keep-alive comes at least this often. */

typedef enum { X_STREAM_FILTERED, X_STREAM_SAMPLED } x_stream_kind;

typedef struct {
    const char *base_url; /* NULL: X_STREAM_URL.  http:// is taken for loopback only. */
    x_stream_kind kind;
    text token;             /* Bearer token; copied, never logged, wiped at close. */
    const char *user_agent; /* NULL: "dunlin". */
    const char *ca_path;    /* Certificates to trust, a PEM file; NULL: the system's. */
    int64_t silence_ms_max; /* 0: X_STREAM_SILENCE_MS_MAX. */
    clock_source *clock;    /* Borrowed; NULL: the real one. */
} x_stream_options;

/* Reads a bearer token from the first line of the file at `path`, or with NULL from
 * the environment variable X_STREAM_TOKEN_VARIABLE, and appends it to `token`, which
 * the caller wipes and frees (x_stream_wipe_token).  NOT_FOUND: the variable is not
 * set; CANNOT_READ; BAD_FORMAT: empty, longer than 4096, or not printable ASCII. */
status x_stream_read_token(const char *path, buffer *token);
void x_stream_wipe_token(buffer *token);
bool x_stream_is_token(text t); /* 1 to 4096 printable ASCII bytes, no blank. */

/* Connects at the first `next`.  BAD_ARGUMENT for a URL or token that cannot be.
 *
 * `next` gives whole lines as they come; keep-alives are left out.  It fails for good
 * only with UNAUTHORIZED (401, 403: state() says what to do).  After NO_MEMORY it may
 * be called again: nothing is lost.  What a connection held of a line when it ended,
 * and lines over 1 MiB, are dropped and counted. */
status x_stream_open(const x_stream_options *o, tweet_source **result);

typedef struct {
    uint64_t lines;          /* Given out. */
    uint64_t lines_partial;  /* Cut off by the end of a connection. */
    uint64_t lines_too_long; /* Over 1 MiB. */
    uint64_t answers;        /* Connections that were answered with 200. */
    uint64_t silences;       /* Connections given up because nothing came. */
} x_stream_counts;
void x_stream_get_counts(tweet_source *self, x_stream_counts *result); /* Any thread. */

/* Any thread: looks at the clock again.  For clocks that jump, as those of tests. */
void x_stream_wake(tweet_source *self);

const char *x_stream_library(void); /* Libcurl's version. */

#endif
