/* SPDX-License-Identifier: MIT */
/* What people noted: in order, once each, and as the file has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>

#include "pipeline/notes.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/fault_vfs.h"
#include "tests/support/test_folder.h"

static char path[128];

static int begin(void **state) {
    return test_folder_open(state) != 0 || fault_vfs() == NULL;
}

static void use_file(const char *name) {
    (void)snprintf(path, sizeof path, "%s/%s", test_folder(), name);
}

static store *open_store(void) {
    buffer why = {0};
    store *s = NULL;
    const store_options o = {.path = path, .vfs = fault_vfs()};
    assert_int_equal(store_open(&o, &s, &why), STATUS_OK);
    buffer_deinit(&why);
    return s;
}

static notes *open_notes(store *s) {
    notes *n;
    assert_int_equal(notes_open(s, NULL, &n), STATUS_OK);
    return n;
}

static status add(notes *n, int64_t at_ms, int64_t until_ms, const char *words, uint64_t *id) {
    return notes_add(n, &(note){at_ms, until_ms, text_of(words)}, id);
}

static uint64_t added(notes *n, int64_t at_ms, int64_t until_ms, const char *words) {
    uint64_t id = 0;
    assert_int_equal(add(n, at_ms, until_ms, words, &id), STATUS_OK);
    assert_true(id > 0);
    return id;
}

/* The words of those in [from, to), behind one another. */
static void expect(notes *n, int64_t from_ms, int64_t to_ms, const char *expected) {
    buffer out = {0};
    char found[4096] = "";
    json_writer w = json_to(&out);
    size_t count = notes_write_list(n, from_ms, to_ms, &w), at = 0;
    buffer_add_byte(&out, '\0');
    for (const char *p = out.bytes; (p = strstr(p, "\"text\":\"")) != NULL && count > 0; count--)
        for (p += 8; *p != '"' && at + 1 < sizeof found; p++) found[at++] = *p;
    assert_int_equal(count, 0);
    assert_string_equal(found, expected);
    buffer_deinit(&out);
}

static void expect_all(notes *n, const char *expected) {
    expect(n, INT64_MIN, INT64_MAX, expected);
}

static void they_stand_in_the_order_of_their_times(void **state) {
    notes *n = open_notes(NULL);
    (void)state;
    (void)added(n, 3000, 3000, "c");
    (void)added(n, 1000, 9000, "a");
    (void)added(n, 2000, 2000, "b");
    (void)added(n, 2000, 2000, "B");
    expect_all(n, "abBc");
    expect(n, 2000, 3000, "abB"); /* What began before and goes on is there, too. */
    expect(n, 9000, 9001, "a");
    expect(n, 9001, INT64_MAX, "");
    assert_false(notes_are_stored(n));
    notes_close(n);
}

static void the_same_again_is_the_one_that_is_there(void **state) {
    notes *n = open_notes(NULL);
    uint64_t id = added(n, 1, 2, "x");
    (void)state;
    assert_int_equal(added(n, 1, 2, "x"), id);
    assert_int_not_equal(added(n, 1, 3, "x"), id);
    assert_int_not_equal(added(n, 1, 2, "y"), id);
    assert_int_equal(notes_remove(n, id), STATUS_OK);
    assert_int_equal(notes_remove(n, id), STATUS_NOT_FOUND);
    assert_int_equal(notes_taken_away(n), 1);
    assert_int_not_equal(added(n, 1, 2, "x"), id); /* It is another one. */
    notes_close(n);
}

static void there_are_only_so_many(void **state) {
    notes *n = open_notes(NULL);
    uint64_t id = 0;
    (void)state;
    for (int i = 0; i < NOTES_MAX; i++) (void)added(n, i, i, "n");
    assert_int_equal(add(n, -1, -1, "n", &id), STATUS_NOT_POSSIBLE);
    assert_int_equal(add(n, 7, 7, "n", &id), STATUS_OK); /* It is there already. */
    assert_int_equal(notes_remove(n, id), STATUS_OK);
    assert_int_equal(add(n, -1, -1, "n", &id), STATUS_OK);
    notes_close(n);
}

static void a_restart_keeps_them(void **state) {
    (void)state;
    use_file("kept.db");
    store *s = open_store();
    notes *n = open_notes(s);
    uint64_t gone = added(n, 5, 5, "gone"), last = added(n, 4, 8, "f\xC3\xBCr \\\" immer");
    assert_true(notes_are_stored(n));
    assert_int_equal(notes_remove(n, gone), STATUS_OK);
    notes_close(n);
    store_close(s);
    s = open_store();
    n = open_notes(s);
    buffer out = {0};
    json_writer w = json_to(&out);
    assert_true(notes_write_one(n, last, &w));
    assert_false(notes_write_one(n, gone, &w));
    buffer_add_byte(&out, '\0');
    assert_non_null(strstr(out.bytes, "\"at\":\"1970-01-01T00:00:00.004Z\","
                                      "\"until\":\"1970-01-01T00:00:00.008Z\","
                                      "\"text\":\"f\xC3\xBCr \\\\\\\" immer\""));
    buffer_deinit(&out);
    assert_true(added(n, 6, 6, "new") > last);
    notes_close(n);
    store_close(s);
}

