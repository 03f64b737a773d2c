/* SPDX-License-Identifier: MIT */
/* The live stream against a stand-in of its server, with a clock that stands still. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/base/log.h"
#include "pipeline/decode/record.h"
#include "pipeline/sources/x_stream.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/stream_test.h"

static void start_upstream(stream_test *t, const fake_step *steps, size_t count) {
    stream_test_init(t, fake_upstream_start(steps, count));
    assert_non_null(t->upstream);
}

static void open_source(stream_test *t, x_stream_options o) {
    o.base_url = fake_upstream_url(t->upstream);
    o.user_agent = "dunlin/test";
    o.clock = &t->clock.base;
    if (o.token.count == 0) o.token = TEXT(FAKE_TOKEN);
    assert_int_equal(x_stream_open(&o, &t->source), STATUS_OK);
}

static void open_stream(stream_test *t, const char *token, const fake_step *steps, size_t count) {
    start_upstream(t, steps, count);
    open_source(t, (x_stream_options){.token = text_of(token)});
}

#define OPEN(t, token, ...)                                                                        \
    static const fake_step steps[] = {__VA_ARGS__};                                                \
    open_stream((t), (token), steps, sizeof steps / sizeof steps[0])
#define UPSTREAM(t, ...)                                                                           \
    static const fake_step steps[] = {__VA_ARGS__};                                                \
    start_upstream((t), steps, sizeof steps / sizeof steps[0])
#define START(t, ...)                                                                              \
    OPEN(t, FAKE_TOKEN, __VA_ARGS__);                                                              \
    stream_test_read(t)

static x_stream_counts counts_of(stream_test *t) {
    x_stream_counts c;
    x_stream_get_counts(t->source, &c);
    return c;
}

static void advance(stream_test *t, int64_t ms) {
    fake_clock_advance(&t->clock, ms);
    x_stream_wake(t->source);
}

/* Long enough for a thread that wanted to do something to have done it. */
static void let_it_settle(void) {
    (void)usleep(50000);
}

static void the_request_asks_for_what_the_logic_needs(void **state) {
    (void)state;
    stream_test t;
    char request[8192];
    START(&t, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"data\":{}}\r\n"}, {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_has_lines(&t, TEXT("{\"data\":{}}\r\n")));
    fake_upstream_last_request(t.upstream, request, sizeof request);
    assert_non_null(strstr(request, "GET /2/tweets/search/stream?tweet.fields=created_at,author_id,"
                                    "lang,public_metrics,referenced_tweets,geo,entities,"));
    assert_non_null(strstr(request, "&expansions=author_id,referenced_tweets.id,"
                                    "referenced_tweets.id.author_id,geo.place_id&"));
    assert_non_null(strstr(request, "&user.fields=location,public_metrics,username,name,"));
    assert_non_null(
        strstr(request, "&place.fields=country_code,full_name,geo,place_type HTTP/1.1\r\n"));
    assert_non_null(strstr(request, "\r\nUser-Agent: dunlin/test\r\n"));
    assert_string_equal(stream_state(&t).state, "live");
    assert_string_equal(stream_state(&t).kind, "x-stream");
    assert_int_equal(stream_state(&t).connects, 1);
    assert_string_equal(t.source->file_name(t.source, 0), "X filtered stream");
    stream_test_deinit(&t);
}

static void lines_cut_into_single_bytes_arrive_whole(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 200, NULL}, {FAKE_DRIP, 0, "{\"a\":1}\r\n\r\n\r\n{\"b\":2}\r\n{\"c\""},
          {FAKE_SEND, 0, ":3}\r\n"}, {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_has_lines(&t, TEXT("{\"a\":1}\r\n{\"b\":2}\r\n{\"c\":3}\r\n")));
    assert_int_equal(counts_of(&t).lines, 3);
    assert_int_equal(stream_state(&t).bytes_read, 9 + 4 + 9 + 9);
    stream_test_deinit(&t);
}

static void doubles_are_passed_on(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"a\":1}\r\n{\"a\":1}\r\n"},
          {FAKE_CLOSE, 0, NULL}, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"a\":1}\r\n"},
          {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_has_lines(&t, TEXT("{\"a\":1}\r\n{\"a\":1}\r\n{\"a\":1}\r\n")));
    stream_test_deinit(&t);
}

static void a_stream_silent_for_20_s_is_opened_anew(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"a\":1}\r\n"}, {FAKE_HOLD, 0, NULL},
          {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"b\":2}\r\n"}, {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_has_lines(&t, TEXT("{\"a\":1}\r\n")));
    advance(&t, X_STREAM_SILENCE_MS_MAX - 1);
    let_it_settle();
    assert_int_equal(fake_upstream_requests(t.upstream), 1);
    advance(&t, 1);
    WAIT_FOR(stream_has_lines(&t, TEXT("{\"a\":1}\r\n{\"b\":2}\r\n")));
    assert_int_equal(counts_of(&t).silences, 1);
    assert_int_equal(counts_of(&t).answers, 2);
    assert_int_equal(fake_upstream_hangups(t.upstream), 1);
    stream_test_deinit(&t);
}

static void a_keep_alive_is_life(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"a\":1}\r\n"}, {FAKE_WAIT, 0, NULL},
          {FAKE_SEND, 0, "\r\n"}, {FAKE_HOLD, 0, NULL}, {FAKE_ANSWER, 200, NULL},
          {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_state(&t).bytes_read == 9);
    advance(&t, 15000);
    fake_upstream_go(t.upstream);
    WAIT_FOR(stream_state(&t).bytes_read == 11);
    advance(&t, 15000);
    let_it_settle();
    assert_int_equal(fake_upstream_requests(t.upstream), 1);
    advance(&t, 5000);
    WAIT_FOR(fake_upstream_requests(t.upstream) == 2);
    assert_int_equal(counts_of(&t).lines, 1);
    stream_test_deinit(&t);
}

