/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "pipeline/store/text_blocks.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/store_run.h"
#include "tests/support/test_folder.h"

static store *opened(const char *path) {
    buffer why = {0};
    store *s = NULL;
    store_options o = {.path = path};
    status st = store_open(&o, &s, &why);
    if (st != STATUS_OK) (void)fprintf(stderr, "%.*s\n", (int)why.count, why.bytes);
    assert_int_equal(st, STATUS_OK);
    buffer_deinit(&why);
    return s;
}

/* Not opened, with these words. */
static void assert_refused(const char *path, const char *words) {
    buffer why = {0};
    store *s = NULL;
    store_options o = {.path = path};
    assert_int_not_equal(store_open(&o, &s, &why), STATUS_OK);
    assert_null(s);
    buffer_add_byte(&why, 0);
    if (strstr(why.bytes, words) == NULL) fail_msg("\"%s\" does not say \"%s\"", why.bytes, words);
    buffer_deinit(&why);
}

static void append_all(store *s, uint64_t from, uint64_t to) {
    for (uint64_t n = from; n <= to; n++) assert_int_equal(store_run_append(s, n), STATUS_OK);
}

static store_run_found found_in(store *s) {
    store_run_found found = {0};
    assert_int_equal(store_run_read(s, &found), STATUS_OK);
    return found;
}

static void assert_all(const char *path, uint64_t to) {
    store *s = opened(path);
    store_run_found found = found_in(s);
    assert_false(found.is_wrong);
    assert_int_equal(found.epochs, to);
    assert_int_equal(found.last, to);
    assert_int_equal(found.left_out, 0);
    store_close(s);
}

