/* SPDX-License-Identifier: MIT */
/* What outlives a run: tries, waits and money; and which streams words choose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeline/base/log.h"
#include "pipeline/sources/x_stream_account.h"
#include "pipeline/sources/x_stream_kinds.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/fake_clock.h"

#define START_MS 1600000000000
static fake_clock test_clock;
static char folder[] = "/tmp/dunlin-account-XXXXXX", path[64], lock_path[80], deep[128];

static int setup(void **state) {
    (void)state;
    if (mkdtemp(folder) == NULL) return -1;
    (void)snprintf(path, sizeof path, "%s/x.state", folder);
    (void)snprintf(lock_path, sizeof lock_path, "%s.lock", path);
    (void)snprintf(deep, sizeof deep, "%s/a/b/x.state", folder);
    fake_clock_init(&test_clock, START_MS);
    return 0;
}

static int teardown(void **state) {
    char command[128];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static x_account *open_at(const char *where, double budget_usd) {
    const x_account_options o = {
        .path = where, .budget_usd = budget_usd, .clock = &test_clock.base};
    x_account *a;
    assert_int_equal(x_account_open(&o, &a), STATUS_OK);
    return a;
}

static int64_t spent_micro_usd(x_account *a) {
    x_spent s;
    x_account_get_spent(a, &s);
    return (int64_t)(s.spent_usd * 1e6 + 0.5);
}

static void what_was_tried_is_known_to_the_next_run(void **state) {
    (void)state;
    x_backoff b = {.network = 3, .http = 2, .rate = 1}, back;
    int64_t next_ms;
    for (int64_t i = 0; i < 100; i++) x_backoff_asked(&b, START_MS + i);
    x_account *a = open_at(deep, 0);
    x_account_save(a, "filtered", &b, START_MS + 500);
    x_account_save(a, "sample10:1", &(x_backoff){.http = 7}, 0);
    x_account_close(a);
    struct stat s;
    assert_int_equal(stat(deep, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
    a = open_at(deep, 0);
    x_account_load(a, "filtered", &back, &next_ms);
    assert_int_equal(next_ms, START_MS + 500);
    assert_int_equal(back.network, 3);
    assert_int_equal(back.http, 2);
    assert_int_equal(back.rate, 1);
    assert_int_equal(back.asked, X_CONNECTS_MAX);
    assert_int_equal(x_backoff_wait_ms(&back, X_END_ALIVE, START_MS + 100, 0),
                     x_backoff_wait_ms(&b, X_END_ALIVE, START_MS + 100, 0));
    x_account_load(a, "sample10:1", &back, &next_ms);
    assert_int_equal(back.http, 7);
    x_account_load(a, "never", &back, &next_ms);
    assert_int_equal(back.asked + (uint64_t)next_ms, 0);
    x_account_close(a);
}

static void two_processes_do_not_share_a_file(void **state) {
    (void)state;
    x_account *a = open_at(path, 0), *b;
    const x_account_options o = {.path = path};
    assert_int_equal(x_account_open(&o, &b), STATUS_NOT_POSSIBLE);
    assert_null(b);
    x_account_close(x_account_share(a));
    assert_int_equal(x_account_open(&o, &b), STATUS_NOT_POSSIBLE);
    x_account_close(a);
    assert_int_equal(x_account_open(&o, &b), STATUS_OK);
    x_account_close(b);
}

static void write_state(const char *words) {
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(words, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void a_damaged_file_is_refused_and_left_as_it_is(void **state) {
    (void)state;
    static const char *const damaged[] = {
        "",
        "dunlin x-state 2\nend\n",
        "dunlin x-state 1\n",
        "dunlin x-state 1\nspent 1 2\nend\n",
        "dunlin x-state 1\nspent 1 2 3\nen",
        "dunlin x-state 1\nspent -1 2 3\nend\n",
        "dunlin x-state 1\nspent 99999999999999999999 2 3\nend\n",
        "dunlin x-state 1\nday 1 2 3\nend\n",
        "dunlin x-state 1\nstream filtered 1 2\nend\n",
        "dunlin x-state 1\nstream filtered 1 2 3 4 x\nend\n",
        "dunlin x-state 1\nstream filtered 65 0 0 0\nend\n",
        "dunlin x-state 1\nstream aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1 0 0 0\nend\n",
        "dunlin x-state 1\nwhat\nend\n",
        "dunlin x-state 1\nend\nmore\n",
    };
    const x_account_options o = {.path = path, .clock = &test_clock.base};
    x_account *a;
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        char back[256] = "";
        write_state(damaged[i]);
        assert_int_equal(x_account_open(&o, &a), STATUS_BAD_FORMAT);
        assert_null(a);
        FILE *f = fopen(path, "r");
        assert_true(fread(back, 1, sizeof back - 1, f) == strlen(damaged[i]));
        (void)fclose(f);
        assert_string_equal(back, damaged[i]);
    }
    write_state("dunlin x-state 1\nspent 15000 1 1\nstream filtered 0 0 0 -5 1 2\nend\n");
    a = open_at(path, 0);
    assert_int_equal(spent_micro_usd(a), 15000);
    x_account_close(a);
    assert_int_equal(unlink(path), 0);
}

#define POST(id) "{\"data\":{\"id\":\"" id "\"}}\r\n"

static void a_resource_is_paid_once_a_day(void **state) {
    (void)state;
    x_account *a = open_at(NULL, 0);
    static const char line[] =
        "{\"data\":{\"id\":\"1\",\"author_id\":\"9\"},\"includes\":{\"users\":[{"
        "\"id\":\"9\"},{\"id\":\"8\"}],\"tweets\":[{\"id\":\"2\"}]}}\r\n";
    assert_true(x_account_spend(a, text_of(line)));
    assert_int_equal(spent_micro_usd(a), 2 * 5000 + 2 * 10000);
    assert_true(x_account_spend(a, text_of(line)));
    assert_int_equal(spent_micro_usd(a), 30000);
    fake_clock_advance(&test_clock, MS_PER_DAY);
    assert_true(x_account_spend(a, text_of(line)));
    assert_int_equal(spent_micro_usd(a), 60000);
    x_spent s;
    x_account_get_spent(a, &s);
    assert_int_equal(s.posts, 4);
    assert_int_equal(s.users, 4);
    assert_true(s.today_usd > 0.0299 && s.today_usd < 0.0301);
    x_account_close(a);
}

static void an_event_about_a_post_costs_nothing(void **state) {
    (void)state;
    x_account *a = open_at(NULL, 0.005);
    static const char *const free_lines[] = {
        "{\"data\":{\"delete\":{\"tweet\":{\"id\":\"1\",\"author_id\":\"2\"},\"event_at\":\"x\"}}}",
        "{\"errors\":[{\"id\":\"5\"}]}",
        "{\"includes\":{\"places\":[{\"id\":\"5\"}],\"media\":[{\"id\":\"6\"}]}}",
        "{\"matching_rules\":[{\"id\":\"5\"}]}",
        "{\"data\":{\"text\":\"\\\"id\\\":\\\"5\\\"\",\"attachments\":{\"id\":\"5\"}}}",
        "{\"data\":\"id\"}",
        "{\"data\":{\"id\":\"\"}}",
        "[[[[\"id\":\"5\"",
        "{\"data\":{\"id\"",
        "",
    };
    for (size_t i = 0; i < sizeof free_lines / sizeof free_lines[0]; i++)
        assert_true(x_account_spend(a, text_of(free_lines[i])));
    assert_int_equal(spent_micro_usd(a), 0);
    assert_false(x_account_is_spent(a));
    /* Either spelling, numbers, any order, pages, and blanks. */
    static const char *const one_post[] = {
        POST("11"), "{\"includes\":{\"posts\":[{\"text\":\"{[\",\"id\":\"12\"}]}}",
        "{ \"data\" : [ { \"x\" : [ { } ] , \"id\" : \"13\" } ] }", "{\"data\":{\"id\":14}}"};
    x_account *b = open_at(NULL, 0);
    for (size_t i = 0; i < 4; i++) {
        assert_true(x_account_spend(b, text_of(one_post[i])));
        assert_int_equal(spent_micro_usd(b), 5000 * (int64_t)(i + 1));
    }
    x_account_close(a);
    x_account_close(b);
}