static void a_server_that_never_answers_is_given_up_after_20_s(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_MUTE, 0, NULL}, {FAKE_ANSWER, 200, NULL}, {FAKE_HOLD, 0, NULL});
    WAIT_FOR(fake_upstream_requests(t.upstream) == 1);
    advance(&t, X_STREAM_SILENCE_MS_MAX);
    WAIT_FOR(stream_is_waiting_ms(&t, 250));
    advance(&t, 250);
    WAIT_FOR(stream_is(&t, "live"));
    stream_test_deinit(&t);
}

static void a_reader_that_was_held_back_does_not_call_the_stream_silent(void **state) {
    (void)state;
    stream_test t;
    source_chunk *c;
    OPEN(&t, FAKE_TOKEN, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"a\":1}\r\n"},
         {FAKE_WAIT, 0, NULL}, {FAKE_SEND, 0, "{\"b\":2}\r\n"}, {FAKE_HOLD, 0, NULL});
    assert_int_equal(t.source->next(t.source, &c), STATUS_OK);
    assert_int_equal(c->first_line, 1);
    assert_int_equal(c->sequence, 0);
    source_chunk_free(c);
    advance(&t, 10 * (int64_t)X_STREAM_SILENCE_MS_MAX);
    fake_upstream_go(t.upstream);
    WAIT_FOR(fake_upstream_steps(t.upstream) == 4);
    assert_int_equal(t.source->next(t.source, &c), STATUS_OK);
    assert_true(text_equal((text){c->bytes, c->count}, TEXT("{\"b\":2}\r\n")));
    assert_int_equal(c->first_line, 2);
    assert_int_equal(c->sequence, 1);
    assert_int_equal(c->input_bytes, 9);
    for (size_t i = 0; i < 64; i++) assert_int_equal(c->bytes[c->count + i], 0);
    source_chunk_free(c);
    assert_int_equal(fake_upstream_requests(t.upstream), 1);
    stream_test_deinit(&t);
}

static void half_a_line_at_the_end_is_dropped_and_counted(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"a\":1}\r\n{\"data\":{\"id\":\"12"},
          {FAKE_CLOSE, 0, NULL}, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"b\":2}\r\n"},
          {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_has_lines(&t, TEXT("{\"a\":1}\r\n{\"b\":2}\r\n")));
    assert_int_equal(counts_of(&t).lines_partial, 1);
    stream_test_deinit(&t);
}

static void a_stream_that_is_closed_or_reset_is_opened_again_at_once(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"a\":1}\r\n"}, {FAKE_END, 0, NULL},
          {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"b\":2}\r\n"}, {FAKE_WAIT, 0, NULL},
          {FAKE_RESET, 0, NULL}, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"c\":3}\r\n"},
          {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_has_lines(&t, TEXT("{\"a\":1}\r\n{\"b\":2}\r\n")));
    fake_upstream_go(t.upstream);
    WAIT_FOR(stream_has_lines(&t, TEXT("{\"a\":1}\r\n{\"b\":2}\r\n{\"c\":3}\r\n")));
    assert_int_equal(stream_state(&t).connects, 3);
    assert_int_equal(counts_of(&t).lines_partial, 0);
    stream_test_deinit(&t);
}

static void a_network_that_fails_is_tried_250_ms_later_each_time(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_CLOSE, 0, NULL}, {FAKE_RESET, 0, NULL}, {FAKE_ANSWER, 200, NULL},
          {FAKE_CLOSE, 0, NULL}, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"a\":1}\r\n"},
          {FAKE_WAIT, 0, NULL}, {FAKE_CLOSE, 0, NULL}, {FAKE_CLOSE, 0, NULL});
    for (int64_t i = 1; i <= 3; i++) { /* The third is answered, but sends nothing. */
        WAIT_FOR(stream_is_waiting_ms(&t, 250 * i));
        advance(&t, 250 * i - 1);
        let_it_settle();
        assert_int_equal(fake_upstream_requests(t.upstream), i);
        advance(&t, 1);
        WAIT_FOR(fake_upstream_requests(t.upstream) == i + 1);
    }
    WAIT_FOR(stream_has_lines(&t, TEXT("{\"a\":1}\r\n")));
    fake_upstream_go(t.upstream);
    WAIT_FOR(stream_is_waiting_ms(&t, 250)); /* Again at once, refused: it begins anew. */
    assert_int_equal(fake_upstream_requests(t.upstream), 5);
    stream_test_deinit(&t);
}

static void http_errors_wait_5_s_and_double(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 503, NULL}, {FAKE_BODY, 0, "{\"title\":\"Service Unavailable\"}"},
          {FAKE_CLOSE, 0, NULL}, {FAKE_ANSWER, 500, NULL}, {FAKE_CLOSE, 0, NULL},
          {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"a\":1}\r\n"}, {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_is_waiting_ms(&t, 5000));
    assert_string_equal(stream_state(&t).detail, "HTTP 503 Service Unavailable");
    advance(&t, 5000);
    WAIT_FOR(stream_is_waiting_ms(&t, 10000));
    advance(&t, 10000);
    WAIT_FOR(stream_has_lines(&t, TEXT("{\"a\":1}\r\n")));
    assert_int_equal(counts_of(&t).answers, 1);
    stream_test_deinit(&t);
}

static void a_rate_limit_is_waited_out_until_its_reset(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 429, "x-rate-limit-reset: 1600000700\r\n"},
          {FAKE_BODY, 0,
           "{\"title\":\"ConnectionException\",\"detail\":\"This stream is "
           "currently at the maximum allowed connection limit.\"}"},
          {FAKE_CLOSE, 0, NULL}, {FAKE_ANSWER, 429, NULL}, {FAKE_CLOSE, 0, NULL},
          {FAKE_ANSWER, 200, NULL}, {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_is_waiting_ms(&t, 700000));
    assert_string_equal(stream_state(&t).detail, "HTTP 429 This stream is currently at the maximum "
                                                 "allowed connection limit.");
    advance(&t, 700000);
    WAIT_FOR(stream_is_waiting_ms(&t, 120000));
    advance(&t, 120000);
    WAIT_FOR(stream_is(&t, "live"));
    stream_test_deinit(&t);
}

