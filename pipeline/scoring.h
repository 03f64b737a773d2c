/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_SCORING_H
#define DUNLIN_PIPELINE_SCORING_H

#include "pipeline/decode/record.h"
#include "sentiment/sentiment.h"

/* Scores the tweets of decoded batches, on the decode workers' threads.  A text that
 * was scored lately (the original inside each of its retweets) is looked up.  One a
 * thread; about 3 MB. */
typedef struct scoring scoring;
scoring *scoring_new(const sentiment_model *m, uint64_t hash_seed); /* NULL: no memory. */
void scoring_free(scoring *s);                                      /* NULL is allowed. */
/* Fills score, language and the author's language of the batch's tweets. */
void scoring_run(scoring *s, record_batch *b);

#endif
