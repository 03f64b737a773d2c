/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/alerts.h"
#include "pipeline/base/random.h"
#include "pipeline/watch.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/fake_clock.h"

/* ---- Shifts ---- */

enum { MINUTES = 400, START = 20000000 };

/* About a hundred tweets a minute, a fifth of them negative, half in the first language. */
static void make_minutes(shift_minute *rows, uint64_t seed) {
    random_source r = {seed};
    memset(rows, 0, MINUTES * sizeof *rows);
    for (size_t i = 0; i < MINUTES; i++) {
        rows[i].minute = START + (uint32_t)i;
        rows[i].is_whole = true;
        rows[i].tweets = 90 + (uint32_t)random_below(&r, 21);
        for (uint32_t t = 0; t < rows[i].tweets; t++) {
            rows[i].labels[random_below(&r, 10) < 2 ? 2 : random_below(&r, 2)]++;
            rows[i].langs[random_below(&r, 2) == 0 ? 0 : 1 + random_below(&r, 5)]++;
        }
    }
}

static size_t find(const shift_minute *rows, shift *found) {
    return shifts_find(rows, MINUTES, found, 8);
}

static void even_minutes_have_no_shift(void **state) {
    static shift_minute rows[MINUTES];
    shift found[8];
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        make_minutes(rows, seed);
        assert_int_equal(find(rows, found), 0);
    }
}

static void a_rate_that_falls_is_seen_within_three_minutes_and_ends_when_it_is_back(void **state) {
    static shift_minute rows[MINUTES];
    shift found[8];
    (void)state;
    make_minutes(rows, 1);
    for (size_t i = 200; i < 230; i++) rows[i].tweets /= 2;
    assert_int_equal(find(rows, found), 1);
    assert_int_equal(found[0].kind, SHIFT_OF_RATE);
    assert_in_range(found[0].since, START + 200, START + 202);
    assert_in_range(found[0].until, START + 230, START + 234);
    assert_false(found[0].is_usual_now);
    assert_true(found[0].before > 90 && found[0].before < 110);
    assert_true(found[0].now > 40 && found[0].now < 60);
}

static void a_rate_that_stays_is_usual_after_an_hour(void **state) {
    static shift_minute rows[MINUTES];
    shift found[8];
    (void)state;
    make_minutes(rows, 2);
    for (size_t i = 200; i < MINUTES; i++) rows[i].tweets *= 3;
    assert_int_equal(find(rows, found), 1);
    assert_true(found[0].is_usual_now);
    assert_in_range(found[0].until - found[0].since, 60, 62);
    assert_true(found[0].size > 2.5 && found[0].size < 3.5);
}

static void one_odd_minute_is_no_shift_of_the_rate(void **state) {
    static shift_minute rows[MINUTES];
    shift found[8];
    (void)state;
    make_minutes(rows, 3);
    rows[200].tweets = 0;
    rows[260].tweets = 1000;
    assert_int_equal(find(rows, found), 0);
}

static void minutes_that_nobody_listened_to_say_nothing(void **state) {
    static shift_minute rows[MINUTES];
    shift found[8];
    (void)state;
    make_minutes(rows, 4);
    for (size_t i = 200; i < 240; i++) {
        memset(&rows[i], 0, sizeof rows[i]);
        rows[i].minute = START + (uint32_t)i;
    }
    assert_int_equal(find(rows, found), 0);
}

static void suddenly_all_is_negative(void **state) {
    static shift_minute rows[MINUTES];
    shift found[8];
    (void)state;
    make_minutes(rows, 5);
    for (size_t i = 200; i < 220; i++) {
        memset(rows[i].labels, 0, sizeof rows[i].labels);
        rows[i].labels[2] = rows[i].tweets;
    }
    assert_int_equal(find(rows, found), 1);
    assert_int_equal(found[0].kind, SHIFT_OF_LABELS);
    assert_int_equal(found[0].category, 2);
    assert_in_range(found[0].since, START + 200, START + 201);
    assert_in_range(found[0].until, START + 220, START + 226);
    assert_true(found[0].before < 0.25 && found[0].now > found[0].before + 0.1);
}

