/* SPDX-License-Identifier: MIT */
/* poster -- sends bodies to another server's POST /api/v1/records. */
#ifndef DUNLIN_SERVER_POSTER_H
#define DUNLIN_SERVER_POSTER_H

#include "pipeline/base/buffer.h"
#include "pipeline/base/status.h"

typedef struct poster poster;

typedef struct {
    unsigned code;          /* Of HTTP. */
    uint32_t retry_after_s; /* 0: it does not say. */
    buffer body;            /* The caller frees it; kept from answer to answer. */
    char detail[160];       /* Of UPSTREAM: why there is no answer. */
} poster_answer;

/* `url`: the server's address, http or https, with or without a path.  The token is not
 * kept elsewhere than in the header that brings it.  BAD_ARGUMENT: no such address. */
status poster_open(const char *url, text token, poster **result);
/* Sends lines of JSON, waits for the answer.  UPSTREAM: there is none. */
status poster_send(poster *p, text lines, poster_answer *answer);
void poster_close(poster *p); /* NULL is allowed. */

#endif
