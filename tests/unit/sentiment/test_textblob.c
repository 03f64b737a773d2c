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
#include "sentiment/describe.h"
#include "sentiment/json_string.h"
#include "sentiment/pipe.h"
#include "sentiment/textblob.h"
#include "tests/support/answers.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/shared_data.h"

static sentiment_model *model;

static int set_up(void **state) {
    (void)state;
    return sentiment_model_new("textblob", &model) == STATUS_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    sentiment_model_free(model);
    return 0;
}

/* ---- The answers of the original ---- */

static void say(text t, char *answer, size_t room) {
    sentiment s;
    sentiment_score(model, t, &s);
    (void)snprintf(answer, room, "%.9f", s.score);
}

static void every_case_scores_as_the_original(void **state) {
    (void)state;
    answers_tally tally = answers_check_cases("tests/cases/textblob.case", say);
    assert_false(tally.is_broken);
    assert_true(tally.checked > 90);
    assert_int_equal(tally.wrong, 0);
}

static bool are_right(text t, const void *answer) {
    const int32_t *expected = answer;
    sentiment s;
    sentiment_score(model, t, &s);
    return fabs(s.score * 1e9 - *expected) < 0.501 && labs(s.score_e6 * 1000L - *expected) <= 501;
}

/* Files NAME.i32 hold a number for each line of a set: textblob_answers.py. */
static void every_text_of_the_labelled_sets_scores_as_the_original(void **state) {
    (void)state;
    char folder[SHARED_DATA_PATH_BYTES];
    if (shared_data("sentiment", folder) == NULL) skip();
    answers_tally tally = answers_check_sets(folder, ".i32", sizeof(int32_t), are_right);
    assert_false(tally.is_broken);
    assert_true(tally.checked > 70000);
    assert_int_equal(tally.wrong, 0);
}

enum { PARTS_MAX = 512, PARTS_A_TEXT = 24 };

typedef struct {
    char *lines[PARTS_MAX];
    text parts[PARTS_MAX];
    size_t count;
} parts;

static parts parts_read(const char *path) {
    parts p = {.count = 0};
    char *line = NULL;
    size_t room = 0;
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    for (ssize_t count; (count = getline(&line, &room, f)) > 0;) {
        if (line[0] != '"') continue;
        assert_true(p.count < PARTS_MAX);
        char *kept = p.lines[p.count] = strdup(line);
        assert_non_null(kept);
        assert_true(json_string_decode(kept, (size_t)count, &p.parts[p.count]));
        p.count++;
    }
    free(line);
    (void)fclose(f);
    return p;
}

/* As in textblob_answers.py. */
static text made(const parts *p, uint64_t seed, buffer *out) {
    random_source r = {seed};
    buffer_clear(out);
    for (uint64_t left = 1 + random_below(&r, PARTS_A_TEXT); left > 0; left--) {
        buffer_add(out, p->parts[random_below(&r, p->count)]);
        if (random_below(&r, 2) == 1) buffer_add_byte(out, ' ');
    }
    return buffer_text(out);
}

/* Contractions, emoticons cut in pieces, quotes, blanks and line ends of all kinds,
 * entities, emoji: whatever may stand in a text, in any order. */
static void every_made_up_text_scores_as_the_original(void **state) {
    (void)state;
    parts p = parts_read("tests/cases/textblob.parts");
    FILE *answers = fopen("tests/unit/sentiment/answers/textblob.made", "rb");
    buffer b = {0};
    size_t wrong = 0, moved = 0;
    uint64_t seed = 0;
    assert_non_null(answers);
    for (int32_t expected; p.count > 0 && fread(&expected, sizeof expected, 1, answers) == 1;
         seed++) {
        if (!are_right(made(&p, seed, &b), &expected) && wrong++ < 10)
            (void)printf("made-up text %llu differs\n", (unsigned long long)seed);
        moved += expected != 0;
    }
    assert_int_equal(wrong, 0);
    assert_true(seed == 20000 && moved > seed / 2);
    for (size_t i = 0; i < p.count; i++) free(p.lines[i]);
    buffer_deinit(&b);
    (void)fclose(answers);
}

/* ---- What they do not reach ---- */

static void bad_utf8_is_no_letter_and_no_crash(void **state) {
    (void)state;
    sentiment s;
    sentiment_score(model, TEXT("good \xF0\x9F\x98 \xC2"), &s);
    assert_true(s.score == 0.7);
    sentiment_score(model, TEXT("very \xE2\x80 good\xE2"), &s);
    assert_true(s.score == 0.2);
    sentiment_score(model, (text){NULL, 0}, &s);
    assert_true(s.score == 0 && s.score_e6 == 0 && s.label == SENTIMENT_NEUTRAL);
}

