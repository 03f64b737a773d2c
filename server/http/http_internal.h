/* SPDX-License-Identifier: MIT */
/* http_internal -- what the files behind http.h share: http.c, which answers; http_admit.c, who
 * is let in; http_peers.c, the connections and how long they are waited for. */
#ifndef DUNLIN_SERVER_HTTP_HTTP_INTERNAL_H
#define DUNLIN_SERVER_HTTP_HTTP_INTERNAL_H

#include "server/http/http.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

typedef struct peer peer; /* A connection, from accept to close. */
struct http_server {
    http_options options;
    struct MHD_Daemon *daemon;
    int socket;
    uint16_t port;
    pthread_mutex_t lock; /* Of the list of peers. */
    peer *peers;
    _Atomic uint32_t requests, connections; /* Begun and not ended. */
    _Atomic uint64_t answers[6], bytes;
    _Atomic uint64_t bodies_bytes; /* Of large bodies, on their way or not yet taken. */
};

struct http_request {
    http_server *server;
    struct MHD_Connection *connection;
    uintptr_t raw_target; /* Where the library showed it. */
    char *target;
    text path, query;
    buffer body;
    uint64_t body_bytes; /* That its header promises. */
    unsigned method, allowed;
    const char *reader; /* The origin of a page of another site that may read; NULL: none. */
    bool was_judged, is_deferred, is_by_origin; /* Others get other headers. */
    struct MHD_Response *answer;                /* Set once, then queued by the server's thread. */
    unsigned code;
};

/* ---- http.c ---- */

/* Answers with problem+json (RFC 9457); `close`: and closes, as the body is not read. */
void http_refuse(http_request *r, unsigned code, const char *detail, bool close);
/* The same with more headers; the body and its type are filled in. */
void http_refuse_with(http_request *r, const char *detail, http_answer a);

/* ---- http_admit.c ---- */

/* Once the header is complete.  True when the request may go on, and has its method and what
 * its path allows; else it has its answer. */
bool http_admit(http_request *r, const char *method);

/* ---- http_peers.c ---- */

/* The library tells of each connection that begins or ends. */
void http_peers_see(void *server, struct MHD_Connection *connection, void **socket_context,
                    enum MHD_ConnectionNotificationCode code);
/* A header or a body must have come in this time, or the connection is closed; 0: nothing is
 * waited for. */
void http_peer_await(http_server *s, struct MHD_Connection *connection, int64_t in_us);
int http_socket_of(struct MHD_Connection *connection);

#endif
