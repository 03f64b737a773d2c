/* SPDX-License-Identifier: MIT */
/* live_token -- a token that may change while streams use it.
 *
 * Whoever reads it anew sets it; each stream looks before it connects.  What is connected stays
 * so.  Any thread. */
#ifndef DUNLIN_PIPELINE_SOURCES_LIVE_TOKEN_H
#define DUNLIN_PIPELINE_SOURCES_LIVE_TOKEN_H

#include "pipeline/base/buffer.h"
#include "pipeline/base/status.h"

typedef struct live_token live_token;

status live_token_new(text token, live_token **result); /* Copied.  BAD_ARGUMENT, NO_MEMORY. */
live_token *live_token_share(live_token *t);            /* One more holder; NULL gives NULL. */
void live_token_free(live_token *t); /* One less; the last one's wipes it.  NULL is allowed. */

/* True when it is another one than before.  Where it cannot be a token (x_stream_is_token) the
 * old one stays. */
bool live_token_set(live_token *t, text token);
/* Its number, from 1, one more with each change; appended to `token` unless it is `known`.  The
 * caller wipes that. */
uint64_t live_token_get(live_token *t, uint64_t known, buffer *token);

#endif
