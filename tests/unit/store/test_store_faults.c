/* SPDX-License-Identifier: MIT */
/* What a disk, a kill and a loss of power do to the journal.  TORTURE=SECONDS does what
 * is done by chance more often, for about so long. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "pipeline/base/random.h"
#include "tests/support/fault_vfs.h"
#include "tests/support/store_run.h"
#include "tests/support/test_folder.h"

static uint64_t times(uint64_t count) {
    enum { SECONDS_ONCE = 8 };
    const char *words = getenv("TORTURE");
    return count * (1 + (words == NULL ? 0 : strtoull(words, NULL, 10) / SECONDS_ONCE));
}

static void remove_all(const char *path) {
    static const char *const endings[] = {"", "-wal", "-shm", "-lock"};
    char name[160];
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, endings[i]);
        (void)unlink(name);
    }
}

static int begin(void **state) {
    return test_folder_open(state) != 0 || fault_vfs() == NULL;
}

static status open_with(const char *path, const char *vfs, store **s, buffer *why) {
    store_options o = {.path = path, .vfs = vfs};
    buffer_clear(why);
    return store_open(&o, s, why);
}

/* What stands in the file, read by SQLite's own way; false: it was refused, in words. */
static bool read_back(const char *path, store_run_found *found) {
    buffer why = {0};
    store *s = NULL;
    status st = open_with(path, NULL, &s, &why);
    assert_true(st == STATUS_OK || why.count > 0);
    if (st == STATUS_OK) {
        found->may_miss_records = true;
        st = store_run_read(s, found);
    }
    store_close(s);
    buffer_deinit(&why);
    return st == STATUS_OK;
}

/* ---- a disk that fails ---- */

enum { RUN_EPOCHS = 6, TRIES_MAX = 50 };

/* All of it has to be done in the end, however often it is tried. */
static void append_at_last(store *s, uint64_t n) {
    for (int i = 0; i < TRIES_MAX; i++) {
        status st = store_run_append(s, n);
        store_state now;
        store_get_state(s, &now);
        assert_true(st == STATUS_OK || st == STATUS_CANNOT_WRITE);
        assert_int_equal(now.is_writing, st == STATUS_OK);
        if (st == STATUS_OK) return;
        assert_true(now.detail[0] != 0 && now.since_ms > 0);
    }
    fail();
}

static void run_with_a_fault(const char *path, uint64_t at, uint64_t count, fault_kind kind) {
    buffer why = {0};
    store *s = NULL;
    status st = STATUS_CANNOT_OPEN;
    fault_vfs_fail(at, count, kind);
    for (int i = 0; i < TRIES_MAX && st != STATUS_OK; i++) {
        st = open_with(path, fault_vfs(), &s, &why);
        assert_true(st == STATUS_OK || why.count > 0);
    }
    assert_int_equal(st, STATUS_OK);
    uint64_t tweet = 20;
    for (uint64_t n = 1; n <= RUN_EPOCHS; n++) {
        append_at_last(s, n);
        if (n == 3) assert_int_equal(store_forget(s, &tweet, 1), STATUS_OK);
        if (n == 4)
            assert_int_equal(store_set_floor(s, TWITTER_EPOCH_MS + STORE_RUN_TIME_MS), STATUS_OK);
    }
    assert_true(store_run_settle(s)); /* What failed there is tried again too. */
    (void)fault_vfs_end();
    store_close(s);
    buffer_deinit(&why);
}

static void every_write_fails(fault_kind kind, uint64_t count) {
    const char *path = test_folder_path("fault.db");
    uint64_t before = fault_vfs_calls();
    run_with_a_fault(path, 0, 0, kind);
    uint64_t calls = fault_vfs_calls() - before;
    assert_true(calls > 20);
    remove_all(path);
    for (uint64_t at = 0; at <= calls; at++) {
        run_with_a_fault(path, at, count, kind);
        store_run_found found = {0};
        assert_true(read_back(path, &found));
        assert_false(found.is_wrong);
        assert_int_equal(found.last, RUN_EPOCHS);
        assert_int_equal(found.left_out, 0);
        assert_true(found.epochs == RUN_EPOCHS - 1 || found.epochs == RUN_EPOCHS);
        remove_all(path);
    }
    (void)printf("fault %d x %d: %d runs, each with nothing lost\n", (int)kind, (int)count,
                 (int)calls + 1);
}

static void when_any_write_fails_nothing_acknowledged_is_lost(void **state) {
    (void)state;
    for (int kind = 0; kind < FAULT_KINDS; kind++) every_write_fails((fault_kind)kind, 1);
    every_write_fails(FAULT_FULL, 7);
}

