/* SPDX-License-Identifier: MIT */
#include "sentiment/account.h"
#include "sentiment/model.h"

/* Embedded by data/data.mk. */
extern const char sentiment_data[];
extern const uint64_t sentiment_data_count;

static status open_lexicon(sentiment_model *m) {
    return lexicon_open(&m->words, sentiment_data, sentiment_data_count);
}

static sentiment_label label_of(int32_t score_e6) {
    if (score_e6 >= 50000) return SENTIMENT_POSITIVE;
    return score_e6 <= -50000 ? SENTIMENT_NEGATIVE : SENTIMENT_NEUTRAL;
}

static int32_t e6_of(double compound) {
    double scaled = compound * 1e4;
    return (int32_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5) * 100;
}

static void score(const sentiment_model *m, text t, sentiment *result) {
    vader_result r;
    vader_score(&m->words, t, &r);
    result->score = r.compound;
    result->positive = r.positive;
    result->neutral = r.neutral;
    result->negative = r.negative;
    result->score_e6 = e6_of(r.compound);
    result->label = label_of(result->score_e6);
}

const sentiment_method sentiment_by_vader = {
    .name = "vader",
    .has_shares = true,
    .open = open_lexicon,
    .score = score,
    .explain = vader_explain,
    .write_words = vader_write_words,
    .describe = vader_describe,
};
