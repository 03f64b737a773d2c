/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>

#include "pipeline/base/reserve.h"
#include "tests/support/fail_alloc.h"

enum { BYTES = 1 << 20 };

static void an_allocation_that_fails_is_tried_once_more_with_a_reserve(void **state) {
    (void)state;
    assert_true(reserve_fill(BYTES));
    fail_alloc_begin(0, false);
    void *memory = malloc(10);
    assert_int_equal(fail_alloc_end(), 1);
    assert_non_null(memory);
    assert_int_equal(reserve_bytes(), 0);
    free(memory);
}

static void without_one_or_when_it_does_not_help_there_is_no_memory(void **state) {
    (void)state;
    fail_alloc_begin(0, false);
    void *memory = malloc(10);
    (void)fail_alloc_end();
    assert_null(memory);
    assert_true(reserve_fill(BYTES));
    fail_alloc_begin(0, true);
    memory = malloc(10);
    (void)fail_alloc_end();
    assert_null(memory);
}

static void it_grows_and_does_not_shrink(void **state) {
    (void)state;
    assert_true(reserve_fill(BYTES));
    assert_true(reserve_fill(BYTES / 2));
    assert_int_equal(reserve_bytes(), BYTES);
    assert_true(reserve_fill(3 * BYTES));
    assert_int_equal(reserve_bytes(), 3 * BYTES);
    assert_false(reserve_fill(SIZE_MAX / 4)); /* No system has so much. */
    assert_int_equal(reserve_bytes(), 3 * BYTES);
    assert_true(reserve_open());
    assert_false(reserve_open());
}

static void *look(void *bytes) {
    *(size_t *)bytes = reserve_bytes();
    return NULL;
}

static void another_thread_has_another_one(void **state) {
    size_t bytes = 1;
    pthread_t thread;
    (void)state;
    assert_true(reserve_fill(BYTES));
    assert_int_equal(pthread_create(&thread, NULL, look, &bytes), 0);
    (void)pthread_join(thread, NULL);
    assert_int_equal(bytes, 0);
    assert_true(reserve_open());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_allocation_that_fails_is_tried_once_more_with_a_reserve),
        cmocka_unit_test(without_one_or_when_it_does_not_help_there_is_no_memory),
        cmocka_unit_test(it_grows_and_does_not_shrink),
        cmocka_unit_test(another_thread_has_another_one),
    };
    return cmocka_run_group_tests_name("reserve", tests, NULL, NULL);
}
