/* SPDX-License-Identifier: MIT */
#include "server/rest/cache.h"

#include "pipeline/base/hash.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* One place a hash: a question pushes out another that has the same. */
typedef struct {
    uint64_t epoch;
    char *question;
    size_t question_bytes;
    shared_bytes *answer; /* NULL: the place is free. */
} entry;

struct cache {
    pthread_mutex_t lock;
    size_t count, bytes, bytes_max;
    entry entries[];
};

static void forget(cache *c, entry *e) {
    if (e->answer != NULL) c->bytes -= shared_bytes_text(e->answer).count;
    shared_bytes_release(e->answer);
    free(e->question);
    *e = (entry){0};
}

cache *cache_new(size_t entries, size_t bytes_max) {
    cache *c = calloc(1, sizeof *c + entries * sizeof(entry));
    if (c == NULL) return NULL;
    c->count = entries;
    c->bytes_max = bytes_max;
    (void)pthread_mutex_init(&c->lock, NULL);
    return c;
}

void cache_free(cache *c) {
    if (c == NULL) return;
    for (size_t i = 0; i < c->count; i++) forget(c, &c->entries[i]);
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
}

static entry *place_of(cache *c, text question) {
    return &c->entries[hash_bytes(question.bytes, question.count, 0) % c->count];
}

shared_bytes *cache_find(cache *c, uint64_t epoch, text question) {
    shared_bytes *found = NULL;
    (void)pthread_mutex_lock(&c->lock);
    const entry *e = place_of(c, question);
    if (e->answer != NULL && e->epoch == epoch &&
        text_equal((text){e->question, e->question_bytes}, question))
        found = shared_bytes_keep(e->answer);
    (void)pthread_mutex_unlock(&c->lock);
    return found;
}

void cache_put(cache *c, uint64_t epoch, text question, shared_bytes *answer) {
    size_t bytes = shared_bytes_text(answer).count;
    char *copy = malloc(question.count + 1);
    if (copy == NULL) return;
    memcpy(copy, question.bytes, question.count);
    (void)pthread_mutex_lock(&c->lock);
    entry *e = place_of(c, question);
    forget(c, e);
    /* What is of an older epoch is of no use: it goes first. */
    for (size_t i = 0; i < c->count && c->bytes + bytes > c->bytes_max; i++)
        if (c->entries[i].answer != NULL && c->entries[i].epoch < epoch) forget(c, &c->entries[i]);
    if (c->bytes + bytes <= c->bytes_max) {
        *e = (entry){epoch, copy, question.count, shared_bytes_keep(answer)};
        c->bytes += bytes;
        copy = NULL;
    }
    (void)pthread_mutex_unlock(&c->lock);
    free(copy);
}
