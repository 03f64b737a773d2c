/* SPDX-License-Identifier: MIT */
/* Small parts of the server: gate, parameters, envelope, cache, assets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/params.h"
#include "server/base/quantity.h"
#include "server/base/terminal.h"
#include "server/http/assets.h"
#include "server/http/gate.h"
#include "server/http/http.h"
#include "server/process/descriptors.h"
#include "server/rest/cache.h"
#include "server/rest/envelope.h"
#include "server/rest/routes.h"
#include "tests/support/fail_alloc.h"

static void only_hosts_that_cannot_be_rebound_are_allowed(void **state) {
    static const char *const names[] = {"dunlin.example", "other", "b"};
    static const char *const good[] = {"localhost",      "LocalHost:8400",
                                       "localhost.",     "127.0.0.1",
                                       "127.0.0.1:1",    "10.1.2.3:65535",
                                       "[::1]",          "[::1]:8400",
                                       "dunlin.example", "DUNLIN.example:1",
                                       "other",          "dunlin.example.",
                                       "[fe80::1]:80",   "b"};
    static const char *const bad[] = {"",
                                      "evil.example",
                                      "localhost.evil.example",
                                      "127.0.0.1.evil.example",
                                      "[::1",
                                      "[::1]x",
                                      "::1",
                                      "localhost:x",
                                      "localhost:123456",
                                      ":80",
                                      "127.0.0.1.",
                                      "127.1",
                                      "0x7f.0.0.1",
                                      "dunlin.example.evil",
                                      "[]",
                                      "[localhost]",
                                      "localhost:80:80",
                                      "localhost:8/",
                                      "c"};
    char many[300];
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!gate_host_is_allowed(text_of(good[i]), names, 3)) fail_msg("%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (gate_host_is_allowed(text_of(bad[i]), names, 3)) fail_msg("%s", bad[i]);
    assert_false(gate_host_is_allowed((text){"localhost\0x", 11}, names, 3));
    memset(many, 'a', sizeof many);
    assert_false(gate_host_is_allowed((text){many, sizeof many}, names, 3));
}

static unsigned judge_target_of(text target) {
    gate_request r = {.method = TEXT("GET"), .target = target, .allowed = METHODS_READING};
    gate_add_header(&r, TEXT("Host"), TEXT("localhost"));
    return gate_judge(&r, NULL, 0).status;
}

static void each_byte_of_a_header_and_a_target_is_judged(void **state) {
    static const char token[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "!#$%&'*+-.^_`|~";
    (void)state;
    for (int c = 0; c < 256; c++) {
        const char name[] = {'X', (char)c}, target[] = {'/', (char)c};
        bool is_token = memchr(token, c, sizeof token - 1) != NULL;
        bool is_control = (c < 0x20 && c != '\t') || c == 0x7F;
        assert_int_equal(gate_header_is_clean((text){name, 2}, TEXT("x")), is_token);
        assert_int_equal(gate_header_is_clean(TEXT("X"), (text){name, 2}), !is_control);
        bool is_good = c > 0x20 && c != 0x7F && c != '#';
        assert_int_equal(judge_target_of((text){target, 2}), is_good ? 0 : 400);
    }
    assert_false(gate_header_is_clean(TEXT(""), TEXT("x")));
    assert_int_equal(judge_target_of(TEXT("")), 400);
}

static void a_length_that_is_none_is_no_body(void **state) {
    gate_request r = {.method = TEXT("POST")};
    (void)state;
    assert_int_equal(gate_body_bytes(&r), 0);
    gate_add_header(&r, TEXT("Content-Length"), TEXT("2x"));
    assert_int_equal(gate_body_bytes(&r), 0);
    r.length = TEXT("22");
    assert_int_equal(gate_body_bytes(&r), 22);
}

static void a_secret_is_equal_only_to_itself(void **state) {
    (void)state;
    assert_true(gate_secret_equal(TEXT("abc"), TEXT("abc")));
    assert_false(gate_secret_equal(TEXT("abc"), TEXT("abd")));
    assert_false(gate_secret_equal(TEXT("abc"), TEXT("ab")));
    assert_false(gate_secret_equal(TEXT(""), TEXT("abc")));
    assert_true(gate_has_token(TEXT("bearer abc"), TEXT(""), TEXT("abc")));
    assert_true(gate_has_token(TEXT(""), TEXT("x=1;dunlin_token=abc ; y=2"), TEXT("abc")));
    assert_false(gate_has_token(TEXT(""), TEXT("xdunlin_token=abc"), TEXT("abc")));
    assert_false(gate_has_token(TEXT(""), TEXT("dunlin_tokens=abc"), TEXT("abc")));
    assert_false(gate_has_token(TEXT(""), TEXT("dunlin_token"), TEXT("abc")));
}

static void pairs_are_decoded_one_by_one(void **state) {
    param_errors e = {0};
    (void)state;
    param_reader r = params_of(TEXT("a=1&&b=x+%79%2B&c&=d&%62=%C3%A9"));
    static const char *const pairs[][2] = {
        {"a", "1"}, {"b", "x y+"}, {"c", ""}, {"", "d"}, {"b", "\xC3\xA9"}};
    for (size_t i = 0; i < 5; i++) {
        assert_true(param_next(&r, &e));
        assert_true(text_equal(r.name_text, text_of(pairs[i][0])));
        assert_true(text_equal(r.value_text, text_of(pairs[i][1])));
    }
    assert_false(param_next(&r, &e));
    assert_int_equal(e.count, 0);
    r = params_of(TEXT("a=%&b=%4&c=%00&d=%ff&e=ok"));
    assert_true(param_next(&r, &e));
    assert_true(text_equal(r.name_text, TEXT("e")));
    assert_int_equal(e.count, 4);
    /* Each pair of characters behind a %: two digits of base 16 or nothing. */
    static const char digits[] = "0123456789abcdefABCDEF";
    for (int c = 1; c < 128; c++) {
        const char pair[] = {'a', '=', '%', '4', (char)c};
        if (c == '&') continue; /* It ends the pair. */
        e = (param_errors){0};
        r = params_of((text){pair, sizeof pair});
        assert_int_equal(param_next(&r, &e), strchr(digits, c) != NULL);
    }
}

