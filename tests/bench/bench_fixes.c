/* SPDX-License-Identifier: MIT */
/* bench_fixes -- what a rule over a hundred thousand tweets costs, beside as many changes
 * that came as lines.  One line a figure: name, value, unit, aim. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pipeline/base/times.h"
#include "pipeline/engine.h"
#include "pipeline/queries/fixes.h"

enum { TWEETS = 200000, ORIGINALS = 2000, PEOPLE = 20000, EPOCH = 16384 };
#define BEGIN_MS (INT64_C(25000000) * MS_PER_MINUTE)

static sentiment_model *model;

static void must(status s, const char *what) {
    if (s == STATUS_OK) return;
    (void)fprintf(stderr, "bench_fixes: %s: %s\n", what, status_text(s));
    exit(1);
}

/* Of this process, so that others on the machine do not count. */
static double seconds(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void say(const char *figure, double value, const char *unit, const char *aim) {
    (void)printf("%-24s %-36s %12.3f %-12s aim %s\n", "fixes", figure, value, unit, aim);
}

/* Every other one was pushed, with its counts in thousands and its time an hour off. */
static record tweet(uint64_t i, bool is_correction) {
    bool is_pushed = i % 2 == 1, is_wrong = is_pushed && !is_correction;
    record r = {.kind = RECORD_TWEET,
                .origin = is_pushed ? ORIGIN_PUSH : ORIGIN_X,
                .fields = TWEET_AUTHOR | TWEET_CREATED | TWEET_TEXT | TWEET_LANG | TWEET_REPLY_TO |
                          TWEET_FOLLOWERS | TWEET_TWEETS,
                .observed_ms = BEGIN_MS + (int64_t)(i * 18)};
    r.tweet = (tweet_record){.id = 1 + i,
                             .author_id = 1 + i * 7919 % PEOPLE,
                             .created_ms = r.observed_ms - (is_wrong ? 60 * MS_PER_MINUTE : 0),
                             .text = TEXT("so good to see them all turn as one"),
                             .lang = TEXT("en"),
                             .reply_to = i < ORIGINALS ? 0 : 1 + i * 31 % ORIGINALS,
                             .followers = (1 + i % 900) * (is_wrong ? 1 : 1000),
                             .tweets = 100,
                             .heard = true};
    if (!is_correction) return r;
    r.version = 1;
    r.fields = TWEET_CREATED | TWEET_FOLLOWERS;
    return r;
}

static engine *filled(void) {
    engine *e;
    engine_options o = {.model = model, .cleaning = {80, 5, 1000, false}, .readers = true};
    must(engine_new(&o, &e, NULL), "engine");
    for (uint64_t i = 0; i < TWEETS; i++) {
        record r = tweet(i, false);
        must(engine_apply(e, &r), "tweet");
        if (i % EPOCH == 0) must(engine_commit(e), "commit");
    }
    must(engine_commit(e), "commit");
    return e;
}

/* A hundred thousand lines, in one epoch, as a rule is. */
static double by_lines(void) {
    engine *e = filled();
    double begin = seconds();
    for (uint64_t i = 1; i < TWEETS; i += 2) {
        record r = tweet(i, true);
        must(engine_apply(e, &r), "correction");
    }
    must(engine_commit(e), "commit");
    double took = seconds() - begin;
    engine_free(e);
    return took;
}

static void by_rule(double lines) {
    engine *e = filled();
    rule *r;
    fix_preview seen;
    record made = {.kind = RECORD_FIX, .version = 1, .observed_ms = BEGIN_MS + MS_PER_DAY};
    made.fix.number = 1;
    made.fix.now_ms = made.observed_ms;
    made.fix.where = TEXT("source:push and created_at>=-2d");
    made.fix.set = TEXT("followers*=1000, created_at+=1h");
    const rule_times times = {made.fix.now_ms, made.fix.now_ms};
    double begin = seconds();
    must(rule_read(made.fix.where, made.fix.set, &times, &r, NULL), "rule");
    must(fixes_preview(engine_facts(e), r, &seen, NULL), "look");
    say("a look at 200,000 tweets", (seconds() - begin) * 1e3, "ms", "100");
    rule_free(r);
    begin = seconds();
    must(engine_apply(e, &made), "fix");
    must(engine_commit(e), "commit");
    double took = seconds() - begin, changed = (double)seen.effect.tweets;
    say("100,000 changes by a rule", took * 1e3, "ms", "as by lines");
    say("100,000 changes by lines", lines * 1e3, "ms", "-");
    say("changes a second by a rule", changed / took, "1/s", "as by lines");
    record undo = {.kind = RECORD_UNDO_FIX};
    undo.fix.number = 1;
    begin = seconds();
    must(engine_apply(e, &undo), "undo");
    must(engine_commit(e), "commit");
    say("taken back", (seconds() - begin) * 1e3, "ms", "as by lines");
    engine_free(e);
}

int main(void) {
    must(sentiment_model_builtin(&model), "sentiment");
    by_rule(by_lines());
    sentiment_model_free(model);
    return 0;
}