static void the_cap_is_never_passed_and_holds_for_all_runs(void **state) {
    (void)state;
    x_account *a = open_at(path, 0.022);
    assert_true(x_account_spend(a, TEXT(POST("1"))));
    assert_true(x_account_spend(a, TEXT(POST("2") POST("3"))));
    x_account_close(a);
    a = open_at(path, 0.022); /* The ids of the day are forgotten: more is counted, never less. */
    assert_int_equal(spent_micro_usd(a), 15000);
    assert_true(x_account_spend(a, TEXT(POST("1"))));
    assert_true(x_account_is_spent(a));
    assert_true(x_account_spend(a, TEXT(POST("1")))); /* Known and free. */
    assert_false(x_account_spend(a, TEXT(POST("4"))));
    assert_false(x_account_spend(a, TEXT(POST("5"))));
    assert_int_equal(spent_micro_usd(a), 20000);
    x_account_close(a);
    assert_int_equal(unlink(path), 0);
}

/* What the file says at any moment is what a killed run leaves. */
static int64_t spent_in_file(void) {
    long long micro_usd = -1;
    char line[256];
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, "spent ", 6) == 0) micro_usd = strtoll(line + 6, NULL, 10);
    (void)fclose(f);
    return micro_usd;
}

static void a_killed_run_leaves_no_less_than_it_spent(void **state) {
    (void)state;
    char line[64] = "";
    x_account *a = open_at(path, 3.0);
    for (int i = 1; x_account_spend(a, text_of(line)); i++) {
        assert_true(spent_in_file() >= spent_micro_usd(a));
        assert_true(spent_in_file() <= 3000000);
        fake_clock_advance(&test_clock, i % 100);
        (void)snprintf(line, sizeof line, "{\"data\":{\"id\":\"%d\"}}", i);
    }
    assert_int_equal(spent_micro_usd(a), 3000000);
    x_account_close(a);
    assert_int_equal(unlink(path), 0);
}