static void values_keep_to_their_limits(void **state) {
    char memory[PARAM_TEXTS_BYTES], query_string[3 * PARAM_BYTES_MAX];
    query_params p;
    param_errors e = {0};
    (void)state;
    memset(query_string, 'a', sizeof query_string);
    static const text begin = {"text=", 5};
    memcpy(query_string, begin.bytes, begin.count);
    assert_true(
        params_read((text){query_string, 5 + PARAM_BYTES_MAX}, QUERY_TEXT, NULL, &p, memory, &e));
    assert_int_equal(p.text.count, PARAM_BYTES_MAX);
    assert_false(
        params_read((text){query_string, 6 + PARAM_BYTES_MAX}, QUERY_TEXT, NULL, &p, memory, &e));
    assert_string_equal(e.errors[0].detail, "it is too long");
    e.count = 0;
    assert_true(params_read(TEXT("start=1970-01-01T00:00:00Z&end=9999-01-01T00:00:00Z"),
                            QUERY_WINDOW, NULL, &p, memory, &e));
    assert_int_equal(p.window, WINDOW_GIVEN);
    assert_true(p.start_ms >= 0 && p.end_ms / 60000 <= INT32_MAX);
    for (int i = 0; i < 2 * PARAM_ERRORS_MAX; i++) param_errors_add(&e, TEXT("x"), "y");
    assert_int_equal(e.count, PARAM_ERRORS_MAX);
}

static bool reads(const char *query_string, query_params *p, char *memory, param_errors *e) {
    static const char *const sorts[] = {"influence", "recent_5m", NULL};
    *e = (param_errors){0};
    return params_read(text_of(query_string),
                       QUERY_FILTER | QUERY_SENTIMENT | QUERY_CURSOR | QUERY_LIMIT | QUERY_SORT,
                       sorts, p, memory, e);
}

