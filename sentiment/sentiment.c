/* SPDX-License-Identifier: MIT */
#include "sentiment/sentiment.h"

#include <stdlib.h>
#include <string.h>

#include "sentiment/describe.h"
#include "sentiment/entities.h"
#include "sentiment/language.h"
#include "sentiment/model.h"

const char *sentiment_label_text(sentiment_label l) {
    static const char *const names[] = {"unknown", "negative", "neutral", "positive"};
    return names[l];
}

static const sentiment_method *const methods[] = {&sentiment_by_vader, &sentiment_by_textblob};

status sentiment_model_new(const char *name, sentiment_model **result) {
    sentiment_model *m = calloc(1, sizeof *m);
    status s = m == NULL ? STATUS_NO_MEMORY : STATUS_BAD_FORMAT;
    for (size_t i = 0; m != NULL && i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(methods[i]->name, name) != 0) continue;
        m->method = methods[i];
        s = m->method->open(m);
    }
    if (s != STATUS_OK) {
        sentiment_model_free(m);
        m = NULL;
    }
    *result = m;
    return s;
}

status sentiment_model_builtin(sentiment_model **result) {
    return sentiment_model_new(sentiment_by_vader.name, result);
}

void sentiment_model_free(sentiment_model *m) {
    free(m);
}

const char *sentiment_model_name(const sentiment_model *m) {
    return m->method->name;
}

void sentiment_score(const sentiment_model *m, text t, sentiment *result) {
    m->method->score(m, t, result);
}

void sentiment_explain(const sentiment_model *m, text t, buffer *json) {
    m->method->explain(m, t, json);
}

void sentiment_describe(const sentiment_model *m, text t, buffer *out) {
    m->method->describe(m, t, out);
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

/* The text with its entities decoded, in `few` or in *many, which the caller frees. */
static text plain_of(text t, bool is_plain, char few[PLAIN_BYTES_MAX], char **many) {
    *many = NULL;
    if (is_plain || !entities_are_in(t)) return t;
    if (t.count <= PLAIN_BYTES_MAX) return entities_decode(t, few);
    *many = malloc(t.count);
    /* Without memory a text longer than any tweet is taken as it is. */
    return *many == NULL ? t : entities_decode(t, *many);
}

void sentiment_write_words(const sentiment_model *m, text tweet_text, bool is_plain,
                           json_writer *w) {
    char few[PLAIN_BYTES_MAX], *many;
    text plain = plain_of(tweet_text, is_plain, few, &many);
    json_begin_array(w);
    m->method->write_words(m, plain, w);
    json_end_array(w);
    free(many);
}

void sentiment_of_tweet(const sentiment_model *m, text tweet_text, bool is_plain, text tweet_lang,
                        text user_lang, tweet_sentiment *result) {
    char few[PLAIN_BYTES_MAX], *many;
    text plain = plain_of(tweet_text, is_plain, few, &many);
    bool is_known;
    sentiment s;
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
