/* SPDX-License-Identifier: MIT */
/* routes -- from a request to its answer, by the table of queries.
 *
 * Files of the page and errors are answered at once.  Questions go to two workers,
 * so that a scan of 300 ms holds up neither the live stream nor another question;
 * answers are kept for their epoch. */
#ifndef DUNLIN_SERVER_ROUTES_H
#define DUNLIN_SERVER_ROUTES_H

#include "server/backend.h"
#include "server/http.h"
#include "server/live.h"

#define API_BASE "/api/v1/"

typedef struct routes routes;

typedef struct {
    const backend *backend; /* Borrowed. */
    live *live;             /* Borrowed. */
    uint64_t boot;
} routes_options;

status routes_new(const routes_options *o, routes **result);
/* An http_options.handle; context is the routes. */
void routes_handle(void *context, http_request *r);
/* Answers all that was asked, and 503 from now on. */
void routes_stop(routes *s);
void routes_free(routes *s); /* Stops first; NULL is allowed. */

/* Whether a path below API_BASE is one of the pattern's, "tweets/{id}"; *id is the
 * part between, as it came. */
bool route_matches(const char *pattern, text path, text *id);

#endif
