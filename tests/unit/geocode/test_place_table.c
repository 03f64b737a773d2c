/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "geocode/decimal.h"
#include "geocode/geocode.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/opened.h"

static place_table *load_good(text content) {
    place_table *t;
    uint64_t line;
    const char *why;
    assert_int_equal(load_places(content, &t, &line, &why), STATUS_OK);
    return t;
}

static place find(const place_table *t, text location) {
    place p;
    assert_true(place_table_find(t, location, &p));
    return p;
}

static void a_string_is_found_byte_by_byte_after_trimming(void **state) {
    (void)state;
    place p;
    place_table *t = load_good(TEXT(" K\xC3\xB6ln\t50.9375\t6.9603\t0.04\r\nBonn\t50.7\t7.1\t1e1\n"
                                    "a\tb\t1\t-2\t0\n\n"));
    p = find(t, TEXT("\xC2\xA0K\xC3\xB6ln\xE3\x80\x80"));
    assert_int_equal(p.lat_e7, 509375000);
    assert_int_equal(p.lon_e7, 69603000);
    assert_int_equal(p.area_e4, 400);
    assert_int_equal(p.kind, PLACE_OTHER);
    assert_string_equal(p.country, "");
    assert_true(p.confidence == 1.0F);
    assert_true(text_equal(p.name, TEXT("K\xC3\xB6ln")));
    assert_int_equal(find(t, TEXT("a\tb")).lon_e7, -20000000);
    assert_true(place_is_map_point(&(place){.area_e4 = find(t, TEXT("Bonn")).area_e4}));
    assert_false(place_table_find(t, TEXT("bonn"), &p));
    assert_false(place_table_find(t, TEXT(""), &p));
    assert_false(place_table_find(t, (text){NULL, 0}, &p));
    place_table_free(t);
}

static void equal_coordinates_are_named_by_the_least_string(void **state) {
    (void)state;
    place_table *t =
        load_good(TEXT("b\t1.5\t2\t0\nB\t1.50\t2.0\t3\nab\t15e-1\t+2\t0\nz\t1.5\t3\t0"));
    assert_true(text_equal(find(t, TEXT("b")).name, TEXT("B")));
    assert_true(text_equal(find(t, TEXT("ab")).name, TEXT("B")));
    assert_true(text_equal(find(t, TEXT("z")).name, TEXT("z")));
    assert_int_equal(find(t, TEXT("b")).area_e4, 0);
    assert_int_equal(find(t, TEXT("B")).area_e4, 30000);
    place_table_free(t);
}

static void the_last_line_of_a_string_counts(void **state) {
    (void)state;
    place_table *t = load_good(TEXT("x\t1\t1\t0\ny\t2\t2\t0\nx\t3\t3\t0\nz\t1\t1\t0\n"));
    assert_int_equal(find(t, TEXT("x")).lat_e7, 30000000);
    assert_true(text_equal(find(t, TEXT("z")).name, TEXT("z")));
    place_table_free(t);
}

static void an_area_just_over_the_limit_makes_no_map_point(void **state) {
    (void)state;
    place_table *t = load_good(TEXT("at\t0\t0\t10\nover\t0\t0\t10.00000001\nhuge\t0\t0\t1e9\n"));
    place at = find(t, TEXT("at")), over = find(t, TEXT("over")), huge = find(t, TEXT("huge"));
    assert_true(place_is_map_point(&at));
    assert_false(place_is_map_point(&over));
    assert_false(place_is_map_point(&huge));
    place_table_free(t);
}

static void a_bad_line_is_named_with_the_reason(void **state) {
    (void)state;
    const struct {
        text content;
        uint64_t line;
    } bad[] = {
        {TEXT("x\t1\t1"), 1},
        {TEXT("x\t1\t1\t0\n\ny\t91\t1\t0"), 3},
        {TEXT("x\t1\t-180.0000001\t0"), 1},
        {TEXT("x\t1\t\t0"), 1},
        {TEXT("x\tnan\t1\t0"), 1},
        {TEXT("x\t0x1\t1\t0"), 1},
        {TEXT("x\t1,5\t1\t0"), 1},
        {TEXT("x\t1\t1\t-0.00001"), 1},
        {TEXT("x\t1\t1e\t0"), 1},
        {TEXT("x\t1\t1e99999\t0"), 1},
        {TEXT("{\"x\": 1}"), 1},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        place_table *t;
        uint64_t line;
        const char *why;
        assert_int_equal(load_places(bad[i].content, &t, &line, &why), STATUS_BAD_FORMAT);
        assert_null(t);
        assert_int_equal(line, bad[i].line);
        assert_true(why[0] != '\0');
    }
}

