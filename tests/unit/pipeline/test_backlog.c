/* SPDX-License-Identifier: MIT */
/* What is shown while the disk takes nothing is stored later, in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "pipeline/backlog.h"
#include "tests/support/fault_vfs.h"
#include "tests/support/store_run.h"
#include "tests/support/test_folder.h"

static int begin(void **state) {
    return test_folder_open(state) != 0 || fault_vfs() == NULL;
}

static backlog *open_one(const char *name, uint64_t bytes_max) {
    const store_options o = {.path = test_folder_path(name), .vfs = fault_vfs()};
    backlog *b;
    buffer why = {0};
    assert_int_equal(backlog_open(&o, bytes_max, &b, &why), STATUS_OK);
    assert_int_equal(store_run_settle(backlog_store(b)), true);
    buffer_deinit(&why);
    return b;
}

static status add_epoch(backlog *b, uint64_t n) {
    buffer frame = {0};
    assert_true(store_run_pack(n, &frame));
    assert_int_equal(backlog_add(b, &frame), STATUS_OK);
    assert_null(frame.bytes);
    return backlog_commit(b);
}

static void expect(const char *name, uint64_t epochs) {
    const store_options o = {.path = test_folder_path(name)};
    store_run_found found = {0};
    buffer why = {0};
    store *s;
    assert_int_equal(store_open(&o, &s, &why), STATUS_OK);
    assert_int_equal(store_run_read(s, &found), STATUS_OK);
    assert_false(found.is_wrong);
    assert_int_equal(found.left_out, 0);
    assert_int_equal(found.epochs, epochs);
    store_close(s);
    buffer_deinit(&why);
}

static void what_could_not_be_stored_is_stored_later_in_order(void **state) {
    (void)state;
    backlog *b = open_one("later.db", 0);
    store_state now;
    uint64_t n = 1;
    for (; n <= 3; n++) assert_int_equal(add_epoch(b, n), STATUS_OK);
    fault_vfs_fail(0, 1000000000, FAULT_FULL);
    for (; n <= 9; n++) assert_int_equal(add_epoch(b, n), STATUS_CANNOT_WRITE);
    assert_true(backlog_has_waiting(b));
    backlog_get_state(b, &now);
    assert_false(now.is_writing);
    assert_true(now.backlog_bytes > 0);
    assert_true(fault_vfs_end() > 0);
    while (backlog_retry(b) != STATUS_OK) (void)usleep(10000); /* Not more often than that. */
    assert_false(backlog_has_waiting(b));
    assert_int_equal(add_epoch(b, n), STATUS_OK);
    backlog_get_state(b, &now);
    assert_true(now.is_writing);
    assert_int_equal(now.backlog_bytes, 0);
    assert_true(backlog_close(b));
    expect("later.db", 10);
}

static void too_much_that_waits_stops_the_reading(void **state) {
    (void)state;
    backlog *b = open_one("full.db", 2000);
    fault_vfs_fail(0, 1000000000, FAULT_EIO);
    uint64_t n = 0;
    while (!backlog_is_full(b)) assert_int_equal(add_epoch(b, ++n), STATUS_CANNOT_WRITE);
    assert_true(n > 2);
    (void)fault_vfs_end();
    while (backlog_retry(b) != STATUS_OK) (void)usleep(10000);
    assert_false(backlog_is_full(b));
    assert_true(backlog_close(b));
    expect("full.db", n);
}

static void closing_tries_a_last_time_and_tells(void **state) {
    (void)state;
    for (int is_full = 0; is_full < 2; is_full++) {
        const char *name = is_full ? "lost.db" : "saved.db";
        backlog *b = open_one(name, 0);
        fault_vfs_fail(0, 1000000000, FAULT_FULL);
        assert_int_equal(add_epoch(b, 1), STATUS_CANNOT_WRITE);
        if (!is_full) (void)fault_vfs_end();
        assert_int_equal(backlog_close(b), !is_full);
        (void)fault_vfs_end();
        expect(name, is_full ? 0 : 1);
    }
    assert_true(backlog_close(NULL));
}

static void epochs_of_nothing_are_not_stored(void **state) {
    (void)state;
    backlog *b = open_one("empty.db", 0);
    buffer none = {0};
    assert_int_equal(backlog_commit(b), STATUS_OK);
    assert_int_equal(backlog_add(b, &none), STATUS_OK);
    assert_int_equal(backlog_commit(b), STATUS_OK);
    assert_false(backlog_has_waiting(b));
    assert_true(backlog_close(b));
    expect("empty.db", 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_could_not_be_stored_is_stored_later_in_order),
        cmocka_unit_test(too_much_that_waits_stops_the_reading),
        cmocka_unit_test(closing_tries_a_last_time_and_tells),
        cmocka_unit_test(epochs_of_nothing_are_not_stored),
    };
    return cmocka_run_group_tests_name("backlog", tests, begin, test_folder_close);
}
