/* SPDX-License-Identifier: MIT */
/* Cursors, orders, JSON read in place, health: what REST rests on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/json_walk.h"
#include "server/rest/control.h"
#include "server/rest/cursor.h"
#include "server/rest/health.h"
#include "server/rest/metrics.h"
#include "tests/support/fail_alloc.h"

/* ---- Cursors ---- */

static const query_cursor some_page = {{1, 2, UINT64_MAX, 0, 5, 6, 7, 8}};

static text token_of(const cursor_key *k, text question, uint32_t now_s, buffer *out) {
    buffer_clear(out);
    cursor_write(k, &some_page, question, now_s, out);
    assert_false(out->failed);
    return buffer_text(out);
}

static void a_cursor_comes_back_as_it_went(void **state) {
    cursor_key k;
    buffer b = {0};
    query_cursor c;
    (void)state;
    cursor_key_make(&k, 77);
    text token = token_of(&k, TEXT("q"), 1000, &b);
    for (size_t i = 0; i < token.count; i++)
        assert_non_null(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
                               token.bytes[i]));
    assert_int_equal(cursor_read(&k, token, TEXT("q"), 1000, &c), CURSOR_GOOD);
    assert_memory_equal(&c, &some_page, sizeof c);
    assert_int_equal(cursor_read(&k, token, TEXT("q"), 1000 + CURSOR_AGE_S_MAX, &c), CURSOR_GOOD);
    buffer_deinit(&b);
}

static void a_cursor_of_another_time_is_gone(void **state) {
    cursor_key k, other;
    buffer b = {0};
    query_cursor c;
    (void)state;
    cursor_key_make(&k, 77);
    cursor_key_make(&other, 78);
    text token = token_of(&k, TEXT("q"), 1000, &b);
    assert_int_equal(cursor_read(&k, token, TEXT("q"), 1001 + CURSOR_AGE_S_MAX, &c), CURSOR_GONE);
    assert_int_equal(cursor_read(&k, token, TEXT("q"), 999, &c), CURSOR_GONE);
    assert_int_equal(cursor_read(&other, token, TEXT("q"), 1000, &c), CURSOR_GONE);
    buffer_deinit(&b);
}

/* Each letter changed to each other: 138 * 63 forgeries; and each prefix. */
static void no_forged_cursor_is_taken(void **state) {
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ \x80";
    cursor_key k, same_boot;
    buffer b = {0};
    query_cursor c;
    (void)state;
    cursor_key_make(&k, 77);
    cursor_key_make(&same_boot, 77);
    text token = token_of(&k, TEXT("q"), 1000, &b);
    for (size_t i = 0; i < b.count; i++) {
        char was = b.bytes[i];
        for (size_t l = 0; l < sizeof letters; l++) { /* NUL too. */
            b.bytes[i] = letters[l];
            if (letters[l] != was)
                assert_true(cursor_read(&k, token, TEXT("q"), 1000, &c) != CURSOR_GOOD);
        }
        b.bytes[i] = was;
        text cut = text_slice(token, 0, i);
        assert_int_equal(cursor_read(&k, cut, TEXT("q"), 1000, &c), CURSOR_FORGED);
    }
    assert_int_equal(cursor_read(&k, token, TEXT("other"), 1000, &c), CURSOR_FORGED);
    assert_int_equal(cursor_read(&same_boot, token, TEXT("q"), 1000, &c), CURSOR_FORGED);
    buffer_deinit(&b);
}

static void every_part_of_a_question_names_it(void **state) {
    query_params p[12] = {{0}};
    buffer names[12] = {{0}};
    (void)state;
    p[1].window = WINDOW_1H;
    p[2].sort = "responses";
    p[3].filter.lang = TEXT("en");
    p[4].filter.place = TEXT("en");
    p[5].filter.author = TEXT("en");
    p[6].filter.hashtag = TEXT("en");
    p[7].filter.kinds = QUERY_KIND_QUOTE;
    p[8].filter.located = QUERY_TRUE;
    p[9].filter.clean = QUERY_TRUE;
    p[10].all_texts = true;
    p[11].start_ms = 60000;
    for (size_t i = 0; i < 12; i++) cursor_name_question(TEXT("/a"), &p[i], &names[i]);
    for (size_t i = 0; i < 12; i++)
        for (size_t j = 0; j < i; j++)
            assert_false(text_equal(buffer_text(&names[i]), buffer_text(&names[j])));
    for (size_t i = 0; i < 12; i++) buffer_deinit(&names[i]);
}