static void a_full_memory_counts_all_as_new(void **state) {
    (void)state;
    x_account *a = open_at(NULL, 0);
    fail_alloc_begin(0, true);
    bool may = x_account_spend(a, TEXT(POST("1")));
    (void)fail_alloc_end();
    assert_true(may);
    assert_true(x_account_spend(a, TEXT(POST("1"))));
    assert_int_equal(spent_micro_usd(a), 10000);
    x_account_close(a);
}

static status open_and_save(void *context) {
    const x_account_options o = {.path = path, .clock = &test_clock.base};
    x_account *a;
    (void)context;
    status s = x_account_open(&o, &a);
    if (s == STATUS_OK) x_account_close(a);
    /* A buffer that cannot grow leaves the file as it was. */
    return s == STATUS_CANNOT_WRITE ? STATUS_NO_MEMORY : s;
}

static void opening_survives_every_failed_allocation(void **state) {
    (void)state;
    assert_in_range(torture(open_and_save, NULL, 100), 4, 100);
}

static void words_choose_streams(void **state) {
    (void)state;
    x_stream_choice c[8];
    size_t count;
    assert_int_equal(x_stream_choices(TEXT("filtered"), c, 8, &count), STATUS_OK);
    assert_int_equal(count, 1);
    assert_int_equal(c[0].kind + c[0].partition, X_STREAM_FILTERED);
    assert_int_equal(
        x_stream_choices(TEXT("sampled,tweets-compliance,users-compliance:3"), c, 8, &count),
        STATUS_OK);
    assert_int_equal(count, 6);
    for (uint32_t i = 1; i <= 4; i++) assert_int_equal(c[i].partition, i);
    assert_int_equal(c[5].kind, X_STREAM_USERS_COMPLIANCE);
    assert_int_equal(c[5].partition, 3);
    static const char *const wrong[] = {"",
                                        ",",
                                        "filtered,",
                                        "filtered,filtered",
                                        "filtered:1",
                                        "sample10:0",
                                        "sample10:3",
                                        "sample10:",
                                        "firehose:21",
                                        "compliance",
                                        "sample10,sample10:2",
                                        "Filtered",
                                        " filtered"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(x_stream_choices(text_of(wrong[i]), c, 8, &count), STATUS_BAD_ARGUMENT);
    assert_int_equal(x_stream_choices(TEXT("firehose"), c, 8, &count), STATUS_TOO_LARGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_tried_is_known_to_the_next_run),
        cmocka_unit_test(two_processes_do_not_share_a_file),
        cmocka_unit_test(a_damaged_file_is_refused_and_left_as_it_is),
        cmocka_unit_test(a_resource_is_paid_once_a_day),
        cmocka_unit_test(an_event_about_a_post_costs_nothing),
        cmocka_unit_test(the_cap_is_never_passed_and_holds_for_all_runs),
        cmocka_unit_test(a_killed_run_leaves_no_less_than_it_spent),
        cmocka_unit_test(a_full_memory_counts_all_as_new),
        cmocka_unit_test(opening_survives_every_failed_allocation),
        cmocka_unit_test(words_choose_streams),
    };
    log_set_level(LOG_ERROR);
    return cmocka_run_group_tests(tests, setup, teardown);
}
