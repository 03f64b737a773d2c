/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/live_token.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/sources/x_stream.h"

struct live_token {
    atomic_uint holders;
    pthread_mutex_t lock; /* Of these: */
    uint64_t number;
    size_t count;
    char bytes[X_STREAM_TOKEN_BYTES_MAX];
};

static void put(live_token *t, text token) {
    explicit_bzero(t->bytes, t->count);
    memcpy(t->bytes, token.bytes, token.count);
    t->count = token.count;
    t->number++;
}

status live_token_new(text token, live_token **result) {
    *result = NULL;
    if (!x_stream_is_token(token)) return STATUS_BAD_ARGUMENT;
    live_token *t = calloc(1, sizeof(*t));
    if (t == NULL) return STATUS_NO_MEMORY;
    atomic_init(&t->holders, 1);
    (void)pthread_mutex_init(&t->lock, NULL);
    put(t, token);
    *result = t;
    return STATUS_OK;
}

live_token *live_token_share(live_token *t) {
    if (t != NULL) atomic_fetch_add(&t->holders, 1);
    return t;
}

void live_token_free(live_token *t) {
    if (t == NULL || atomic_fetch_sub(&t->holders, 1) > 1) return;
    (void)pthread_mutex_destroy(&t->lock);
    explicit_bzero(t, sizeof *t);
    free(t);
}

bool live_token_set(live_token *t, text token) {
    if (!x_stream_is_token(token)) return false;
    (void)pthread_mutex_lock(&t->lock);
    bool is_new = !text_equal(token, (text){t->bytes, t->count});
    if (is_new) put(t, token);
    (void)pthread_mutex_unlock(&t->lock);
    return is_new;
}

uint64_t live_token_get(live_token *t, uint64_t known, buffer *token) {
    (void)pthread_mutex_lock(&t->lock);
    uint64_t number = t->number;
    if (number != known) buffer_add(token, (text){t->bytes, t->count});
    (void)pthread_mutex_unlock(&t->lock);
    return number;
}