static void a_wrong_token_fails_for_good_and_is_not_shown(void **state) {
    (void)state;
    stream_test t;
    OPEN(&t, "wrong-secret", {FAKE_ANSWER, 200, NULL}, {FAKE_HOLD, 0, NULL});
    source_chunk *c;
    assert_int_equal(t.source->next(t.source, &c), STATUS_UNAUTHORIZED);
    assert_null(c);
    assert_int_equal(t.source->next(t.source, &c), STATUS_UNAUTHORIZED);
    assert_int_equal(fake_upstream_requests(t.upstream), 1);
    source_state s = stream_state(&t);
    assert_string_equal(s.state, "failed");
    assert_non_null(strstr(s.detail, "HTTP 401: the bearer token is not accepted"));
    assert_null(strstr(s.detail, "wrong-secret"));
    stream_test_deinit(&t);
}

static void a_stream_that_is_not_allowed_fails_with_the_servers_words(void **state) {
    (void)state;
    stream_test t;
    OPEN(&t, FAKE_TOKEN, {FAKE_ANSWER, 403, NULL},
         {FAKE_BODY, 0, "{\"title\":\"Forbidden\",\"detail\":\"Client Forbidden\"}"},
         {FAKE_CLOSE, 0, NULL});
    source_chunk *c;
    assert_int_equal(t.source->next(t.source, &c), STATUS_UNAUTHORIZED);
    assert_non_null(strstr(stream_state(&t).detail, "HTTP 403: "));
    assert_non_null(strstr(stream_state(&t).detail, "; Client Forbidden"));
    stream_test_deinit(&t);
}

static void an_announced_disconnect_is_given_out_and_followed(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 200, NULL},
          {FAKE_SEND, 0, "{\"a\":1}\r\n{\"errors\":[{\"title\":\"operational-disconnect\"}]}\r\n"},
          {FAKE_HOLD, 0, NULL}, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"b\":2}\r\n"},
          {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_has_lines(
        &t, TEXT("{\"a\":1}\r\n{\"errors\":[{\"title\":\"operational-disconnect\"}]}\r\n"
                 "{\"b\":2}\r\n")));
    assert_int_equal(fake_upstream_hangups(t.upstream), 1);
    stream_test_deinit(&t);
}

static void a_line_over_1_mib_is_dropped_and_counted(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"a\":1}\r\n"},
          {FAKE_FLOOD, 3 << 20, NULL}, {FAKE_SEND, 0, "\r\n{\"b\":2}\r\n"}, {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_has_lines(&t, TEXT("{\"a\":1}\r\n{\"b\":2}\r\n")));
    assert_int_equal(counts_of(&t).lines_too_long, 1);
    stream_test_deinit(&t);
}

static void a_redirect_is_not_followed(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 302, "Location: /2/tweets/sample/stream\r\n"}, {FAKE_CLOSE, 0, NULL},
          {FAKE_ANSWER, 200, NULL}, {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_is_waiting_ms(&t, 5000));
    assert_int_equal(fake_upstream_requests(t.upstream), 1);
    stream_test_deinit(&t);
}

static void stop_ends_a_silent_stream_and_closes_it(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"a\":1}\r\n"}, {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_has_lines(&t, TEXT("{\"a\":1}\r\n")));
    t.source->stop(t.source);
    WAIT_FOR(stream_has_ended(&t));
    assert_int_equal(t.end, STATUS_STOPPED);
    WAIT_FOR(fake_upstream_hangups(t.upstream) == 1);
    assert_string_equal(stream_state(&t).state, "ended");
    stream_test_deinit(&t);
}

static void stop_ends_the_wait_for_the_next_try(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 503, NULL}, {FAKE_CLOSE, 0, NULL});
    WAIT_FOR(stream_is_waiting_ms(&t, 5000));
    t.source->stop(t.source);
    WAIT_FOR(stream_has_ended(&t));
    assert_int_equal(t.end, STATUS_STOPPED);
    stream_test_deinit(&t);
}

static void without_memory_for_a_chunk_nothing_is_lost(void **state) {
    (void)state;
    stream_test t;
    source_chunk *c;
    OPEN(&t, FAKE_TOKEN, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"a\":1}\r\n"},
         {FAKE_HOLD, 0, NULL});
    fail_alloc_begin(0, true);
    status s = t.source->next(t.source, &c);
    assert_int_equal(fail_alloc_end(), 1);
    assert_int_equal(s, STATUS_NO_MEMORY);
    assert_int_equal(t.source->next(t.source, &c), STATUS_OK);
    assert_true(text_equal((text){c->bytes, c->count}, TEXT("{\"a\":1}\r\n")));
    source_chunk_free(c);
    stream_test_deinit(&t);
}

static status open_and_close(void *context) {
    x_stream_options o = {.token = TEXT("token"), .kind = X_STREAM_SAMPLED};
    tweet_source *source;
    (void)context;
    status s = x_stream_open(&o, &source);
    if (s == STATUS_OK) source->close(source);
    return s;
}

static void opening_survives_every_failed_allocation(void **state) {
    (void)state;
    assert_in_range(torture(open_and_close, NULL, 100), 2, 100);
}

static status open_with(const char *url, const char *token, const char *agent) {
    x_stream_options o = {.base_url = url, .token = text_of(token), .user_agent = agent};
    tweet_source *source;
    status s = x_stream_open(&o, &source);
    if (s == STATUS_OK) source->close(source);
    return s;
}

