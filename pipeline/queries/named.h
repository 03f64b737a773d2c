/* SPDX-License-Identifier: MIT */
/* named -- readers' side of mentions: which tweets have a hashtag, what a tweet has. */
#ifndef DUNLIN_PIPELINE_QUERIES_NAMED_H
#define DUNLIN_PIPELINE_QUERIES_NAMED_H

#include "pipeline/queries/moment.h"

/* Sets the bits of the tweets that have the (folded) hashtag.  False: no memory. */
bool named_tweets(const moment *m, text hashtag, uint64_t *tweet_bits);
/* Each live mention of a table, of tweets [begin, end), in no order; stops when `visit`
 * returns false, which is then returned. */
typedef bool (*named_visitor)(uint32_t tweet, uint32_t name, void *context);
bool named_each(const moment *m, const flow_scan *table, uint32_t begin, uint32_t end,
                named_visitor visit, void *context);

#endif
