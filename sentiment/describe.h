/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_SENTIMENT_DESCRIBE_H
#define DUNLIN_SENTIMENT_DESCRIBE_H

#include "sentiment/sentiment.h"

/* sentiment_explain for a person at a terminal: a table with a line for each word,
 * then the sum.  Control characters of the text are shown, not sent. */
void sentiment_describe(const sentiment_model *m, text t, buffer *out);

/* ---- For those who write such a table ---- */

#define DESCRIBE_COLUMNS 24

/* The word in two pieces, escaped, cut to DESCRIBE_COLUMNS and filled if something
 * follows it. */
void describe_word(buffer *out, text head, text tail, bool is_filled);
/* The rest of the first line: the language, and that no model knows it. */
void describe_language(buffer *out, text lang, sentiment_label label);

#endif
