/* SPDX-License-Identifier: MIT */
#include "pipeline/base/queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t has_item, has_room;
    size_t capacity, begin, count;
    bool closed;
    void *items[];
};

queue *queue_new(size_t capacity) {
    queue *q = calloc(1, sizeof(*q) + capacity * sizeof(q->items[0]));
    if (q == NULL) return NULL;
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&q->lock, NULL);
    (void)pthread_cond_init(&q->has_item, &monotonic);
    (void)pthread_cond_init(&q->has_room, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    q->capacity = capacity;
    return q;
}

void queue_free(queue *q) {
    if (q == NULL) return;
    (void)pthread_cond_destroy(&q->has_item);
    (void)pthread_cond_destroy(&q->has_room);
    (void)pthread_mutex_destroy(&q->lock);
    free(q);
}

bool queue_push(queue *q, void *item) {
    (void)pthread_mutex_lock(&q->lock);
    while (q->count == q->capacity && !q->closed) (void)pthread_cond_wait(&q->has_room, &q->lock);
    bool open = !q->closed;
    if (open) {
        q->items[(q->begin + q->count++) % q->capacity] = item;
        (void)pthread_cond_signal(&q->has_item);
    }
    (void)pthread_mutex_unlock(&q->lock);
    return open;
}

static struct timespec deadline_after(int64_t wait_ms) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    int64_t ns = t.tv_nsec + wait_ms % 1000 * 1000000;
    t.tv_sec += (time_t)(wait_ms / 1000 + ns / 1000000000);
    t.tv_nsec = (long)(ns % 1000000000);
    return t;
}

void *queue_take(queue *q, int64_t wait_ms) {
    void *item = NULL;
    struct timespec deadline = deadline_after(wait_ms < 0 ? 0 : wait_ms);
    (void)pthread_mutex_lock(&q->lock);
    while (q->count == 0 && !q->closed) {
        if (wait_ms < 0)
            (void)pthread_cond_wait(&q->has_item, &q->lock);
        else if (pthread_cond_timedwait(&q->has_item, &q->lock, &deadline) != 0)
            break;
    }
    if (q->count > 0) {
        item = q->items[q->begin];
        q->begin = (q->begin + 1) % q->capacity;
        q->count--;
        (void)pthread_cond_signal(&q->has_room);
    }
    (void)pthread_mutex_unlock(&q->lock);
    return item;
}

void queue_close(queue *q) {
    (void)pthread_mutex_lock(&q->lock);
    q->closed = true;
    (void)pthread_cond_broadcast(&q->has_item);
    (void)pthread_cond_broadcast(&q->has_room);
    (void)pthread_mutex_unlock(&q->lock);
}

size_t queue_count(queue *q) {
    (void)pthread_mutex_lock(&q->lock);
    size_t count = q->count;
    (void)pthread_mutex_unlock(&q->lock);
    return count;
}

bool queue_is_closed(queue *q) {
    (void)pthread_mutex_lock(&q->lock);
    bool closed = q->closed;
    (void)pthread_mutex_unlock(&q->lock);
    return closed;
}
