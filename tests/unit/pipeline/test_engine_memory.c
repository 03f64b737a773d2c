/* SPDX-License-Identifier: MIT */
/* A small history from records to answers and files with every allocation failing
 * once: no memory comes back as such, and nothing is leaked or touched again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pipeline/engine.h"
#include "pipeline/output.h"
#include "pipeline/queries/answers.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/opened.h"

enum { ALLOCATIONS_MAX = 20000, TWEETS = 12, USERS = 4, MINUTE_MS = 60000 };

static char folder[] = "/tmp/dunlin-test-XXXXXX";

static record tweet(uint64_t id, int64_t time) {
    record r = {.kind = RECORD_TWEET,
                .fields = TWEET_AUTHOR | TWEET_CREATED | TWEET_TEXT | TWEET_LANG | TWEET_REPLY_TO |
                          TWEET_FOLLOWERS | (id % 3 == 0 ? TWEET_HASHTAGS : 0),
                .observed_ms = (int64_t)20000000 * MINUTE_MS + time};
    r.tweet = (tweet_record){.id = id,
                             .author_id = 1 + id % USERS,
                             .created_ms = r.observed_ms,
                             .text = id % 2 == 0 ? TEXT("I love #it http://a.b") : TEXT("so #Bad"),
                             .hashtags = time % 2 == 0 ? TEXT("one\ntwo") : TEXT("two"),
                             .lang = TEXT("en"),
                             .reply_to = id < 4 ? 0 : 1 + id % 3,
                             .followers = id,
                             .heard = true};
    return r;
}

/* Whoever moves leaves a string that nobody holds any more. */
static record profile(uint64_t id, int64_t time) {
    static const char *const locations[] = {"Koeln", "Paris", "Lima", "nowhere"};
    record r = {.kind = RECORD_USER,
                .fields = USER_USERNAME | USER_LOCATION,
                .observed_ms = (int64_t)20000000 * MINUTE_MS + time};
    r.user = (user_record){.id = id,
                           .username = time % 2 == 0 ? TEXT("ada") : TEXT("bob"),
                           .location = text_of(locations[(id + (uint64_t)time) % 4])};
    return r;
}

static status tell(engine *e, int64_t round) {
    status s = STATUS_OK;
    for (uint64_t id = 1; id <= TWEETS && s == STATUS_OK; id++) {
        record r = tweet(id, round);
        s = engine_apply(e, &r);
    }
    for (uint64_t id = 1; id <= USERS && s == STATUS_OK; id++) {
        record r = profile(id, round);
        s = engine_apply(e, &r);
    }
    record gone = {.kind = round % 2 == 0 ? RECORD_DELETE : RECORD_UNDELETE,
                   .observed_ms = (int64_t)20000000 * MINUTE_MS + round};
    gone.tweet.id = 2;
    record hidden = {.kind = RECORD_HIDE_USER, .observed_ms = gone.observed_ms};
    hidden.hide.user_id = 2;
    hidden.hide.reason = round % 2 == 0 ? HIDE_PROTECTED : HIDE_DELETED;
    hidden.hide.is_hidden = round % 3 != 0;
    record withheld = {.kind = RECORD_WITHHOLD, .observed_ms = gone.observed_ms};
    withheld.withhold.tweet_id = 5;
    withheld.withhold.countries = round == 1 ? TEXT("FR,XX") : TEXT("");
    record edit = {.kind = RECORD_EDIT, .observed_ms = gone.observed_ms};
    edit.edit.from = 1 + (uint64_t)round;
    edit.edit.to = 7;
    const record *events[] = {&gone, &hidden, &withheld, &edit};
    for (size_t i = 0; i < sizeof events / sizeof events[0] && s == STATUS_OK; i++)
        s = engine_apply(e, events[i]);
    return s == STATUS_OK ? engine_commit(e) : s;
}

