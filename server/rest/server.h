/* SPDX-License-Identifier: MIT */
/* server -- http, routes and the live stream put together, with the thread of ticks. */
#ifndef DUNLIN_SERVER_REST_SERVER_H
#define DUNLIN_SERVER_REST_SERVER_H

#include "pipeline/base/times.h"
#include "server/base/backend.h"

typedef struct server server;

typedef struct {
    const backend *backend; /* Borrowed, as is all below. */
    const char *bind;       /* An IPv4 or IPv6 address. */
    uint16_t port;          /* 0: any that is free. */
    const char *const *hosts;
    size_t host_count;
    const char *const *cors_origins; /* As guard_rules. */
    size_t cors_origin_count;
    text token;                                    /* Empty: none is asked for. */
    text push_token;                               /* Empty: nobody may push. */
    uint32_t clients_max, clients_per_address_max; /* Live streams; 0 per address: no limit. */
    clock_source *clock;                           /* NULL: the real one. */
    bool manual; /* No thread of ticks: server_tick is called instead. */
} server_options;

/* Listens and serves from now on.  On failure *why is a static text. */
status server_open(const server_options *o, server **result, const char **why);
/* Takes over what may change while it serves: names, tokens, how many live streams.  NO_MEMORY: the
 * old ones stay in force.  Any thread. */
status server_set(server *s, const server_options *o);
uint16_t server_port(const server *s);
uint32_t server_client_count(const server *s); /* Live streams. */
/* One tick, with `manual`. */
void server_tick(server *s);
/* Says bye to the streams, answers what was asked, closes; within 4 s.  NULL is allowed. */
void server_close(server *s);

#endif