static void a_language_that_stops_is_seen(void **state) {
    static shift_minute rows[MINUTES];
    shift found[8];
    (void)state;
    make_minutes(rows, 6);
    for (size_t i = 200; i < 250; i++) rows[i].langs[0] = 0;
    assert_int_equal(find(rows, found), 1);
    assert_int_equal(found[0].kind, SHIFT_OF_LANGS);
    assert_int_equal(found[0].category, 0);
    assert_in_range(found[0].since, START + 200, START + 204);
}

static void corrected_minutes_have_the_shifts_of_minutes_that_were_right(void **state) {
    static shift_minute rows[MINUTES], right[MINUTES];
    shift found[8], again[8];
    (void)state;
    make_minutes(rows, 7);
    memcpy(right, rows, sizeof rows);
    for (size_t i = 200; i < 230; i++) rows[i].tweets = 5;
    assert_int_equal(find(rows, found), 1);
    memcpy(rows, right, sizeof rows);
    assert_int_equal(find(rows, again), 0);
}

static void no_more_are_found_than_there_is_room_for(void **state) {
    static shift_minute rows[MINUTES];
    shift found[1];
    (void)state;
    make_minutes(rows, 8);
    for (size_t i = 100; i < 110; i++) rows[i].tweets = 5;
    for (size_t i = 300; i < 310; i++) rows[i].tweets = 5;
    assert_int_equal(shifts_find(rows, MINUTES, found, 1), 1);
    assert_in_range(found[0].since, START + 100, START + 103);
    assert_int_equal(shifts_find(rows, MINUTES, found, 0), 0);
}

static void minutes_beside_a_gap_of_a_recording_are_not_whole(void **state) {
    shift_minute rows[6] = {{.tweets = 1}, {.tweets = 9}, {.tweets = 9},
                            {.tweets = 0}, {.tweets = 9}, {.tweets = 9}};
    static const bool whole[] = {false, true, false, false, false, true};
    (void)state;
    shifts_mark_recorded(rows, 6);
    for (size_t i = 0; i < 6; i++) assert_int_equal(rows[i].is_whole, whole[i]);
}

/* ---- States ---- */

typedef struct {
    alerts *alerts;
    alert_source source;
    store_state store;
    alert_states now;
    alert list[ALERTS_MAX];
    size_t count;
} world;

static world world_new(const char *kind) {
    world w = {.alerts = alerts_new(),
               .source = {.state = {.kind = kind, .state = "live"}},
               .now = {.now_ms = 1000000000}};
    assert_non_null(w.alerts);
    return w;
}

static void look(world *w, int64_t passed_ms) {
    w->now.now_ms += passed_ms;
    w->now.sources = &w->source;
    w->now.source_count = 1;
    w->now.store = &w->store;
    alerts_look(w->alerts, &w->now);
    w->count = alerts_list(w->alerts, w->list, ALERTS_MAX);
}

/* A second with so many tweets, each `lag_ms` old. */
static void hear(world *w, uint64_t tweets, int64_t lag_ms) {
    w->source.tweets += tweets;
    w->source.newest_ms = w->now.now_ms + 1000 - lag_ms;
    look(w, 1000);
}

static void assert_goes_on(const world *w, alert_kind kind) {
    assert_true(w->count >= 1);
    assert_string_equal(alert_kind_text(w->list[0].kind), alert_kind_text(kind));
    assert_int_equal(w->list[0].until_ms, 0);
}

static void a_source_away_for_half_a_minute_is_an_alert_until_it_is_back(void **state) {
    world w = world_new("x-stream");
    (void)state;
    look(&w, 0);
    w.source.state.state = "waiting";
    (void)strcpy(w.source.state.detail, "HTTP 503\nnot\x1B now");
    look(&w, 1000);
    int64_t since_ms = w.now.now_ms;
    look(&w, 29000);
    assert_int_equal(w.count, 0);
    look(&w, 1000);
    assert_goes_on(&w, ALERT_SOURCE_AWAY);
    assert_int_equal(w.list[0].since_ms, since_ms);
    assert_string_equal(w.list[0].words, "x-stream is not connected: HTTP 503 not  now");
    w.source.state.state = "live";
    look(&w, 1000);
    assert_goes_on(&w, ALERT_SOURCE_AWAY); /* Not before it has been back for a while. */
    int64_t until_ms = w.now.now_ms;
    look(&w, 10000);
    assert_int_equal(w.count, 1);
    assert_int_equal(w.list[0].until_ms, until_ms);
    alerts_free(w.alerts);
}

