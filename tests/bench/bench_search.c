/* SPDX-License-Identifier: MIT */
/* bench_search -- what a question of the query language costs over a million tweets, half of
 * them responses to a fiftieth.  One line a figure: name, value, unit, aim; medians. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pipeline/base/hash.h"
#include "pipeline/base/times.h"
#include "pipeline/engine.h"
#include "pipeline/gen/words.h"
#include "pipeline/queries/answers.h"

enum { TWEETS = 1000000, ORIGINALS = 20000, PEOPLE = 50000, EPOCH = 16384, RUNS = 15 };
#define BEGIN_MS (INT64_C(25000000) * MS_PER_MINUTE)

static void must(status s, const char *what) {
    if (s == STATUS_OK) return;
    (void)fprintf(stderr, "bench_search: %s: %s\n", what, status_text(s));
    exit(1);
}

/* Of this process, so that others on the machine do not count. */
static double seconds(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Half are in English; of all languages some are beyond ASCII, and so are emoji. */
static void add_tweet(engine *e, uint64_t i, buffer *words) {
    uint64_t bits = hash_mix(i);
    bool is_response = i >= ORIGINALS && i % 2 == 1;
    gen_lang lang = bits % 2 == 0 ? LANG_EN : (gen_lang)(bits / 2 % LANG_COUNT);
    words->count = 0;
    words_add_original(words, lang, bits / 64);
    record r = {.kind = RECORD_TWEET, .observed_ms = BEGIN_MS + (int64_t)(i * 100)};
    r.fields = TWEET_AUTHOR | TWEET_CREATED | TWEET_TEXT | TWEET_LANG | TWEET_REPLY_TO;
    r.tweet = (tweet_record){.id = 1 + i,
                             .author_id = 1 + bits / 8 % PEOPLE,
                             .created_ms = r.observed_ms,
                             .text = buffer_text(words),
                             .lang = text_of(lang_code(lang)),
                             .reply_to = is_response ? 1 + bits / 16 % ORIGINALS : 0,
                             .heard = true};
    must(engine_apply(e, &r), "tweet");
}

static engine *filled(const sentiment_model *model) {
    engine *e;
    buffer words = {0};
    engine_options o = {.model = model, .cleaning = {80, 5, 1000, false}};
    must(engine_new(&o, &e, NULL), "engine");
    for (uint64_t i = 0; i < TWEETS; i++) {
        add_tweet(e, i, &words);
        if (i % EPOCH == 0) must(engine_commit(e), "commit");
    }
    must(engine_commit(e), "commit");
    buffer_deinit(&words);
    return e;
}

static int by_value(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void measure(engine *e, const char *figure, const query_params *p, const char *aim,
                    status (*answer)(const moment *m, const query_params *p, json_writer *w)) {
    double ms[RUNS];
    buffer out = {0};
    for (size_t i = 0; i < RUNS; i++) {
        out.count = 0;
        json_writer w = json_to(&out);
        double begin = seconds();
        json_begin_object(&w);
        must(answer(engine_present(e), p, &w), figure);
        json_end_object(&w);
        ms[i] = (seconds() - begin) * 1e3;
    }
    qsort(ms, RUNS, sizeof ms[0], by_value);
    (void)printf("%-24s %-44s %10.2f %-6s aim %s\n", "search", figure, ms[RUNS / 2], "ms", aim);
    buffer_deinit(&out);
}

int main(void) {
    sentiment_model *model;
    must(sentiment_model_builtin(&model), "sentiment");
    engine *e = filled(model);
    query_params p = {.limit = 10, .sort = "responses", .filter = {.wanted = TEXT("spelling")}};
    measure(e, "q=word, by responses", &p, "150", search_answer);
    p.sort = "newest";
    measure(e, "q=word, newest", &p, "150", search_answer);
    p.filter.wanted = TEXT("nobodysaysthis");
    measure(e, "q=a word in no text: each is looked at", &p, "150", search_answer);
    p.filter.wanted = TEXT("caf\xC3\xA9");
    measure(e, "q=another, which is folded", &p, "150", search_answer);
    p.filter.wanted = TEXT("\xE6\x9C\x80\xE9\xAB\x98");
    measure(e, "q=a word beyond ASCII", &p, "150", search_answer);
    p.filter.wanted = TEXT("lang:en sentiment:>0.2 -spelling");
    measure(e, "q=language, mood, no word; by row", &p, "150", search_answer);
    p.filter.wanted = TEXT("spelling");
    p.sort = NULL;
    measure(e, "tweets/top?q=word, 500,000 responses", &p, "150", tweets_top);
    measure(e, "timeline?q=word", &p, "150", timeline_answer);
    p.filter.wanted = TEXT("");
    p.sides[0] = TEXT("sentiment:positive");
    p.sides[1] = TEXT("sentiment:negative");
    measure(e, "compare, two sides by mood", &p, "150", compare_answer);
    engine_free(e);
    sentiment_model_free(model);
    return 0;
}
