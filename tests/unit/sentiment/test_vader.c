/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/random.h"
#include "sentiment/contrast.h"
#include "sentiment/sentiment.h"
#include "sentiment/vader.h"
#include "tests/support/answers.h"
#include "tests/support/opened.h"
#include "tests/support/shared_data.h"

/* ---- The answers of the original ---- */

static void say(text t, char *answer, size_t room) {
    sentiment s;
    sentiment_score(sentiments, t, &s);
    (void)snprintf(answer, room, "%.4f %.3f %.3f %.3f", s.score, s.positive, s.neutral, s.negative);
}

static void every_case_scores_as_the_original(void **state) {
    (void)state;
    answers_tally plain = answers_check_cases("tests/cases/sentiment.case", say);
    answers_tally strange = answers_check_cases("tests/cases/sentiment-strange.case", say);
    assert_true(plain.checked > 90 && strange.checked > 300);
    assert_false(plain.is_broken || strange.is_broken);
    assert_int_equal(plain.wrong + strange.wrong, 0);
}

static bool are_right(text t, const void *answer) {
    const int16_t *expected = answer;
    sentiment s;
    sentiment_score(sentiments, t, &s);
    return lround(s.score * 1e4) == expected[0] && s.score_e6 == expected[0] * 100 &&
           lround(s.positive * 1e3) == expected[1] && lround(s.neutral * 1e3) == expected[2] &&
           lround(s.negative * 1e3) == expected[3];
}

/* Files NAME.i16 hold four numbers for each line of a set: vader_answers.py. */
static void every_text_of_the_labelled_sets_scores_as_the_original(void **state) {
    (void)state;
    char folder[SHARED_DATA_PATH_BYTES];
    if (shared_data("sentiment", folder) == NULL) skip();
    answers_tally tally = answers_check_sets(folder, ".i16", 4 * sizeof(int16_t), are_right);
    assert_false(tally.is_broken);
    assert_true(tally.checked > 60000);
    assert_int_equal(tally.wrong, 0);
}

/* ---- What the cases do not reach ---- */

static void but_read_plainly(rating *ratings, size_t count, size_t but) {
    for (size_t k = 0; k < count; k++) {
        size_t first = 0;
        while (ratings[first].valence != ratings[k].valence) first++;
        ratings[first].valence *= ratings[first].index < but ? 0.5 : 1.5;
    }
}

static void but_changes_many_ratings_as_it_changes_few(void **state) {
    (void)state;
    static const double values[] = {1.9, -2.5, 0.95, 2.85, -1.25, 3.2, 1.6, 0.8, 0.475};
    random_source r = {11};
    for (size_t count = 1; count < 3000; count = count * 5 / 4 + 1) {
        rating *one = calloc(count, sizeof *one), *two = calloc(count, sizeof *two);
        size_t kinds = 1 + random_below(&r, sizeof values / sizeof values[0]);
        for (size_t k = 0; k < count; k++)
            one[k] = two[k] = (rating){2 * k, values[random_below(&r, kinds)]};
        size_t but = 2 * random_below(&r, count + 1) - 1;
        but_read_plainly(one, count, but);
        contrast_apply(two, count, but);
        for (size_t k = 0; k < count; k++) assert_true(one[k].valence == two[k].valence);
        free(one);
        free(two);
    }
}

static void a_score_is_rounded_like_the_exact_decimal(void **state) {
    (void)state;
    random_source r = {5};
    char digits[32];
    for (int i = 0; i < 200000; i++) {
        double x = (double)(int64_t)random_below(&r, 2000001) / 1e6 - 1;
        if (i % 2) x = ((double)random_below(&r, 20000) + 0.5) / 1e4 - 1; /* Next to a half. */
        (void)snprintf(digits, sizeof digits, "%.4f", x);
        assert_true(vader_round(x, 4) == strtod(digits, NULL));
    }
    assert_false(signbit(vader_round(-0.00001, 4)));
}

static char *repeated(const char *unit, size_t count) {
    size_t unit_bytes = strlen(unit);
    char *result = malloc(count);
    assert_non_null(result);
    for (size_t i = 0; i < count; i++) result[i] = unit[i % unit_bytes];
    return result;
}

/* Read as the original is written, each of these would take hours or a deep stack. */
static void a_text_of_megabytes_takes_no_longer_a_byte(void **state) {
    (void)state;
    static const char *const units[] = {"good but bad ",    "good",   "n't ", "!",
                                        "\xF0\x9F\x98\x82", "GOOD a "};
    for (size_t k = 0; k < sizeof units / sizeof units[0]; k++) {
        enum { BYTES = 4000000 };
        sentiment s;
        char *t = repeated(units[k], BYTES);
        sentiment_score(sentiments, (text){t, BYTES}, &s);
        assert_true(s.score >= -1 && s.score <= 1);
        free(t);
    }
}

static void bad_utf8_is_no_letter_and_no_crash(void **state) {
    (void)state;
    sentiment s, same;
    sentiment_score(sentiments, TEXT("good \xF0\x9F\x98 \xC2"), &s);
    sentiment_score(sentiments, TEXT("good xxx x"), &same);
    assert_true(s.score == same.score && s.positive == same.positive);
    sentiment_score(sentiments, (text){NULL, 0}, &s);
    assert_true(s.score == 0 && s.neutral == 0 && s.label == SENTIMENT_NEUTRAL);
}

static void labels_turn_at_a_twentieth(void **state) {
    (void)state;
    sentiment s;
    sentiment_score(sentiments, TEXT("good"), &s);
    assert_int_equal(s.label, SENTIMENT_POSITIVE);
    assert_int_equal(s.score_e6, 440400);
    sentiment_score(sentiments, TEXT("bad"), &s);
    assert_int_equal(s.label, SENTIMENT_NEGATIVE);
    assert_int_equal(s.score_e6, -542300);
    sentiment_score(sentiments, TEXT("a book"), &s);
    assert_int_equal(s.label, SENTIMENT_NEUTRAL);
    assert_string_equal(sentiment_label_text(SENTIMENT_UNKNOWN), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_scores_as_the_original),
        cmocka_unit_test(every_text_of_the_labelled_sets_scores_as_the_original),
        cmocka_unit_test(but_changes_many_ratings_as_it_changes_few),
        cmocka_unit_test(a_score_is_rounded_like_the_exact_decimal),
        cmocka_unit_test(a_text_of_megabytes_takes_no_longer_a_byte),
        cmocka_unit_test(bad_utf8_is_no_letter_and_no_crash),
        cmocka_unit_test(labels_turn_at_a_twentieth),
    };
    return cmocka_run_group_tests_name("vader", tests, open_sentiments, close_sentiments);
}
