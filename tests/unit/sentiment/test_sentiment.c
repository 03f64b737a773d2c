/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sentiment/describe.h"
#include "sentiment/entities.h"
#include "sentiment/json_string.h"
#include "sentiment/language.h"
#include "sentiment/pipe.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/opened.h"

static tweet_sentiment tweet_of(const char *t, const char *tweet_lang, const char *user_lang) {
    tweet_sentiment s;
    sentiment_of_tweet(sentiments, text_of(t), false, text_of(tweet_lang), text_of(user_lang), &s);
    return s;
}

static void the_language_is_the_tweets_else_the_users_else_guessed(void **state) {
    (void)state;
    tweet_sentiment s = tweet_of("This is good", "de", "en");
    assert_int_equal(s.label, SENTIMENT_UNKNOWN);
    assert_int_equal(s.score_e6, 0);
    assert_true(text_equal(s.lang, TEXT("de")));
    s = tweet_of("Das ist good", "en-GB", "de");
    assert_int_equal(s.label, SENTIMENT_POSITIVE);
    static const char *const untold[] = {"", "und", "zxx", "qme", "qht", NULL};
    for (size_t i = 0; i < sizeof untold / sizeof untold[0]; i++) {
        s = tweet_of("Das ist sehr good", untold[i], "en");
        assert_int_equal(s.label, SENTIMENT_POSITIVE);
        assert_true(text_equal(s.lang, TEXT("en")) && !s.lang_is_guessed);
        s = tweet_of("Das ist ein sehr gutes Buch und ich mag es", untold[i], untold[i]);
        assert_int_equal(s.label, SENTIMENT_UNKNOWN);
        assert_true(text_equal(s.lang, TEXT("de")) && s.lang_is_guessed);
        s = tweet_of("What a nice day, I am so happy about the weather", untold[i], "und");
        assert_int_equal(s.label, SENTIMENT_POSITIVE);
        assert_true(text_equal(s.lang, TEXT("en")) && s.lang_is_guessed);
    }
}

static void a_short_text_is_english_unless_its_letters_are_not_latin(void **state) {
    (void)state;
    tweet_sentiment s = tweet_of("so good!!", "", "");
    assert_int_equal(s.label, SENTIMENT_POSITIVE);
    assert_true(text_equal(s.lang, TEXT("und")) && s.lang_is_guessed);
    assert_int_equal(tweet_of("\xF0\x9F\x98\x8D", "", "").label, SENTIMENT_POSITIVE);
    assert_int_equal(tweet_of("https://t.co/x", "", "").label, SENTIMENT_NEUTRAL);
    assert_int_equal(tweet_of("", "", "").label, SENTIMENT_NEUTRAL);
    assert_int_equal(tweet_of("\xD0\xB4\xD0\xB0", "", "").label, SENTIMENT_UNKNOWN);
    assert_int_equal(tweet_of("\xE6\x97\xA5\xE6\x9C\xAC ok", "", "").label, SENTIMENT_UNKNOWN);
}