static void run_sql(const char *path, const char *words) {
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, words, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static bool file_has(const char *path, const char *ending, text bytes) {
    char name[160];
    (void)snprintf(name, sizeof name, "%s%s", path, ending);
    FILE *f = fopen(name, "rb");
    if (f == NULL) return false;
    buffer all = {0};
    size_t count;
    while (buffer_reserve(&all, 65536) && (count = fread(all.bytes + all.count, 1, 65536, f)) > 0)
        all.count += count;
    (void)fclose(f);
    bool has = memmem(all.bytes, all.count, bytes.bytes, bytes.count) != NULL;
    buffer_deinit(&all);
    return has;
}

/* ---- appending and reading ---- */

static void what_was_appended_comes_back_in_its_order(void **state) {
    (void)state;
    const char *path = test_folder_path("order.db");
    store *s = opened(path);
    store_run_found found = found_in(s);
    assert_int_equal(found.epochs, 0);
    append_all(s, 1, 50);
    store_close(s);
    s = opened(path);
    append_all(s, 51, 60);
    store_state state_now;
    store_get_state(s, &state_now);
    assert_true(state_now.is_open && state_now.is_writing);
    assert_int_equal(state_now.epochs, 60);
    store_close(s);
    assert_all(path, 60);
    struct stat file;
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
}

static void frames_of_one_epoch_are_one_row(void **state) {
    (void)state;
    store *s = opened(test_folder_path("frames.db"));
    buffer frames[20] = {{0}};
    text texts[20];
    for (uint64_t n = 0; n < 20; n++) {
        assert_true(store_run_pack(n + 1, &frames[n]));
        texts[n] = buffer_text(&frames[n]);
    }
    assert_int_equal(store_append(s, texts, 20), STATUS_OK);
    assert_int_equal(store_append(s, NULL, 0), STATUS_OK);
    store_run_found found = found_in(s);
    assert_int_equal(found.epochs, 20); /* Batches. */
    assert_false(found.is_wrong);
    store_state state_now;
    store_get_state(s, &state_now);
    assert_int_equal(state_now.epochs, 1);
    assert_int_equal(state_now.records, found.records);
    text bad = {"\x01junk", 5};
    assert_int_equal(store_append(s, &bad, 1), STATUS_BAD_ARGUMENT);
    assert_int_equal(found_in(s).epochs, 20);
    append_all(s, 21, 21);
    store_close(s);
    for (size_t i = 0; i < 20; i++) buffer_deinit(&frames[i]);
}

static status stop_at_three(void *context, const record_batch *b, const store_tally *t, size_t n) {
    int *count = context;
    (void)b, (void)t, (void)n;
    return ++*count == 3 ? STATUS_STOPPED : STATUS_OK;
}

static void reading_ends_when_the_taker_says_so(void **state) {
    (void)state;
    int count = 0;
    store *s = opened(test_folder_path("stop.db"));
    append_all(s, 1, 9);
    assert_int_equal(store_read(s, stop_at_three, &count), STATUS_STOPPED);
    assert_int_equal(count, 3);
    store_close(s);
}

/* ---- files that are refused, and old ones ---- */

static void what_is_no_journal_of_ours_is_refused_in_words(void **state) {
    (void)state;
    const char *path = test_folder_path("other.db");
    run_sql(path, "CREATE TABLE t (a); PRAGMA user_version = 1");
    assert_refused(path, "another program's database");
    path = test_folder_path("text.db");
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    for (int i = 0; i < 1000; i++) assert_true(fputs("no database at all\n", f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_refused(path, "no database");
    assert_refused(test_folder(), "is no file");
    assert_refused(test_folder_path("none/x.db"), "No such file");
    assert_refused("", "has no name");
}

static void a_newer_journal_is_refused_in_words(void **state) {
    (void)state;
    const char *path = test_folder_path("newer.db");
    store *s = opened(path);
    append_all(s, 1, 3);
    store_close(s);
    run_sql(path, "PRAGMA user_version = 4");
    assert_refused(path, "a newer dunlin's: its schema is 4, this one knows 3");
    run_sql(path, "PRAGMA user_version = 3");
    assert_all(path, 3); /* It was left alone. */
}

/* A file as schema 1 had it: rows without filters, and no index. */
static void make_old(const char *path) {
    run_sql(path, "CREATE TABLE old AS SELECT epoch, latest_ms, records, bodies FROM journal;"
                  "DROP TABLE journal;"
                  "CREATE TABLE journal (epoch INTEGER PRIMARY KEY, latest_ms INTEGER NOT NULL,"
                  " records INTEGER NOT NULL, bodies BLOB NOT NULL);"
                  "INSERT INTO journal SELECT * FROM old; DROP TABLE old; DROP TABLE notes;"
                  "PRAGMA user_version = 1");
}

static void an_older_journal_is_brought_forward(void **state) {
    (void)state;
    const char *path = test_folder_path("older.db");
    store *s = opened(path);
    append_all(s, 1, 30);
    store_close(s);
    make_old(path);
    assert_all(path, 30);
    s = opened(path);
    uint64_t user = 7;
    assert_int_equal(store_forget_users(s, &user, 1), STATUS_OK);
    assert_true(store_run_settle(s));
    store_run_found found = {.may_miss_records = true};
    assert_int_equal(store_run_read(s, &found), STATUS_OK);
    assert_int_equal(found.left_out, 1);
    assert_int_equal(found.epochs, 30);
    append_all(s, 31, 31);
    store_close(s);
}

static status count_notes(void *context, const store_note *n) {
    size_t *count = context;
    assert_true(text_equal(n->words, TEXT("goal")));
    ++*count;
    return STATUS_OK;
}

static void a_journal_of_before_there_were_notes_takes_them(void **state) {
    (void)state;
    const char *path = test_folder_path("without-notes.db");
    size_t count = 0;
    store *s = opened(path);
    append_all(s, 1, 5);
    store_close(s);
    run_sql(path, "DROP TABLE notes; PRAGMA user_version = 2");
    assert_all(path, 5);
    s = opened(path);
    assert_int_equal(store_put_note(s, &(store_note){7, 1, 2, 3, TEXT("goal")}), STATUS_OK);
    store_close(s);
    assert_all(path, 5);
    s = opened(path);
    assert_int_equal(store_read_notes(s, count_notes, &count), STATUS_OK);
    assert_int_equal(count, 1);
    store_close(s);
}

static void one_server_a_file(void **state) {
    (void)state;
    const char *path = test_folder_path("locked.db");
    char words[64], other[160];
    store *s = opened(path);
    (void)snprintf(words, sizeof words, "is in use by process %ld", (long)getpid());
    assert_refused(path, words);
    (void)snprintf(other, sizeof other, "%s/./locked.db", test_folder());
    assert_refused(other, words);
    append_all(s, 1, 3); /* It takes no harm. */
    store_close(s);
    assert_all(path, 3);
}

/* ---- forgetting ---- */

static void what_is_deleted_leaves_the_file(void **state) {
    (void)state;
    const char *path = test_folder_path("forget.db");
    store *s = opened(path);
    buffer frame = {0};
    append_all(s, 1, 40);
    assert_true(store_run_pack(41, &frame));
    text t = buffer_text(&frame), tail = text_slice(t, t.count - 40, t.count);
    assert_int_equal(store_append(s, &t, 1), STATUS_OK);
    assert_true(file_has(path, "-wal", tail));
    uint64_t tweets[] = {410, 31, 999}, user = 20;
    assert_int_equal(store_forget(s, tweets, 3), STATUS_OK);
    assert_int_equal(store_forget_users(s, &user, 1), STATUS_OK);
    assert_true(store_run_settle(s));
    assert_false(file_has(path, "-wal", tail));
    assert_false(file_has(path, "", tail));
    store_run_found found = {.may_miss_records = true};
    assert_int_equal(store_run_read(s, &found), STATUS_OK);
    store_state now;
    store_get_state(s, &now);
    assert_false(found.is_wrong);
    assert_int_equal(found.epochs, 41);
    assert_int_equal(now.forgotten, 2 + 2); /* Of user 20: one tweet and the user. */
    assert_int_equal(now.records, found.records);
    assert_int_equal(found.left_out, 1);
    store_close(s);
    buffer_deinit(&frame);
}

/* An undelete and a new line may have come before the rows follow the delete. */
static void what_is_appended_after_a_delete_stays(void **state) {
    (void)state;
    store *s = opened(test_folder_path("later.db"));
    uint64_t tweets[] = {20, 30};
    append_all(s, 1, 2);
    assert_int_equal(store_forget(s, tweets, 2), STATUS_OK);
    append_all(s, 3, 3); /* Has 30. */
    assert_true(store_run_settle(s));
    store_run_found found = {.may_miss_records = true};
    assert_int_equal(store_run_read(s, &found), STATUS_OK);
    assert_int_equal(found.epochs, 3);
    assert_int_equal(found.records, 3 + 4 + 5 - 1);
    assert_int_equal(store_forget(s, tweets, 2), STATUS_OK);
    assert_true(store_run_settle(s));
    found = (store_run_found){.may_miss_records = true};
    assert_int_equal(store_run_read(s, &found), STATUS_OK);
    assert_int_equal(found.records, 3 + 4 + 5 - 2);
    store_close(s);
}

/* ---- retention ---- */

static bool wait_for_epochs(store *s, uint64_t epochs) {
    store_state now;
    for (int i = 0; i < 30000; i++) {
        store_get_state(s, &now);
        if (now.epochs <= epochs) return true;
        (void)usleep(2000);
    }
    return false;
}

static void what_is_older_than_the_floor_goes(void **state) {
    (void)state;
    const char *path = test_folder_path("floor.db");
    store *s = opened(path);
    assert_true(store_floor_ms(s) == INT64_MIN);
    append_all(s, 1, 500);
    int64_t floor_ms = TWITTER_EPOCH_MS + 400 * STORE_RUN_TIME_MS;
    assert_int_equal(store_set_floor(s, floor_ms), STATUS_OK);
    assert_int_equal(store_set_floor(s, floor_ms - 1), STATUS_OK);
    assert_true(store_floor_ms(s) == floor_ms);
    assert_true(wait_for_epochs(s, 100));
    store_run_found found = found_in(s);
    assert_int_equal(found.first, 401);
    assert_int_equal(found.epochs, 100);
    store_close(s);
    s = opened(path);
    assert_true(store_floor_ms(s) == floor_ms);
    store_close(s);
}

static void rules_outlive_the_floor(void **state) {
    (void)state;
    store *s = opened(test_folder_path("rules.db"));
    record_batch *b = record_batch_new();
    record *r = record_batch_add(b);
    buffer frame = {0};
    r->kind = RECORD_FIX;
    r->fix.number = 1;
    assert_int_equal(store_pack(b, &frame), STATUS_OK);
    text t = buffer_text(&frame);
    assert_int_equal(store_append(s, &t, 1), STATUS_OK);
    append_all(s, 2, 9);
    assert_int_equal(store_set_floor(s, INT64_MAX), STATUS_OK);
    assert_true(wait_for_epochs(s, 1));
    store_state now;
    store_get_state(s, &now);
    assert_int_equal(now.records, 1);
    store_close(s);
    record_batch_free(b);
    buffer_deinit(&frame);
}

static void a_file_that_is_too_large_loses_what_is_oldest(void **state) {
    (void)state;
    enum { BYTES_MAX = 512 * 1024 };
    buffer why = {0};
    store *s;
    const char *path = test_folder_path("large.db");
    store_options o = {.path = path, .bytes_max = BYTES_MAX};
    assert_int_equal(store_open(&o, &s, &why), STATUS_OK);
    append_all(s, 1, 8000);
    store_close(s); /* The last round comes first. */
    struct stat file;
    assert_int_equal(stat(path, &file), 0);
    assert_true(file.st_size <= BYTES_MAX);
    s = opened(path);
    store_run_found found = found_in(s);
    assert_int_equal(found.last, 8000);
    assert_true(found.epochs > 500 && found.epochs < 8000);
    assert_true(store_floor_ms(s) ==
                TWITTER_EPOCH_MS + (int64_t)(found.first - 1) * STORE_RUN_TIME_MS);
    store_close(s);
}

/* ---- blocks ---- */

static void blocks_of_text_come_back(void **state) {
    (void)state;
    store *s = opened(test_folder_path("blocks.db"));
    static char bytes[TEXT_BLOCK_BYTES_MAX], back[TEXT_BLOCK_BYTES_MAX];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)(i * 7919 >> 5);
    size_t count = 0;
    assert_int_equal(store_get_block(s, 3, back, sizeof back, &count), STATUS_NOT_FOUND);
    for (uint32_t n = 0; n < 8; n++)
        assert_int_equal(store_put_block(s, n, (text){bytes + n, sizeof bytes - n * 1000}),
                         STATUS_OK);
    assert_int_equal(store_put_block(s, 4, TEXT("short")), STATUS_OK);
    for (uint32_t n = 0; n < 8; n++) {
        assert_int_equal(store_get_block(s, n, back, sizeof back, &count), STATUS_OK);
        assert_int_equal(count, n == 4 ? 5 : sizeof bytes - n * 1000);
        assert_memory_equal(back, n == 4 ? "short" : bytes + n, count);
    }
    assert_int_equal(store_get_block(s, 1, back, 10, &count), STATUS_TOO_LARGE);
    assert_int_equal(store_drop_block(s, 5), STATUS_OK);
    assert_int_equal(store_get_block(s, 5, back, sizeof back, &count), STATUS_NOT_FOUND);
    assert_int_equal(store_drop_block(s, 5), STATUS_OK);
    assert_int_equal(store_put_block(s, TEXT_BLOCKS_MAX, TEXT("x")), STATUS_BAD_ARGUMENT);
    assert_int_equal(store_put_block(s, 1, (text){bytes, sizeof bytes + 1}), STATUS_TOO_LARGE);
    store_close(s);
}

/* ---- memory ---- */

static status live_a_life(void *context) {
    buffer why = {0};
    store *s = NULL;
    store_options o = {.path = context};
    store_run_found found = {.may_miss_records = true};
    uint64_t id = 10;
    status st = store_open(&o, &s, &why);
    if (st == STATUS_OK) st = store_run_append(s, 1);
    if (st == STATUS_OK) st = store_forget(s, &id, 1);
    if (st == STATUS_OK) st = store_run_read(s, &found);
    if (st == STATUS_OK) st = store_put_block(s, 1, TEXT("block"));
    store_close(s);
    buffer_deinit(&why);
    (void)unlink(context);
    return st;
}

static void every_failed_allocation_is_survived(void **state) {
    (void)state;
    char path[128];
    (void)snprintf(path, sizeof path, "%s", test_folder_path("memory.db"));
    assert_true(torture(live_a_life, path, 1000) > 10);
}

/* ---- Scores ---- */

static status append_scored(store *s, uint64_t id) {
    record_batch *b = record_batch_new();
    buffer frame = {0};
    record *r = record_batch_add(b);
    assert_non_null(r);
    r->kind = RECORD_TWEET;
    r->fields = TWEET_TEXT | TWEET_SCORE;
    r->tweet = (tweet_record){.id = id, .text = TEXT("good"), .score = 440000, .score_label = 1};
    assert_int_equal(store_pack(b, &frame), STATUS_OK);
    const text frames[] = {buffer_text(&frame)};
    status st = store_append(s, frames, 1);
    buffer_deinit(&frame);
    record_batch_free(b);
    return st;
}

static status note_scored(void *context, const record_batch *b, const store_tally *tallies,
                          size_t tally_count) {
    (void)tallies, (void)tally_count;
    for (size_t i = 0; i < b->record_count; i++)
        if ((b->records[i].fields & TWEET_SCORE) != 0)
            *(uint64_t *)context |= (uint64_t)1 << b->records[i].tweet.id;
    return STATUS_OK;
}

/* Opened for the model, it says which tweets bring their scores; then one more is added. */
static uint64_t scored_for(const char *path, int64_t model, uint64_t next) {
    const store_options o = {.path = path, .scores_id = model};
    buffer why = {0};
    uint64_t scored = 0;
    store *s;
    assert_int_equal(store_open(&o, &s, &why), STATUS_OK);
    assert_int_equal(store_read(s, note_scored, &scored), STATUS_OK);
    assert_int_equal(append_scored(s, next), STATUS_OK);
    store_close(s);
    buffer_deinit(&why);
    return scored;
}

static void rows_of_another_model_come_back_without_their_scores(void **state) {
    const char *path = test_folder_path("scores");
    (void)state;
    assert_int_equal(scored_for(path, 7, 0), 0);
    assert_int_equal(scored_for(path, 7, 1), 1);
    assert_int_equal(scored_for(path, 7, 2), 3);
    assert_int_equal(scored_for(path, 8, 3), 0); /* Another model. */
    assert_int_equal(scored_for(path, 8, 4), 1 << 3);
    assert_int_equal(scored_for(path, 7, 5), 0); /* Which rows are the first's is not known. */
    assert_int_equal(scored_for(path, 7, 6), 1 << 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_appended_comes_back_in_its_order),
        cmocka_unit_test(frames_of_one_epoch_are_one_row),
        cmocka_unit_test(reading_ends_when_the_taker_says_so),
        cmocka_unit_test(what_is_no_journal_of_ours_is_refused_in_words),
        cmocka_unit_test(a_newer_journal_is_refused_in_words),
        cmocka_unit_test(an_older_journal_is_brought_forward),
        cmocka_unit_test(a_journal_of_before_there_were_notes_takes_them),
        cmocka_unit_test(one_server_a_file),
        cmocka_unit_test(what_is_deleted_leaves_the_file),
        cmocka_unit_test(what_is_appended_after_a_delete_stays),
        cmocka_unit_test(what_is_older_than_the_floor_goes),
        cmocka_unit_test(rules_outlive_the_floor),
        cmocka_unit_test(a_file_that_is_too_large_loses_what_is_oldest),
        cmocka_unit_test(blocks_of_text_come_back),
        cmocka_unit_test(rows_of_another_model_come_back_without_their_scores),
        cmocka_unit_test(every_failed_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, test_folder_open, test_folder_close);
}