static void filters_are_read_together(void **state) {
    char memory[PARAM_TEXTS_BYTES];
    query_params p;
    param_errors e;
    (void)state;
    assert_true(reads("lang=en&place=+K%C3%B6ln+&author=@ada&hashtag=%23WorldCup&kind=reply,quote"
                      "&located=true&clean=false&sentiment=all&cursor=abc-_&sort=recent_5m",
                      &p, memory, &e));
    assert_true(text_equal(p.filter.lang, TEXT("en")));
    assert_true(text_equal(p.filter.place, TEXT("K\xC3\xB6ln")));
    assert_true(text_equal(p.filter.author, TEXT("@ada")));
    assert_true(text_equal(p.filter.hashtag, TEXT("WorldCup")));
    assert_int_equal(p.filter.kinds, QUERY_KIND_REPLY | QUERY_KIND_QUOTE);
    assert_int_equal(p.filter.located, QUERY_TRUE);
    assert_int_equal(p.filter.clean, QUERY_FALSE);
    assert_true(p.all_texts);
    assert_true(text_equal(p.token, TEXT("abc-_")));
    assert_string_equal(p.sort, "recent_5m");
}

static void a_wrong_filter_is_explained(void **state) {
    static const char *const cases[][2] = {
        {"kind=retwet", "unknown; did you mean retweet?"},
        {"kind=,", "unknown; the first is retweet"},
        {"kind=", "names none"},
        {"sentiment=al", "unknown; did you mean all?"},
        {"clean=yes", "must be true or false"},
        {"author=ada", "must be an id or a name such as @ada"},
        {"author=@", "must be an id or a name such as @ada"},
        {"hashtag=%23", "it is empty"},
        {"place=+", "it is empty"},
        {"cursor=", "not a next_token of an earlier answer"},
        {"hashtg=a", "unknown; did you mean hashtag?"},
        {"limit=101", "must be a whole number from 1 to 100"},
    };
    char memory[PARAM_TEXTS_BYTES];
    query_params p;
    param_errors e;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_false(reads(cases[i][0], &p, memory, &e));
        assert_string_equal(e.errors[0].detail, cases[i][1]);
    }
    e.count = 0;
    assert_true(params_read(TEXT("limit=10000"), QUERY_LIMIT | QUERY_EXPORT, NULL, &p, memory, &e));
}

static void expect_envelope(const char *members, int64_t newest_ms, const char *expected) {
    buffer b = {0};
    json_writer w = json_to(&b);
    envelope_begin(&w);
    buffer_add(&b, text_of(members));
    w.needs_comma = *members != '\0';
    envelope_finish(&w, &(envelope_facts){7, newest_ms, {NULL, 0}, true});
    buffer_add_byte(&b, '\0');
    assert_string_equal(b.bytes, expected);
    buffer_deinit(&b);
}

static void the_envelope_adds_to_the_meta_of_a_query(void **state) {
    (void)state;
    expect_envelope("\"data\":1", INT64_MIN, "{\"data\":1,\"meta\":{\"epoch\":7,\"as_of\":null}}");
    expect_envelope(
        "\"data\":1,\"meta\":{\"n\":2}", 0,
        "{\"data\":1,\"meta\":{\"n\":2,\"epoch\":7,\"as_of\":\"1970-01-01T00:00:00.000Z\"}}");
    expect_envelope("\"data\":1,\"meta\":{}", INT64_MIN,
                    "{\"data\":1,\"meta\":{\"epoch\":7,\"as_of\":null}}");
    expect_envelope("", INT64_MIN, "{\"meta\":{\"epoch\":7,\"as_of\":null}}");
    /* A key of the data, and a text that looks like one, are not the envelope's. */
    expect_envelope("\"data\":{\"meta\":{\"n\":2}}", INT64_MIN,
                    "{\"data\":{\"meta\":{\"n\":2}},\"meta\":{\"epoch\":7,\"as_of\":null}}");
    expect_envelope("\"data\":\",\\\"meta\\\":{\"", INT64_MIN,
                    "{\"data\":\",\\\"meta\\\":{\",\"meta\":{\"epoch\":7,\"as_of\":null}}");
    expect_envelope("\"meta\":{\"a\":\"}\\\"{\"}", INT64_MIN,
                    "{\"meta\":{\"a\":\"}\\\"{\",\"epoch\":7,\"as_of\":null}}");
}