static void a_token_goes_over_tls_or_stays_on_this_machine(void **state) {
    (void)state;
    assert_int_equal(open_with(NULL, "t", NULL), STATUS_OK);
    assert_int_equal(open_with("https://gateway.example", "t", NULL), STATUS_OK);
    assert_int_equal(open_with("http://localhost:8080", "t", NULL), STATUS_OK);
    assert_int_equal(open_with("http://[::1]:8080/", "t", NULL), STATUS_OK);
    static const char *const bad[] = {"http://api.x.com",
                                      "http://127.0.0.1.example",
                                      "ftp://127.0.0.1",
                                      "file:///etc/passwd",
                                      "https://user:word@api.x.com",
                                      "https://api.x.com/?a=b",
                                      "",
                                      "api.x.com"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(open_with(bad[i], "t", NULL), STATUS_BAD_ARGUMENT);
    assert_int_equal(open_with(NULL, "", NULL), STATUS_BAD_ARGUMENT);
    assert_int_equal(open_with(NULL, "a b", NULL), STATUS_BAD_ARGUMENT);
    assert_int_equal(open_with(NULL, "a\r\nHost: b", NULL), STATUS_BAD_ARGUMENT);
    assert_int_equal(open_with(NULL, "t", "a\nb"), STATUS_BAD_ARGUMENT);
}

/* ---- What upstreams do, by list ---- */

static void two_objects_in_a_chunk_and_ends_of_either_kind_are_lines(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"a\":1}\n{\"b\":2}\r\n\n\r\n{\"c\":3}\n"},
          {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_has_lines(&t, TEXT("{\"a\":1}\n{\"b\":2}\r\n{\"c\":3}\n")));
    assert_int_equal(counts_of(&t).lines, 3);
    stream_test_deinit(&t);
}

static void an_end_of_line_inside_of_json_spoils_that_line_alone(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"a\":\r\n1}\r\n{\"b\":2}\r\n"},
          {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_has_lines(&t, TEXT("{\"a\":\r\n1}\r\n{\"b\":2}\r\n")));
    stream_test_deinit(&t);
}

static void a_reset_inside_of_json_drops_that_line_alone(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"a\":1}\r\n{\"data\":{\"te"},
          {FAKE_WAIT, 0, NULL}, {FAKE_RESET, 0, NULL}, {FAKE_ANSWER, 200, NULL},
          {FAKE_SEND, 0, "{\"b\":2}\r\n"}, {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_has_lines(&t, TEXT("{\"a\":1}\r\n")));
    fake_upstream_go(t.upstream);
    WAIT_FOR(stream_has_lines(&t, TEXT("{\"a\":1}\r\n{\"b\":2}\r\n")));
    assert_int_equal(counts_of(&t).lines_partial, 1);
    assert_int_equal(stream_state(&t).gaps, 1);
    stream_test_deinit(&t);
}

static void a_gzipped_stream_is_unpacked_as_it_comes(void **state) {
    (void)state;
    stream_test t;
    char request[8192];
    START(&t, {FAKE_ANSWER, 200, "Content-Encoding: gzip\r\n"}, {FAKE_GZIP, 0, "{\"a\":1}\r\n"},
          {FAKE_WAIT, 0, NULL}, {FAKE_GZIP, 0, "{\"b\":2}\r\n"}, {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_has_lines(&t, TEXT("{\"a\":1}\r\n")));
    fake_upstream_last_request(t.upstream, request, sizeof request);
    assert_non_null(strstr(request, "\r\nAccept-Encoding: gzip\r\n"));
    fake_upstream_go(t.upstream);
    WAIT_FOR(stream_has_lines(&t, TEXT("{\"a\":1}\r\n{\"b\":2}\r\n")));
    stream_test_deinit(&t);
}

static void a_page_of_html_is_no_stream_whatever_its_status(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 200, "Content-Type: text/html; charset=utf-8\r\n"},
          {FAKE_SEND, 0, "<html>\r\n<title>Sign in</title>\r\n"}, {FAKE_HOLD, 0, NULL},
          {FAKE_ANSWER, 200, "Content-Type: TEXT/HTML\r\n"}, {FAKE_SEND, 0, "<html>\r\n"},
          {FAKE_END, 0, NULL}, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"a\":1}\r\n"},
          {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_is_waiting_ms(&t, 5000));
    assert_non_null(strstr(stream_state(&t).detail, "HTML"));
    advance(&t, 5000);
    WAIT_FOR(stream_is_waiting_ms(&t, 10000));
    advance(&t, 10000);
    WAIT_FOR(stream_has_lines(&t, TEXT("{\"a\":1}\r\n")));
    assert_int_equal(stream_state(&t).gaps, 0);
    stream_test_deinit(&t);
}

static void a_redirect_to_another_host_gets_no_token(void **state) {
    (void)state;
    stream_test t;
    fake_upstream *other = fake_upstream_start(NULL, 0);
    char location[128];
    fake_step steps[] = {{FAKE_ANSWER, 301, location}, {FAKE_CLOSE, 0, NULL}};
    (void)snprintf(location, sizeof location, "Location: %s/2/tweets/search/stream\r\n",
                   fake_upstream_url(other));
    start_upstream(&t, steps, 2);
    open_source(&t, (x_stream_options){0});
    stream_test_read(&t);
    WAIT_FOR(stream_is_waiting_ms(&t, 5000));
    assert_string_equal(stream_state(&t).detail, "HTTP 301 a redirect, which is not followed");
    assert_int_equal(fake_upstream_requests(other), 0);
    stream_test_deinit(&t);
    fake_upstream_stop(other);
}