static void only_english_is_known(void **state) {
    (void)state;
    static const char *const known[] = {"en", "EN", "en-gb", "en_US"};
    static const char *const others[] = {"", "e", "und", "enm", "de", "eng"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_true(sentiment_knows(sentiments, text_of(known[i])));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(sentiment_knows(sentiments, text_of(others[i])));
}

static void a_guess_looks_at_words_not_at_links_and_names(void **state) {
    (void)state;
    text lang;
    assert_true(
        language_guess(TEXT("RT @wonderful_weather_today: Ich gehe heute mit meinem Hund in "
                            "den Wald http://example.org/this-is-the-english-page"),
                       &lang));
    assert_true(text_equal(lang, TEXT("de")));
    assert_true(language_guess(
        TEXT("\xD7\x90\xD7\xA0\xD7\x99 \xD7\x94\xD7\x95\xD7\x9C\xD7\x9A "
             "\xD7\x94\xD7\x99\xD7\x95\xD7\x9D \xD7\xA2\xD7\x9D \xD7\x94\xD7\x9B\xD7\x9C\xD7\x91 "
             "\xD7\xA9\xD7\x9C\xD7\x99 \xD7\x9C\xD7\x99\xD7\xA2\xD7\xA8"),
        &lang));
    assert_true(text_equal(lang, TEXT("he")));
    assert_false(language_guess(TEXT(""), &lang));
    assert_false(language_guess(TEXT("@a http://b 12 \xFF\xC3"), &lang));
    char many[5000];
    memset(many, 'x', sizeof many);
    assert_false(language_guess((text){many, sizeof many}, &lang));
}

static void entities_are_decoded_once(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"a &amp; b", "a & b"},
        {"&amp;lt;3", "&lt;3"},
        {"I &lt;3 you &gt;:(", "I <3 you >:("},
        {"&quot;&apos;&#39;&#x27;", "\"'''"},
        {"&#128514;&#x1F602;", "\xF0\x9F\x98\x82\xF0\x9F\x98\x82"},
        {"& &; &#; &#x; &#0; &#55296; &#1114112; &amp &nothing;", NULL},
        {"&#00000000000000033;&#+5;&#:5;", NULL},
        {"&&amp;&", "&&&"},
    };
    char out[256];
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        text t = text_of(pairs[i][0]), expected = text_of(pairs[i][1] ? pairs[i][1] : pairs[i][0]);
        assert_true(text_equal(entities_decode(t, out), expected));
    }
    assert_int_equal(tweet_of("I &lt;3 it", "en", "").score_e6, 440400);
    tweet_sentiment s;
    sentiment_of_tweet(sentiments, TEXT("I &lt;3 it"), true, TEXT("en"), TEXT(""), &s);
    assert_int_equal(s.label, SENTIMENT_NEUTRAL);
}

static void a_json_string_is_decoded_or_refused(void **state) {
    (void)state;
    static const char *const good[][2] = {
        {"\"\"", ""},
        {" \"a\\n\\\"\\/\\u00e9\" ", "a\n\"/\xC3\xA9"},
        {"\"\\ud83d\\ude02\"", "\xF0\x9F\x98\x82"},
        {"\"\\ud83dx\\ude02\\ud83d\\u0041\"", "\xEF\xBF\xBDx\xEF\xBF\xBD\xEF\xBF\xBD"
                                              "A"},
    };
    static const char *const bad[] = {"",        "\"",          "a",         "\"a",      "\"\\\"",
                                      "\"\\x\"", "\"\\u12g4\"", "\"\\u12\"", "\"a\"b\"", "\"\t\""};
    char bytes[64];
    text t;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        (void)snprintf(bytes, sizeof bytes, "%s", good[i][0]);
        assert_true(json_string_decode(bytes, strlen(bytes), &t));
        assert_true(text_equal(t, text_of(good[i][1])));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        (void)snprintf(bytes, sizeof bytes, "%s", bad[i]);
        assert_false(json_string_decode(bytes, strlen(bytes), &t));
    }
}

static char *piped(const char *lines, bool json_strings, status expected) {
    char *result = NULL;
    size_t count;
    FILE *in = fmemopen((void *)(uintptr_t)lines, strlen(lines), "r");
    FILE *out = open_memstream(&result, &count);
    assert_non_null(in);
    assert_non_null(out);
    assert_int_equal(sentiment_pipe(sentiments, json_strings, in, out, false), expected);
    (void)fclose(in);
    (void)fclose(out);
    return result;
}

