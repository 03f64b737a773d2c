/* SPDX-License-Identifier: MIT */
/* asker -- the interface's answers, from this process's pipeline or another server. */
#ifndef DUNLIN_SERVER_CLI_ASKER_H
#define DUNLIN_SERVER_CLI_ASKER_H

#include "pipeline/pipeline.h"

typedef struct asker asker;
struct asker {
    /* `what` is a path below /api/v1/ with its parameters, "tweets/top?limit=10"; the
     * answer, the JSON of the interface, is put in place of what *body held.
     * STATUS_UPSTREAM: another answer than 200; detail says which. */
    status (*ask)(asker *self, const char *what, buffer *body);
    void (*close)(asker *self); /* Frees it. */
    char detail[160];           /* Of the last failure; "" when there is nothing to add. */
};

/* Asks the pipeline, which is borrowed; one moment an answer. */
status asker_local(pipeline *p, asker **result);
/* Asks the server at `url` (http or https; with or without a path), bringing the token
 * unless it is empty.  Gives up on an answer after 10 s. */
status asker_remote(const char *url, text token, asker **result);

#endif
