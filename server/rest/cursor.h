/* SPDX-License-Identifier: MIT */
/* cursor -- meta.next_token: where the next page of an answer begins, for a client to
 * bring back and for nobody to make up.
 *
 * A token is base64url of a query's words, the time, and an HMAC over these and the
 * question, by a key that is made when the server starts: no token of another start,
 * of another question, or of a clever client is taken. */
#ifndef DUNLIN_SERVER_REST_CURSOR_H
#define DUNLIN_SERVER_REST_CURSOR_H

#include "pipeline/base/buffer.h"
#include "pipeline/queries/query.h"

enum { CURSOR_KEY_BYTES = 32, CURSOR_AGE_S_MAX = 3600 };

typedef struct {
    unsigned char bytes[CURSOR_KEY_BYTES];
    uint64_t boot;
} cursor_key;

typedef enum {
    CURSOR_GOOD,
    CURSOR_FORGED, /* Or of another question. */
    CURSOR_GONE,   /* Of another start of the program, or older than an hour. */
} cursor_verdict;

void cursor_key_make(cursor_key *k, uint64_t boot);

/* `question`: bytes that tell it from others; now_s: of any clock that does not run
 * backwards while the key lives. */
void cursor_write(const cursor_key *k, const query_cursor *c, text question, uint32_t now_s,
                  buffer *out);
/* *c is written when the verdict is good. */
cursor_verdict cursor_read(const cursor_key *k, text token, text question, uint32_t now_s,
                           query_cursor *c);

const char *cursor_library(void); /* Nettle's version. */
/* What of a request makes its question, the page apart. */
void cursor_name_question(text path, const query_params *p, buffer *out);

#endif
