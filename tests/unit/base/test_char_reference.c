/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "pipeline/base/char_reference.h"

static const named_character named[] = {{"amp", '&'}, {"lt", '<'}, {"nbsp", 0xA0}, {"a", 'A'}};

static bool read_of(text t, uint32_t *value, size_t *bytes) {
    return char_reference_read(t, named, sizeof named / sizeof named[0], value, bytes);
}

/* All of `reference` is read, whatever follows it. */
static void expect(const char *reference, uint32_t value) {
    char followed[64];
    size_t length = strlen(reference);
    uint32_t got = 0;
    size_t bytes = 0;
    assert_true(read_of(text_of(reference), &got, &bytes));
    assert_int_equal(got, value);
    assert_int_equal(bytes, length);
    (void)snprintf(followed, sizeof followed, "%s;and more; & so on;", reference);
    got = 0;
    assert_true(read_of(text_of(followed), &got, &bytes));
    assert_int_equal(got, value);
    assert_int_equal(bytes, length);
    assert_false(read_of((text){reference, length - 1}, &got, &bytes)); /* Its end is missing. */
}

static void expect_none(text t) {
    uint32_t value;
    size_t bytes;
    assert_false(read_of(t, &value, &bytes));
}

static void numbers_are_decimal_or_hexadecimal(void **state) {
    (void)state;
    expect("&#38;", '&');
    expect("&#0038;", '&');
    expect("&#x26;", '&');
    expect("&#X26;", '&');
    expect("&#xe9;", 0xE9);
    expect("&#xE9;", 0xE9);
    expect("&#128512;", 0x1F600);
    expect("&#x1F600;", 0x1F600);
    expect("&#x0010FFFF;", 0x10FFFF);
}

static void names_are_those_of_the_caller_to_the_letter(void **state) {
    (void)state;
    expect("&amp;", '&');
    expect("&lt;", '<');
    expect("&nbsp;", 0xA0);
    expect("&a;", 'A');
    expect_none(TEXT("&AMP;"));
    expect_none(TEXT("&am;"));
    expect_none(TEXT("&ampe;"));
    expect_none(TEXT("&amp ;"));
    expect_none(TEXT("&gt;")); /* Not in the list. */
    uint32_t value;
    size_t bytes;
    assert_false(char_reference_read(TEXT("&amp;"), NULL, 0, &value, &bytes));
    assert_true(char_reference_read(TEXT("&#38;"), NULL, 0, &value, &bytes));
}

static void what_is_no_character_is_left_to_the_caller(void **state) {
    (void)state;
    expect("&#0;", 0);
    expect("&#x00;", 0);
    expect("&#xD800;", 0xD800);
    expect("&#57343;", 0xDFFF);
    expect("&#xFFFF;", 0xFFFF);
}

static void a_number_past_unicode_is_one_past_it(void **state) {
    (void)state;
    expect("&#1114111;", 0x10FFFF);
    expect("&#1114112;", CHAR_REFERENCE_VALUE_MAX);
    expect("&#x110000;", CHAR_REFERENCE_VALUE_MAX);
    expect("&#xFFFFFFFF;", CHAR_REFERENCE_VALUE_MAX);
    expect("&#x10000000;", CHAR_REFERENCE_VALUE_MAX);
    expect("&#999999999;", CHAR_REFERENCE_VALUE_MAX);
}

static void it_ends_within_12_bytes(void **state) {
    (void)state;
    expect("&#000000038;", '&');
    expect_none(TEXT("&#0000000038;"));
    expect_none(TEXT("&#38 and much else;"));
    expect_none(TEXT("&"));
    expect_none(TEXT("&#38"));
}

static void what_has_no_digits_or_others_is_none(void **state) {
    static const char *const none[] = {"&;",     "&#;",   "&#x;",  "&#X;",    "&#xx26;", "&#26a;",
                                       "&#xG1;", "&#-1;", "&#+1;", "&# 38;",  "&#38 ;",  "&##38;",
                                       "&#:;",   "&#x@;", "&#x`;", "&#\xC3;", "&#x\xE1;"};
    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) expect_none(text_of(none[i]));
    expect_none((text){"&#3\0;", 5});
    expect_none((text){"&a\0;", 4});
    expect_none((text){"&\0;", 3});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_decimal_or_hexadecimal),
        cmocka_unit_test(names_are_those_of_the_caller_to_the_letter),
        cmocka_unit_test(what_is_no_character_is_left_to_the_caller),
        cmocka_unit_test(a_number_past_unicode_is_one_past_it),
        cmocka_unit_test(it_ends_within_12_bytes),
        cmocka_unit_test(what_has_no_digits_or_others_is_none),
    };
    return cmocka_run_group_tests_name("character references", tests, NULL, NULL);
}
