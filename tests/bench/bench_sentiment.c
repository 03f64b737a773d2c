/* SPDX-License-Identifier: MIT */
/* Texts a second on one core: the median of seven runs over SemEval 2016's 20,632
 * tweets where they are at hand, else over the tests' own cases. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sentiment/json_string.h"
#include "sentiment/sentiment.h"
#include "tests/support/shared_data.h"
#include "tests/support/text_lines.h"

#define RUNS            7
#define TEXTS_A_RUN_MIN 20000

typedef void work(const sentiment_model *m, text t);
static volatile int64_t sink; /* So that no work is left out. */

static void score(const sentiment_model *m, text t) {
    sentiment s;
    sentiment_score(m, t, &s);
    sink += s.score_e6;
}

static void score_told_tweet(const sentiment_model *m, text t) {
    tweet_sentiment s;
    sentiment_of_tweet(m, t, false, TEXT("en"), TEXT("en"), &s);
    sink += s.score_e6;
}

static void score_untold_tweet(const sentiment_model *m, text t) {
    tweet_sentiment s;
    sentiment_of_tweet(m, t, false, TEXT(""), TEXT(""), &s);
    sink += s.score_e6;
}

static void guess(const sentiment_model *m, text t) {
    text lang;
    (void)m;
    sink += language_guess(t, &lang);
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of this process alone: what else the machine does shall not count. */
static double seconds_now(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void bench(const sentiment_model *m, const text_lines *texts, const char *name, work *f) {
    double rates[RUNS];
    for (size_t run = 0; run < RUNS; run++) {
        size_t done = 0;
        double begin = seconds_now();
        for (; done < TEXTS_A_RUN_MIN; done += texts->count)
            for (size_t i = 0; i < texts->count; i++) f(m, texts->lines[i]);
        rates[run] = (double)done / (seconds_now() - begin);
    }
    qsort(rates, RUNS, sizeof *rates, compare);
    (void)printf("%s: %.0f texts/s a core (median of %d; %.2f us a text)\n", name, rates[RUNS / 2],
                 RUNS, 1e6 / rates[RUNS / 2]);
}

/* Keeps the tweets' texts, or the texts of the cases' second lines. */
static bool load(text_lines *texts) {
    char path[SHARED_DATA_PATH_BYTES];
    bool is_set = shared_data("sentiment/semeval-2016test.tsv", path) != NULL;
    if (!text_lines_load(texts, is_set ? path : "tests/cases/sentiment-strange.case")) return false;
    size_t kept = 0;
    for (size_t i = 0; i < texts->count; i++) {
        text t = is_set ? text_field(texts->lines[i], 2) : texts->lines[i];
        if (!is_set) {
            char *bytes = texts->bytes + (t.bytes - texts->bytes);
            if (!json_string_decode(bytes, t.count, &t)) continue;
        }
        texts->lines[kept++] = t;
    }
    texts->count = kept;
    return kept > 0;
}

int main(void) {
    sentiment_model *vader, *textblob;
    text_lines texts;
    size_t bytes = 0;
    if (sentiment_model_new("vader", &vader) != STATUS_OK ||
        sentiment_model_new("textblob", &textblob) != STATUS_OK || !load(&texts))
        return 1;
    for (size_t i = 0; i < texts.count; i++) bytes += texts.lines[i].count;
    (void)printf("sentiment: %zu texts, %.0f bytes each in the mean; aim 250,000 texts/s a core\n",
                 texts.count, (double)bytes / (double)texts.count);
    bench(vader, &texts, "sentiment, score", score);
    bench(vader, &texts, "sentiment, tweet with its language", score_told_tweet);
    bench(vader, &texts, "sentiment, tweet whose language is guessed", score_untold_tweet);
    bench(vader, &texts, "sentiment, guess of the language alone", guess);
    bench(textblob, &texts, "sentiment, score by TextBlob's rules", score);
    bench(textblob, &texts, "sentiment, tweet with its language by TextBlob's rules",
          score_told_tweet);
    text_lines_unload(&texts);
    sentiment_model_free(vader);
    sentiment_model_free(textblob);
    return 0;
}
