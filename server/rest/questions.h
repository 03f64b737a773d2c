/* SPDX-License-Identifier: MIT */
/* questions -- questions on their way to a worker, and back as answers.
 *
 * Two workers, so that a scan of 300 ms holds up neither the live stream nor another
 * question; what one has answered is kept for its epoch, and known by it: an ETag is
 * the epoch, of this start of the program. */
#ifndef DUNLIN_SERVER_REST_QUESTIONS_H
#define DUNLIN_SERVER_REST_QUESTIONS_H

#include "server/rest/export.h"
#include "server/rest/fields.h"
#include "server/rest/route.h"

typedef struct questions questions;

/* Made by question_new, filled in, and given to questions_ask. */
struct question {
    visit visit;
    query_params params; /* Its texts are in `texts`. */
    char texts[PARAM_TEXTS_BYTES];
    query_cursor cursor, next;
    field_set fields;     /* Of rows; 0: all of them. */
    const char *wrong;    /* The parameter whose value names nothing; NULL: none. */
    char disposition[64]; /* Content-Disposition; empty: none. */
    export_choice choice; /* Of an export. */
    const query *exported;
    unsigned code; /* Of the answer; 200, but `write` may change it. */
};

question *question_new(const visit *v); /* NULL: no memory, and it has been answered so. */
void question_free(question *q);

status questions_new(const backend *b, uint64_t boot, questions **result);
/* Defers the request; the question becomes the workers'. */
void questions_ask(questions *a, question *q);
void questions_stop(questions *a); /* Answers all that was asked, and 503 from now on. */
void questions_free(questions *a); /* Stops first; NULL is allowed. */

/* Any thread that may answer: problem+json, with what is wrong of the parameters. */
void reply_problem(http_request *r, unsigned code, const char *detail, const param_errors *errors);

/* Likewise 429, with what the limits are. */
void reply_full(http_request *r, const char *detail, const rate_limit *limits, size_t count);

#endif
