/* SPDX-License-Identifier: MIT */
/* The log: its forms, hostile words in each, lines that come again, files that move. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/base/log.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/fake_clock.h"

static char log_path[64], moved_path[80];

static int begin(void **state) {
    (void)state;
    (void)snprintf(log_path, sizeof log_path, "/tmp/dunlin-log-XXXXXX");
    int file = mkstemp(log_path);
    if (file < 0) return -1;
    (void)close(file);
    (void)snprintf(moved_path, sizeof moved_path, "%s.1", log_path);
    return log_set_file(log_path) == STATUS_OK ? 0 : -1;
}

static int end(void **state) {
    (void)state;
    log_flush();
    log_set_format(LOG_TEXT);
    log_set_clock(NULL);
    (void)log_set_file(NULL);
    (void)unlink(log_path);
    (void)unlink(moved_path);
    return 0;
}

/* What the file holds, which is emptied. */
static void take(const char *path, char out[65536]) {
    int file = open(path, O_RDWR | O_CLOEXEC);
    assert_true(file >= 0);
    ssize_t count = read(file, out, 65535);
    assert_true(count >= 0);
    out[count] = '\0';
    assert_int_equal(ftruncate(file, 0), 0);
    (void)close(file);
}

static void each_form_has_time_level_part_and_words(void **state) {
    char said[65536];
    fake_clock clock;
    const log_field fields[] = {{"path", TEXT("a b")}, {"count", TEXT("12")}, {"none", {NULL, 0}}};
    (void)state;
    fake_clock_init(&clock, 1341403200000);
    log_set_clock(&clock.base);
    log_fields(LOG_WARNING, fields, 3, "the %s is full", "disk");
    log_set_format(LOG_LOGFMT);
    log_fields(LOG_ERROR, fields, 3, "the %s is full", "disk");
    log_line(LOG_INFO, "ready");
    log_set_format(LOG_JSON);
    log_fields(LOG_INFO, fields, 3, "the %s is full", "disk");
    log_line(LOG_DEBUG, "not said");
    take(log_path, said);
    assert_string_equal(
        said, "dunlin: warning: the disk is full path=\"a b\" count=12 none=\"\"\n"
              "ts=2012-07-04T12:00:00.000Z level=error part=test-log msg=\"the disk is full\" "
              "path=\"a b\" count=12 none=\"\"\n"
              "ts=2012-07-04T12:00:00.000Z level=info part=test-log msg=ready\n"
              "{\"ts\":\"2012-07-04T12:00:00.000Z\",\"level\":\"info\",\"part\":\"test-log\","
              "\"msg\":\"the disk is full\",\"path\":\"a b\",\"count\":\"12\",\"none\":\"\"}\n");
}

static const char *const hostile[] = {
    "a\nts=2012 level=error part=x msg=forged",
    "a\r\nforged",
    "\x1b[2J\x1b]0;title\x07",
    "quote\" level=error x=\"",
    "ends in a backslash\\",
    "\\\" level=error",
    "line\xE2\x80\xA8separator\xE2\x80\xA9",
    "bidi\xE2\x80\xAEtxt\xE2\x81\xA6",
    "c1\302\23331m",
    "bad\xFF\xFEutf8\xC3",
    "\x7F\x01\x02\x08\x0B\x0C",
    "{\"level\":\"error\"}",
    "%s%n%d",
};
enum { HOSTILE = sizeof hostile / sizeof hostile[0] };

static void expect_one_harmless_line(const char *said) {
    const char *newline = strchr(said, '\n');
    assert_true(newline != NULL && newline[1] == '\0');
    for (const char *c = said; c < newline; c++) {
        unsigned char u = (unsigned char)*c;
        assert_true(u >= 0x20 && u != 0x7F);
        assert_false(u == 0xC2 && (unsigned char)c[1] < 0xA0);
        assert_false(u == 0xE2 && (unsigned char)c[1] == 0x80 && (unsigned char)c[2] >= 0xA8 &&
                     (unsigned char)c[2] <= 0xAE);
        assert_false(u == 0xE2 && (unsigned char)c[1] == 0x81 && (unsigned char)c[2] >= 0xA6);
        assert_false(u == 0xFF || u == 0xFE);
    }
}

/* The keys of a line of logfmt, "ts,level,part,msg,word,"; asserts that it is one. */
static void keys_of(const char *line, char out[256]) {
    size_t count = 0;
    while (*line != '\n') {
        size_t key = strcspn(line, "=");
        assert_true(line[key] == '=' && count + key + 2 < 256);
        memcpy(out + count, line, key);
        count += key;
        out[count++] = ',';
        line += key + 1;
        if (*line == '"') {
            for (line++; *line != '"'; line++)
                if (*line == '\\') line++;
            line++;
        } else {
            line += strcspn(line, " \n");
        }
        if (*line == ' ') line++;
    }
    out[count] = '\0';
}

