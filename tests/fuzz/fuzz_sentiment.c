/* SPDX-License-Identifier: MIT */
/* Any bytes, as a text, as entities, as a JSON string and as lines of a pipe.
 * covers: sentiment */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sentiment/describe.h"
#include "sentiment/entities.h"
#include "sentiment/pipe.h"

static sentiment_model *models[2], *model;

static void check_score(text t) {
    sentiment s;
    tweet_sentiment of_tweet;
    sentiment_score(model, t, &s);
    assert(s.score >= -1 && s.score <= 1 && lround(s.score * 1e6) == s.score_e6);
    assert(model != models[0] || s.score_e6 % 100 == 0);
    assert(s.label != SENTIMENT_UNKNOWN);
    double shares = s.positive + s.neutral + s.negative;
    assert(shares == 0 || fabs(shares - 1) < 0.0016);
    sentiment_of_tweet(model, t, false, (text){NULL, 0}, (text){NULL, 0}, &of_tweet);
    assert(of_tweet.lang_is_guessed && of_tweet.lang.count >= 2);
    sentiment_of_tweet(model, t, true, TEXT("en"), (text){NULL, 0}, &of_tweet);
    assert(of_tweet.score_e6 == s.score_e6 && of_tweet.label == s.label);
}

static void check_words(text t) {
    buffer b = {0};
    sentiment_explain(model, t, &b);
    assert(b.failed || (utf8_valid(buffer_text(&b)) && memchr(b.bytes, '\n', b.count) == NULL));
    buffer_clear(&b);
    sentiment_describe(model, t, &b);
    assert(b.failed || memchr(b.bytes, '\x1B', b.count) == NULL);
    buffer_clear(&b);
    json_writer w = json_to(&b);
    sentiment_write_words(model, t, false, &w);
    assert(b.failed || (utf8_valid(buffer_text(&b)) && b.bytes[b.count - 1] == ']'));
    buffer_deinit(&b);
}

static void check_pipe(text t, bool json_strings) {
    char *result = NULL;
    size_t count = 0, lines = 0, answers = 0;
    FILE *in = fmemopen((void *)(uintptr_t)t.bytes, t.count, "r");
    FILE *out = open_memstream(&result, &count);
    assert(in != NULL && out != NULL);
    status s = sentiment_pipe(model, json_strings, in, out, t.count % 2);
    assert(s == STATUS_OK || (json_strings && s == STATUS_BAD_FORMAT));
    (void)fclose(in);
    (void)fclose(out);
    for (size_t i = 0; i < t.count; i++) lines += t.bytes[i] == '\n';
    for (size_t i = 0; i < count; i++) answers += result[i] == '\n';
    assert(answers == lines + (t.bytes[t.count - 1] != '\n'));
    free(result);
}

/* Many ratings and a "but" take another way through contrast.c than few. */
static void check_many(text t) {
    enum { TIMES = 300 };
    sentiment s;
    if (t.count > 64 || t.count % 16 != 0) return; /* Slow: now and then. */
    char *many = malloc(TIMES * (t.count + 1));
    assert(many != NULL);
    for (size_t i = 0; i < TIMES; i++) {
        memcpy(many + i * (t.count + 1), t.bytes, t.count);
        many[i * (t.count + 1) + t.count] = ' ';
    }
    sentiment_score(model, (text){many, TIMES * (t.count + 1)}, &s);
    assert(s.score >= -1 && s.score <= 1);
    free(many);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    text t = {(const char *)data, size};
    static const char *const names[] = {"vader", "textblob"};
    for (size_t i = 0; i < 2; i++) {
        if (models[i] == NULL && sentiment_model_new(names[i], &models[i]) != STATUS_OK) abort();
        model = models[i];
        check_score(t);
        check_words(t);
        if (size == 0) continue;
        check_pipe(t, false);
        check_pipe(t, true);
        check_many(t);
    }
    return 0;
}