static void a_recording_that_ends_is_no_alert(void **state) {
    world w = world_new("files");
    (void)state;
    for (int i = 0; i < 600; i++) hear(&w, 100, 86400000);
    w.source.state.state = "ended";
    for (int i = 0; i < 600; i++) look(&w, 1000);
    assert_int_equal(w.count, 0);
    alerts_free(w.alerts);
}

static void a_source_that_falls_silent_is_an_alert_by_its_own_pace(void **state) {
    (void)state;
    for (int pace = 1; pace <= 10; pace *= 10) { /* A tweet a second; one in ten seconds. */
        world w = world_new("x-stream");
        int limit = pace == 1 ? 60 : 200, heard = 0;
        for (int i = 0; i < 3000; i++) hear(&w, i % pace == 0, 2000);
        assert_int_equal(w.count, 0);
        for (; w.count == 0 && heard < 1000; heard++) look(&w, 1000);
        assert_goes_on(&w, ALERT_SOURCE_SILENT);
        assert_in_range(heard, limit - 10, limit + limit / 8);
        for (int i = 0; i < 12; i++) hear(&w, 1, 2000);
        assert_true(w.count == 1 && w.list[0].until_ms != 0);
        alerts_free(w.alerts);
    }
}

static void a_source_that_was_never_heard_is_not_called_silent(void **state) {
    world w = world_new("mastodon");
    (void)state;
    for (int i = 0; i < 5000; i++) look(&w, 1000);
    assert_int_equal(w.count, 0);
    alerts_free(w.alerts);
}

static void a_lag_that_grows_is_an_alert_and_one_that_stays_is_usual(void **state) {
    world w = world_new("x-stream");
    (void)state;
    for (int i = 0; i < 600; i++) hear(&w, 5, 3000);
    assert_int_equal(alerts_lag_ms(w.alerts, 0), 3000);
    for (int i = 0; i < 60; i++) hear(&w, 5, 50000); /* Not by a minute. */
    assert_int_equal(w.count, 0);
    for (int i = 0; i < 32; i++) hear(&w, 5, 120000);
    assert_goes_on(&w, ALERT_LAG_GREW);
    for (int i = 0; i < 3700; i++) hear(&w, 5, 120000);
    assert_true(w.count == 1 && w.list[0].until_ms != 0);
    for (int i = 0; i < 3600; i++) hear(&w, 5, 120000);
    assert_int_equal(w.count, 1);
    alerts_free(w.alerts);
}

static void a_journal_that_cannot_be_written_is_an_alert_at_once(void **state) {
    world w = world_new("files");
    (void)state;
    look(&w, 0);
    w.store = (store_state){.is_open = true, .since_ms = 777, .detail = "no space left"};
    look(&w, 1000);
    assert_goes_on(&w, ALERT_JOURNAL_STOPPED);
    assert_int_equal(w.list[0].since_ms, 777);
    assert_string_equal(
        w.list[0].words,
        "The journal cannot be written: no space left; what is shown since is in memory alone");
    w.store.is_writing = true;
    look(&w, 1000);
    look(&w, 5000);
    assert_true(w.list[0].until_ms != 0);
    alerts_free(w.alerts);
}

static void memory_that_is_full_and_comes_and_goes_is_one_alert(void **state) {
    world w = world_new("files");
    (void)state;
    for (int i = 0; i < 100; i++) {
        w.now.is_memory_full = i % 2 == 0;
        look(&w, 5000);
        assert_int_equal(w.count, 1);
        assert_goes_on(&w, ALERT_MEMORY_FULL);
    }
    alerts_free(w.alerts);
}

