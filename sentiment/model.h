/* SPDX-License-Identifier: MIT */
/* Inside of a sentiment_model, for the files of this folder only. */
#ifndef DUNLIN_SENTIMENT_MODEL_H
#define DUNLIN_SENTIMENT_MODEL_H

#include "sentiment/lexicon.h"
#include "sentiment/sentiment.h"

struct sentiment_model {
    lexicon words;
};

sentiment_label sentiment_label_of(int32_t score_e6);

/* For a text whose language nobody has told: whether the model may judge it, and the
 * guessed language in *lang (static memory).  Where CLD2 cannot tell ("so good!!"),
 * *lang is "und" and the text is taken for the model's own unless half of its letters
 * are of another script: short English texts would be lost otherwise. */
bool sentiment_judges(const sentiment_model *m, text t, text *lang);

/* A bare text: its score as it is, its language guessed, SENTIMENT_UNKNOWN where the
 * model may not judge it. */
void sentiment_of_text(const sentiment_model *m, text t, sentiment *result, text *lang);

#endif