static shared_bytes *bytes_of(const char *c_string) {
    buffer b = {0};
    buffer_add(&b, text_of(c_string));
    return shared_bytes_take(&b);
}

static void the_cache_keeps_answers_of_their_epoch(void **state) {
    (void)state;
    cache *c = cache_new(4, 10);
    shared_bytes *four = bytes_of("four"), *seven = bytes_of("seven..");
    cache_put(c, 1, TEXT("a"), four);
    shared_bytes *found = cache_find(c, 1, TEXT("a"));
    assert_ptr_equal(found, four);
    shared_bytes_release(found);
    assert_null(cache_find(c, 2, TEXT("a")));
    assert_null(cache_find(c, 1, TEXT("b")));
    cache_put(c, 1, TEXT("b"), seven); /* No room beside what is as young. */
    cache_put(c, 2, TEXT("b"), seven); /* What is older goes. */
    found = cache_find(c, 2, TEXT("b"));
    assert_ptr_equal(found, seven);
    shared_bytes_release(found);
    shared_bytes_release(four), shared_bytes_release(seven);
    cache_free(c);
}

static void a_path_is_matched_whole(void **state) {
    text id = {NULL, 0};
    (void)state;
    assert_true(route_matches("tweets/top", TEXT("tweets/top"), &id));
    assert_false(route_matches("tweets/top", TEXT("tweets/top/"), &id));
    assert_true(route_matches("tweets/{id}", TEXT("tweets/12"), &id));
    assert_true(text_equal(id, TEXT("12")));
    assert_true(route_matches("authors/{id}/responses", TEXT("authors/7/responses"), &id));
    assert_true(text_equal(id, TEXT("7")));
    assert_false(route_matches("authors/{id}", TEXT("authors/7/responses"), &id));
    assert_false(route_matches("authors/{id}", TEXT("authors/"), &id));
    assert_false(route_matches("authors/{id}/responses", TEXT("authors/responses"), &id));
}

static void a_list_of_accepted_words_is_read(void **state) {
    (void)state;
    assert_true(negotiate_accepts(TEXT("gzip"), TEXT("gzip")));
    assert_true(negotiate_accepts(TEXT("br, GZIP;q=0.5"), TEXT("gzip")));
    assert_false(negotiate_accepts(TEXT("gzip;q=0, br"), TEXT("gzip")));
    assert_false(negotiate_accepts(TEXT("gzipped"), TEXT("gzip")));
    assert_false(negotiate_accepts(TEXT(""), TEXT("gzip")));
}

static void the_best_liked_type_is_given(void **state) {
    static const char *const types[] = {"application/json", "text/csv; charset=utf-8", NULL};
    static const struct {
        const char *accept;
        int type; /* -1: none. */
    } cases[] = {
        {"", 0},
        {"*/*", 0},
        {"application/json", 0},
        {"APPLICATION/*", 0},
        {"text/csv", 1},
        {"text/*;q=0.9, application/json;q=0.8", 1},
        {"text/csv;q=0.5, */*;q=0.1", 1},
        {"application/json;q=0, */*", 1},
        {"text/html,application/xhtml+xml,*/*;q=0.8", 0},
        {"text/html", -1},
        {"application/json;q=0", -1},
        {"application/json;q=0.000, text/html", -1},
        {"*/*;q=0", -1},
        {"text/csv;header=present;q=0.4, application/json; Q=0.3", 1},
        {"application/jsonp", -1},
        {"*", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *type = negotiate_type(text_of(cases[i].accept), types);
        const char *wanted = cases[i].type < 0 ? NULL : types[cases[i].type];
        if (type != wanted) print_error("%s\n", cases[i].accept);
        assert_ptr_equal(type, wanted);
    }
}

static void a_tag_is_known_weakly(void **state) {
    (void)state;
    assert_true(negotiate_knows(TEXT("W/\"1-2\""), "W/\"1-2\""));
    assert_true(negotiate_knows(TEXT("\"0\", \"1-2\""), "W/\"1-2\""));
    assert_true(negotiate_knows(TEXT("W/\"a\""), "\"a\""));
    assert_true(negotiate_knows(TEXT("*"), "\"a\""));
    assert_false(negotiate_knows(TEXT("a"), "\"a\""));
    assert_false(negotiate_knows(TEXT(""), "\"a\""));
}

/* A POST as a page of this server would send it; `change` sets one field otherwise. */
static unsigned judge_post(const char *name, const char *value) {
    static const char *const fields[][2] = {
        {"Host", "localhost:8400"},           {"Content-Length", "2"},
        {"Content-Type", "application/json"}, {"Origin", "http://localhost:8400"},
        {"Sec-Fetch-Site", "same-origin"},
    };
    gate_request r = {.method = TEXT("POST"),
                      .target = TEXT("/api/v1/replay"),
                      .allowed = METHODS_READING | METHOD_POST};
    bool was_set = name == NULL;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        bool is_it = name != NULL && strcmp(name, fields[i][0]) == 0;
        const char *v = is_it ? value : fields[i][1];
        was_set = was_set || is_it;
        if (v != NULL) gate_add_header(&r, text_of(fields[i][0]), text_of(v));
    }
    if (!was_set) gate_add_header(&r, text_of(name), text_of(value));
    return gate_judge(&r, NULL, 0).status;
}

