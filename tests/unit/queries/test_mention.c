/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "pipeline/queries/mention.h"

/* All that a text has, each in brackets. */
static const char *all_of(const char *words, bool hashtags) {
    static char out[512];
    size_t count = 0;
    char room[MENTION_ROOM];
    text found, folded, t = text_of(words);
    out[0] = '\0';
    for (size_t at = 0; hashtags ? hashtag_next(t, &at, &found) : link_next(t, &at, &found);) {
        assert_true(hashtags ? hashtag_fold(found, room, &folded)
                             : link_fold(found, room, &folded));
        count += (size_t)snprintf(out + count, sizeof out - count, "[%.*s]", (int)folded.count,
                                  folded.bytes);
    }
    return out;
}

static void hashtags_are_found_as_the_rule_says(void **state) {
    static const char *const cases[][2] = {
        {"#WorldCup", "[worldcup]"},
        {"go #a_1! (#B) #c#d", "[a_1][b][c]"},
        {"no#tag &#39; &#x; a#b _#c", ""},
        {"#1 #2014 #1a #_ ##x", "[1a][x]"},
        {"#K\xC3\x96LN #\xC3\xA9t\xC3\xA9", "[k\xC3\xB6ln][\xC3\xA9t\xC3\xA9]"},
        {"\xEF\xBC\x83\xE6\x9D\xB1\xE4\xBA\xAC \xE6\x9D\xB1#\xE4\xBA\xAC",
         "[\xE6\x9D\xB1\xE4\xBA\xAC]"},
        {"#\xE0\xA4\xB9\xE0\xA4\xBF\xE0\xA4\xA8\xE0\xA5\x8D\xE0\xA4\xA6\xE0\xA5\x80",
         "[\xE0\xA4\xB9\xE0\xA4\xBF\xE0\xA4\xA8\xE0\xA5\x8D\xE0\xA4\xA6\xE0\xA5\x80]"}, /* Marks. */
        {"#cut\xE2\x80\xA6", ""},
        {"# #", ""},
        {"#\xF0\x9F\x98\x80 #a\xF0\x9F\x98\x80", "[a]"},
        {"#\xFF #a\xFF", "[a]"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(all_of(cases[i][0], true), cases[i][1]);
}

static void links_are_found_as_the_rule_says(void **state) {
    static const char *const cases[][2] = {
        {"see http://t.co/aB1.", "[http://t.co/aB1]"},
        {"(HTTPS://Ex.COM/A?b=C)", "[https://ex.com/A?b=C]"},
        {"xhttp://a.b 1https://a.b ://a http:// https://", ""},
        {"http://t.co/a\xE6\x9D\xB1 http://t.co/cut\xE2\x80\xA6", "[http://t.co/a]"},
        {"\"https://a.b/c\"<http://d.e>", "[https://a.b/c][http://d.e]"},
        {"http://a.b/http://c.d", "[http://a.b/http://c.d]"},
        {"ftp://a.b javascript://a.b httpss://a.b", ""},
        {"http://http://a.b", "[http://http://a.b]"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(all_of(cases[i][0], false), cases[i][1]);
}

static void what_is_no_link_is_refused(void **state) {
    static const char *const cases[] = {
        "javascript:alert(1)", "http://", "https:///a", "t.co/a", "", "http://a b", "http://a\x7F"};
    char room[MENTION_ROOM], giant[LINK_BYTES_MAX + 2];
    text folded;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_false(link_fold(text_of(cases[i]), room, &folded));
    memset(giant, 'a', sizeof giant);
    assert_false(hashtag_fold((text){giant, HASHTAG_BYTES_MAX + 1}, room, &folded));
    assert_true(hashtag_fold((text){giant, HASHTAG_BYTES_MAX}, room, &folded));
    assert_false(hashtag_fold(TEXT(""), room, &folded));
    static const text begin = {"http://", 7};
    memcpy(giant, begin.bytes, begin.count);
    assert_true(link_fold((text){giant, LINK_BYTES_MAX}, room, &folded));
    assert_false(link_fold((text){giant, LINK_BYTES_MAX + 1}, room, &folded));
}

static void a_host_is_that_of_the_server(void **state) {
    static const char *const cases[][2] = {
        {"http://a.b/c@d", "a.b"},      {"https://u:p@a.b:80/c", "a.b"},  {"http://a.b?c", "a.b"},
        {"http://x@evil@a.b#c", "a.b"}, {"http://[::1]:80/", "[::1]:80"}, {"http://a.b", "a.b"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_true(text_equal(link_host(text_of(cases[i][0])), text_of(cases[i][1])));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashtags_are_found_as_the_rule_says),
        cmocka_unit_test(links_are_found_as_the_rule_says),
        cmocka_unit_test(what_is_no_link_is_refused),
        cmocka_unit_test(a_host_is_that_of_the_server),
    };
    return cmocka_run_group_tests_name("mention", tests, NULL, NULL);
}
