/* SPDX-License-Identifier: MIT */
/* source_push -- what others hand over while the program runs.
 *
 * Threads offer bodies, the reader takes them as chunks.  What waits is bounded: a body
 * that finds no room is refused at once, so that who sent it tries again later, and
 * nothing here grows. */
#ifndef DUNLIN_PIPELINE_SOURCES_SOURCE_PUSH_H
#define DUNLIN_PIPELINE_SOURCES_SOURCE_PUSH_H

#include "pipeline/base/buffer.h"
#include "pipeline/sources/source.h"

/* One body always finds room where nothing waits, whatever its size. */
enum { SOURCE_PUSH_CHUNKS_MAX = 16, SOURCE_PUSH_BYTES_MAX = 32 * 1024 * 1024 };

/* A source of kind "push", which ends by stop alone. */
status source_push(tweet_source **result);

/* What a refused body found. */
typedef struct {
    size_t bodies, bytes; /* How much more could have waited. */
} source_push_room;

/* Whole items, JSON Lines.  OK: the bytes have been taken out of the buffer, and the
 * receipt (NULL: nobody waits) is told what became of them: by the pipeline, or STOPPED
 * by who stops the source while they wait.  Else buffer and receipt are as they were:
 * NOT_POSSIBLE: no room now, *room (NULL: never mind) says how little; STOPPED: never again;
 * NO_MEMORY.  Any thread. */
status source_push_offer(tweet_source *self, buffer *bytes, source_receipt *receipt,
                         source_push_room *room);

#endif
