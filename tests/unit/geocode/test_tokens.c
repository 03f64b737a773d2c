/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "geocode/gazetteer_file.h"

static gazetteer *g;

static int open_builtin(void **state) {
    (void)state;
    return gazetteer_builtin(&g) == STATUS_OK ? 0 : -1;
}

static int close_gazetteer(void **state) {
    (void)state;
    gazetteer_close(g);
    return 0;
}

static size_t cut(const char *t, unsigned how, token out[TOKENS_MAX]) {
    letter letters[LETTERS_MAX];
    size_t count = letters_read(&g->fold, text_of(t), letters);
    return tokens_cut(letters, count, how, out);
}

static uint64_t name_of(const char *t, unsigned how) {
    token tokens[TOKENS_MAX];
    uint64_t hash = NAME_HASH_EMPTY;
    size_t count = cut(t, how, tokens);
    for (size_t i = 0; i < count; i++) hash = name_hash_add(hash, tokens[i].hash);
    return hash;
}

static void assert_same(const char *a, const char *b) {
    if (name_of(a, 0) != name_of(b, 0)) fail_msg("%s and %s differ", a, b);
}

static void assert_other(const char *a, const char *b) {
    if (name_of(a, 0) == name_of(b, 0)) fail_msg("%s and %s are the same", a, b);
}

static void case_width_style_and_diacritics_do_not_matter(void **state) {
    (void)state;
    assert_same("K\xC3\xB6ln", "KOLN");
    assert_same("\xC4\xB0ZM\xC4\xB0R", "izmir");    /* dotted capital I */
    assert_same("\xC4\xB1zm\xC4\xB1r", "izmir");    /* dotless i */
    assert_same("\xEF\xBC\xB4okyo", "tokyo");       /* full-width T */
    assert_same("\xF0\x9D\x93\x9Bondon", "london"); /* mathematical L */
    assert_same("Stra\xC3\x9F"
                "e",
                "strasse");
    assert_same("\xC3\x85rhus", "arhus");
    assert_same("\xC5\x81\xC3\xB3"
                "d\xC5\xBA",
                "lodz");
    assert_same("\xC3\x86r\xC3\xB8", "aero");
    assert_same("H\xC3\xA0 N\xE1\xBB\x99i", "ha noi");
    assert_same("\xD8\xA3\xD8\xA8", "\xD8\xA7\xD8\xA8"); /* alef with hamza */
}

static void marks_that_are_letters_stay(void **state) {
    (void)state;
    assert_other("\xE3\x81\x8B", "\xE3\x81\x8C");                         /* ka, ga */
    assert_other("\xE0\xB8\x81\xE0\xB8\xB4", "\xE0\xB8\x81\xE0\xB8\xB8"); /* Thai i, u */
    assert_other("\xE0\xA4\x95\xE0\xA4\xBF", "\xE0\xA4\x95");             /* Devanagari i */
}

static void dots_hyphens_and_apostrophes_inside_do_not_matter(void **state) {
    (void)state;
    assert_same("S.F.", "SF");
    assert_same("D.C", "dc");
    assert_same("St. Louis", "st louis");
    assert_same("Port-au-Prince", "port au prince");
    assert_same("Xi\xE2\x80\x99"
                "an",
                "xian");
    assert_same("Jo'burg", "joburg");
    assert_same("#London", "london");
    assert_same("New_York", "new york");
    assert_other("Paris.France", "parisfrance");
}

static void spaced_letters_are_a_word(void **state) {
    (void)state;
    assert_same("V E N U S", "venus");
    assert_same("T-O-K-Y-O", "tokyo");
    assert_other("a b", "ab");
    assert_other("i a bc", "iabc");
}

static void letters_are_squeezed_and_joined_only_on_request(void **state) {
    (void)state;
    assert_other("Houstonnn", "houston");
    assert_true(name_of("Houstonnn", READ_SQUEEZED) == name_of("houston", 0));
    assert_true(name_of("Moosse", READ_SQUEEZED) == name_of("moosse", 0));
    assert_true(name_of("BE-KA-SI", READ_JOINED) == name_of("bekasi", 0));
}

static void gaps_and_kinds_are_told_apart(void **state) {
    (void)state;
    token t[TOKENS_MAX];
    assert_int_equal(cut("aa bb-cc - dd,ee/ff", 0, t), 6);
    static const uint8_t gaps[] = {GAP_NONE, GAP_BLANK, GAP_HYPHEN,
                                   GAP_DASH, GAP_COMMA, GAP_SYMBOL};
    for (size_t i = 0; i < 6; i++) assert_int_equal(t[i].gap, gaps[i]);
    assert_int_equal(
        cut("NY 10001 \xE6\x9D\xB1\xE4\xBA\xAC \xF0\x9F\x87\xAF\xF0\x9F\x87\xB5 @x", 0, t), 6);
    static const uint8_t kinds[] = {TOKEN_WORD,       TOKEN_NUMBER, TOKEN_CODE_POINT,
                                    TOKEN_CODE_POINT, TOKEN_FLAG,   TOKEN_HANDLE};
    for (size_t i = 0; i < 6; i++) assert_int_equal(t[i].kind, kinds[i]);
    assert_memory_equal(t[4].flag, "JP", 2);
    assert_true(t[0].is_upper);
    assert_int_equal(t[3].gap, GAP_NONE);
}

static void addresses_are_one_token_that_is_no_word(void **state) {
    (void)state;
    token t[TOKENS_MAX];
    assert_int_equal(cut("me@paris.com Berlin", 0, t), 2);
    assert_int_equal(t[0].kind, TOKEN_HANDLE);
    assert_int_equal(cut("http://paris.com/x Berlin", 0, t), 2);
    assert_int_equal(t[0].kind, TOKEN_HANDLE);
    assert_int_equal(t[0].begin, 0);
    assert_int_equal(cut("@ Paris", 0, t), 1);
}

static void long_texts_are_cut_off(void **state) {
    (void)state;
    char words[4000];
    token t[TOKENS_MAX];
    for (size_t i = 0; i < sizeof words; i++) words[i] = i % 2 ? ' ' : 'a';
    words[sizeof words - 1] = '\0';
    assert_true(cut(words, 0, t) <= TOKENS_MAX);
    memset(words, 'a', sizeof words - 1);
    assert_int_equal(cut(words, 0, t), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_width_style_and_diacritics_do_not_matter),
        cmocka_unit_test(marks_that_are_letters_stay),
        cmocka_unit_test(dots_hyphens_and_apostrophes_inside_do_not_matter),
        cmocka_unit_test(spaced_letters_are_a_word),
        cmocka_unit_test(letters_are_squeezed_and_joined_only_on_request),
        cmocka_unit_test(gaps_and_kinds_are_told_apart),
        cmocka_unit_test(addresses_are_one_token_that_is_no_word),
        cmocka_unit_test(long_texts_are_cut_off),
    };
    return cmocka_run_group_tests_name("tokens", tests, open_builtin, close_gazetteer);
}
