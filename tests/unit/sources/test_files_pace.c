/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "pipeline/sources/files_pace.h"
#include "tests/support/fake_clock.h"

/* Lines at these seconds after the hour. */
static const int line_s[] = {0, 10, 20, 100, 1000};
enum { LINE_COUNT = sizeof line_s / sizeof line_s[0] };
#define HOUR_MS INT64_C(1539201600000)

typedef struct {
    fake_clock clock;
    files_pace pace;
} player;

static source_chunk *recording(void) {
    source_chunk *c = source_chunk_new(1000);
    assert_non_null(c);
    for (int i = 0; i < LINE_COUNT; i++)
        c->count += (size_t)snprintf(c->bytes + c->count, 200, "{\"timestamp_ms\":\"%lld\"}\n",
                                     (long long)(HOUR_MS + line_s[i] * 1000));
    c->first_line = 1;
    return c;
}

static void begin(player *p, double speed) {
    *p = (player){.pace = {.speed = speed}};
    fake_clock_init(&p->clock, HOUR_MS + MS_PER_DAY);
    p->pace.clock = &p->clock.base;
    files_pace_give(&p->pace, recording());
}

/* How many lines are due now, and in *wait_ms when the next will be. */
static size_t due(player *p, int64_t *wait_ms) {
    source_chunk *c;
    size_t lines = 0;
    while (files_pace_next(&p->pace, &c, wait_ms) == STATUS_OK && c != NULL) {
        for (size_t i = 0; i < c->count; i++) lines += c->bytes[i] == '\n';
        source_chunk_free(c);
    }
    return lines;
}

static void a_new_speed_holds_from_the_moment_reached(void **state) {
    player p;
    int64_t wait_ms;
    (void)state;
    begin(&p, 1);
    assert_int_equal(due(&p, &wait_ms), 1);
    fake_clock_advance(&p.clock, 8000);
    files_pace_set_speed(&p.pace, 0.5); /* Two seconds are left, and take four. */
    fake_clock_advance(&p.clock, 3990);
    assert_int_equal(due(&p, &wait_ms), 0);
    fake_clock_advance(&p.clock, 20);
    assert_int_equal(due(&p, &wait_ms), 1);
    assert_in_range(wait_ms, 19900, 20010);
    files_pace_set_speed(&p.pace, 0);
    assert_int_equal(due(&p, &wait_ms), 3);
    assert_int_equal(p.pace.position_ms, HOUR_MS + 1000000);
    files_pace_deinit(&p.pace);
}

static void time_stands_still_in_a_pause(void **state) {
    player p;
    int64_t wait_ms;
    (void)state;
    begin(&p, 1);
    assert_int_equal(due(&p, &wait_ms), 1);
    fake_clock_advance(&p.clock, 4000);
    files_pace_set_paused(&p.pace, true);
    fake_clock_advance(&p.clock, 1000000);
    assert_int_equal(due(&p, &wait_ms), 0);
    assert_true(wait_ms == INT64_MAX);
    files_pace_set_speed(&p.pace, 2);
    assert_int_equal(due(&p, &wait_ms), 0);
    files_pace_set_paused(&p.pace, false);
    assert_int_equal(due(&p, &wait_ms), 0);
    assert_in_range(wait_ms, 2990, 3010);
    files_pace_deinit(&p.pace);
}

static void a_pause_holds_at_the_place_that_was_sought(void **state) {
    player p;
    int64_t wait_ms;
    (void)state;
    begin(&p, 1);
    assert_int_equal(due(&p, &wait_ms), 1);
    files_pace_set_paused(&p.pace, true);
    files_pace_seek(&p.pace, HOUR_MS + 50000);
    assert_int_equal(due(&p, &wait_ms), 2);
    assert_int_equal(p.pace.position_ms, HOUR_MS + 50000);
    assert_true(wait_ms == INT64_MAX);
    files_pace_set_paused(&p.pace, false);
    assert_int_equal(due(&p, &wait_ms), 0);
    assert_in_range(wait_ms, 49990, 50010);
    files_pace_deinit(&p.pace);
}

static void a_pause_forgets_what_was_sought(void **state) {
    player p;
    int64_t wait_ms;
    (void)state;
    begin(&p, 1);
    files_pace_seek(&p.pace, HOUR_MS + 50000);
    files_pace_set_paused(&p.pace, true);
    assert_int_equal(due(&p, &wait_ms), 0);
    files_pace_set_paused(&p.pace, false);
    assert_int_equal(due(&p, &wait_ms), 1);
    files_pace_deinit(&p.pace);
}

/* Else all that was missed would be due at once. */
static void a_reader_that_was_behind_goes_on_from_where_it_is(void **state) {
    player p;
    int64_t wait_ms;
    (void)state;
    begin(&p, 1e6);
    assert_int_equal(due(&p, &wait_ms), 1);
    fake_clock_advance(&p.clock, 1000000); /* Thirty years, at this speed. */
    files_pace_set_speed(&p.pace, 1);
    assert_int_equal(due(&p, &wait_ms), 1);
    assert_in_range(wait_ms, 9990, 10010);
    files_pace_deinit(&p.pace);
}

static void chunks_that_go_by_move_time(void **state) {
    player p;
    source_chunk *c = recording();
    (void)state;
    begin(&p, 0);
    files_pace_give(&p.pace, NULL);
    assert_true(files_pace_is_free(&p.pace));
    files_pace_seek(&p.pace, HOUR_MS + 500000);
    files_pace_pass(&p.pace, c);
    assert_int_equal(p.pace.start_ms, HOUR_MS);
    assert_int_equal(p.pace.position_ms, HOUR_MS + 1000000);
    assert_false(p.pace.has_target);
    source_chunk_free(c);
}

static void a_time_that_no_tweet_has_holds_nothing_up(void **state) {
    static const char line[] = "{\"timestamp_ms\":\"9223372036854775807\"}\n"
                               "{\"created_at\":\"0001-01-01T00:00:00Z\"}\n";
    player p;
    int64_t wait_ms;
    (void)state;
    begin(&p, 1);
    source_chunk *c = source_chunk_new(sizeof line);
    assert_non_null(c);
    memcpy(c->bytes, line, sizeof line);
    c->count = sizeof line - 1;
    files_pace_give(&p.pace, c);
    assert_int_equal(due(&p, &wait_ms), 2);
    assert_false(p.pace.has_begun);
    files_pace_deinit(&p.pace);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_speed_holds_from_the_moment_reached),
        cmocka_unit_test(time_stands_still_in_a_pause),
        cmocka_unit_test(a_pause_holds_at_the_place_that_was_sought),
        cmocka_unit_test(a_pause_forgets_what_was_sought),
        cmocka_unit_test(a_reader_that_was_behind_goes_on_from_where_it_is),
        cmocka_unit_test(chunks_that_go_by_move_time),
        cmocka_unit_test(a_time_that_no_tweet_has_holds_nothing_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