/* Ten refusals with this status, one after the other: how long is waited after each. */
static void expect_waits(int code, const char *headers, const int64_t *waits_ms, size_t count) {
    stream_test t;
    fake_step steps[20];
    assert_true(count <= 10);
    for (size_t i = 0; i < count; i++) {
        steps[2 * i] = (fake_step){FAKE_ANSWER, code, headers};
        steps[2 * i + 1] = (fake_step){FAKE_CLOSE, 0, NULL};
    }
    start_upstream(&t, steps, 2 * count);
    open_source(&t, (x_stream_options){0});
    stream_test_read(&t);
    for (size_t i = 0; i < count; i++) {
        WAIT_FOR(stream_is_waiting_ms(&t, waits_ms[i]));
        advance(&t, waits_ms[i] - 1);
        (void)usleep(2000);
        assert_int_equal(fake_upstream_requests(t.upstream), i + 1);
        advance(&t, 1);
    }
    stream_test_deinit(&t);
}

static void errors_of_a_server_wait_5_s_doubling_to_320_s(void **state) {
    (void)state;
    static const int codes[] = {404, 500, 502, 503};
    static const int64_t waits_ms[] = {5000,   10000,  20000,  40000,  80000,
                                       160000, 320000, 320000, 320000, 320000};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        expect_waits(codes[i], NULL, waits_ms, 10);
}

static void calm_is_asked_for_by_429_and_420_alike(void **state) {
    (void)state;
    static const int64_t waits_ms[] = {60000, 120000, 240000, 480000, 960000, 960000};
    expect_waits(429, NULL, waits_ms, 6);
    expect_waits(420, NULL, waits_ms, 6);
}

#define START_DATE "Date: Sun, 13 Sep 2020 12:26:40 GMT\r\n" /* STREAM_TEST_START_MS. */

static void a_reset_counts_by_the_clock_of_the_server(void **state) {
    (void)state;
    static const int64_t past_ms[] = {60000}, in_901_s_ms[] = {901000};
    expect_waits(429, START_DATE "x-rate-limit-reset: 1599999999\r\n", past_ms, 1);
    expect_waits(429, START_DATE "x-rate-limit-reset: 1600000901\r\n", in_901_s_ms, 1);
    expect_waits(429, "Date: Sun, 13 Sep 2020 13:26:40 GMT\r\nx-rate-limit-reset: 1600004501\r\n",
                 in_901_s_ms, 1);
    expect_waits(429, "Date: Sun, 13 Sep 2020 11:26:40 GMT\r\nx-rate-limit-reset: 1599997301\r\n",
                 in_901_s_ms, 1);
    expect_waits(429, START_DATE "x-rate-limit-reset: soon\r\n", past_ms, 1);
}

static void the_last_request_of_a_window_is_known_before_a_429(void **state) {
    (void)state;
    stream_test t;
    START(&t,
          {FAKE_ANSWER, 200,
           START_DATE "x-rate-limit-remaining: 0\r\nx-rate-limit-reset: 1600000300\r\n"},
          {FAKE_SEND, 0, "{\"a\":1}\r\n"}, {FAKE_WAIT, 0, NULL}, {FAKE_END, 0, NULL},
          {FAKE_ANSWER, 200, "x-rate-limit-remaining: 9\r\nx-rate-limit-reset: 1600000900\r\n"},
          {FAKE_SEND, 0, "{\"b\":2}\r\n"}, {FAKE_END, 0, NULL}, {FAKE_ANSWER, 200, NULL},
          {FAKE_SEND, 0, "{\"c\":3}\r\n"}, {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_has_lines(&t, TEXT("{\"a\":1}\r\n")));
    fake_upstream_go(t.upstream);
    WAIT_FOR(stream_is_waiting_ms(&t, 300000));
    advance(&t, 300000);
    WAIT_FOR(stream_has_lines(&t, TEXT("{\"a\":1}\r\n{\"b\":2}\r\n{\"c\":3}\r\n")));
    stream_test_deinit(&t);
}

static void a_limit_is_known_from_headers_that_come_in_pieces(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_HEAD, 200, "x-rate-limit-remaining: 0\r\n"}, {FAKE_WAIT, 0, NULL},
          {FAKE_BODY, 0, START_DATE "x-rate-limit-reset: 1600000300\r\n\r\n"},
          {FAKE_SEND, 0, "{\"a\":1}\r\n"}, {FAKE_END, 0, NULL}, {FAKE_ANSWER, 200, NULL},
          {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_is(&t, "live"));
    fake_upstream_go(t.upstream);
    WAIT_FOR(stream_is_waiting_ms(&t, 300000));
    stream_test_deinit(&t);
}

static void a_connection_that_another_holds_is_waited_for_like_a_rate_limit(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 429, NULL},
          {FAKE_BODY, 0,
           "{\"title\":\"ConnectionException\",\"detail\":\"This stream is currently at the "
           "maximum allowed connection limit.\",\"connection_issue\":\"TooManyConnections\"}"},
          {FAKE_CLOSE, 0, NULL}, {FAKE_ANSWER, 200, NULL},
          {FAKE_SEND, 0,
           "{\"title\":\"ConnectionException\",\"connection_issue\":\"TooManyConnections\"}\r\n"},
          {FAKE_HOLD, 0, NULL}, {FAKE_ANSWER, 200, NULL},
          {FAKE_SEND, 0, "{\"disconnect\":{\"code\":2,\"reason\":\"duplicate stream\"}}\r\n"},
          {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_is_waiting_ms(&t, 60000));
    advance(&t, 60000);
    WAIT_FOR(stream_is_waiting_ms(&t, 120000));
    advance(&t, 120000);
    WAIT_FOR(stream_is_waiting_ms(&t, 240000));
    assert_string_equal(stream_state(&t).detail,
                        "the server announced a disconnect: duplicate stream");
    stream_test_deinit(&t);
}