static void only_a_page_of_this_server_may_change_anything(void **state) {
    static const struct {
        const char *name, *value;
        unsigned status;
    } cases[] = {
        {NULL, NULL, 0},
        {"Origin", NULL, 0},
        {"Sec-Fetch-Site", NULL, 0},
        {"Sec-Fetch-Site", "none", 0},
        {"Content-Type", "Application/JSON; charset=utf-8", 0},
        {"Content-Length", "65536", 0},
        {"Expect", "100-continue", 0},
        {"Content-Encoding", "identity", 0},
        {"Origin", "https://localhost:8400", 0},
        {"Origin", "http://evil.example", 403},
        {"Origin", "http://localhost:8400.evil.example", 403},
        {"Origin", "http://localhost", 403},
        {"Origin", "null", 403},
        {"Origin", "file://", 403},
        {"Sec-Fetch-Site", "cross-site", 403},
        {"Sec-Fetch-Site", "same-site", 403},
        {"Content-Type", NULL, 415},
        {"Content-Type", "text/plain", 415},
        {"Content-Type", "application/x-www-form-urlencoded", 415},
        {"Content-Type", "text/plain; application/json", 415},
        {"Content-Length", NULL, 411},
        {"Content-Length", "65537", 413},
        {"Content-Length", "18446744073709551616", 400},
        {"Transfer-Encoding", "chunked", 400},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned got = judge_post(cases[i].name, cases[i].value);
        if (got != cases[i].status) print_error("%s: %s\n", cases[i].name, cases[i].value);
        assert_int_equal(got, cases[i].status);
    }
}

static void the_page_unpacks_to_html(void **state) {
    buffer b = {0};
    (void)state;
    const asset *a = asset_find(TEXT("/"));
    assert_non_null(a);
    assert_null(asset_find(TEXT("/nothing")));
    asset_unpack(a, &b);
    assert_false(b.failed);
    assert_true(text_starts_with(buffer_text(&b), TEXT("<!doctype html>")) ||
                text_starts_with(buffer_text(&b), TEXT("<!DOCTYPE html>")));
    buffer_deinit(&b);
    assert_true(asset_is_forever(&(asset){.path = "/app.JDIPLZV4.js"}));
    assert_false(asset_is_forever(&(asset){.path = "/app.js"}));
    assert_false(asset_is_forever(&(asset){.path = "/icon-longname.svg"}));
    assert_false(asset_is_forever(&(asset){.path = "/"}));
}

