/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pipeline/base/calendar.h"
#include "pipeline/base/random.h"
#include "pipeline/base/status.h"
#include "pipeline/base/times.h"
#include "tests/support/fail_alloc.h"

enum { ITEMS = 400, STEPS = 4000, ALLOCATIONS_MAX = 1000 };

static int64_t time_of(uint64_t item, void *context) {
    return ((const int64_t *)context)[item];
}

static void what_is_due_comes_once_and_nothing_else(void **state) {
    int64_t times[ITEMS], floor_ms = -1000000;
    random_source r = {5};
    calendar c;
    (void)state;
    calendar_init(&c);
    for (size_t i = 0; i < ITEMS; i++) times[i] = CALENDAR_NEVER;
    for (int step = 0; step < STEPS; step++) {
        uint64_t i = random_below(&r, ITEMS), item;
        bool failed, is_new = times[i] == CALENDAR_NEVER;
        int64_t ms = floor_ms + 1 + (int64_t)random_below(&r, 5 * MS_PER_MINUTE);
        /* Moved to later, it need not be told; else it is. */
        if (is_new || ms < times[i]) assert_true(calendar_add(&c, ms, i));
        times[i] = ms;
        if (random_below(&r, 20) == 0) times[random_below(&r, ITEMS)] = CALENDAR_NEVER;
        floor_ms += (int64_t)random_below(&r, 2000);
        while (calendar_take(&c, floor_ms, time_of, times, &item, &failed)) {
            assert_true(times[item] <= floor_ms);
            times[item] = CALENDAR_NEVER;
        }
        assert_false(failed);
        for (size_t k = 0; k < ITEMS; k++) assert_true(times[k] > floor_ms);
    }
    size_t bytes = calendar_bytes(&c);
    assert_true(bytes < 100000); /* Not a trace of 4,000 comings and goings. */
    calendar_deinit(&c);
    assert_int_equal(calendar_bytes(&c), 0);
}

static void a_leap_of_years_opens_all_that_waited(void **state) {
    int64_t times[ITEMS];
    calendar c;
    uint64_t item;
    bool failed;
    (void)state;
    calendar_init(&c);
    for (uint64_t i = 0; i < ITEMS; i++) {
        times[i] = (int64_t)i * MS_PER_DAY;
        assert_true(calendar_add(&c, times[i], i));
    }
    assert_false(calendar_take(&c, -1, time_of, times, &item, &failed));
    for (uint64_t i = 0; i < ITEMS; i++) {
        assert_true(calendar_take(&c, INT64_MAX - 1, time_of, times, &item, &failed));
        assert_int_equal(item, i);
        times[i] = CALENDAR_NEVER;
    }
    assert_false(calendar_take(&c, INT64_MAX - 1, time_of, times, &item, &failed));
    calendar_deinit(&c);
}

static status fill_and_empty(void *context) {
    int64_t times[ITEMS];
    calendar c;
    uint64_t item;
    bool failed = false, good = true;
    (void)context;
    calendar_init(&c);
    for (uint64_t i = 0; i < ITEMS; i++) times[i] = (int64_t)i * 10000;
    for (uint64_t i = 0; i < ITEMS && good; i++) good = calendar_add(&c, times[i], i);
    while (good && calendar_take(&c, ITEMS * 5000, time_of, times, &item, &failed))
        times[item] = CALENDAR_NEVER;
    calendar_deinit(&c);
    return good && !failed ? STATUS_OK : STATUS_NO_MEMORY;
}

static void a_calendar_survives_every_failed_allocation(void **state) {
    (void)state;
    assert_true(torture(fill_and_empty, NULL, ALLOCATIONS_MAX) > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_due_comes_once_and_nothing_else),
        cmocka_unit_test(a_leap_of_years_opens_all_that_waited),
        cmocka_unit_test(a_calendar_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("calendar", tests, NULL, NULL);
}
