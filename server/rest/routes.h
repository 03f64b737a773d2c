/* SPDX-License-Identifier: MIT */
/* routes -- from a request to its answer, by the table of paths (route.h).
 *
 * Files of the page and errors are answered at once, questions by workers
 * (questions.h), the live stream by live. */
#ifndef DUNLIN_SERVER_REST_ROUTES_H
#define DUNLIN_SERVER_REST_ROUTES_H

#include "server/live/live.h"
#include "server/rest/push.h"
#include "server/rest/questions.h"

typedef struct {
    const backend *backend; /* Borrowed. */
    live *live;             /* Borrowed. */
    uint64_t boot;
    clock_source *clock;
} routes_options;

status routes_new(const routes_options *o, routes **result);
/* http_options.way and .handle; context is the routes. */
http_way routes_way(void *context, text path);
void routes_handle(void *context, http_request *r);
/* Answers all that was asked, and 503 from now on. */
void routes_stop(routes *s);
/* Answers what was pushed and still waits for the engine; after http_quiesce.  How many. */
size_t routes_stop_pushes(routes *s);
void routes_free(routes *s); /* Stops first; NULL is allowed. */

#endif
