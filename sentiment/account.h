/* SPDX-License-Identifier: MIT */
/* account -- what VADER did with each word of a text, kept for those who ask why. */
#ifndef DUNLIN_SENTIMENT_ACCOUNT_H
#define DUNLIN_SENTIMENT_ACCOUNT_H

#include "sentiment/sentiment.h"
#include "sentiment/vader.h"

typedef struct {
    vader_step *steps; /* One for each of result.count words. */
    double *valences;  /* The same words' valences after "but". */
    vader_result result;
} vader_account;

status vader_account_init(vader_account *a, const lexicon *words, text t);
void vader_account_deinit(vader_account *a);

/* "booster", "dampener", "negation", "but", or NULL for other words. */
const char *vader_role(const token *t);

/* sentiment_explain, its words alone, and sentiment_describe by VADER: in explain.c
 * and describe.c. */
void vader_write_words(const sentiment_model *m, text t, json_writer *w);
void vader_explain(const sentiment_model *m, text t, buffer *json);
void vader_describe(const sentiment_model *m, text t, buffer *out);

#endif
