/* SPDX-License-Identifier: MIT */
/* http -- the only door to libmicrohttpd.
 *
 * One thread of the library's own serves all connections.  A handler answers at
 * once, defers (another thread answers later), or opens a stream, whose reader
 * pauses the connection while there is nothing to send.  Every request has passed
 * the gate, and every answer carries the security headers. */
#ifndef DUNLIN_SERVER_HTTP_HTTP_H
#define DUNLIN_SERVER_HTTP_HTTP_H

#include "pipeline/base/status.h"
#include "pipeline/base/times.h"
#include "server/base/shared.h"
#include "server/http/guard.h"
#include "server/http/negotiate.h"
#include "server/http/rate_limit.h"

typedef struct http_server http_server;
typedef struct http_request http_request; /* Alive until it is answered. */

/* What a path takes. */
typedef struct {
    unsigned methods;
    const char *const *types; /* As in gate_request. */
    uint64_t body_bytes_max;
    bool takes_push; /* Asks for the token of those who push, instead of the other. */
    bool takes_fix;  /* Likewise, where there is one; else for the other, or for loopback. */
} http_way;

typedef struct {
    const char *bind; /* An IPv4 or IPv6 address. */
    uint16_t port;    /* 0: any that is free. */
    guard *guard;     /* Borrowed. */
    uint32_t connections_max;
    clock_source *clock;
    /* On the server's thread, before `handle`. */
    http_way (*way)(void *context, text path);
    /* Called on the server's thread, with the body whole; must not block, and must
     * answer, defer or open a stream exactly once. */
    void (*handle)(void *context, http_request *r);
    void *context;
} http_options;

/* Listens and serves.  On failure *why is a static text. */
status http_open(const http_options *o, http_server **result, const char **why);
uint16_t http_port(const http_server *s);
/* Once a second or so: closes connections that are slow to send a request. */
void http_tick(http_server *s);
/* Stops listening; connections live on. */
void http_quiesce(http_server *s);
uint32_t http_request_count(http_server *s); /* Not yet answered whole, streams among them. */
const char *http_library(void);              /* Its version. */

typedef struct {
    uint64_t answers[6];            /* By the status's first digit. */
    uint64_t bytes;                 /* Of bodies of answers, streams excepted. */
    uint32_t connections, requests; /* Now. */
} http_counts;
/* Of the server that the request came to; any thread. */
void http_get_counts(const http_request *r, http_counts *result);
/* Closes everything.  No request may be deferred and no stream be paused any more.
 * NULL is allowed. */
void http_close(http_server *s);

/* Texts live as long as the request. */
text http_path(const http_request *r);                     /* As it came, not decoded. */
text http_query(const http_request *r);                    /* What follows "?", not decoded. */
unsigned http_method(const http_request *r);               /* METHOD_... */
text http_body(const http_request *r);                     /* Of a POST; not ended by NUL. */
buffer http_take_body(http_request *r);                    /* The caller's; it has none then. */
text http_header(const http_request *r, const char *name); /* Empty when absent. */
/* The client's address without its port, as bytes to compare; 16 of them. */
void http_address(const http_request *r, unsigned char address[16]);
typedef struct {
    unsigned status;          /* 200, 304, 404, ... */
    const char *type;         /* Content-Type; NULL: none. */
    const char *encoding;     /* Content-Encoding; NULL: identity. */
    const char *etag;         /* NULL: none, and the answer is not stored by anyone. */
    const char *location;     /* Of a redirect; NULL: none. */
    const char *set_cookie;   /* NULL: none. */
    const char *allow;        /* Of 405 and OPTIONS; NULL: none. */
    const char *disposition;  /* Content-Disposition; NULL: none. */
    const char *max_age;      /* Cache-Control; NULL: "no-cache" with etag, else "no-store". */
    uint32_t retry_after_s;   /* 0: none. */
    const rate_limit *limits; /* Told with 429; limit_count of them. */
    size_t limit_count;
    bool close;         /* The connection, after this. */
    shared_bytes *body; /* Becomes the server's; NULL: empty, or `fixed`. */
    text fixed;         /* Static bytes. */
} http_answer;

/* Any thread after http_defer, else the handler.  Ends the use of r. */
void http_reply(http_request *r, const http_answer *a);
/* The handler's promise that http_reply follows, from any thread. */
void http_defer(http_request *r);

/* A body without end.  `read` fills at most `bytes_max` bytes and returns how many;
 * 0: it has called http_pause, or (when *ended) the stream is over.  Calls come on
 * the server's thread; `close` comes once, after the last. */
typedef struct http_pipe http_pipe; /* The connection of a stream. */
typedef struct {
    size_t (*read)(void *context, http_pipe *p, char *out, size_t bytes_max, bool *ended);
    void (*close)(void *context);
    void *context;
} http_stream;
void http_reply_stream(http_request *r, const char *type, const http_stream *s);
/* http_pause within `read` only; http_resume from any thread, once for each pause. */
void http_pause(http_pipe *p);
void http_resume(http_pipe *p);
/* Any thread, before `close` has come: the connection is cut off. */
void http_cut(http_pipe *p);

#endif
