/* SPDX-License-Identifier: MIT */
/* sentiment -- text to score and label.  A library on its own. */
#ifndef DUNLIN_SENTIMENT_SENTIMENT_H
#define DUNLIN_SENTIMENT_SENTIMENT_H

#include "pipeline/base/json.h"
#include "pipeline/base/status.h"

typedef enum {
    SENTIMENT_UNKNOWN, /* No model for the language: never counted as neutral. */
    SENTIMENT_NEGATIVE,
    SENTIMENT_NEUTRAL,
    SENTIMENT_POSITIVE,
} sentiment_label;
const char *sentiment_label_text(sentiment_label l); /* "unknown", "negative", ... */

typedef struct {
    int32_t score_e6; /* In 1e-6, from -1,000,000 to 1,000,000. */
    double score; /* The original's number: VADER's compound, 4 decimals; TextBlob's polarity. */
    double positive, neutral, negative; /* VADER's shares, 3 decimals; 0 by TextBlob. */
    /* By score_e6 alone: of VADER from .05 on positive, down to -.05 negative; of
     * TextBlob all above 0 and below. */
    sentiment_label label;
} sentiment;

typedef struct sentiment_model sentiment_model;
/* The model of that name, "vader" or "textblob", whose data are built in;
 * STATUS_BAD_FORMAT for any other name. */
status sentiment_model_new(const char *name, sentiment_model **result);
status sentiment_model_builtin(sentiment_model **result); /* "vader". */
void sentiment_model_free(sentiment_model *m);            /* NULL is allowed. */
const char *sentiment_model_name(const sentiment_model *m);

/* Scores a text by the model's rules, whatever its language, taken as it is.  Any
 * number of threads; no allocation. */
void sentiment_score(const sentiment_model *m, text t, sentiment *result);
/* What each word did, as one JSON object: the model, tokens with their lexicon value
 * and what became of it, and the score.  Of VADER also boosters, negations, caps,
 * "but", punctuation, and the sum; of TextBlob the assessments whose mean it is. */
void sentiment_explain(const sentiment_model *m, text t, buffer *json);

/* True when the model knows the language ("en", "en-gb", ...). */
bool sentiment_knows(const sentiment_model *m, text lang);

/* The language of a text from script and words (CLD2), as a BCP 47 code of 2 to 8
 * bytes in *lang (static memory); false when it cannot be told: only answers that CLD2
 * calls reliable count.  Any number of threads.  About 4 us a tweet, three times the
 * score. */
bool language_guess(text t, text *lang);

/* What the pipeline uses: the tweet's language, else its user's, else a guess; entities
 * decoded once unless is_plain; then scored, or unknown where there is no model.
 *
 * "", und, zxx and q.. (Twitter's qme, qht, ...) tell no language: the next one is
 * asked.  Where the guess cannot tell either ("so good!!", a lone emoji or link),
 * `lang` is "und" and the text is taken for English unless half of its letters, or
 * more, are not Latin: English is most of what is too short to tell. */
typedef struct {
    int32_t score_e6;
    sentiment_label label;
    text lang; /* Borrowed from the arguments or static. */
    bool lang_is_guessed;
} tweet_sentiment;
void sentiment_of_tweet(const sentiment_model *m, text tweet_text, bool is_plain, text tweet_lang,
                        text user_lang, tweet_sentiment *result);

/* The words of a tweet's text that have a say in its score, in their order, as an array
 * of {"word","valence","role"}: valence is what the word counts after all rules (VADER:
 * about -4 to 4, added up; TextBlob: -1 to 1, the mean is taken) or null for a word that
 * only changes others, role what it is besides a rated word ("negation", ...), left out
 * where there is none.  A lack of memory sets failed of the writer's buffer. */
void sentiment_write_words(const sentiment_model *m, text tweet_text, bool is_plain,
                           json_writer *w);

#endif
