/* SPDX-License-Identifier: MIT */
/* fake_x -- a stand-in for the whole of X API v2 that dunlin speaks to, on a port of this
 * machine: streams that break off at random and send again what may have been missed,
 * events, rules, tokens, TLS, and the limits of connections and requests with their
 * headers.  (fake_upstream plays one stream by a script, for faults in a given order.) */
#ifndef DUNLIN_TESTS_SUPPORT_FAKE_X_H
#define DUNLIN_TESTS_SUPPORT_FAKE_X_H

#include "pipeline/base/text.h"
#include "pipeline/base/times.h"
#include "tests/support/fake_wire.h"

typedef struct {
    const char *token;     /* The only one that is accepted; NULL: "right-token". */
    const char *address;   /* Of this machine; NULL: 127.0.0.1. */
    uint16_t port;         /* 0: any that is free. */
    fake_tls *tls;         /* Borrowed; NULL: plain. */
    clock_source *clock;   /* Of the limits; NULL: the real one. */
    text lines;            /* Of streams with posts, each ended by \n; borrowed. */
    text events;           /* Of the compliance streams, likewise. */
    uint32_t drops;        /* Of streams with posts, at random lines, in random ways. */
    uint32_t replay_lines; /* Sent again after a drop: so many at most, at random; beyond them
                            * all that the client may not have read. */
    uint64_t seed;
    uint32_t lines_a_second; /* 0: as fast as it goes. */
    uint32_t connects_max;   /* In 15 minutes and of each stream; 0: 50. */
} fake_x_options;

typedef struct fake_x fake_x;
fake_x *fake_x_start(const fake_x_options *o); /* NULL when it cannot listen. */
void fake_x_stop(fake_x *x);                   /* Frees it; NULL is allowed. */
const char *fake_x_url(const fake_x *x);       /* "http://127.0.0.1:PORT", or https. */
uint16_t fake_x_port(const fake_x *x);

typedef struct {
    uint64_t requests, unauthorized; /* 401. */
    uint64_t too_often, too_many;    /* 429: of requests, of connections. */
    uint64_t drops, lines_sent;      /* Lines that were sent again too. */
    uint64_t window_max;             /* Most connects of a stream within 15 minutes. */
    uint64_t open;                   /* Streams now. */
} fake_x_counts;
void fake_x_get_counts(fake_x *x, fake_x_counts *result);

#endif