static void a_stream_that_only_says_farewell_is_no_life(void **state) {
    (void)state;
    stream_test t;
    static const char farewell[] =
        "{\"errors\":[{\"title\":\"operational-disconnect\",\"disconnect_type\":"
        "\"UpstreamOperationalDisconnect\",\"detail\":\"This stream has been disconnected "
        "upstream for operational reasons.\"}]}\r\n";
    START(&t, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, farewell}, {FAKE_HOLD, 0, NULL},
          {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, farewell}, {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_is_waiting_ms(&t, 5000));
    assert_non_null(strstr(stream_state(&t).detail, "for operational reasons"));
    advance(&t, 5000);
    WAIT_FOR(stream_is_waiting_ms(&t, 10000));
    assert_int_equal(stream_state(&t).gaps, 0);
    stream_test_deinit(&t);
}

static void errors_beside_data_and_unknown_messages_end_nothing(void **state) {
    (void)state;
    stream_test t;
    static const char lines[] =
        "{\"data\":{\"id\":\"1\"},\"errors\":[{\"title\":\"Not Found\"}]}\r\n"
        "{\"brand_new\":{\"errors\":[1]}}\r\n"
        "{\"data\":{\"id\":\"2\"}}\r\n";
    START(&t, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, lines}, {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_has_lines(&t, text_of(lines)));
    let_it_settle();
    assert_int_equal(fake_upstream_requests(t.upstream), 1);
    stream_test_deinit(&t);
}

static void gaps_and_what_limit_notices_say_are_counted(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 200, NULL},
          {FAKE_SEND, 0, "{\"limit\":{\"track\":10}}\r\n{\"limit\":{\"track\":15}}\r\n"},
          {FAKE_CLOSE, 0, NULL}, {FAKE_ANSWER, 200, NULL},
          {FAKE_SEND, 0, "{\"limit\":{\"track\":4,\"timestamp_ms\":\"9\"}}\r\n"},
          {FAKE_RESET, 0, NULL}, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"a\":1}\r\n"},
          {FAKE_HOLD, 0, NULL});
    WAIT_FOR(stream_state(&t).gaps == 2 && counts_of(&t).lines >= 3);
    WAIT_FOR(stream_state(&t).missed >= 15 && stream_is(&t, "live"));
    stream_test_deinit(&t);
}

static void a_reader_that_was_kicked_comes_back_at_once(void **state) {
    (void)state;
    stream_test t;
    source_chunk *c;
    OPEN(&t, FAKE_TOKEN, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"a\":1}\r\n"},
         {FAKE_SEND, 0, "{\"disconnect\":{\"code\":4,\"reason\":\"stall\"}}\r\n"},
         {FAKE_RESET, 0, NULL}, {FAKE_ANSWER, 200, NULL}, {FAKE_SEND, 0, "{\"b\":2}\r\n"},
         {FAKE_HOLD, 0, NULL});
    bool is_back = false;
    while (!is_back) {
        assert_int_equal(t.source->next(t.source, &c), STATUS_OK);
        is_back = memmem(c->bytes, c->count, "{\"b\":2}", 7) != NULL;
        assert_int_equal(c->origin, ORIGIN_X);
        source_chunk_free(c);
        (void)usleep(1000); /* It is not read while the server gives up. */
    }
    assert_int_equal(stream_state(&t).connects, 2);
    assert_int_equal(stream_state(&t).gaps, 1);
    stream_test_deinit(&t);
}

static void each_kind_of_stream_is_asked_for_as_documented(void **state) {
    (void)state;
    static const struct {
        x_stream_options options;
        const char *line, *name;
        bool has_fields;
    } kinds[] = {
        {{.kind = X_STREAM_SAMPLED},
         "GET /2/tweets/sample/stream?tweet.fields=",
         "X sampled stream",
         true},
        {{.kind = X_STREAM_SAMPLED10, .partition = 2, .backfill_minutes = 5},
         "GET /2/tweets/sample10/stream?tweet.fields=",
         "X 10 % sample:2",
         true},
        {{.kind = X_STREAM_FIREHOSE, .partition = 20},
         "GET /2/tweets/firehose/stream?tweet.fields=",
         "X firehose:20",
         true},
        {{.kind = X_STREAM_TWEETS_COMPLIANCE, .partition = 4},
         "GET /2/tweets/compliance/stream?partition=4 HTTP/1.1\r\n",
         "X tweets compliance:4",
         false},
        {{.kind = X_STREAM_USERS_COMPLIANCE, .partition = 1, .backfill_minutes = 3},
         "GET /2/users/compliance/stream?partition=1&backfill_minutes=3 HTTP/1.1\r\n",
         "X users compliance:1",
         false},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        stream_test t;
        char request[8192];
        UPSTREAM(&t, {FAKE_ANSWER, 200, NULL}, {FAKE_HOLD, 0, NULL});
        open_source(&t, kinds[i].options);
        stream_test_read(&t);
        WAIT_FOR(stream_is(&t, "live"));
        fake_upstream_last_request(t.upstream, request, sizeof request);
        assert_memory_equal(request, kinds[i].line, strlen(kinds[i].line));
        assert_true((strstr(request, "expansions=") != NULL) == kinds[i].has_fields);
        if (i == 1) assert_non_null(strstr(request, "&partition=2&backfill_minutes=5 HTTP"));
        assert_string_equal(t.source->file_name(t.source, 0), kinds[i].name);
        stream_test_deinit(&t);
    }
    const x_stream_options wrong[] = {
        {.token = TEXT("t"), .partition = 1},
        {.token = TEXT("t"), .kind = X_STREAM_SAMPLED10},
        {.token = TEXT("t"), .kind = X_STREAM_FIREHOSE, .partition = 21},
        {.token = TEXT("t"), .backfill_minutes = 6}};
    tweet_source *source;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(x_stream_open(&wrong[i], &source), STATUS_BAD_ARGUMENT);
}

/* ---- What outlives a run ---- */

typedef struct {
    char folder[40], path[64];
} state_file;