static void a_pipe_answers_every_line(void **state) {
    (void)state;
    char *out =
        piped("good &amp;\n\nDas ist ein sehr gutes Buch\n\xE6\x97\xA5\r\nlove", false, STATUS_OK);
    assert_string_equal(out, "{\"score\":0.4404,\"label\":\"positive\",\"positive\":0.744,"
                             "\"neutral\":0.256,\"negative\":0,\"language\":\"und\"}\n"
                             "{\"score\":0,\"label\":\"neutral\",\"positive\":0,\"neutral\":0,"
                             "\"negative\":0,\"language\":\"und\"}\n"
                             "{\"score\":0,\"label\":\"unknown\",\"positive\":0,\"neutral\":1,"
                             "\"negative\":0,\"language\":\"de\"}\n"
                             "{\"score\":0,\"label\":\"unknown\",\"positive\":0,\"neutral\":1,"
                             "\"negative\":0,\"language\":\"und\"}\n"
                             "{\"score\":0.6369,\"label\":\"positive\",\"positive\":1,\"neutral\":"
                             "0,\"negative\":0,\"language\":\"und\"}\n");
    free(out);
    out = piped("\"lo\\u0076e\"\nlove\n", true, STATUS_BAD_FORMAT);
    assert_non_null(strstr(out, "{\"score\":0.6369,"));
    assert_non_null(strstr(out, "\n{\"error\":\"not a JSON string\"}\n"));
    free(out);
}

static void an_explanation_tells_what_each_word_did(void **state) {
    (void)state;
    buffer b = {0};
    sentiment_explain(sentiments, TEXT("I was NOT very GOOD but <b>bad!"), &b);
    buffer_add_byte(&b, '\0');
    assert_false(b.failed);
    assert_non_null(strstr(b.bytes,
                           "{\"token\":\"GOOD\",\"lexicon\":1.9,\"caps\":0.733,\"booster\":0.293,"
                           "\"negated\":-0.74,\"idiom\":false,\"but\":0.5,\"score\":-1.0826}"));
    assert_non_null(
        strstr(b.bytes, "{\"token\":\"very\",\"lexicon\":null,\"role\":\"booster\",\"score\":0}"));
    assert_non_null(
        strstr(b.bytes, "\"punctuation\":{\"exclamations\":1,\"questions\":0,\"emphasis\":0.292}"));
    assert_null(strchr(b.bytes, '<'));
    buffer_clear(&b);
    sentiment_explain(sentiments, (text){NULL, 0}, &b);
    assert_true(text_starts_with(buffer_text(&b), TEXT("{\"text\":\"\",")));
    buffer_deinit(&b);
}

static void a_description_is_aligned_and_harmless(void **state) {
    (void)state;
    buffer b = {0};
    sentiment_describe(
        sentiments,
        TEXT(
            "not \x1B[2Jgood! good "
            "\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5"
            "\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5"),
        &b);
    buffer_add_byte(&b, '\0');
    assert_null(strchr(b.bytes, '\x1B'));
    assert_non_null(strstr(
        b.bytes,
        "\n  good                         +1.9                    x -0.74            -1.406\n"));
    assert_non_null(strstr(b.bytes, "\xE6\x97\xA5\xE2\x80\xA6\n"));
    buffer_deinit(&b);
}

static void the_words_of_a_tweet_are_those_that_have_a_say(void **state) {
    (void)state;
    buffer b = {0};
    json_writer w = json_to(&b);
    sentiment_write_words(sentiments, TEXT("it is not very good &amp; bad"), false, &w);
    assert_false(b.failed);
    assert_true(text_equal(buffer_text(&b),
                           TEXT("[{\"word\":\"not\",\"valence\":null,\"role\":\"negation\"},"
                                "{\"word\":\"very\",\"valence\":null,\"role\":\"booster\"},"
                                "{\"word\":\"good\",\"valence\":-1.6228},"
                                "{\"word\":\"bad\",\"valence\":-2.7637}]")));
    buffer_deinit(&b);
}

static status make_and_explain(void *context) {
    buffer b = {0};
    sentiment_model *m;
    (void)context;
    status s = sentiment_model_builtin(&m);
    if (s != STATUS_OK) return s;
    sentiment_explain(m, TEXT("not very good, but bad"), &b);
    if (!b.failed) sentiment_describe(m, TEXT("not very good, but bad"), &b);
    json_writer w = json_to(&b);
    if (!b.failed) sentiment_write_words(m, TEXT("not good &lt;3"), false, &w);
    s = b.failed ? STATUS_NO_MEMORY : STATUS_OK;
    buffer_deinit(&b);
    sentiment_model_free(m);
    return s;
}