static void hostile_words_stay_in_their_place(void **state) {
    char said[65536], keys[256];
    (void)state;
    for (size_t i = 0; i < HOSTILE; i++) {
        const log_field field = {"word", text_of(hostile[i])};
        log_set_format(LOG_TEXT);
        log_fields(LOG_INFO, &field, 1, "%s", hostile[i]);
        take(log_path, said);
        expect_one_harmless_line(said);
        log_set_format(LOG_LOGFMT);
        log_fields(LOG_INFO, &field, 1, "%s", hostile[i]);
        take(log_path, said);
        expect_one_harmless_line(said);
        keys_of(said, keys);
        assert_string_equal(keys, "ts,level,part,msg,word,");
        log_set_format(LOG_JSON);
        log_fields(LOG_INFO, &field, 1, "%s", hostile[i]);
        take(log_path, said);
        expect_one_harmless_line(said);
        json_t *object = json_loads(said, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(object);
        assert_int_equal(json_object_size(object), 5);
        assert_string_equal(json_string_value(json_object_get(object, "level")), "info");
        json_decref(object);
    }
}

static size_t lines_in(const char *said) {
    size_t count = 0;
    for (; *said != '\0'; said++) count += *said == '\n' ? 1 : 0;
    return count;
}

static void a_line_that_comes_again_is_left_out_and_counted(void **state) {
    char said[65536];
    fake_clock clock;
    (void)state;
    fake_clock_init(&clock, 1341403200000);
    log_set_clock(&clock.base);
    for (int i = 0; i < 1000; i++) log_line(LOG_WARNING, "the pipe is full");
    take(log_path, said);
    assert_int_equal(lines_in(said), 5);
    for (int i = 0; i < 100; i++) log_line(LOG_WARNING, "the pipe is full");
    take(log_path, said);
    assert_string_equal(said, "");
    fake_clock_advance(&clock, 10001);
    log_line(LOG_INFO, "another");
    take(log_path, said);
    assert_string_equal(said, "dunlin: warning: the pipe is full left_out=1095\n"
                              "dunlin: info: another\n");
    for (int i = 0; i < 7; i++) log_line(LOG_WARNING, "the pipe is full");
    take(log_path, said);
    assert_int_equal(lines_in(said), 5);
    log_flush();
    take(log_path, said);
    assert_string_equal(said, "dunlin: warning: the pipe is full left_out=2\n");
    log_flush();
    take(log_path, said);
    assert_string_equal(said, "");
}

/* More kinds of lines than are remembered: none is lost silently. */
static void every_line_is_written_or_counted(void **state) {
    char said[65536];
    size_t counted = 0;
    (void)state;
    for (int round = 0; round < 20; round++)
        for (int i = 0; i < 100; i++) log_line(LOG_INFO, "line %d", i);
    log_flush();
    take(log_path, said);
    for (char *at = said, *next; *at != '\0'; at = next + 1) {
        next = strchr(at, '\n');
        *next = '\0';
        const char *more = strstr(at, " left_out=");
        counted += more == NULL ? 1 : strtoul(more + strlen(" left_out="), NULL, 10);
    }
    assert_int_equal(counted, 2000);
}

static void a_file_that_was_moved_is_opened_anew(void **state) {
    char said[65536];
    (void)state;
    log_line(LOG_INFO, "one");
    assert_int_equal(rename(log_path, moved_path), 0);
    log_line(LOG_INFO, "two");
    assert_int_equal(log_reopen(), STATUS_OK);
    log_line(LOG_INFO, "three");
    take(moved_path, said);
    assert_string_equal(said, "dunlin: info: one\ndunlin: info: two\n");
    take(log_path, said);
    assert_string_equal(said, "dunlin: info: three\n");
    assert_int_equal(log_set_file("/nowhere/at/all"), STATUS_CANNOT_OPEN);
    log_line(LOG_INFO, "four");
    take(log_path, said);
    assert_string_equal(said, "dunlin: info: four\n");
}

static void *write_a_lot(void *context) {
    for (int i = 0; i < 2000; i++) log_line(LOG_INFO, "%s %d", (const char *)context, i);
    return NULL;
}

static void threads_write_whole_lines_while_the_file_moves(void **state) {
    char said[65536], words[] = "a thread says something that is long enough to be cut";
    pthread_t threads[3];
    size_t lines = 0;
    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_a_lot, words), 0);
    for (int i = 0; i < 200; i++) assert_int_equal(log_reopen(), STATUS_OK);
    for (size_t i = 0; i < 3; i++) (void)pthread_join(threads[i], NULL);
    FILE *f = fopen(log_path, "re");
    assert_non_null(f);
    while (fgets(said, sizeof said, f) != NULL) {
        assert_memory_equal(said, "dunlin: info: a thread says", 27);
        lines++;
    }
    (void)fclose(f);
    assert_true(lines >= 2000 && lines <= 6000); /* Equal ones of the three may be left out. */
}

static status log_once(void *context) {
    const log_field field = {"key", TEXT("a value\n")};
    log_fields(LOG_INFO, &field, 1, "words that are never %d the same", ++*(int *)context);
    return STATUS_OK;
}

static void it_survives_every_failed_allocation(void **state) {
    int count = 0;
    (void)state;
    log_set_format(LOG_LOGFMT);
    assert_true(torture(log_once, &count, 100) > 0);
    log_set_format(LOG_JSON);
    assert_true(torture(log_once, &count, 100) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_form_has_time_level_part_and_words, begin, end),
        cmocka_unit_test_setup_teardown(hostile_words_stay_in_their_place, begin, end),
        cmocka_unit_test_setup_teardown(a_line_that_comes_again_is_left_out_and_counted, begin,
                                        end),
        cmocka_unit_test_setup_teardown(every_line_is_written_or_counted, begin, end),
        cmocka_unit_test_setup_teardown(a_file_that_was_moved_is_opened_anew, begin, end),
        cmocka_unit_test_setup_teardown(threads_write_whole_lines_while_the_file_moves, begin, end),
        cmocka_unit_test_setup_teardown(it_survives_every_failed_allocation, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