static void a_full_disk_is_said_and_writing_resumes(void **state) {
    (void)state;
    const char *path = test_folder_path("full.db");
    buffer why = {0};
    store *s;
    store_state now;
    assert_int_equal(open_with(path, fault_vfs(), &s, &why), STATUS_OK);
    append_at_last(s, 1);
    fault_vfs_fail(0, UINT64_MAX / 2, FAULT_FULL);
    for (int i = 0; i < 20; i++) assert_int_equal(store_run_append(s, 2), STATUS_CANNOT_WRITE);
    store_get_state(s, &now);
    assert_false(now.is_writing);
    assert_true(now.is_open && now.since_ms > 0 && now.detail[0] != 0);
    (void)fault_vfs_end();
    append_at_last(s, 2);
    store_get_state(s, &now);
    assert_true(now.is_writing && now.since_ms == 0 && now.detail[0] == 0);
    store_close(s);
    store_run_found found = {0};
    assert_true(read_back(path, &found));
    assert_int_equal(found.epochs, 2);
    buffer_deinit(&why);
}

static void a_file_that_may_only_be_read_is_refused_in_words(void **state) {
    (void)state;
    const char *path = test_folder_path("read-only.db");
    buffer why = {0};
    store *s;
    assert_int_equal(open_with(path, fault_vfs(), &s, &why), STATUS_OK);
    append_at_last(s, 1);
    store_close(s);
    fault_vfs_set_read_only(true);
    status st = open_with(path, fault_vfs(), &s, &why);
    fault_vfs_set_read_only(false);
    assert_int_equal(st, STATUS_CANNOT_WRITE);
    buffer_add_byte(&why, 0);
    assert_string_equal(why.bytes, "cannot be used: it may only be read");
    store_run_found found = {0};
    assert_true(read_back(path, &found));
    assert_int_equal(found.epochs, 1);
    buffer_deinit(&why);
}

/* ---- damage ---- */

static void flip(const char *path, random_source *chance) {
    FILE *f = fopen(path, "r+b");
    struct stat file;
    if (f == NULL) return;
    assert_int_equal(fstat(fileno(f), &file), 0);
    uint64_t bytes = (uint64_t)file.st_size;
    for (uint64_t left = 1 + random_below(chance, 8); left > 0 && bytes > 100; left--) {
        /* Often in the header, which is small. */
        uint64_t most = random_below(chance, 4) == 0 ? 100 : bytes;
        assert_int_equal(fseek(f, (long)random_below(chance, most), SEEK_SET), 0);
        assert_true(fputc((int)random_below(chance, 256), f) >= 0);
    }
    assert_int_equal(fclose(f), 0);
}

/* A file and, where there is one, its WAL, as a kill leaves them. */
static void make_sample(const char *path, bool with_wal) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        buffer why = {0};
        store *s = NULL;
        if (open_with(path, NULL, &s, &why) != STATUS_OK) _exit(1);
        for (uint64_t n = 1; n <= 40; n++)
            if (store_run_append(s, n) != STATUS_OK) _exit(1);
        if (!with_wal) store_close(s);
        _exit(0);
    }
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how) && WEXITSTATUS(how) == 0);
}

static void copy_file(const char *from, const char *to, const char *ending) {
    char words[400];
    (void)snprintf(words, sizeof words, "if [ -e %s%s ]; then cp %s%s %s%s; fi", from, ending, from,
                   ending, to, ending);
    assert_int_equal(system(words), 0);
}

static void damage(bool in_wal, uint64_t seed, uint64_t *refused) {
    random_source chance = {seed};
    const char *sample = test_folder_path(in_wal ? "sample-w.db" : "sample.db"),
               *path = test_folder_path("flip.db");
    char wal[160];
    if (access(sample, F_OK) != 0) make_sample(sample, in_wal);
    copy_file(sample, path, "");
    copy_file(sample, path, "-wal");
    (void)snprintf(wal, sizeof wal, "%s%s", path, in_wal ? "-wal" : "");
    flip(wal, &chance);
    store_run_found found = {0};
    if (!read_back(path, &found))
        ++*refused;
    else
        assert_false(found.is_wrong); /* What is read is what was written. */
    remove_all(path);
}

static void a_damaged_file_is_refused_or_read_where_it_is_sound(void **state) {
    (void)state;
    uint64_t count = times(100), refused = 0;
    for (uint64_t i = 0; i < count; i++) damage(i % 3 == 2, i + 1, &refused);
    assert_true(refused > 0 && refused < count);
    (void)printf("%d files with flips: %d refused, the others read\n", (int)count, (int)refused);
}