static status pipe_a_line(void *context) {
    (void)context;
    char lines[] = "good\n", *result = NULL;
    size_t count;
    FILE *in = fmemopen(lines, sizeof lines - 1, "r"), *out = open_memstream(&result, &count);
    status s = in == NULL || out == NULL ? STATUS_NO_MEMORY
                                         : sentiment_pipe(sentiments, false, in, out, false);
    if (in != NULL) (void)fclose(in);
    if (out != NULL) (void)fclose(out);
    free(result);
    return s;
}

static void every_failed_allocation_is_survived(void **state) {
    (void)state;
    assert_true(torture(make_and_explain, NULL, 1000) > 0);
    assert_true(torture(pipe_a_line, NULL, 1000) > 0);
}

static void scoring_allocates_nothing(void **state) {
    (void)state;
    sentiment s;
    tweet_sentiment of_tweet;
    fail_alloc_begin(0, true);
    sentiment_score(sentiments, TEXT("good, but \xF0\x9F\x98\xA2"), &s);
    sentiment_of_tweet(sentiments, TEXT("a &lt;3 b"), false, TEXT("en"), TEXT(""), &of_tweet);
    assert_int_equal(fail_alloc_end(), 0);
    assert_int_equal(of_tweet.score_e6, 440400);
}

/* A text of more than any tweet's length: what cannot be had is done without. */
static void a_long_text_is_scored_without_memory(void **state) {
    (void)state;
    enum { UNITS = 3000 };
    char *t = malloc(UNITS * 9);
    tweet_sentiment with, without;
    assert_non_null(t);
    for (size_t i = 0; i < UNITS * 9; i++) t[i] = "but good "[i % 9];
    t[0] = '&';
    text all = {t, UNITS * 9};
    sentiment_of_tweet(sentiments, all, false, TEXT("en"), TEXT(""), &with);
    fail_alloc_begin(0, true);
    sentiment_of_tweet(sentiments, all, false, TEXT("en"), TEXT(""), &without);
    assert_true(fail_alloc_end() > 0);
    assert_int_equal(with.label, SENTIMENT_POSITIVE);
    assert_int_equal(without.label, SENTIMENT_POSITIVE);
    free(t);
}

static void *score_and_guess(void *argument) {
    bool *same = argument;
    for (int i = 0; i < 300; i++) {
        tweet_sentiment told = tweet_of("not very good, but FUNNY!", "en", "");
        tweet_sentiment guessed = tweet_of("Ich gehe heute mit meinem Hund in den Wald", "", "");
        *same = *same && told.score_e6 == 702700 && text_equal(guessed.lang, TEXT("de"));
    }
    return NULL;
}

static void any_number_of_threads_may_ask_one_model(void **state) {
    (void)state;
    pthread_t threads[4];
    bool same[4] = {true, true, true, true};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, score_and_guess, &same[i]), 0);
    for (size_t i = 0; i < 4; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (size_t i = 0; i < 4; i++) assert_true(same[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_words_of_a_tweet_are_those_that_have_a_say),
        cmocka_unit_test(the_language_is_the_tweets_else_the_users_else_guessed),
        cmocka_unit_test(a_short_text_is_english_unless_its_letters_are_not_latin),
        cmocka_unit_test(only_english_is_known),
        cmocka_unit_test(a_guess_looks_at_words_not_at_links_and_names),
        cmocka_unit_test(entities_are_decoded_once),
        cmocka_unit_test(a_json_string_is_decoded_or_refused),
        cmocka_unit_test(a_pipe_answers_every_line),
        cmocka_unit_test(an_explanation_tells_what_each_word_did),
        cmocka_unit_test(a_description_is_aligned_and_harmless),
        cmocka_unit_test(every_failed_allocation_is_survived),
        cmocka_unit_test(scoring_allocates_nothing),
        cmocka_unit_test(a_long_text_is_scored_without_memory),
        cmocka_unit_test(any_number_of_threads_may_ask_one_model),
    };
    return cmocka_run_group_tests_name("sentiment", tests, open_sentiments, close_sentiments);
}
