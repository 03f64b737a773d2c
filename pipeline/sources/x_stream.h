/* SPDX-License-Identifier: MIT */
/* x_stream -- a stream of X API v2 (x_stream_kinds.h), as a tweet_source.
 *
 * Holds one connection and reconnects by the rules of the vendor; see
 * x_stream_backoff.h. */
#ifndef DUNLIN_PIPELINE_SOURCES_X_STREAM_H
#define DUNLIN_PIPELINE_SOURCES_X_STREAM_H

#include "pipeline/base/buffer.h"
#include "pipeline/sources/live_token.h"
#include "pipeline/sources/source.h"
#include "pipeline/sources/x_stream_account.h"
#include "pipeline/sources/x_stream_kinds.h"

#define X_STREAM_URL             "https://api.x.com"
#define X_STREAM_TOKEN_VARIABLE  "X_BEARER_TOKEN"
#define X_STREAM_CREDENTIAL      "x-bearer-token" /* In $CREDENTIALS_DIRECTORY. */
#define X_STREAM_TOKEN_BYTES_MAX 4096
#define X_STREAM_SILENCE_MS_MAX  20000 /* A keep-alive comes at least this often. */
#define X_STREAM_BACKFILL_MAX    5

typedef struct {
    const char *base_url; /* NULL: X_STREAM_URL.  http:// is taken for loopback only. */
    x_stream_kind kind;
    uint32_t partition;        /* From 1, of kinds that have some. */
    uint32_t backfill_minutes; /* What was missed is sent again, doubles too; 0: no. */
    x_account *account;        /* Borrowed; NULL: of this stream alone, in memory. */
    text token;                /* Bearer token; copied, never logged, wiped at close. */
    live_token *live_token;    /* Shared; looked at before each connect.  NULL: `token` stays. */
    const char *user_agent;    /* Borrowed; NULL: "dunlin". */
    const char *ca_path;       /* Certificates to trust, a PEM file; NULL: the system's. */
    int64_t silence_ms_max;    /* 0: X_STREAM_SILENCE_MS_MAX. */
    clock_source *clock;       /* Borrowed; NULL: the real one. */
} x_stream_options;

/* Reads a bearer token from the first line of the file at `path` (others who can read it
 * are warned of), or with NULL from the environment variable X_STREAM_TOKEN_VARIABLE, or
 * from the credential X_STREAM_CREDENTIAL that systemd gives, and appends it to `token`, which
 * the caller wipes and frees (x_stream_wipe_token).  NOT_FOUND: the variable is not
 * set; CANNOT_READ; BAD_FORMAT: empty, longer than 4096, or not printable ASCII. */
status x_stream_read_token(const char *path, buffer *token);
void x_stream_wipe_token(buffer *token);
bool x_stream_is_token(text t); /* 1 to 4096 printable ASCII bytes, no blank. */

/* Connects at the first `next`, or when the account says.  BAD_ARGUMENT for a URL, token,
 * partition or backfill that cannot be.
 *
 * `next` gives whole lines as they come; keep-alives are left out.  It fails for good
 * only with UNAUTHORIZED (401, 403: state() says what to do) and with BUDGET: the next
 * line would pass the account's cap.  After NO_MEMORY it may be called again: nothing is
 * lost.  What a connection held of a line when it ended,
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