/* ---- JSON in place ---- */

static void json_is_walked_as_the_standard_has_it(void **state) {
    static const struct {
        const char *json;
        bool good;
    } cases[] = {
        {"{}", true},
        {" [ ] ", true},
        {"\t[1, -0.5e+3 ,\"a\\u00e9\\n\",{\"b\":[true,false,null]}]\n", true},
        {"{\"a\":{\"b\":1},\"c\":[]}", true},
        {"0", true},
        {"\"\"", true},
        {"", false},
        {"{", false},
        {"[1,]", false},
        {"[,1]", false},
        {"[1 2]", false},
        {"{\"a\"}", false},
        {"{\"a\":}", false},
        {"{a:1}", false},
        {"{\"a\":1,}", false},
        {"01", false},
        {"1.", false},
        {"-", false},
        {"1e", false},
        {"+1", false},
        {".5", false},
        {"NaN", false},
        {"tru", false},
        {"\"\\x\"", false},
        {"\"\\u12g4\"", false},
        {"\"a", false},
        {"\"\n\"", false},
        {"{} {}", false},
        {"[1]]", false},
    };
    text value;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool good = json_walk_whole(text_of(cases[i].json), &value);
        if (good != cases[i].good) print_error("%s\n", cases[i].json);
        assert_int_equal(good, cases[i].good);
    }
    char deep[80];
    memset(deep, '[', 40);
    memset(deep + 40, ']', 40);
    assert_false(json_walk_whole((text){deep, 80}, &value));
    assert_true(json_walk_whole((text){deep + 10, 60}, &value));
    assert_false(json_walk_whole((text){"\"a\0\"", 4}, &value));
}

static void values_are_found_by_their_path(void **state) {
    const text object = TEXT("{\"a\":{\"b\":[1,2]},\"s\":\"x\",\"c\" : { \"b\" : 3 }}");
    text value;
    (void)state;
    assert_true(json_walk_find(object, "a.b", &value));
    assert_true(text_equal(value, TEXT("[1,2]")));
    assert_true(json_walk_find(object, "c.b", &value));
    assert_true(text_equal(value, TEXT("3")));
    assert_false(json_walk_find(object, "c.d", &value));
    assert_false(json_walk_find(object, "s.d", &value));
    assert_false(json_walk_find(TEXT("[1]"), "a", &value));
}

