/* SPDX-License-Identifier: MIT */
/* poster -- sends bodies to another server's interface. */
#ifndef DUNLIN_SERVER_CLI_POSTER_H
#define DUNLIN_SERVER_CLI_POSTER_H

#include "pipeline/base/buffer.h"
#include "pipeline/base/status.h"

typedef struct poster poster;

typedef struct {
    unsigned code;          /* Of HTTP. */
    uint32_t retry_after_s; /* 0: it does not say. */
    buffer body;            /* The caller frees it; kept from answer to answer. */
    char detail[160];       /* Of UPSTREAM: why there is no answer. */
} poster_answer;

/* `url`: the server's address, http or https, with or without a path; `what`: where below
 * /api/v1/ it goes, "records", and what the bodies are, "application/x-ndjson".  The token
 * (empty: none) is not kept elsewhere than in the header that brings it.  BAD_ARGUMENT: no
 * such address. */
status poster_open(const char *url, const char *what, const char *type, text token,
                   poster **result);
/* Sends a body, waits for the answer.  UPSTREAM: there is none. */
status poster_send(poster *p, text body, poster_answer *answer);
typedef enum { POSTER_POST, POSTER_DELETE } poster_method;
/* The same; DELETE takes no body. */
status poster_send_as(poster *p, poster_method method, text body, poster_answer *answer);
void poster_close(poster *p); /* NULL is allowed. */

#endif
