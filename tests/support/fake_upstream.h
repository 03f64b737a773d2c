/* SPDX-License-Identifier: MIT */
/* fake_upstream -- a stand-in for the streams of X API v2, or of a Mastodon server, on a port
 * of this machine.
 *
 * Speaks what the vendor documents: GET of its streams with a bearer token and
 * the fields that dunlin needs (else 401, 404 or 400), lines in chunked encoding,
 * keep-alives, problems as JSON.  Of Mastodon: GET of its streams with an access token (else
 * 401, 404 or 422), events.  What it does with each connection is a script. */
#ifndef DUNLIN_TESTS_SUPPORT_FAKE_UPSTREAM_H
#define DUNLIN_TESTS_SUPPORT_FAKE_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_TOKEN "right-token" /* The only one that is accepted. */

typedef enum {
    FAKE_ANSWER, /* A status line and headers; `words` holds more of them, each with \r\n, the
                  * type of the content perhaps. */
    FAKE_HEAD,   /* The same, but BODY ends the headers. */
    FAKE_SEND,   /* `words`, as one chunk. */
    FAKE_GZIP,   /* `words`, gzipped; the answer's headers must have said so. */
    FAKE_DRIP,   /* `words`, each byte a chunk and a packet of its own. */
    FAKE_BODY,   /* `words` as they are: the body of an answer that is not 200. */
    FAKE_FLOOD,  /* `number` letters without an end of line. */
    FAKE_WAIT,   /* Nothing more, until fake_upstream_go. */
    FAKE_HOLD,   /* Nothing more, until the client closes. */
    FAKE_END,    /* The last, empty chunk; then close. */
    FAKE_CLOSE,  /* Close in the middle. */
    FAKE_RESET,  /* Close with RST. */
    FAKE_MUTE,   /* Read the request and say nothing until the client closes. */
} fake_act;

/* A connection ends with HOLD, END, CLOSE, RESET or MUTE; the next one goes on with the
 * step after that.  After the last step connections are closed at once. */
typedef struct {
    fake_act act;
    int number; /* ANSWER, HEAD: the status; FLOOD: how many. */
    const char *words;
} fake_step;

typedef struct fake_upstream fake_upstream;

/* Borrows the steps.  NULL when it cannot listen. */
fake_upstream *fake_upstream_start(const fake_step *steps, size_t count);
fake_upstream *fake_upstream_start_mastodon(const fake_step *steps, size_t count);
void fake_upstream_stop(fake_upstream *u); /* Frees it; NULL is allowed. */

const char *fake_upstream_url(const fake_upstream *u); /* "http://127.0.0.1:PORT". */
uint32_t fake_upstream_requests(fake_upstream *u);     /* Read until now. */
void fake_upstream_go(fake_upstream *u);               /* Ends one FAKE_WAIT. */
uint32_t fake_upstream_steps(fake_upstream *u);        /* Done until now. */
/* Connections in HOLD or MUTE that the client has closed. */
uint32_t fake_upstream_hangups(fake_upstream *u);
/* The last request that was read, copied. */
void fake_upstream_last_request(fake_upstream *u, char *to, size_t capacity);

#endif
