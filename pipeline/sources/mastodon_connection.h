/* SPDX-License-Identifier: MIT */
/* mastodon_connection -- one request to a server of Mastodon and what comes back, by libcurl.
 *
 * Spoken to as X is (x_stream_curl.h): the token goes in a header to one host.  One thread, but for
 * mastodon_connection_wake. */
#ifndef DUNLIN_PIPELINE_SOURCES_MASTODON_CONNECTION_H
#define DUNLIN_PIPELINE_SOURCES_MASTODON_CONNECTION_H

#include "pipeline/base/status.h"
#include "pipeline/base/text.h"
#include "pipeline/sources/live_token.h"

enum { MASTODON_WORDS_BYTES = 128 };

typedef struct {
    const char *base_url;   /* https:// anywhere, http:// on this machine; no user, no query. */
    const char *path;       /* "/api/v1/streaming/public". */
    const char *query;      /* "tag=x", encoded; "": none. */
    text token;             /* Copied, wiped at the end. */
    live_token *live_token; /* Shared; looked at before each connect.  NULL: `token` stays. */
    const char *user_agent; /* Borrowed; NULL: "dunlin". */
    const char *ca_path;    /* Certificates to trust, a PEM file; NULL: the system's. */
    bool (*take)(void *context, text bytes); /* Of the stream; false: not now, all of it again. */
    void *context;
} mastodon_request;

/* What is known of an answer. */
typedef struct {
    long code;        /* HTTP status; 0: none yet. */
    bool is_stream;   /* 200, and it says that it is an event stream. */
    int64_t asked_ms; /* The wait that the server asks for (Retry-After); 0: none. */
    char words[MASTODON_WORDS_BYTES]; /* At the end: what is wrong, by curl or by the server,
                                       * printable ASCII; empty: nothing is. */
} mastodon_answer;

typedef struct mastodon_connection mastodon_connection;

/* BAD_ARGUMENT: an address, token or name that cannot be; NO_MEMORY. */
status mastodon_connection_new(const mastodon_request *r, mastodon_connection **result);
void mastodon_connection_free(mastodon_connection *c);    /* NULL is allowed. */
status mastodon_connection_begin(mastodon_connection *c); /* None may be open.  NO_MEMORY. */
void mastodon_connection_end(mastodon_connection *c);     /* Whether one is open or not. */
bool mastodon_connection_is_open(const mastodon_connection *c);
/* Reads what has come, without waiting; true when the server has ended it. */
bool mastodon_connection_read(mastodon_connection *c, mastodon_answer *answer);
/* Until something comes, somebody wakes it, or `wait_ms` have passed. */
void mastodon_connection_wait(mastodon_connection *c, int wait_ms);
void mastodon_connection_wake(mastodon_connection *c); /* Any thread. */

#endif