static void make_state(state_file *f) {
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/dunlin-x-state-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof f->path, "%s/x.state", f->folder);
}

static void remove_state(state_file *f) {
    char lock[80];
    (void)snprintf(lock, sizeof lock, "%s.lock", f->path);
    (void)unlink(lock);
    (void)unlink(f->path);
    assert_int_equal(rmdir(f->folder), 0);
}

/* One run of the program: opens the state, reads, and is told to end by the caller. */
static void start_run(stream_test *t, const state_file *f, double budget_usd) {
    const x_account_options with = {
        .path = f->path, .budget_usd = budget_usd, .clock = &t->clock.base};
    x_account *account;
    assert_int_equal(x_account_open(&with, &account), STATUS_OK);
    open_source(t, (x_stream_options){.account = account});
    x_account_close(account);
    stream_test_read(t);
}

static void a_restart_is_no_way_around_a_wait(void **state) {
    (void)state;
    stream_test t;
    state_file f;
    make_state(&f);
    UPSTREAM(&t, {FAKE_ANSWER, 429, START_DATE "x-rate-limit-reset: 1600000901\r\n"},
             {FAKE_CLOSE, 0, NULL}, {FAKE_ANSWER, 429, NULL}, {FAKE_CLOSE, 0, NULL});
    start_run(&t, &f, 0);
    WAIT_FOR(stream_is_waiting_ms(&t, 901000));
    for (int i = 0; i < 3; i++) {
        stream_test_close(&t);
        fake_clock_advance(&t.clock, 100000);
        start_run(&t, &f, 0);
        WAIT_FOR(stream_is_waiting_ms(&t, 901000 - (i + 1) * 100000));
        assert_int_equal(fake_upstream_requests(t.upstream), 1);
    }
    advance(&t, 601000);
    WAIT_FOR(stream_is_waiting_ms(&t, 120000)); /* The second 429 in a row, two runs later. */
    stream_test_deinit(&t);
    remove_state(&f);
}

static void a_wrong_token_is_not_tried_faster_by_who_starts_us_in_a_loop(void **state) {
    (void)state;
    stream_test t;
    state_file f;
    make_state(&f);
    UPSTREAM(&t, {FAKE_ANSWER, 401, NULL}, {FAKE_CLOSE, 0, NULL}, {FAKE_ANSWER, 401, NULL},
             {FAKE_CLOSE, 0, NULL});
    for (int i = 0; i < 2; i++) {
        start_run(&t, &f, 0);
        if (i > 0) WAIT_FOR(stream_is_waiting_ms(&t, 5000));
        if (i > 0) advance(&t, 5000);
        WAIT_FOR(stream_has_ended(&t));
        assert_int_equal(t.end, STATUS_UNAUTHORIZED);
        stream_test_close(&t);
    }
    start_run(&t, &f, 0);
    WAIT_FOR(stream_is_waiting_ms(&t, 10000));
    stream_test_deinit(&t);
    remove_state(&f);
}

static void restarts_make_no_more_than_50_connects_in_15_minutes(void **state) {
    (void)state;
    stream_test t;
    state_file f;
    fake_step steps[3 * 60];
    make_state(&f);
    for (size_t i = 0; i < 60; i++) {
        steps[3 * i] = (fake_step){FAKE_ANSWER, 200, NULL};
        steps[3 * i + 1] = (fake_step){FAKE_SEND, 0, "{\"a\":1}\r\n"};
        steps[3 * i + 2] = (fake_step){FAKE_HOLD, 0, NULL};
    }
    start_upstream(&t, steps, 3 * 60);
    for (size_t i = 0; i < X_CONNECTS_MAX; i++) {
        start_run(&t, &f, 0);
        WAIT_FOR(fake_upstream_steps(t.upstream) >= 3 * i + 2);
        WAIT_FOR(stream_is(&t, "live"));
        stream_test_close(&t);
        WAIT_FOR(fake_upstream_hangups(t.upstream) == i + 1);
        fake_clock_advance(&t.clock, 1000);
    }
    start_run(&t, &f, 0);
    WAIT_FOR(stream_is_waiting_ms(&t, X_CONNECTS_WINDOW_MS - X_CONNECTS_MAX * 1000));
    assert_int_equal(fake_upstream_requests(t.upstream), X_CONNECTS_MAX);
    stream_test_deinit(&t);
    remove_state(&f);
}

#define POST_LINE(id) "{\"data\":{\"id\":\"" id "\"},\"includes\":{\"users\":[{\"id\":\"7\"}]}}\r\n"

static void the_line_that_would_pass_the_budget_is_not_taken_in(void **state) {
    (void)state;
    stream_test t;
    state_file f;
    make_state(&f);
    /* 15, 5 and 5 thousandths; the fourth would make 30 of 29. */
    UPSTREAM(&t, {FAKE_ANSWER, 200, NULL},
             {FAKE_SEND, 0,
              POST_LINE("1") POST_LINE("2") POST_LINE("1") POST_LINE("3") "{\"data\":{\"i"},
             {FAKE_SEND, 0, "d\":\"4\"}}\r\n" POST_LINE("1")}, {FAKE_HOLD, 0, NULL},
             {FAKE_ANSWER, 200, NULL}, {FAKE_HOLD, 0, NULL});
    start_run(&t, &f, 0.029);
    WAIT_FOR(stream_has_ended(&t));
    assert_int_equal(t.end, STATUS_BUDGET);
    assert_true(
        stream_has_lines(&t, TEXT(POST_LINE("1") POST_LINE("2") POST_LINE("1") POST_LINE("3"))));
    WAIT_FOR(fake_upstream_hangups(t.upstream) == 1); /* It is closed, not left open. */
    source_state s = stream_state(&t);
    assert_string_equal(s.state, "budget reached");
    assert_non_null(strstr(s.detail, "$0.025 of $0.029 is spent"));
    assert_true(s.spent_usd > 0.0249 && s.spent_usd < 0.0251);
    stream_test_close(&t);
    start_run(&t, &f, 0.029); /* Nor in the next run: there is money for no post. */
    WAIT_FOR(stream_has_ended(&t));
    assert_int_equal(fake_upstream_requests(t.upstream), 1);
    stream_test_close(&t);
    start_run(&t, &f, 0.1);
    WAIT_FOR(fake_upstream_requests(t.upstream) == 2);
    stream_test_deinit(&t);
    remove_state(&f);
}

