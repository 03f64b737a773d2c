/* SPDX-License-Identifier: MIT */
/* Inside of a sentiment_model, for the files of this folder only. */
#ifndef DUNLIN_SENTIMENT_MODEL_H
#define DUNLIN_SENTIMENT_MODEL_H

#include "pipeline/base/json.h"
#include "sentiment/lexicon.h"
#include "sentiment/sentiment.h"
#include "sentiment/textblob_table.h"

/* How texts are scored.  All take a text as it is and judge it by its score alone. */
typedef struct {
    const char *name;
    bool has_shares; /* Fills in positive, neutral and negative. */
    status (*open)(sentiment_model *m);
    void (*score)(const sentiment_model *m, text t, sentiment *result);
    void (*explain)(const sentiment_model *m, text t, buffer *json);
    void (*write_words)(const sentiment_model *m, text t, json_writer *w); /* An array's members. */
    void (*describe)(const sentiment_model *m, text t, buffer *out);
} sentiment_method;

extern const sentiment_method sentiment_by_vader, sentiment_by_textblob;

struct sentiment_model {
    const sentiment_method *method;
    lexicon words;             /* VADER's. */
    textblob_table polarities; /* TextBlob's. */
};

/* For a text whose language nobody has told: whether the model may judge it, and the
 * guessed language in *lang (static memory).  Where CLD2 cannot tell ("so good!!"),
 * *lang is "und" and the text is taken for the model's own unless half of its letters
 * are of another script: short English texts would be lost otherwise. */
bool sentiment_judges(const sentiment_model *m, text t, text *lang);

/* A bare text: its score as it is, its language guessed, SENTIMENT_UNKNOWN where the
 * model may not judge it. */
void sentiment_of_text(const sentiment_model *m, text t, sentiment *result, text *lang);

#endif
