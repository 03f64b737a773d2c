/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_BASE_QUEUE_H
#define DUNLIN_PIPELINE_BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A bounded queue of pointers between threads: many may push, many may take.  A
 * full queue makes the pusher wait, which is how the engine holds back the
 * reader.  Order is kept. */
typedef struct queue queue;

queue *queue_new(size_t capacity);
void queue_free(queue *q); /* NULL is allowed; what is still in it is the caller's to end. */
/* Waits for room.  False once the queue is closed; the item stays the caller's. */
bool queue_push(queue *q, void *item);
/* Waits for an item until `wait_ms` have passed (negative: for ever).  NULL when
 * none came, or when the queue is closed and empty. */
void *queue_take(queue *q, int64_t wait_ms);
/* No more pushes; takers get what is left, then NULL. */
void queue_close(queue *q);
size_t queue_count(queue *q);
bool queue_is_closed(queue *q);

#endif