static void a_budget_is_near_and_then_reached(void **state) {
    world w = world_new("x-stream");
    (void)state;
    w.source.state.budget_usd = 10;
    w.source.state.spent_usd = 7.99;
    look(&w, 1000);
    assert_int_equal(w.count, 0);
    w.source.state.spent_usd = 8;
    look(&w, 1000);
    assert_goes_on(&w, ALERT_BUDGET_NEAR);
    assert_string_equal(w.list[0].words, "x-stream has spent 8.00 of 10.00 US dollars (80 %)");
    w.source.state.spent_usd = 10;
    look(&w, 1000);
    assert_int_equal(w.count, 2);
    assert_goes_on(&w, ALERT_BUDGET_REACHED);
    assert_true(w.list[1].kind == ALERT_BUDGET_NEAR && w.list[1].until_ms != 0);
    alerts_free(w.alerts);
}

static void only_the_last_states_that_are_over_are_told_of(void **state) {
    world w = world_new("files");
    (void)state;
    for (int i = 0; i < 300; i++) {
        w.now.is_memory_full = true;
        look(&w, 1000);
        w.now.is_memory_full = false;
        look(&w, 1000);
        look(&w, 30000);
        assert_true(w.count <= 64);
        assert_true(w.count > 0 && w.list[0].since_ms >= w.list[w.count - 1].since_ms);
    }
    assert_int_equal(w.count, 64);
    alerts_free(w.alerts);
}

static void a_shift_is_told_in_words(void **state) {
    static shift_minute rows[MINUTES];
    char langs[SHIFT_LANGS][ALERT_LANG_BYTES] = {"en", "ja"};
    world w = world_new("files");
    (void)state;
    make_minutes(rows, 9);
    for (size_t i = 200; i < MINUTES; i++) rows[i].langs[0] = 0;
    alerts_learn(w.alerts, rows, MINUTES, (const char(*)[ALERT_LANG_BYTES])langs);
    look(&w, 1000);
    assert_int_equal(w.count, 1);
    assert_int_equal(w.list[0].kind, ALERT_LANGUAGES_SHIFTED);
    assert_int_equal(strncmp(w.list[0].words, "Languages shifted: en is ", 25), 0);
    make_minutes(rows, 9);
    alerts_learn(w.alerts, rows, MINUTES, (const char(*)[ALERT_LANG_BYTES])langs);
    look(&w, 1000);
    assert_int_equal(w.count, 0); /* As if it had never been. */
    alerts_free(w.alerts);
}

/* ---- Memory ---- */

static status make_and_free(void *context) {
    watch *w;
    (void)context;
    status s = watch_new(NULL, &w);
    watch_free(w);
    return s;
}

static void survives_every_failed_allocation(void **state) {
    (void)state;
    assert_true(torture(make_and_free, NULL, 100) >= 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(even_minutes_have_no_shift),
        cmocka_unit_test(a_rate_that_falls_is_seen_within_three_minutes_and_ends_when_it_is_back),
        cmocka_unit_test(a_rate_that_stays_is_usual_after_an_hour),
        cmocka_unit_test(one_odd_minute_is_no_shift_of_the_rate),
        cmocka_unit_test(minutes_that_nobody_listened_to_say_nothing),
        cmocka_unit_test(suddenly_all_is_negative),
        cmocka_unit_test(a_language_that_stops_is_seen),
        cmocka_unit_test(corrected_minutes_have_the_shifts_of_minutes_that_were_right),
        cmocka_unit_test(no_more_are_found_than_there_is_room_for),
        cmocka_unit_test(minutes_beside_a_gap_of_a_recording_are_not_whole),
        cmocka_unit_test(a_source_away_for_half_a_minute_is_an_alert_until_it_is_back),
        cmocka_unit_test(a_recording_that_ends_is_no_alert),
        cmocka_unit_test(a_source_that_falls_silent_is_an_alert_by_its_own_pace),
        cmocka_unit_test(a_source_that_was_never_heard_is_not_called_silent),
        cmocka_unit_test(a_lag_that_grows_is_an_alert_and_one_that_stays_is_usual),
        cmocka_unit_test(a_journal_that_cannot_be_written_is_an_alert_at_once),
        cmocka_unit_test(memory_that_is_full_and_comes_and_goes_is_one_alert),
        cmocka_unit_test(a_budget_is_near_and_then_reached),
        cmocka_unit_test(only_the_last_states_that_are_over_are_told_of),
        cmocka_unit_test(a_shift_is_told_in_words),
        cmocka_unit_test(survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