static status ask_all_with(engine *e, query_params p) {
    query_cursor next;
    status s = STATUS_OK;
    p.id = 2;
    p.limit = 1;
    p.text = TEXT("Koeln");
    p.next = &next;
    for (size_t i = 0; i < query_count && s == STATUS_OK; i++) {
        buffer out = {0};
        json_writer w = json_to(&out);
        s = queries[i].answer(engine_present(e), &p, &w);
        if (s == STATUS_OK && out.failed) s = STATUS_NO_MEMORY;
        if (s == STATUS_NOT_FOUND) s = STATUS_OK;
        buffer_deinit(&out);
    }
    return s;
}

static status ask_everything(engine *e) {
    const query_params asks[] = {
        {.window = WINDOW_1H},
        {.sort = "responders", .filter = {.hashtag = TEXT("TWO")}},
        {.sort = "recent_1h",
         .filter = {.place = TEXT("Paris"), .located = QUERY_TRUE, .clean = QUERY_FALSE}},
    };
    status s = STATUS_OK;
    for (size_t i = 0; i < sizeof asks / sizeof asks[0] && s == STATUS_OK; i++)
        s = ask_all_with(e, asks[i]);
    return s;
}

typedef struct {
    bool readers, forgets;
    int64_t keep_ms;
} way;

/* Nothing is known of the graph here but that a reader may hold an epoch of it. */
static status live(void *context) {
    const way *w = context;
    bool readers = w->readers;
    engine_options o = {.places = listed_places,
                        .model = sentiments,
                        .cleaning = {2, 300000000, 1000000000, false},
                        .hash_seed = 7,
                        .forgets = w->forgets,
                        .readers = readers};
    const flow_snapshot *held = NULL;
    engine *e;
    status s = engine_new(&o, &e, NULL);
    for (int64_t round = 1; round <= 3 && s == STATUS_OK; round++) {
        const flow_snapshot *before = held;
        if (round == 2 && w->keep_ms > 0) s = engine_set_keep(e, w->keep_ms);
        if (s == STATUS_OK) s = tell(e, round * (w->keep_ms > 0 ? 4 : 1));
        if (!readers) continue;
        held = flow_acquire(engine_present(e)->graph->views);
        if (before != NULL) flow_release(before);
    }
    if (s == STATUS_OK) s = ask_everything(e);
    if (s == STATUS_OK) {
        s = output_write(engine_present(e), folder, NULL);
        /* fopen allocates too, inside libc; ours is all that fails here. */
        if (s == STATUS_CANNOT_OPEN || s == STATUS_CANNOT_WRITE) s = STATUS_NO_MEMORY;
    }
    if (held != NULL) flow_release(held);
    engine_free(e);
    return s;
}

static void an_engine_survives_every_failed_allocation(void **state) {
    way w = {.readers = false};
    (void)state;
    assert_true(torture(live, &w, ALLOCATIONS_MAX) > 100);
}

static void so_it_does_while_it_forgets(void **state) {
    way w = {.forgets = true, .keep_ms = 5};
    (void)state;
    assert_true(torture(live, &w, ALLOCATIONS_MAX) > 100);
}

static void so_it_does_while_a_reader_holds_the_epoch_before(void **state) {
    way w = {.readers = true};
    (void)state;
    assert_true(torture(live, &w, ALLOCATIONS_MAX) > 100);
}

static int set_up(void **state) {
    static const char lines[] =
        "Koeln\t50.9375\t6.9603\t0.04\nParis\t48.8566\t2.3522\t0.04\nLima\t-12\t-77\t0.04\n";
    (void)state;
    if (mkdtemp(folder) == NULL) return 1;
    return open_sentiments_and_places(lines);
}

static int tear_down(void **state) {
    static const char *const names[] = {"totals.json", "authors.jsonl", "tweets.jsonl",
                                        "places.jsonl", "minutes.jsonl"};
    char path[256];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
    return close_sentiments_and_places(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_engine_survives_every_failed_allocation),
        cmocka_unit_test(so_it_does_while_it_forgets),
        cmocka_unit_test(so_it_does_while_a_reader_holds_the_epoch_before),
    };
    return cmocka_run_group_tests_name("engine memory", tests, set_up, tear_down);
}