static status unpack_all(void *context) {
    buffer b = {0};
    (void)context;
    for (size_t i = 0; i < asset_count; i++) asset_unpack(&assets[i], &b);
    bool failed = b.failed;
    buffer_deinit(&b);
    return failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static void unpacking_survives_every_failed_allocation(void **state) {
    (void)state;
    assert_true(torture(unpack_all, NULL, 10000) > 0);
}

static void expect_progress(const pipeline_progress *p, int64_t now_us, const char *expected) {
    buffer b = {0};
    progress_write(&b, p, now_us);
    buffer_add_byte(&b, '\0');
    assert_string_equal(b.bytes, expected);
    buffer_deinit(&b);
}

static void progress_tells_share_rate_and_time_left(void **state) {
    pipeline_progress p = {.items = 1234567, .started_us = 1000000};
    (void)state;
    expect_progress(&p, 11000000, "1,234,567 items  123,456/s");
    p.source.bytes_total = 4000;
    p.source.bytes_read = 1000;
    expect_progress(&p, 31000000, " 25 %  1,234,567 items  41,152/s  1:30 left");
    p.source.bytes_read = 4000;
    expect_progress(&p, 31000000, "100 %  1,234,567 items  41,152/s");
    p.items = 999;
    expect_progress(&p, 2000000, "100 %  999 items  999/s");
}

static void times_and_sizes_are_read_as_people_write_them(void **state) {
    static const struct {
        const char *words;
        int64_t ms;
        uint64_t bytes;
    } right[] = {
        {"30d", 2592000000, 0},
        {"12h", 43200000, 0},
        {"90 m", 5400000, 0},
        {"1.5h", 5400000, 0},
        {"2w", 1209600000, 0},
        {"20GB", 0, 20000000000},
        {"4GiB", 0, 4294967296},
        {"512 MB", 0, 512000000},
        {"30d,20GB", 2592000000, 20000000000},
        {"1TB, 1s", 1000, 1000000000000},
    };
    static const char *const wrong[] = {
        "",      "30",         "d",
        "-1d",   "0h",         "1y",
        "30d,",  ",20GB",      "20GB,20GB",
        "1d,2d", "999999999w", "1e3m",

        "inf d", "nan",        "0x10d",
        "1d2h",  "1,d",        "1234567890123456789012345678901234567890d"};
    int64_t ms;
    uint64_t bytes;
    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        assert_true(quantity_keep(text_of(right[i].words), &ms, &bytes));
        assert_int_equal(ms, right[i].ms);
        assert_int_equal(bytes, right[i].bytes);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (quantity_keep(text_of(wrong[i]), &ms, &bytes)) fail_msg("%s was taken", wrong[i]);
    assert_true(quantity_size(TEXT("1MB"), &bytes));
    assert_false(quantity_size(TEXT("1d"), &bytes));
}

static void open_files_leave_room_for_live_streams(void **state) {
    (void)state;
    assert_int_equal(descriptors_left(descriptors_wanted(10000)), 10000);
    assert_int_equal(descriptors_left(256), 128); /* Few: half of them. */
    assert_int_equal(descriptors_left(0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_and_sizes_are_read_as_people_write_them),
        cmocka_unit_test(only_hosts_that_cannot_be_rebound_are_allowed),
        cmocka_unit_test(each_byte_of_a_header_and_a_target_is_judged),
        cmocka_unit_test(a_length_that_is_none_is_no_body),
        cmocka_unit_test(a_secret_is_equal_only_to_itself),
        cmocka_unit_test(pairs_are_decoded_one_by_one),
        cmocka_unit_test(values_keep_to_their_limits),
        cmocka_unit_test(filters_are_read_together),
        cmocka_unit_test(a_wrong_filter_is_explained),
        cmocka_unit_test(the_envelope_adds_to_the_meta_of_a_query),
        cmocka_unit_test(the_cache_keeps_answers_of_their_epoch),
        cmocka_unit_test(a_path_is_matched_whole),
        cmocka_unit_test(a_list_of_accepted_words_is_read),
        cmocka_unit_test(the_best_liked_type_is_given),
        cmocka_unit_test(a_tag_is_known_weakly),
        cmocka_unit_test(only_a_page_of_this_server_may_change_anything),
        cmocka_unit_test(the_page_unpacks_to_html),
        cmocka_unit_test(unpacking_survives_every_failed_allocation),
        cmocka_unit_test(open_files_leave_room_for_live_streams),
        cmocka_unit_test(progress_tells_share_rate_and_time_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