static status token_in_file(const char *words, buffer *token) {
    char path[] = "/tmp/dunlin-token-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, words, strlen(words)), (ssize_t)strlen(words));
    (void)close(fd);
    status s = x_stream_read_token(path, token);
    (void)unlink(path);
    return s;
}

static void a_token_comes_from_a_file_or_the_environment(void **state) {
    (void)state;
    buffer token = {0};
    assert_int_equal(token_in_file("  AAA%3D \r\nsecond line\n", &token), STATUS_OK);
    assert_true(text_equal(buffer_text(&token), TEXT("AAA%3D")));
    x_stream_wipe_token(&token);
    assert_int_equal(token.count, 0);
    assert_int_equal(token_in_file("\n", &token), STATUS_BAD_FORMAT);
    assert_int_equal(token_in_file("two words\n", &token), STATUS_BAD_FORMAT);
    assert_int_equal(x_stream_read_token("/nonexistent/token", &token), STATUS_CANNOT_READ);
    assert_int_equal(setenv(X_STREAM_TOKEN_VARIABLE, "BBB", 1), 0);
    assert_int_equal(x_stream_read_token(NULL, &token), STATUS_OK);
    assert_true(text_equal(buffer_text(&token), TEXT("BBB")));
    x_stream_wipe_token(&token);
    assert_int_equal(unsetenv(X_STREAM_TOKEN_VARIABLE), 0);
    assert_int_equal(x_stream_read_token(NULL, &token), STATUS_NOT_FOUND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_asks_for_what_the_logic_needs),
        cmocka_unit_test(lines_cut_into_single_bytes_arrive_whole),
        cmocka_unit_test(doubles_are_passed_on),
        cmocka_unit_test(a_stream_silent_for_20_s_is_opened_anew),
        cmocka_unit_test(a_keep_alive_is_life),
        cmocka_unit_test(a_server_that_never_answers_is_given_up_after_20_s),
        cmocka_unit_test(a_reader_that_was_held_back_does_not_call_the_stream_silent),
        cmocka_unit_test(half_a_line_at_the_end_is_dropped_and_counted),
        cmocka_unit_test(a_stream_that_is_closed_or_reset_is_opened_again_at_once),
        cmocka_unit_test(a_network_that_fails_is_tried_250_ms_later_each_time),
        cmocka_unit_test(http_errors_wait_5_s_and_double),
        cmocka_unit_test(a_rate_limit_is_waited_out_until_its_reset),
        cmocka_unit_test(a_wrong_token_fails_for_good_and_is_not_shown),
        cmocka_unit_test(a_stream_that_is_not_allowed_fails_with_the_servers_words),
        cmocka_unit_test(an_announced_disconnect_is_given_out_and_followed),
        cmocka_unit_test(a_line_over_1_mib_is_dropped_and_counted),
        cmocka_unit_test(a_redirect_is_not_followed),
        cmocka_unit_test(stop_ends_a_silent_stream_and_closes_it),
        cmocka_unit_test(stop_ends_the_wait_for_the_next_try),
        cmocka_unit_test(without_memory_for_a_chunk_nothing_is_lost),
        cmocka_unit_test(opening_survives_every_failed_allocation),
        cmocka_unit_test(two_objects_in_a_chunk_and_ends_of_either_kind_are_lines),
        cmocka_unit_test(an_end_of_line_inside_of_json_spoils_that_line_alone),
        cmocka_unit_test(a_reset_inside_of_json_drops_that_line_alone),
        cmocka_unit_test(a_gzipped_stream_is_unpacked_as_it_comes),
        cmocka_unit_test(a_page_of_html_is_no_stream_whatever_its_status),
        cmocka_unit_test(a_redirect_to_another_host_gets_no_token),
        cmocka_unit_test(errors_of_a_server_wait_5_s_doubling_to_320_s),
        cmocka_unit_test(calm_is_asked_for_by_429_and_420_alike),
        cmocka_unit_test(a_reset_counts_by_the_clock_of_the_server),
        cmocka_unit_test(the_last_request_of_a_window_is_known_before_a_429),
        cmocka_unit_test(a_limit_is_known_from_headers_that_come_in_pieces),
        cmocka_unit_test(a_connection_that_another_holds_is_waited_for_like_a_rate_limit),
        cmocka_unit_test(a_stream_that_only_says_farewell_is_no_life),
        cmocka_unit_test(errors_beside_data_and_unknown_messages_end_nothing),
        cmocka_unit_test(gaps_and_what_limit_notices_say_are_counted),
        cmocka_unit_test(a_reader_that_was_kicked_comes_back_at_once),
        cmocka_unit_test(each_kind_of_stream_is_asked_for_as_documented),
        cmocka_unit_test(a_restart_is_no_way_around_a_wait),
        cmocka_unit_test(a_wrong_token_is_not_tried_faster_by_who_starts_us_in_a_loop),
        cmocka_unit_test(restarts_make_no_more_than_50_connects_in_15_minutes),
        cmocka_unit_test(the_line_that_would_pass_the_budget_is_not_taken_in),
        cmocka_unit_test(a_token_goes_over_tls_or_stays_on_this_machine),
        cmocka_unit_test(a_token_comes_from_a_file_or_the_environment),
    };
    log_set_level(LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
