/* SPDX-License-Identifier: MIT */
/* source_many -- several sources as one: recorded files and live streams at once.
 *
 * Each is read by a thread of its own, which is held back while a few of its chunks wait;
 * `next` takes from them in turn, so a replay at full speed does not hold up a stream. */
#ifndef DUNLIN_PIPELINE_SOURCES_SOURCE_MANY_H
#define DUNLIN_PIPELINE_SOURCES_SOURCE_MANY_H

#include "pipeline/sources/source.h"

/* `parts` become the result's, which closes them; they stay the caller's when it fails.
 * Threads start at the first `next`.
 *
 * Files are numbered anew, in the order in which their first chunk comes; origins and
 * receipts pass through.  It has ended when all have: with END if one came to its end, else
 * with the status of the first that failed; before that a failed one is only a state.  After
 * `stop` what waits is still given out, then STOPPED.  Receipts of chunks that nobody took
 * are told STOPPED by the thread that closes.
 *
 * Orders go to the first of the parts that takes some.  `state` adds up: it is the state of
 * the liveliest, lacks what all lack, and names in its detail the first that does not go on. */
status source_many_open(tweet_source *const *parts, size_t count, tweet_source **result);

#endif
