/* SPDX-License-Identifier: MIT */
#include "sentiment/sentiment.h"

#include <stdlib.h>

#include "sentiment/entities.h"
#include "sentiment/language.h"
#include "sentiment/model.h"
#include "sentiment/vader.h"

/* Embedded by data/data.mk. */
extern const char sentiment_data[];
extern const uint64_t sentiment_data_count;

const char *sentiment_label_text(sentiment_label l) {
    static const char *const names[] = {"unknown", "negative", "neutral", "positive"};
    return names[l];
}

status sentiment_model_builtin(sentiment_model **result) {
    sentiment_model *m = malloc(sizeof *m);
    status s = m == NULL ? STATUS_NO_MEMORY
                         : lexicon_open(&m->words, sentiment_data, sentiment_data_count);
    if (s != STATUS_OK) {
        sentiment_model_free(m);
        m = NULL;
    }
    *result = m;
    return s;
}

void sentiment_model_free(sentiment_model *m) {
    free(m);
}

sentiment_label sentiment_label_of(int32_t score_e6) {
    if (score_e6 >= 50000) return SENTIMENT_POSITIVE;
    return score_e6 <= -50000 ? SENTIMENT_NEGATIVE : SENTIMENT_NEUTRAL;
}

static int32_t e6_of(double compound) {
    double scaled = compound * 1e4;
    return (int32_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5) * 100;
}

void sentiment_score(const sentiment_model *m, text t, sentiment *result) {
    vader_result r;
    vader_score(&m->words, t, &r);
    result->score = r.compound;
    result->positive = r.positive;
    result->neutral = r.neutral;
    result->negative = r.negative;
    result->score_e6 = e6_of(r.compound);
    result->label = sentiment_label_of(result->score_e6);
}

bool sentiment_knows(const sentiment_model *m, text lang) {
    (void)m;
    return lang.count >= 2 && (lang.bytes[0] | 0x20) == 'e' && (lang.bytes[1] | 0x20) == 'n' &&
           (lang.count == 2 || lang.bytes[2] == '-' || lang.bytes[2] == '_');
}

bool sentiment_judges(const sentiment_model *m, text t, text *lang) {
    if (language_guess(t, lang)) return sentiment_knows(m, *lang);
    *lang = TEXT("und");
    return !language_is_foreign_script(t);
}

void sentiment_of_text(const sentiment_model *m, text t, sentiment *result, text *lang) {
    sentiment_score(m, t, result);
    if (!sentiment_judges(m, t, lang)) result->label = SENTIMENT_UNKNOWN;
}

#define PLAIN_BYTES_MAX 4096

void sentiment_of_tweet(const sentiment_model *m, text tweet_text, bool is_plain, text tweet_lang,
                        text user_lang, tweet_sentiment *result) {
    char few[PLAIN_BYTES_MAX], *many = NULL;
    text plain = tweet_text;
    bool is_known;
    sentiment s;
    if (!is_plain && entities_are_in(tweet_text)) {
        /* Without memory a text longer than any tweet is taken as it is. */
        if (tweet_text.count > sizeof few) many = malloc(tweet_text.count);
        if (tweet_text.count <= sizeof few || many != NULL)
            plain = entities_decode(tweet_text, many != NULL ? many : few);
    }
    result->lang = language_is_told(tweet_lang) ? tweet_lang : user_lang;
    result->lang_is_guessed = !language_is_told(result->lang);
    if (result->lang_is_guessed)
        is_known = sentiment_judges(m, plain, &result->lang);
    else
        is_known = sentiment_knows(m, result->lang);
    result->score_e6 = 0;
    result->label = SENTIMENT_UNKNOWN;
    if (is_known) {
        sentiment_score(m, plain, &s);
        result->score_e6 = s.score_e6;
        result->label = s.label;
    }
    free(many);
}
