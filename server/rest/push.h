/* SPDX-License-Identifier: MIT */
/* push -- what is posted to /api/v1/records, on its way to the engine and back.
 *
 * A body is offered to the source that takes them, and its connection waits, suspended,
 * until the epoch with its records is stored and shown; no thread waits with it. */
#ifndef DUNLIN_SERVER_REST_PUSH_H
#define DUNLIN_SERVER_REST_PUSH_H

#include "server/base/backend.h"
#include "server/http/http.h"

enum {
    PUSH_BODY_BYTES_MAX = 16 * 1024 * 1024,
    PUSH_ERRORS_MAX = 100, /* Rejected items that an answer names. */
};

typedef struct push push;

/* NULL: no memory.  The backend is borrowed. */
push *push_new(const backend *b);
/* Answers or defers the request, whose body it takes.  The server's thread. */
void push_take(push *p, http_request *r);
/* Answers all that still wait: it is not known then what became of theirs.  How many. */
size_t push_stop(push *p);
/* After push_stop.  What the source still holds frees itself.  NULL is allowed. */
void push_free(push *p);

#endif