static void a_cut_file_is_refused_or_read_where_it_is_sound(void **state) {
    (void)state;
    const char *sample = test_folder_path("sample-w.db"), *path = test_folder_path("cut.db");
    struct stat file;
    char wal[160];
    if (access(sample, F_OK) != 0) make_sample(sample, true);
    (void)snprintf(wal, sizeof wal, "%s-wal", sample);
    assert_int_equal(stat(wal, &file), 0);
    for (off_t bytes = 0; bytes < file.st_size; bytes += file.st_size / 40 + 1) {
        copy_file(sample, path, "");
        copy_file(sample, path, "-wal");
        (void)snprintf(wal, sizeof wal, "%s-wal", path);
        assert_int_equal(truncate(wal, bytes), 0);
        store_run_found found = {0};
        assert_true(read_back(path, &found));
        assert_false(found.is_wrong);
        assert_int_equal(found.left_out, 0);
        assert_int_equal(found.epochs, found.last);
        remove_all(path);
    }
}

/* While the disk takes nothing, frames wait with the caller, and deletes come. */
static void a_delete_reaches_what_waits_for_the_disk(void **state) {
    const char *path = test_folder_path("waiting.db");
    buffer why = {0}, frame = {0};
    store_run_found found = {.may_miss_records = true};
    uint64_t tweet = 20;
    store *s;
    (void)state;
    assert_int_equal(open_with(path, fault_vfs(), &s, &why), STATUS_OK);
    assert_int_equal(store_run_append(s, 1), STATUS_OK);
    assert_true(store_run_pack(2, &frame));
    const text waiting = buffer_text(&frame);
    fault_vfs_fail(0, 1000000, FAULT_FULL);
    assert_int_equal(store_append(s, &waiting, 1), STATUS_CANNOT_WRITE);
    assert_int_equal(store_forget(s, &tweet, 1), STATUS_OK);
    (void)fault_vfs_end();
    for (int i = 0; store_append(s, &waiting, 1) != STATUS_OK; i++) assert_true(i < TRIES_MAX);
    assert_true(store_run_settle(s));
    assert_int_equal(store_run_read(s, &found), STATUS_OK);
    assert_int_equal(found.records, 3 + 4 - 1);
    store_close(s);
    buffer_deinit(&frame);
    buffer_deinit(&why);
}

/* ---- kill -9 ---- */

static void append_until_killed(const char *path, uint64_t from, int to_parent) {
    buffer why = {0};
    store *s = NULL;
    if (open_with(path, NULL, &s, &why) != STATUS_OK) _exit(1);
    for (uint64_t n = from;; n++) {
        uint64_t tweet = n * 10 - 10;
        if (store_run_append(s, n) != STATUS_OK || store_forget(s, &tweet, n % 3 == 0) != STATUS_OK)
            _exit(1);
        if (write(to_parent, &n, sizeof n) != (ssize_t)sizeof n) _exit(1);
    }
}

/* The number that was acknowledged last. */
static uint64_t kill_one(const char *path, uint64_t from, random_source *chance) {
    int ends[2];
    uint64_t n, last = from - 1, most = random_below(chance, 60);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(ends[0]);
        append_until_killed(path, from, ends[1]);
    }
    (void)close(ends[1]);
    for (uint64_t i = 0; i < most && read(ends[0], &n, sizeof n) == (ssize_t)sizeof n; i++)
        last = n;
    (void)usleep((unsigned)random_below(chance, 3000));
    assert_int_equal(kill(child, SIGKILL), 0);
    while (read(ends[0], &n, sizeof n) == (ssize_t)sizeof n) last = n;
    (void)close(ends[0]);
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how)); /* And it had not failed before. */
    return last;
}

static void what_was_acknowledged_is_there_after_a_kill(void **state) {
    (void)state;
    random_source chance = {5};
    const char *path = test_folder_path("killed.db");
    uint64_t next = 1, kills = times(20);
    for (uint64_t i = 0; i < kills; i++) {
        uint64_t last = kill_one(path, next, &chance);
        store_run_found found = {0};
        assert_true(read_back(path, &found)); /* The lock has gone with its holder. */
        assert_false(found.is_wrong);
        assert_int_equal(found.left_out, 0);
        assert_int_equal(found.epochs, found.last);
        assert_true(found.last == last || found.last == last + 1);
        next = found.last + 1;
    }
    (void)printf("%d kills, %d epochs, none lost\n", (int)kills, (int)next - 1);
}

