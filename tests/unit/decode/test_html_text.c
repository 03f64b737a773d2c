/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/decode/html_text.h"

typedef struct {
    const char *html, *expected;
} html_case;

/* Exactly as much room as is promised to be enough. */
static void expect(text (*make)(text, char *), const html_case *c) {
    text html = text_of(c->html);
    char *out = malloc(html.count + 1);
    assert_non_null(out);
    text made = make(html, out);
    assert_true(made.count <= html.count);
    out[made.count] = '\0';
    assert_string_equal(out, c->expected);
    free(out);
}

#define EXPECT_ALL(make, ...)                                                                      \
    static const html_case cases[] = {__VA_ARGS__};                                                \
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) expect(make, &cases[i])

static void tags_vanish_and_words_stay(void **state) {
    (void)state;
    EXPECT_ALL(
        html_text, {"", ""}, {"<p>hi</p>", "hi"}, {"no tags", "no tags"},
        {"<p><span class=\"h-card\"><a href=\"https://a.example/@b\" class=\"u-url mention\">@"
         "<span>b</span></a></span> hello</p>",
         "@b hello"},
        {"<p>see <a href=\"https://a.example/long/path\"><span class=\"invisible\">https://"
         "</span><span class=\"ellipsis\">a.example/long</span><span class=\"invisible\">"
         "/path</span></a></p>",
         "see https://a.example/long/path"},
        {"<b>bo</b>ld", "bold"}, {"a<!-- not <b>this --> b", "a b"},
        {"x<script>alert('<p>1</p>')</script>y<STYLE>p{}</Style>z", "xyz"});
}

static void paragraphs_and_lines_become_newlines(void **state) {
    (void)state;
    EXPECT_ALL(html_text, {"<p>a</p><p>b</p>", "a\n\nb"}, {"a<br>b<br/>c<br />d", "a\nb\nc\nd"},
               {"a<br><br>b", "a\n\nb"}, {"a<br><br><br>b", "a\n\n\nb"},
               {"<p>a<br></p>\n<p>b</p>\n", "a\n\nb"}, {"<ul><li>a</li><li>b</li></ul>", "a\nb"},
               {"<br><p></p>", ""}, {"<blockquote>q</blockquote>a", "q\na"}, {" <p> a </p> ", "a"});
}

static void references_are_decoded_once(void **state) {
    (void)state;
    EXPECT_ALL(html_text, {"&lt;b&gt; &amp; &quot;x&quot; &#39;y&apos;", "<b> & \"x\" 'y'"},
               {"&amp;lt;", "&lt;"}, {"&amp;amp;amp;", "&amp;amp;"},
               {"&nbsp;a", "\xC2\xA0"
                           "a"},
               {"&#x1F600;&#128512;", "\xF0\x9F\x98\x80\xF0\x9F\x98\x80"},
               {"&#0;&#xD800;&#x110000;", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
               {"&unknown; &; &#; &#x; &#12a; & &a", "&unknown; &; &#; &#x; &#12a; & &a"},
               {"&auml;&hellip;", "\xC3\xA4\xE2\x80\xA6"});
}

static void a_post_keeps_the_references_that_a_text_of_x_has(void **state) {
    (void)state;
    EXPECT_ALL(html_post_text,
               {"<p>a &amp; &lt;b&gt; &quot;c&quot;</p>", "a &amp; &lt;b&gt; \"c\""},
               {"&#38;lt; &#x3C;&#62;", "&amp;lt; &lt;&gt;"}, {"&amp;lt;", "&amp;lt;"},
               {"a & b < c", "a & b < c"}, {"&auml;&nbsp;", "\xC3\xA4\xC2\xA0"});
}

static void what_is_no_tag_is_text_and_what_does_not_end_is_none(void **state) {
    (void)state;
    EXPECT_ALL(html_text, {"1 < 2 <3 <", "1 < 2 <3 <"}, {"a</ b", "a</ b"}, {"a<b", "a"},
               {"a<!--", "a"}, {"a<p title=\"x>y\">b", "a\n\nb"}, {"a<p title=\"x>y", "a"},
               {"a<script>b", "a"}, {"<img alt=it's>a", "a"});
}

static void links_lead_where_they_say(void **state) {
    (void)state;
    EXPECT_ALL(
        html_links,
        {"<a href=\"https://a.example/?x=1&amp;y=2\">t</a>", "https://a.example/?x=1&y=2"},
        {"<A HREF='http://b.example/' >t</A><a href=https://c.example/d>e",
         "http://b.example/\nhttps://c.example/d"},
        {"<a href=\"https://a.example/@b\" class=\"u-url mention\">@b</a>"
         "<a class=\"mention hashtag\" href=\"https://a.example/tags/c\" rel=\"tag\">#c</a>",
         ""},
        {"<a href=\"javascript:alert(1)\">x</a><a href=\"/relative\">y</a><a name=z>w</a>"
         "<a href=https://>v</a>",
         ""},
        {"<a href=\"https://a.example/\n b\">x</a><a href=\"https://a.example/&#10;b\">", ""},
        {"<a class=mentions href=https://a.example>", "https://a.example"},
        {"<script><a href=https://a.example></script>", ""});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_vanish_and_words_stay),
        cmocka_unit_test(paragraphs_and_lines_become_newlines),
        cmocka_unit_test(references_are_decoded_once),
        cmocka_unit_test(a_post_keeps_the_references_that_a_text_of_x_has),
        cmocka_unit_test(what_is_no_tag_is_text_and_what_does_not_end_is_none),
        cmocka_unit_test(links_lead_where_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
