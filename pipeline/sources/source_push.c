/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/source_push.h"

#include "pipeline/decode/record.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    tweet_source source;
    pthread_mutex_t lock; /* Of all below. */
    pthread_cond_t changed;
    source_chunk *waiting[SOURCE_PUSH_CHUNKS_MAX]; /* A ring. */
    size_t first, count, bytes;
    uint64_t sequence, bytes_read;
    bool stops;
} push_source;

/* The oldest that waits; the lock is held. */
static source_chunk *take(push_source *s) {
    if (s->count == 0) return NULL;
    source_chunk *c = s->waiting[s->first];
    s->first = (s->first + 1) % SOURCE_PUSH_CHUNKS_MAX;
    s->count--;
    s->bytes -= c->count;
    return c;
}

static status push_next(tweet_source *self, source_chunk **chunk) {
    push_source *s = (push_source *)self;
    (void)pthread_mutex_lock(&s->lock);
    while (s->count == 0 && !s->stops) (void)pthread_cond_wait(&s->changed, &s->lock);
    *chunk = take(s);
    if (*chunk != NULL) {
        (*chunk)->sequence = s->sequence++;
        s->bytes_read += (*chunk)->count;
    }
    (void)pthread_mutex_unlock(&s->lock);
    return *chunk == NULL ? STATUS_STOPPED : STATUS_OK;
}

/* Nobody reads what still waits: who sent it learns that. */
static void push_stop(tweet_source *self) {
    push_source *s = (push_source *)self;
    source_chunk *left[SOURCE_PUSH_CHUNKS_MAX];
    size_t count = 0;
    (void)pthread_mutex_lock(&s->lock);
    s->stops = true;
    while (s->count > 0) left[count++] = take(s);
    (void)pthread_cond_broadcast(&s->changed);
    (void)pthread_mutex_unlock(&s->lock);
    for (size_t i = 0; i < count; i++) source_chunk_free(left[i]); /* Tells the receipts. */
}

static void push_state(tweet_source *self, source_state *result) {
    push_source *s = (push_source *)self;
    memset(result, 0, sizeof *result);
    (void)pthread_mutex_lock(&s->lock);
    result->kind = "push";
    result->state = s->stops ? "ended" : "live";
    result->bytes_read = s->bytes_read;
    (void)snprintf(result->detail, sizeof result->detail, "%zu bodies of %zu bytes wait", s->count,
                   s->bytes);
    if (s->count == 0) result->detail[0] = '\0';
    (void)pthread_mutex_unlock(&s->lock);
}

static const char *push_file_name(tweet_source *self, uint32_t file) {
    (void)self, (void)file;
    return "push";
}

static void push_close(tweet_source *self) {
    push_source *s = (push_source *)self;
    push_stop(self);
    (void)pthread_cond_destroy(&s->changed);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

status source_push(tweet_source **result) {
    push_source *s = calloc(1, sizeof *s);
    *result = NULL;
    if (s == NULL) return STATUS_NO_MEMORY;
    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_cond_init(&s->changed, NULL);
    s->source = (tweet_source){.next = push_next,
                               .stop = push_stop,
                               .state = push_state,
                               .file_name = push_file_name,
                               .close = push_close};
    *result = &s->source;
    return STATUS_OK;
}

/* NULL: no memory; the buffer then has its bytes still. */
static source_chunk *chunk_of(buffer *bytes, source_receipt *receipt) {
    source_chunk *c = bytes->failed ? NULL : calloc(1, sizeof *c);
    if (c == NULL) return NULL;
    if (!buffer_reserve(bytes, SOURCE_PADDING_BYTES)) {
        free(c);
        return NULL;
    }
    memset(bytes->bytes + bytes->count, 0, SOURCE_PADDING_BYTES);
    *c = (source_chunk){.bytes = bytes->bytes,
                        .count = bytes->count,
                        .capacity = bytes->capacity - SOURCE_PADDING_BYTES,
                        .first_line = 1,
                        .input_bytes = bytes->count,
                        .origin = ORIGIN_PUSH,
                        .receipt = receipt};
    return c;
}

static status add(push_source *s, source_chunk *c) {
    if (s->stops) return STATUS_STOPPED;
    if (s->count == SOURCE_PUSH_CHUNKS_MAX) return STATUS_NOT_POSSIBLE;
    if (s->count > 0 && s->bytes + c->count > SOURCE_PUSH_BYTES_MAX) return STATUS_NOT_POSSIBLE;
    s->waiting[(s->first + s->count++) % SOURCE_PUSH_CHUNKS_MAX] = c;
    s->bytes += c->count;
    return STATUS_OK;
}

/* The lock is held. */
static source_push_room room_of(const push_source *s) {
    return (source_push_room){SOURCE_PUSH_CHUNKS_MAX - s->count,
                              s->bytes < SOURCE_PUSH_BYTES_MAX ? SOURCE_PUSH_BYTES_MAX - s->bytes
                                                               : 0};
}

status source_push_offer(tweet_source *self, buffer *bytes, source_receipt *receipt,
                         source_push_room *room) {
    push_source *s = (push_source *)self;
    source_chunk *c = chunk_of(bytes, receipt);
    if (c == NULL) return STATUS_NO_MEMORY;
    (void)pthread_mutex_lock(&s->lock);
    status added = add(s, c);
    /* Before it can be read: from then on the bytes are the reader's. */
    if (added == STATUS_OK) *bytes = (buffer){0};
    if (added == STATUS_NOT_POSSIBLE && room != NULL) *room = room_of(s);
    (void)pthread_cond_broadcast(&s->changed);
    (void)pthread_mutex_unlock(&s->lock);
    if (added != STATUS_OK) free(c);
    return added;
}