static bool file_has(const char *ending, const char *words) {
    char name[128], bytes[65536];
    (void)snprintf(name, sizeof name, "%s%s", path, ending);
    FILE *f = fopen(name, "rb");
    bool found = false;
    for (size_t count; f != NULL && !found && (count = fread(bytes, 1, sizeof bytes, f)) > 0;)
        found = memmem(bytes, count, words, strlen(words)) != NULL;
    if (f != NULL) (void)fclose(f);
    return found;
}

static void what_is_taken_away_leaves_the_file(void **state) {
    (void)state;
    use_file("away.db");
    store *s = open_store();
    notes *n = open_notes(s);
    uint64_t id = added(n, 5, 5, "a secret that was noted by mistake");
    assert_true(file_has("-wal", "noted by mistake") || file_has("", "noted by mistake"));
    assert_int_equal(notes_remove(n, id), STATUS_OK);
    assert_false(file_has("-wal", "noted by mistake"));
    assert_false(file_has("", "noted by mistake"));
    notes_close(n);
    store_close(s);
}

/* Whatever the disk does: what was told to be stored is there, and nothing else. */
static void a_disk_that_fails_loses_nothing(void **state) {
    (void)state;
    use_file("faults.db");
    for (int kind = 0; kind < FAULT_READ_ONLY; kind++) {
        for (uint64_t after = 0; after < 12; after++) {
            char expected[8] = "";
            uint64_t id = 0, kept;
            (void)unlink(path);
            store *s = open_store();
            notes *n = open_notes(s);
            kept = added(n, 1, 1, "a");
            fault_vfs_fail(after, 3, (fault_kind)kind);
            bool is_removed = notes_remove(n, kept) == STATUS_OK;
            status was_added = add(n, 2, 2, "b", &id);
            (void)fault_vfs_end();
            assert_true(was_added == STATUS_OK || was_added == STATUS_CANNOT_WRITE);
            (void)snprintf(expected, sizeof expected, "%s%s", is_removed ? "" : "a",
                           was_added == STATUS_OK ? "b" : "");
            expect_all(n, expected);
            notes_close(n);
            store_close(s);
            s = open_store();
            n = open_notes(s);
            expect_all(n, expected);
            assert_int_equal(add(n, 3, 3, "c", &id), STATUS_OK);
            notes_close(n);
            store_close(s);
        }
    }
}

enum { WRITERS = 4, ROUNDS = 40 };

static void *note_and_take_away(void *context) {
    notes *n = context;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t id;
        buffer out = {0};
        json_writer w = json_to(&out);
        if (add(n, i, i + 1, "of several", &id) == STATUS_OK && i % 2 == 0)
            (void)notes_remove(n, id);
        (void)notes_write_list(n, 0, ROUNDS, &w);
        buffer_deinit(&out);
    }
    return NULL;
}

/* What was noted of the even times was taken away by the last who noted it. */
static void many_may_note_at_a_time(void **state) {
    pthread_t threads[WRITERS];
    (void)state;
    use_file("threads.db");
    store *s = open_store();
    notes *n = open_notes(s);
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, note_and_take_away, n), 0);
    for (int i = 0; i < WRITERS; i++) (void)pthread_join(threads[i], NULL);
    buffer shown = {0}, kept = {0};
    json_writer w = json_to(&shown), after = json_to(&kept);
    assert_int_equal(notes_write_list(n, INT64_MIN, INT64_MAX, &w), ROUNDS / 2);
    notes_close(n);
    store_close(s);
    s = open_store();
    n = open_notes(s);
    (void)notes_write_list(n, INT64_MIN, INT64_MAX, &after);
    assert_true(text_equal(buffer_text(&shown), buffer_text(&kept)));
    buffer_deinit(&shown);
    buffer_deinit(&kept);
    notes_close(n);
    store_close(s);
}

static status live_a_little(void *context) {
    notes *n;
    uint64_t id;
    buffer out = {0};
    json_writer w = json_to(&out);
    status s = notes_open(context, NULL, &n);
    if (s != STATUS_OK) return s;
    s = add(n, 77, 77, "x", &id);
    (void)notes_write_list(n, INT64_MIN, INT64_MAX, &w);
    if (s == STATUS_OK) s = notes_remove(n, id);
    if (s == STATUS_OK && out.failed) s = STATUS_NO_MEMORY;
    buffer_deinit(&out);
    notes_close(n);
    return s;
}

static void they_survive_every_failed_allocation(void **state) {
    (void)state;
    assert_in_range(torture(live_a_little, NULL, 1000), 3, 1000);
    use_file("torture.db");
    store *s = open_store();
    notes *n = open_notes(s);
    (void)added(n, 1, 1, "kept");
    assert_in_range(torture(live_a_little, s, 1000), 4, 1000);
    notes_close(n);
    n = open_notes(s);
    expect(n, 1, 2, "kept");
    notes_close(n);
    store_close(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_stand_in_the_order_of_their_times),
        cmocka_unit_test(the_same_again_is_the_one_that_is_there),
        cmocka_unit_test(there_are_only_so_many),
        cmocka_unit_test(a_restart_keeps_them),
        cmocka_unit_test(what_is_taken_away_leaves_the_file),
        cmocka_unit_test(a_disk_that_fails_loses_nothing),
        cmocka_unit_test(many_may_note_at_a_time),
        cmocka_unit_test(they_survive_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, begin, test_folder_close);
}
