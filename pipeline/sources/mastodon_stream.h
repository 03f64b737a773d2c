/* SPDX-License-Identifier: MIT */
/* mastodon_stream -- a stream of a Mastodon server (Server-Sent Events), as a tweet_source.
 *
 * Holds one connection and opens it anew when it ends or is silent; see mastodon_backoff.h.
 * What was said meanwhile is not sent again: each such gap is counted. */
#ifndef DUNLIN_PIPELINE_SOURCES_MASTODON_STREAM_H
#define DUNLIN_PIPELINE_SOURCES_MASTODON_STREAM_H

#include "pipeline/sources/live_token.h"
#include "pipeline/sources/source.h"

#define MASTODON_SILENCE_MS_MAX 45000 /* Three heartbeats: one comes every 15 s. */

typedef struct {
    const char *base_url;   /* "https://server.example"; http:// for loopback only. */
    const char *stream;     /* "public", "public:local", "public:remote", "hashtag:TAG",
                             * "list:NUMBER"; NULL: "public". */
    text token;             /* Access token; copied, never logged, wiped at close. */
    live_token *live_token; /* Shared; looked at before each connect.  NULL: `token` stays. */
    const char *user_agent; /* Borrowed; NULL: "dunlin". */
    const char *ca_path;    /* Certificates to trust, a PEM file; NULL: the system's. */
    uint64_t seed;          /* Of the waits; 0: one of its own. */
    clock_source *clock;    /* Borrowed; NULL: the real one. */
} mastodon_options;

/* Connects at the first `next`.  BAD_ARGUMENT for what cannot be (mastodon_is_stream says
 * whether it is the stream); NO_MEMORY.
 *
 * `next` gives events as lines (sse_lines.h).  It fails for good with UNAUTHORIZED (401, 403)
 * and UPSTREAM (422, or a redirect: state() says where to); all else is tried again.  After
 * NO_MEMORY it may be called again: nothing is lost. */
status mastodon_open(const mastodon_options *o, tweet_source **result);
bool mastodon_is_stream(const char *stream);

/* Any thread: looks at the clock again.  For clocks that jump, as those of tests. */
void mastodon_wake(tweet_source *self);

#endif