static void a_missing_file_and_an_empty_one_are_told_apart(void **state) {
    (void)state;
    place_table *t;
    place p;
    uint64_t line;
    const char *why;
    assert_int_equal(place_table_load("/nonexistent/places", &t, &line, &why), STATUS_CANNOT_OPEN);
    assert_int_equal(place_table_load("/tmp", &t, &line, &why), STATUS_CANNOT_READ);
    t = load_good(TEXT(""));
    assert_false(place_table_find(t, TEXT("x"), &p));
    place_table_free(t);
    place_table_free(NULL);
}

static void ten_thousand_strings_are_all_found(void **state) {
    (void)state;
    buffer content = {0};
    for (int i = 0; i < 10000; i++)
        buffer_add_format(&content, "place %d\t%d.5\t-%d.25\t0.04\n", i, i % 90, i % 180);
    place_table *t = load_good(buffer_text(&content));
    for (int i = 0; i < 10000; i++) {
        char name[32];
        snprintf(name, sizeof name, "place %d", i);
        assert_int_equal(find(t, text_of(name)).lat_e7, (i % 90) * 10000000 + 5000000);
    }
    place_table_free(t);
    buffer_deinit(&content);
}

static void degrees_are_rounded_to_1e7_half_away_from_zero(void **state) {
    (void)state;
    int64_t e7;
    assert_true(degrees_read(TEXT("0.00000005"), &e7));
    assert_int_equal(e7, 1);
    assert_true(degrees_read(TEXT("-0.00000005"), &e7));
    assert_int_equal(e7, -1);
    assert_true(degrees_read(TEXT("0.000000049999999999999999"), &e7));
    assert_int_equal(e7, 0);
    assert_true(degrees_read(TEXT("-73.98765432100000000000000001"), &e7));
    assert_int_equal(e7, -739876543);
    assert_true(degrees_read(TEXT("1e-320"), &e7));
    assert_int_equal(e7, 0);
    assert_false(degrees_read(TEXT("."), &e7));
    assert_false(degrees_read(TEXT("-"), &e7));
    assert_false(degrees_read(TEXT("1 "), &e7));
}

static char torture_path[] = "/tmp/dunlin-places-XXXXXX";

static status load_with_memory_that_fails(void *context) {
    place_table *t;
    uint64_t line;
    const char *why;
    (void)context;
    status s = place_table_load(torture_path, &t, &line, &why);
    place_table_free(t);
    return s;
}

static void every_failed_allocation_is_survived(void **state) {
    (void)state;
    int fd = mkstemp(torture_path);
    assert_true(fd >= 0);
    for (int i = 0; i < 200; i++) dprintf(fd, "place %d\t1\t%d\t0\n", i, i % 7);
    close(fd);
    assert_true(torture(load_with_memory_that_fails, NULL, 1000) > 5);
    unlink(torture_path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_string_is_found_byte_by_byte_after_trimming),
        cmocka_unit_test(equal_coordinates_are_named_by_the_least_string),
        cmocka_unit_test(the_last_line_of_a_string_counts),
        cmocka_unit_test(an_area_just_over_the_limit_makes_no_map_point),
        cmocka_unit_test(a_bad_line_is_named_with_the_reason),
        cmocka_unit_test(a_missing_file_and_an_empty_one_are_told_apart),
        cmocka_unit_test(ten_thousand_strings_are_all_found),
        cmocka_unit_test(every_failed_allocation_is_survived),
        cmocka_unit_test(degrees_are_rounded_to_1e7_half_away_from_zero),
    };
    return cmocka_run_group_tests_name("place_table", tests, NULL, NULL);
}