static void labels_turn_at_zero(void **state) {
    (void)state;
    sentiment s;
    sentiment_score(model, TEXT("good, bad, not bad, really"), &s);
    assert_true(s.label == SENTIMENT_POSITIVE && s.positive == 0);
    sentiment_score(model, TEXT("good bad"), &s);
    assert_int_equal(s.label, SENTIMENT_NEUTRAL);
    sentiment_score(model, TEXT("absence"), &s); /* -0.0125 */
    assert_int_equal(s.label, SENTIMENT_NEGATIVE);
    assert_int_equal(s.score_e6, -12500);
}

/* Read as the original is written, some of these would take hours. */
static void a_text_of_megabytes_takes_no_longer_a_byte(void **state) {
    (void)state;
    static const char *const units[] = {
        "very good ",   "good", "a.",  ".",         "!",      "!.",   "A.!a.!", "n't",
        "(!)",          ": ",   ": -", "\n",        "\r\n",   "x",    "Bcd.",   "'",
        "\xE2\x80\x9C", ")",    ". )", "\xC2\xB0 ", "not a ", "> : ", "..! ",   "a..",
    };
    enum { BYTES = 1000000 };
    char *t = malloc(BYTES);
    assert_non_null(t);
    for (size_t k = 0; k < sizeof units / sizeof units[0]; k++) {
        size_t unit_bytes = strlen(units[k]);
        sentiment s;
        for (size_t i = 0; i < BYTES; i++) t[i] = units[k][i % unit_bytes];
        sentiment_score(model, (text){t, BYTES}, &s);
        assert_true(s.score >= -1 && s.score <= 1);
    }
    free(t);
}

static void a_score_takes_no_memory(void **state) {
    (void)state;
    parts p = parts_read("tests/cases/textblob.parts");
    buffer b = {0};
    sentiment s;
    for (uint64_t seed = 0; p.count > 0 && seed < 500; seed++) {
        text t = made(&p, seed, &b);
        fail_alloc_begin(0, true);
        sentiment_score(model, t, &s);
        assert_int_equal(fail_alloc_end(), 0);
    }
    for (size_t i = 0; i < p.count; i++) free(p.lines[i]);
    buffer_deinit(&b);
}

static void there_is_no_model_of_another_name(void **state) {
    sentiment_model *m;
    (void)state;
    assert_int_equal(sentiment_model_new("afinn", &m), STATUS_BAD_FORMAT);
    assert_null(m);
    assert_string_equal(sentiment_model_name(model), "textblob");
    assert_int_equal(sentiment_model_builtin(&m), STATUS_OK);
    assert_string_equal(sentiment_model_name(m), "vader");
    sentiment_model_free(m);
}

static void other_languages_are_unknown(void **state) {
    (void)state;
    tweet_sentiment s;
    sentiment_of_tweet(model, TEXT("Das ist super good"), false, TEXT("de"), TEXT("en"), &s);
    assert_true(s.label == SENTIMENT_UNKNOWN && s.score_e6 == 0);
    sentiment_of_tweet(model, TEXT("I &lt;3 it"), false, TEXT("en"), TEXT(""), &s);
    assert_true(s.label == SENTIMENT_POSITIVE && s.score_e6 == 1000000);
}

/* ---- What each word did ---- */

static bool holds(const buffer *b, const char *part) {
    return memmem(b->bytes, b->count, part, strlen(part)) != NULL;
}

static void it_says_what_each_word_did(void **state) {
    (void)state;
    buffer b = {0};
    sentiment_explain(model, TEXT("not very good : ) but bad!"), &b);
    assert_false(b.failed);
    assert_true(
        holds(&b, "{\"token\":\"not\",\"lexicon\":null,\"role\":\"negation\",\"score\":null}"));
    assert_true(holds(&b, "{\"token\":\"very\",\"lexicon\":0.2,\"role\":\"modifier\","
                          "\"assessment\":1,\"score\":null}"));
    assert_true(holds(&b, "{\"token\":\"good\",\"lexicon\":0.7,\"role\":\"word\","
                          "\"assessment\":1,\"score\":-0.269231}"));
    assert_true(holds(&b, "{\"token\":\":)\",\"lexicon\":0.5,\"role\":\"emoticon\","));
    assert_true(holds(&b, "{\"token\":\"bad\",\"lexicon\":-0.7,\"role\":\"word\","
                          "\"assessment\":3,\"score\":null}"));
    assert_true(holds(&b, "{\"token\":\"!\",\"lexicon\":null,\"role\":\"boost\","
                          "\"assessment\":3,\"score\":-0.875}"));
    assert_true(holds(&b, "\"model\":\"textblob\"") && holds(&b, "\"assessments\":3"));
    buffer_clear(&b);
    sentiment_describe(model, TEXT("not very good \x1B[31m"), &b);
    assert_true(!b.failed && memchr(b.bytes, '\x1B', b.count) == NULL);
    assert_true(holds(&b, "-0.269") && holds(&b, "modifier") && holds(&b, "negation"));
    buffer_deinit(&b);
}