static void the_second_process_on_a_file_is_refused(void **state) {
    (void)state;
    const char *path = test_folder_path("two.db");
    buffer why = {0};
    char words[64];
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        store *held = NULL;
        if (open_with(path, NULL, &held, &why) != STATUS_OK) _exit(1);
        if (write(ends[1], "x", 1) != 1) _exit(1);
        for (;;) (void)pause();
    }
    assert_int_equal(read(ends[0], &byte, 1), 1);
    store *s = NULL;
    assert_int_equal(open_with(path, NULL, &s, &why), STATUS_NOT_POSSIBLE);
    buffer_add_byte(&why, 0);
    (void)snprintf(words, sizeof words, "is in use by process %ld", (long)child);
    assert_string_equal(why.bytes, words);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(open_with(path, NULL, &s, &why), STATUS_OK);
    store_close(s);
    (void)close(ends[0]);
    (void)close(ends[1]);
    buffer_deinit(&why);
}

/* ---- a loss of power ---- */

/* The disk forgets what was not synced, in any order.  The journal is then what it was
 * at some epoch, whole; what had reached the file before is never lost. */
static void after_a_loss_of_power_the_journal_is_whole(void **state) {
    (void)state;
    const char *path = test_folder_path("power.db"), *copy = test_folder_path("copy.db");
    buffer why = {0};
    store *s;
    uint64_t seed = 1, synced = 0, cuts = 0;
    fault_vfs_begin_power();
    assert_int_equal(open_with(path, fault_vfs(), &s, &why), STATUS_OK);
    for (uint64_t n = 1; n <= 60; n++) {
        uint64_t tweet = n * 10;
        append_at_last(s, n);
        if (n % 20 == 0) { /* Ends with an empty WAL. */
            assert_int_equal(store_forget(s, &tweet, 1), STATUS_OK);
            assert_true(store_run_settle(s));
            synced = n;
        }
        for (uint64_t i = 0; i < times(3); i++, cuts++) {
            store_run_found found = {0};
            assert_true(fault_vfs_cut_power(path, copy, seed++));
            assert_true(read_back(copy, &found));
            assert_false(found.is_wrong);
            assert_int_equal(found.left_out, 0);
            assert_true(found.last >= synced && found.last <= n);
            remove_all(copy);
        }
    }
    store_close(s);
    fault_vfs_end_power();
    buffer_deinit(&why);
    (void)printf("%d losses of power, none that broke the file\n", (int)cuts);
}

/* ---- the WAL ---- */

static void the_wal_is_bounded(void **state) {
    (void)state;
    enum { TEXT_BYTES = 1 << 20, WAL_BYTES_MAX = 64 * 1024 * 1024 };
    random_source chance = {3};
    record_batch *b = record_batch_new();
    char *bytes = malloc(TEXT_BYTES), wal[160];
    const char *path = test_folder_path("wal.db");
    buffer frame = {0}, why = {0};
    store *s;
    struct stat file;
    assert_non_null(bytes);
    for (size_t i = 0; i < TEXT_BYTES; i++) bytes[i] = (char)random_next(&chance);
    record *r = record_batch_add(b);
    r->fields = TWEET_TEXT;
    r->tweet.text = (text){bytes, TEXT_BYTES};
    assert_int_equal(store_pack(b, &frame), STATUS_OK);
    text t = buffer_text(&frame), many[20];
    for (size_t i = 0; i < 20; i++) many[i] = t;
    (void)snprintf(wal, sizeof wal, "%s-wal", path);
    assert_int_equal(open_with(path, NULL, &s, &why), STATUS_OK);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(store_append(s, many, 20), STATUS_OK);
        assert_int_equal(stat(wal, &file), 0);
        assert_true(file.st_size <= WAL_BYTES_MAX);
    }
    store_state now;
    store_get_state(s, &now);
    assert_int_equal(now.records, 200);
    store_close(s);
    assert_true(stat(wal, &file) != 0 || file.st_size == 0);
    free(bytes);
    record_batch_free(b);
    buffer_deinit(&frame);
    buffer_deinit(&why);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(when_any_write_fails_nothing_acknowledged_is_lost),
        cmocka_unit_test(a_full_disk_is_said_and_writing_resumes),
        cmocka_unit_test(a_file_that_may_only_be_read_is_refused_in_words),
        cmocka_unit_test(a_damaged_file_is_refused_or_read_where_it_is_sound),
        cmocka_unit_test(a_cut_file_is_refused_or_read_where_it_is_sound),
        cmocka_unit_test(what_was_acknowledged_is_there_after_a_kill),
        cmocka_unit_test(the_second_process_on_a_file_is_refused),
        cmocka_unit_test(after_a_loss_of_power_the_journal_is_whole),
        cmocka_unit_test(a_delete_reaches_what_waits_for_the_disk),
        cmocka_unit_test(the_wal_is_bounded),
    };
    return cmocka_run_group_tests(tests, begin, test_folder_close);
}
