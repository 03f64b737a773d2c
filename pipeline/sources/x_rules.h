/* SPDX-License-Identifier: MIT */
/* x_rules -- asks X about the rules of the filtered stream, one request at a time. */
#ifndef DUNLIN_PIPELINE_SOURCES_X_RULES_H
#define DUNLIN_PIPELINE_SOURCES_X_RULES_H

#include "pipeline/base/buffer.h"
#include "pipeline/base/status.h"

typedef struct {
    const char *base_url;   /* NULL: X_STREAM_URL.  http:// is taken for loopback only. */
    text token;             /* Borrowed. */
    const char *user_agent; /* NULL: "dunlin". */
} x_rules_options;

typedef struct {
    long code;        /* HTTP status; 0: none came. */
    int64_t reset_ms; /* Wall time of x-rate-limit-reset by our clock; 0: not said. */
    char detail[160]; /* Why there is no answer, or the problem's words; for people. */
    buffer body;      /* JSON, as it came; the caller deinits. */
} x_rules_answer;     /* Starts as {0}. */

/* GET, or with a body POST, of the rules; `query` as in an address, "" for none.  OK: an
 * answer with a status of 2xx.  UNAUTHORIZED: 401 or 403; UPSTREAM: another, or none
 * within 30 s; BAD_ARGUMENT: a URL or token that cannot be; NO_MEMORY. */
status x_rules_ask(const x_rules_options *o, const char *query, text body, x_rules_answer *a);

#endif