static void the_words_of_a_tweet_are_those_that_have_a_say(void **state) {
    (void)state;
    buffer b = {0};
    json_writer w = json_to(&b);
    sentiment_write_words(model, TEXT("it is not very good &lt;3"), false, &w);
    assert_false(b.failed);
    assert_true(text_equal(buffer_text(&b),
                           TEXT("[{\"word\":\"not\",\"valence\":null,\"role\":\"negation\"},"
                                "{\"word\":\"very\",\"valence\":null,\"role\":\"modifier\"},"
                                "{\"word\":\"good\",\"valence\":-0.269231},"
                                "{\"word\":\"\\u003c3\",\"valence\":1,\"role\":\"emoticon\"}]")));
    buffer_clear(&b);
    w = json_to(&b);
    sentiment_write_words(model, TEXT("nothing &lt;3"), true, &w);
    assert_true(text_equal(buffer_text(&b), TEXT("[]")));
    buffer_deinit(&b);
}

static void a_pipe_answers_with_all_digits(void **state) {
    (void)state;
    char *result = NULL;
    size_t count = 0;
    char lines[] = "not very good\n";
    FILE *in = fmemopen(lines, strlen(lines), "r"), *out = open_memstream(&result, &count);
    assert_int_equal(sentiment_pipe(model, false, in, out, false), STATUS_OK);
    (void)fclose(in);
    (void)fclose(out);
    assert_non_null(strstr(result, "{\"score\":-0.26923076923076916,"));
    assert_null(strstr(result, "\"neutral\":"));
    free(result);
}

static status explain_and_describe(void *context) {
    buffer b = {0};
    sentiment_model *m;
    (void)context;
    status s = sentiment_model_new("textblob", &m);
    if (s != STATUS_OK) return s;
    sentiment_explain(m, TEXT("not very good, but bad :)"), &b);
    if (!b.failed) sentiment_describe(m, TEXT("not very good, but bad :)"), &b);
    json_writer w = json_to(&b);
    if (!b.failed) sentiment_write_words(m, TEXT("not good &lt;3"), false, &w);
    s = b.failed ? STATUS_NO_MEMORY : STATUS_OK;
    buffer_deinit(&b);
    sentiment_model_free(m);
    return s;
}

static void a_failed_allocation_is_told(void **state) {
    (void)state;
    assert_true(torture(explain_and_describe, NULL, 1000) > 4);
}

static void a_file_that_is_none_is_refused(void **state) {
    (void)state;
    textblob_table t;
    textblob_header h = {.magic = TEXTBLOB_MAGIC, .slot_count = 3};
    assert_int_equal(textblob_table_open(&t, &h, 4), STATUS_BAD_FORMAT);
    assert_int_equal(textblob_table_open(&t, &h, sizeof h), STATUS_BAD_FORMAT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_scores_as_the_original),
        cmocka_unit_test(every_text_of_the_labelled_sets_scores_as_the_original),
        cmocka_unit_test(every_made_up_text_scores_as_the_original),
        cmocka_unit_test(bad_utf8_is_no_letter_and_no_crash),
        cmocka_unit_test(labels_turn_at_zero),
        cmocka_unit_test(a_text_of_megabytes_takes_no_longer_a_byte),
        cmocka_unit_test(a_score_takes_no_memory),
        cmocka_unit_test(there_is_no_model_of_another_name),
        cmocka_unit_test(other_languages_are_unknown),
        cmocka_unit_test(it_says_what_each_word_did),
        cmocka_unit_test(the_words_of_a_tweet_are_those_that_have_a_say),
        cmocka_unit_test(a_pipe_answers_with_all_digits),
        cmocka_unit_test(a_failed_allocation_is_told),
        cmocka_unit_test(a_file_that_is_none_is_refused),
    };
    return cmocka_run_group_tests_name("textblob", tests, set_up, tear_down);
}