static void strings_are_unescaped(void **state) {
    static const char *const cases[][2] = {
        {"\"\"", ""},
        {"\"a\\\"b\\\\c\\/d\\b\\f\\n\\r\\t\"", "a\"b\\c/d\b\f\n\r\t"},
        {"\"\\u00e9\\u20AC\"", "\xC3\xA9\xE2\x82\xAC"},
        {"\"\\ud83d\\ude00!\"", "\xF0\x9F\x98\x80!"},
        {"\"\\ud83d!\"", "\xEF\xBF\xBD!"},
        {"\"\\ude00\"", "\xEF\xBF\xBD"},
        {"\"\\ud83d\\u0041\"", "\xEF\xBF\xBD"
                               "A"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buffer b = {0};
        assert_true(json_walk_string(text_of(cases[i][0]), &b));
        assert_true(text_equal(buffer_text(&b), text_of(cases[i][1])));
        buffer_deinit(&b);
    }
    buffer b = {0};
    assert_false(json_walk_string(TEXT("1"), &b));
    assert_false(json_walk_string(TEXT("\"a\"b\""), &b));
    assert_false(json_walk_string(TEXT("\"a"), &b));
    assert_false(json_walk_string(TEXT("\"\\u004"), &b));
    static const char digits[] = "0123456789abcdefABCDEF";
    for (int c = 1; c < 128; c++) {
        const char word[] = {'"', '\\', 'u', '0', '0', '4', (char)c, '"'};
        bool is_digit = strchr(digits, c) != NULL;
        assert_int_equal(json_walk_string((text){word, sizeof word}, &b), is_digit);
    }
    buffer_clear(&b);
    assert_true(json_walk_string(TEXT("\"\\ud83dxu\\ud83d\\ue000\""), &b));
    assert_true(text_equal(buffer_text(&b), TEXT("\xEF\xBF\xBDxu\xEF\xBF\xBD\xEE\x80\x80")));
    buffer_deinit(&b);
}

/* ---- Orders ---- */

static void orders_are_read(void **state) {
    source_order o;
    param_errors e = {0};
    (void)state;
    assert_true(control_read(TEXT("{\"action\":\"pause\"}"), &o, &e));
    assert_int_equal(o.kind, SOURCE_PAUSE);
    assert_true(control_read(TEXT(" {\"action\":\"play\"}\n"), &o, &e));
    assert_int_equal(o.kind, SOURCE_PLAY);
    assert_true(control_read(TEXT("{\"speed\":2.5,\"action\":\"speed\"}"), &o, &e));
    assert_true(o.kind == SOURCE_SPEED && o.speed == 2.5);
    assert_true(control_read(TEXT("{\"action\":\"speed\",\"speed\":\"max\"}"), &o, &e));
    assert_true(o.kind == SOURCE_SPEED && o.speed == 0);
    assert_true(control_read(TEXT("{\"action\":\"speed\",\"speed\":0}"), &o, &e));
    assert_true(
        control_read(TEXT("{\"action\":\"seek\",\"to\":\"2012-07-04T12:00:00Z\"}"), &o, &e));
    assert_true(o.kind == SOURCE_SEEK && o.time_ms == 1341403200000);
}

static void wrong_orders_are_explained(void **state) {
    static const char *const cases[][3] = {
        {"", "body", "must be a JSON object such as {\"action\":\"pause\"}"},
        {"[]", "body", "must be a JSON object such as {\"action\":\"pause\"}"},
        {"{\"action\":\"pause\"", "body", "must be a JSON object such as {\"action\":\"pause\"}"},
        {"{}", "action", "missing; use play, pause, speed or seek"},
        {"{\"action\":1}", "action", "unknown"},
        {"{\"action\":\"puase\"}", "action", "unknown; did you mean pause?"},
        {"{\"acton\":\"pause\"}", "acton", "unknown; did you mean action?"},
        {"{\"action\":\"pause\",\"action\":\"play\"}", "action", "given twice"},
        {"{\"action\":\"pause\",\"speed\":1}", "speed", "not with this action"},
        {"{\"action\":\"speed\"}", "speed", "missing"},
        {"{\"action\":\"speed\",\"speed\":-1}", "speed",
         "must be a number from 0.1 to 1e9, or 0 or \"max\""},
        {"{\"action\":\"speed\",\"speed\":1e300}", "speed",
         "must be a number from 0.1 to 1e9, or 0 or \"max\""},
        {"{\"action\":\"speed\",\"speed\":\"10\"}", "speed",
         "must be a number from 0.1 to 1e9, or 0 or \"max\""},
        {"{\"action\":\"speed\",\"speed\":null}", "speed",
         "must be a number from 0.1 to 1e9, or 0 or \"max\""},
        {"{\"action\":\"seek\",\"to\":\"tomorrow\"}", "to",
         "not a time; write it like \"2012-07-04T12:00:00Z\""},
        {"{\"action\":\"seek\",\"to\":12}", "to",
         "not a time; write it like \"2012-07-04T12:00:00Z\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        source_order o;
        param_errors e = {0};
        assert_false(control_read(text_of(cases[i][0]), &o, &e));
        assert_string_equal(e.errors[0].parameter, cases[i][1]);
        assert_string_equal(e.errors[0].detail, cases[i][2]);
    }
}

static void a_replay_says_how_it_stands(void **state) {
    buffer b = {0};
    json_writer w = json_to(&b);
    (void)state;
    control_write_state(&w, &(source_state){.kind = "files",
                                            .state = "replaying",
                                            .speed = 10,
                                            .can_seek = true,
                                            .is_paused = true,
                                            .start_ms = 60000,
                                            .position_ms = 120000});
    buffer_add_byte(&b, '\0');
    assert_string_equal(b.bytes, "{\"state\":\"paused\",\"speed\":10,\"position\":"
                                 "\"1970-01-01T00:02:00.000Z\",\"start\":"
                                 "\"1970-01-01T00:01:00.000Z\",\"can_seek\":true}");
    buffer_clear(&b);
    w = json_to(&b);
    control_write_state(&w, &(source_state){.kind = "x-stream", .state = "live"});
    buffer_add_byte(&b, '\0');
    assert_string_equal(b.bytes, "{\"state\":\"live\",\"speed\":null,\"position\":null,\"start\":"
                                 "null,\"can_seek\":false}");
    buffer_deinit(&b);
}

/* ---- Health and metrics ---- */

static bool is_ready(health *h, const pipeline_progress *p, int64_t now_us, const char *reason) {
    buffer b = {0};
    json_writer w = json_to(&b);
    bool ready = health_write(h, p, now_us, &w);
    buffer_add_byte(&b, '\0');
    if (reason != NULL) assert_non_null(strstr(b.bytes, reason));
    buffer_deinit(&b);
    return ready;
}

static void what_cannot_be_relied_on_says_why(void **state) {
    health h = {0};
    pipeline_progress p = {.source = {.kind = "files", .state = "replaying"}};
    const int64_t second = 1000000;
    (void)state;
    assert_false(is_ready(&h, &p, second, "nothing has been read yet"));
    p.epoch = 1;
    assert_true(is_ready(&h, &p, 2 * second, "[]"));
    p.queue_count = 3;
    assert_true(is_ready(&h, &p, 3 * second, "[]"));
    assert_true(is_ready(&h, &p, 20 * second, "[]"));
    assert_false(is_ready(&h, &p, 40 * second, "no epoch has come for 30 s"));
    p.epoch = 2;
    assert_true(is_ready(&h, &p, 41 * second, "[]"));
    p.source.is_paused = true;
    assert_true(is_ready(&h, &p, 99 * second, "[]"));
    p.source = (source_state){.kind = "x-stream", .state = "waiting"};
    assert_false(is_ready(&h, &p, 100 * second, "[\"the source is not connected\"]"));
}

static void journal_memory_budget_and_each_source_are_reasons(void **state) {
    health h = {0};
    pipeline_progress p = {.epoch = 1, .source = {.kind = "files", .state = "replaying"}};
    (void)state;
    p.store = (store_state){.is_open = true, .since_ms = 1341403200000, .detail = "no \"space\""};
    assert_false(is_ready(&h, &p, 1,
                          "[\"the journal is not written since 2012-07-04T12:00:00.000Z: "
                          "no \\\"space\\\"\"]"));
    p.store.is_writing = true;
    assert_true(is_ready(&h, &p, 2, "[]"));
    p.is_restoring = true;
    p.store.read_share = 0.404;
    assert_false(is_ready(&h, &p, 3, "[\"the journal is read back: 40 % of it so far\"]"));
    p.is_restoring = false;
    p.is_memory_full = true;
    p.memory_bytes = 2000000000;
    assert_false(is_ready(&h, &p, 4, "[\"memory is full (2000 MB): reading waits\"]"));
    p.is_memory_full = false;
    p.source_count = 2;
    p.sources[0] = (source_state){.kind = "x-stream", .state = "live", .budget_usd = 0.3};
    p.sources[1] = (source_state){.kind = "mastodon", .state = "waiting", .detail = "HTTP 503"};
    assert_false(is_ready(&h, &p, 5, "[\"the source mastodon is not connected: HTTP 503\"]"));
    p.sources[1].state = "live";
    assert_true(is_ready(&h, &p, 6, "[]"));
    p.sources[0].spent_usd = 0.1 + 0.1 + 0.1;
    assert_false(
        is_ready(&h, &p, 7, "[\"the source x-stream has spent its budget of 0.30 US dollars\"]"));
}

/* Every line is a comment or a series of a name that was announced. */
static void metrics_are_in_the_form_of_prometheus(void **state) {
    pipeline_progress p = {.items = 3, .source_count = PIPELINE_SOURCES_MAX};
    watch_counts watched = {.source_count = PIPELINE_SOURCES_MAX};
    const http_counts http = {.answers = {0, 0, 5, 0, 1, 0}};
    buffer b = {0};
    char announced[128] = "", name[128];
    unsigned series = 0;
    (void)state;
    for (size_t i = 0; i < PIPELINE_SOURCES_MAX; i++) {
        p.sources[i] = (source_state){.kind = "mastodon", .state = "live", .connects = i};
        watched.sources[i].lag_ms = i == 1 ? -1 : 1500;
    }
    watched.active[ALERT_LAG_GREW] = 2;
    metrics_write(&(metrics_input){.progress = &p,
                                   .watch = &watched,
                                   .http = &http,
                                   .stats = TEXT("{\"tweets\":7,\"memory_bytes\":12}")},
                  &b);
    buffer_add_byte(&b, '\0');
    assert_non_null(strstr(b.bytes, "\ndunlin_tweets 7\n"));
    assert_non_null(
        strstr(b.bytes, "\ndunlin_source_connects_total{number=\"7\",kind=\"mastodon\"} 7\n"));
    assert_non_null(
        strstr(b.bytes, "\ndunlin_source_lag_seconds{number=\"0\",kind=\"mastodon\"} 1.5\n"));
    assert_null(strstr(b.bytes, "dunlin_source_lag_seconds{number=\"1\""));
    assert_non_null(strstr(b.bytes, "\ndunlin_alerts_active{kind=\"lag_grew\"} 2\n"));
    assert_non_null(strstr(b.bytes, "\ndunlin_http_answers_total{class=\"2xx\"} 5\n"));
    for (char *line = strtok(b.bytes, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (sscanf(line, "# TYPE %127s", announced) == 1 || strncmp(line, "# HELP ", 7) == 0)
            continue;
        assert_int_equal(sscanf(line, "%127[a-z_0-9]", name), 1);
        assert_string_equal(name, announced);
        series++;
    }
    assert_in_range(series, 25, 200);
    buffer_deinit(&b);
}

static status make_all(void *context) {
    const pipeline_progress p = {.items = 3, .source = {.kind = "files", .state = "ended"}};
    const http_counts http = {0};
    health h = {0};
    buffer b = {0};
    json_writer w = json_to(&b);
    const watch_counts watched = {.source_count = 0};
    source_order o;
    param_errors e = {0};
    cursor_key k;
    (void)context;
    cursor_key_make(&k, 1);
    cursor_write(&k, &some_page, TEXT("q"), 1, &b);
    (void)health_write(&h, &p, 1, &w);
    (void)control_read(TEXT("{\"action\":\"speed\",\"speed\":\"max\"}"), &o, &e);
    metrics_write(
        &(metrics_input){.progress = &p, .watch = &watched, .http = &http, .stats = TEXT("{}")},
        &b);
    bool good = !b.failed && e.count == 0;
    buffer_deinit(&b);
    return good ? STATUS_OK : STATUS_NO_MEMORY;
}

static void all_survives_every_failed_allocation(void **state) {
    (void)state;
    assert_in_range(torture(make_all, NULL, 1000), 2, 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cursor_comes_back_as_it_went),
        cmocka_unit_test(a_cursor_of_another_time_is_gone),
        cmocka_unit_test(no_forged_cursor_is_taken),
        cmocka_unit_test(every_part_of_a_question_names_it),
        cmocka_unit_test(json_is_walked_as_the_standard_has_it),
        cmocka_unit_test(values_are_found_by_their_path),
        cmocka_unit_test(strings_are_unescaped),
        cmocka_unit_test(orders_are_read),
        cmocka_unit_test(wrong_orders_are_explained),
        cmocka_unit_test(a_replay_says_how_it_stands),
        cmocka_unit_test(what_cannot_be_relied_on_says_why),
        cmocka_unit_test(journal_memory_budget_and_each_source_are_reasons),
        cmocka_unit_test(metrics_are_in_the_form_of_prometheus),
        cmocka_unit_test(all_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
