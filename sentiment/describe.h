/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_SENTIMENT_DESCRIBE_H
#define DUNLIN_SENTIMENT_DESCRIBE_H

#include "sentiment/sentiment.h"

/* sentiment_explain for a person at a terminal: a table with a line for each word,
 * then the sum.  Control characters of the text are shown, not sent. */
void sentiment_describe(const sentiment_model *m, text t, buffer *out);

#endif
