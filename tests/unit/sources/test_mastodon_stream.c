/* SPDX-License-Identifier: MIT */
/* The stream of a Mastodon server against a stand-in, with a clock that stands still. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/base/buffer.h"
#include "pipeline/base/log.h"
#include "pipeline/decode/record.h"
#include "pipeline/sources/mastodon_backoff.h"
#include "pipeline/sources/mastodon_stream.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/stream_test.h"

#define EVENT(id) "event: update\ndata: {\"id\":\"" id "\"}\n\n"
#define LINE(id)  "{\"mastodon\":{\"payload\":{\"id\":\"" id "\"},\"event\":\"update\"}}\n"
#define OK_ANSWER                                                                                  \
    { FAKE_ANSWER, 200, NULL }
#define SEND(what)                                                                                 \
    { FAKE_SEND, 0, what }
#define HOLD                                                                                       \
    { FAKE_HOLD, 0, NULL }

static void open_stream(stream_test *t, const char *stream, const char *token,
                        const fake_step *steps, size_t count) {
    stream_test_init(t, fake_upstream_start_mastodon(steps, count));
    assert_non_null(t->upstream);
    mastodon_options o = {.base_url = fake_upstream_url(t->upstream),
                          .stream = stream,
                          .token = text_of(token),
                          .user_agent = "dunlin/test",
                          .seed = 1,
                          .clock = &t->clock.base};
    assert_int_equal(mastodon_open(&o, &t->source), STATUS_OK);
}

#define OPEN(t, stream, token, ...)                                                                \
    static const fake_step steps[] = {__VA_ARGS__};                                                \
    open_stream((t), (stream), (token), steps, sizeof steps / sizeof steps[0])
#define START(t, ...)                                                                              \
    OPEN(t, NULL, FAKE_TOKEN, __VA_ARGS__);                                                        \
    stream_test_read(t)

static void advance(stream_test *t, int64_t ms) {
    fake_clock_advance(&t->clock, ms);
    mastodon_wake(t->source);
}

/* Goes on to the next try once one is planned, within these bounds. */
static void expect_wait(stream_test *t, int64_t least_ms, int64_t most_ms) {
    WAIT_FOR(stream_is(t, "waiting"));
    assert_in_range(stream_wait_left_ms(t), least_ms, most_ms);
    advance(t, stream_wait_left_ms(t));
}

static void events_become_lines_with_their_origin(void **state) {
    (void)state;
    stream_test t;
    char request[8192];
    source_chunk *c;
    OPEN(&t, NULL, FAKE_TOKEN, OK_ANSWER, SEND(":)\n\n" EVENT("1")), HOLD);
    assert_int_equal(t.source->next(t.source, &c), STATUS_OK);
    assert_true(text_equal((text){c->bytes, c->count}, TEXT(LINE("1"))));
    assert_int_equal(c->origin, ORIGIN_MASTODON);
    assert_int_equal(c->first_line, 1);
    assert_int_equal(c->sequence, 0);
    for (size_t i = 0; i < SOURCE_PADDING_BYTES; i++) assert_int_equal(c->bytes[c->count + i], 0);
    source_chunk_free(c);
    fake_upstream_last_request(t.upstream, request, sizeof request);
    assert_non_null(strstr(request, "GET /api/v1/streaming/public HTTP/1.1\r\n"));
    assert_non_null(strstr(request, "\r\nAccept: text/event-stream\r\n"));
    assert_non_null(strstr(request, "\r\nUser-Agent: dunlin/test\r\n"));
    source_state s = stream_state(&t);
    assert_string_equal(s.kind, "mastodon");
    assert_string_equal(s.state, "live");
    assert_true(s.lacks_location && !s.lacks_followers && !s.lacks_deletes);
    assert_string_equal(t.source->file_name(t.source, 0), "Mastodon public");
    stream_test_deinit(&t);
}

static void events_cut_into_single_bytes_arrive_whole(void **state) {
    (void)state;
    stream_test t;
    START(&t, OK_ANSWER, {FAKE_DRIP, 0, EVENT("1") ":thump\n\nevent: dele"},
          SEND("te\ndata: 7\n\n"), HOLD);
    WAIT_FOR(stream_has_lines(
        &t, TEXT(LINE("1") "{\"mastodon\":{\"payload\":\"7\",\"event\":\"delete\"}}\n")));
    stream_test_deinit(&t);
}

static void a_stream_has_a_path_of_its_own(void **state) {
    static const struct {
        const char *stream, *request;
    } cases[] = {{"public:local", "GET /api/v1/streaming/public/local HTTP"},
                 {"public:remote", "GET /api/v1/streaming/public/remote HTTP"},
                 {"hashtag:K\xC3\xB6ln", "GET /api/v1/streaming/hashtag?tag=K%c3%b6ln HTTP"},
                 {"list:12", "GET /api/v1/streaming/list?list=12 HTTP"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        stream_test t;
        char request[8192];
        source_chunk *c;
        OPEN(&t, cases[i].stream, FAKE_TOKEN, OK_ANSWER, SEND(EVENT("1")), HOLD);
        assert_int_equal(t.source->next(t.source, &c), STATUS_OK);
        source_chunk_free(c);
        fake_upstream_last_request(t.upstream, request, sizeof request);
        assert_non_null(strcasestr(request, cases[i].request));
        stream_test_deinit(&t);
    }
    assert_false(mastodon_is_stream("hashtag:"));
    assert_false(mastodon_is_stream("hashtag:a&b"));
    assert_false(mastodon_is_stream("list:x"));
    assert_false(mastodon_is_stream("user"));
}

static void a_drop_in_the_middle_of_an_event_loses_that_event_alone(void **state) {
    (void)state;
    stream_test t;
    START(&t, OK_ANSWER, SEND(EVENT("1") "event: update\ndata: {\"id\":"), {FAKE_CLOSE, 0, NULL},
          OK_ANSWER, SEND("\"2\"}\n\n" EVENT("3")), HOLD);
    expect_wait(&t, 500, 1000);
    WAIT_FOR(stream_has_lines(&t, TEXT(LINE("1") LINE("3"))));
    assert_int_equal(stream_state(&t).gaps, 1);
    assert_int_equal(stream_state(&t).connects, 2);
    stream_test_deinit(&t);
}

static void heartbeats_keep_it_and_silence_ends_it(void **state) {
    (void)state;
    stream_test t;
    START(&t, OK_ANSWER, SEND(":thump\n\n"), {FAKE_WAIT, 0, NULL}, SEND(":thump\n\n"), HOLD,
          OK_ANSWER, SEND(EVENT("1")), HOLD);
    WAIT_FOR(stream_state(&t).bytes_read == 8);
    advance(&t, MASTODON_SILENCE_MS_MAX - 1);
    fake_upstream_go(t.upstream);
    WAIT_FOR(stream_state(&t).bytes_read == 16);
    assert_int_equal(fake_upstream_requests(t.upstream), 1);
    advance(&t, MASTODON_SILENCE_MS_MAX);
    WAIT_FOR(stream_is(&t, "waiting"));
    assert_string_equal(stream_state(&t).detail, "no heartbeat for 45 s");
    expect_wait(&t, 500, 1000);
    WAIT_FOR(stream_has_lines(&t, TEXT(LINE("1"))));
    assert_int_equal(fake_upstream_hangups(t.upstream), 1);
    stream_test_deinit(&t);
}

static void a_server_that_never_answers_is_given_up(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_MUTE, 0, NULL}, OK_ANSWER, SEND(EVENT("1")), HOLD);
    WAIT_FOR(fake_upstream_requests(t.upstream) == 1);
    advance(&t, MASTODON_SILENCE_MS_MAX);
    expect_wait(&t, 500, 1000);
    WAIT_FOR(stream_has_lines(&t, TEXT(LINE("1"))));
    assert_int_equal(stream_state(&t).gaps, 0); /* Nothing had begun. */
    stream_test_deinit(&t);
}

static void trouble_is_waited_out_and_doubles(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 503, NULL}, {FAKE_BODY, 0, "{\"error\":\"down\\u001b\x1b[2J\"}"},
          {FAKE_CLOSE, 0, NULL}, {FAKE_CLOSE, 0, NULL}, {FAKE_ANSWER, 404, NULL},
          {FAKE_CLOSE, 0, NULL}, OK_ANSWER, SEND(EVENT("1")), HOLD);
    WAIT_FOR(stream_is(&t, "waiting"));
    assert_string_equal(stream_state(&t).detail,
                        "HTTP 503: the server has trouble; down\\u001b?[2J");
    expect_wait(&t, 500, 1000);
    WAIT_FOR(fake_upstream_requests(t.upstream) == 2);
    expect_wait(&t, 1000, 2000);
    WAIT_FOR(fake_upstream_requests(t.upstream) == 3);
    WAIT_FOR(stream_is(&t, "waiting"));
    assert_string_equal(stream_state(&t).detail,
                        "HTTP 404: there is no such stream at this address");
    expect_wait(&t, 2000, 4000);
    WAIT_FOR(stream_has_lines(&t, TEXT(LINE("1"))));
    stream_test_deinit(&t);
}

static void a_rate_limit_is_waited_for_as_long_as_is_asked(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 429, "Retry-After: 700\r\n"},
          {FAKE_BODY, 0, "{\"error\":\"Too many requests\"}"}, {FAKE_CLOSE, 0, NULL},
          {FAKE_ANSWER, 429, NULL}, {FAKE_CLOSE, 0, NULL}, OK_ANSWER, SEND(EVENT("1")), HOLD);
    WAIT_FOR(stream_is(&t, "waiting"));
    assert_string_equal(stream_state(&t).detail,
                        "HTTP 429: too many connections or requests; Too many requests");
    expect_wait(&t, 700000, 701000);
    WAIT_FOR(fake_upstream_requests(t.upstream) == 2);
    expect_wait(&t, 60000, 120000);
    WAIT_FOR(stream_has_lines(&t, TEXT(LINE("1"))));
    stream_test_deinit(&t);
}

static void a_page_is_no_stream(void **state) {
    (void)state;
    stream_test t;
    START(&t, {FAKE_ANSWER, 200, "Content-Type: text/html; charset=utf-8\r\n"},
          SEND("<html>" EVENT("1")), {FAKE_END, 0, NULL}, OK_ANSWER, SEND(EVENT("2")), HOLD);
    WAIT_FOR(stream_is(&t, "waiting"));
    assert_string_equal(stream_state(&t).detail,
                        "HTTP 200: this is a page, not a stream: is it the address of the server?; "
                        "text/html; charset=utf-8");
    expect_wait(&t, 500, 1000);
    WAIT_FOR(stream_has_lines(&t, TEXT(LINE("2"))));
    stream_test_deinit(&t);
}

/* What ends it for good, and what is said. */
static void expect_failure(const char *token, const fake_step *steps, size_t count, status end,
                           const char *said) {
    stream_test t;
    source_chunk *c;
    open_stream(&t, NULL, token, steps, count);
    assert_int_equal(t.source->next(t.source, &c), end);
    assert_int_equal(t.source->next(t.source, &c), end);
    assert_null(c);
    assert_string_equal(stream_state(&t).state, "failed");
    assert_non_null(strstr(stream_state(&t).detail, said));
    assert_null(strstr(stream_state(&t).detail, token));
    assert_int_equal(fake_upstream_requests(t.upstream), 1);
    stream_test_deinit(&t);
}

static void what_waiting_does_not_mend_ends_it_in_words(void **state) {
    static const fake_step steps[][3] = {
        {OK_ANSWER, HOLD, HOLD},
        {{FAKE_ANSWER, 403, NULL},
         {FAKE_BODY, 0, "{\"error\":\"outside the scopes\"}"},
         {FAKE_CLOSE, 0, NULL}},
        {{FAKE_ANSWER, 422, NULL}, {FAKE_CLOSE, 0, NULL}, HOLD},
        {{FAKE_ANSWER, 301, "Location: https://streaming.example/x\r\n"},
         {FAKE_CLOSE, 0, NULL},
         HOLD}};
    (void)state;
    expect_failure("wrong-secret", steps[0], 3, STATUS_UNAUTHORIZED,
                   "HTTP 401: the access token is not accepted: give another; The access token");
    expect_failure(FAKE_TOKEN, steps[1], 3, STATUS_UNAUTHORIZED,
                   "it needs the scope read:statuses; outside the scopes");
    expect_failure(FAKE_TOKEN, steps[2], 3, STATUS_UPSTREAM, "HTTP 422: ");
    expect_failure(FAKE_TOKEN, steps[3], 3, STATUS_UPSTREAM,
                   "give that as --mastodon-url; https://streaming.example/x");
}

static void stop_ends_a_silent_stream_and_the_wait_for_a_try(void **state) {
    (void)state;
    stream_test t;
    START(&t, OK_ANSWER, SEND(EVENT("1")), HOLD, {FAKE_ANSWER, 503, NULL}, {FAKE_CLOSE, 0, NULL});
    WAIT_FOR(stream_has_lines(&t, TEXT(LINE("1"))));
    t.source->stop(t.source);
    WAIT_FOR(stream_has_ended(&t));
    assert_int_equal(t.end, STATUS_STOPPED);
    WAIT_FOR(fake_upstream_hangups(t.upstream) == 1);
    assert_string_equal(stream_state(&t).state, "ended");
    stream_test_deinit(&t);
}

static void a_reader_that_was_held_back_does_not_call_the_stream_silent(void **state) {
    (void)state;
    stream_test t;
    source_chunk *c;
    OPEN(&t, NULL, FAKE_TOKEN, OK_ANSWER, SEND(EVENT("1")), {FAKE_WAIT, 0, NULL}, SEND(EVENT("2")),
         HOLD);
    assert_int_equal(t.source->next(t.source, &c), STATUS_OK);
    source_chunk_free(c);
    advance(&t, INT64_C(10) * MASTODON_SILENCE_MS_MAX);
    fake_upstream_go(t.upstream);
    WAIT_FOR(fake_upstream_steps(t.upstream) == 4);
    assert_int_equal(t.source->next(t.source, &c), STATUS_OK);
    assert_true(text_equal((text){c->bytes, c->count}, TEXT(LINE("2"))));
    assert_int_equal(c->first_line, 2);
    assert_int_equal(c->sequence, 1);
    source_chunk_free(c);
    stream_test_deinit(&t);
}

static void an_event_over_the_limit_is_dropped(void **state) {
    (void)state;
    stream_test t;
    START(&t, OK_ANSWER, SEND(EVENT("1") "data: "), {FAKE_FLOOD, 3 << 20, NULL},
          SEND("\n\n" EVENT("2")), HOLD);
    WAIT_FOR(stream_has_lines(&t, TEXT(LINE("1") LINE("2"))));
    stream_test_deinit(&t);
}

enum { ROUNDS = 200, EVENTS_MAX = 5, EVENT_BYTES = 64 };

/* Connections that send some events whole and, before they end, a part of one. */
typedef struct {
    fake_step steps[3 * ROUNDS];
    char words[ROUNDS][EVENTS_MAX * EVENT_BYTES];
    buffer expected;
} broken_stream;

static broken_stream *new_broken_stream(void) {
    random_source random = {7};
    int next = 0;
    broken_stream *b = calloc(1, sizeof(*b));
    assert_non_null(b);
    for (int i = 0; i < ROUNDS; i++) {
        char *words = b->words[i];
        size_t count = 0, events = 1 + (size_t)random_below(&random, EVENTS_MAX - 1);
        for (size_t k = 0; k < events; k++, next++) {
            count += (size_t)snprintf(words + count, EVENT_BYTES,
                                      "event: update\ndata: {\"id\":\"%d\"}\n\n", next);
            buffer_add_format(&b->expected,
                              "{\"mastodon\":{\"payload\":{\"id\":\"%d\"},\"event\":\"update\"}}\n",
                              next);
        }
        int part = (int)random_below(&random, 30);
        (void)snprintf(words + count, EVENT_BYTES, "%.*s", part,
                       "event: update\ndata: {\"id\":\"lost\"}");
        b->steps[3 * i] = (fake_step){FAKE_ANSWER, 200, NULL};
        b->steps[3 * i + 1] = (fake_step){i % 10 == 0 ? FAKE_DRIP : FAKE_SEND, 0, words};
        b->steps[3 * i + 2] = (fake_step){i == ROUNDS - 1 ? FAKE_HOLD
                                          : i % 2 == 0    ? FAKE_CLOSE
                                                          : FAKE_END,
                                          0, NULL};
    }
    buffer_add_byte(&b->expected, '\0');
    return b;
}

static void whatever_breaks_each_whole_event_comes_once_and_no_other(void **state) {
    (void)state;
    stream_test t;
    broken_stream *b = new_broken_stream();
    open_stream(&t, NULL, FAKE_TOKEN, b->steps, sizeof b->steps / sizeof b->steps[0]);
    stream_test_read(&t);
    for (uint32_t i = 1; i < ROUNDS; i++) {
        WAIT_FOR(stream_is(&t, "waiting"));
        advance(&t, stream_wait_left_ms(&t));
        WAIT_FOR(fake_upstream_requests(t.upstream) == i + 1);
    }
    WAIT_FOR(stream_has_lines(&t, text_of(b->expected.bytes)));
    assert_int_equal(stream_state(&t).gaps, ROUNDS - 1);
    stream_test_deinit(&t);
    buffer_deinit(&b->expected);
    free(b);
}

static status open_with(const char *url, const char *stream, const char *token) {
    mastodon_options o = {.base_url = url, .stream = stream, .token = text_of(token)};
    tweet_source *source;
    status s = mastodon_open(&o, &source);
    if (s == STATUS_OK) source->close(source);
    return s;
}

static void a_token_goes_over_tls_or_stays_on_this_machine(void **state) {
    (void)state;
    assert_int_equal(open_with("https://one.example", NULL, "t"), STATUS_OK);
    assert_int_equal(open_with("http://127.0.0.1:9", "list:1", "t"), STATUS_OK);
    assert_int_equal(open_with("http://one.example", NULL, "t"), STATUS_BAD_ARGUMENT);
    assert_int_equal(open_with("https://a:b@one.example", NULL, "t"), STATUS_BAD_ARGUMENT);
    assert_int_equal(open_with("https://one.example?x", NULL, "t"), STATUS_BAD_ARGUMENT);
    assert_int_equal(open_with("one example", NULL, "t"), STATUS_BAD_ARGUMENT);
    assert_int_equal(open_with(NULL, NULL, "t"), STATUS_BAD_ARGUMENT);
    assert_int_equal(open_with("https://one.example", "user", "t"), STATUS_BAD_ARGUMENT);
    assert_int_equal(open_with("https://one.example", NULL, ""), STATUS_BAD_ARGUMENT);
    assert_int_equal(open_with("https://one.example", NULL, "t\r\nX: y"), STATUS_BAD_ARGUMENT);
}

static status open_and_close(void *context) {
    (void)context;
    return open_with("https://one.example", "hashtag:a", "token");
}

static void opening_survives_every_failed_allocation(void **state) {
    (void)state;
    assert_in_range(torture(open_and_close, NULL, 100), 3, 100);
}

static void without_memory_for_a_chunk_nothing_is_lost(void **state) {
    (void)state;
    stream_test t;
    source_chunk *c;
    OPEN(&t, NULL, FAKE_TOKEN, OK_ANSWER, SEND(EVENT("1")), HOLD);
    fail_alloc_begin(0, true);
    status s = t.source->next(t.source, &c);
    assert_int_equal(fail_alloc_end(), 1);
    assert_int_equal(s, STATUS_NO_MEMORY);
    assert_int_equal(t.source->next(t.source, &c), STATUS_OK);
    assert_true(text_equal((text){c->bytes, c->count}, TEXT(LINE("1"))));
    source_chunk_free(c);
    stream_test_deinit(&t);
}

static void waits_double_up_to_five_minutes_and_are_never_the_same_for_all(void **state) {
    mastodon_backoff a = {.random = {1}}, b = {.random = {2}};
    int64_t least = 500;
    bool differ = false;
    (void)state;
    for (int i = 0; i < 20; i++) {
        int64_t wait = mastodon_backoff_wait_ms(&a, i == 0 ? 1 : 0, false, 0);
        assert_in_range(wait, least, 2 * least);
        differ = differ || wait != mastodon_backoff_wait_ms(&b, 0, false, 0);
        least = 2 * least > 150000 ? 150000 : 2 * least;
    }
    assert_true(differ);
    assert_in_range(mastodon_backoff_wait_ms(&a, MASTODON_LASTED_MS, false, 0), 500, 1000);
    assert_in_range(mastodon_backoff_wait_ms(&a, 0, true, 0), 30000, 60000);
    assert_in_range(mastodon_backoff_wait_ms(&a, 0, true, 500000), 500000, 501000);
    assert_in_range(mastodon_backoff_wait_ms(&a, 0, true, INT64_MAX), 120000, 240000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_become_lines_with_their_origin),
        cmocka_unit_test(events_cut_into_single_bytes_arrive_whole),
        cmocka_unit_test(a_stream_has_a_path_of_its_own),
        cmocka_unit_test(a_drop_in_the_middle_of_an_event_loses_that_event_alone),
        cmocka_unit_test(heartbeats_keep_it_and_silence_ends_it),
        cmocka_unit_test(a_server_that_never_answers_is_given_up),
        cmocka_unit_test(trouble_is_waited_out_and_doubles),
        cmocka_unit_test(a_rate_limit_is_waited_for_as_long_as_is_asked),
        cmocka_unit_test(a_page_is_no_stream),
        cmocka_unit_test(what_waiting_does_not_mend_ends_it_in_words),
        cmocka_unit_test(stop_ends_a_silent_stream_and_the_wait_for_a_try),
        cmocka_unit_test(a_reader_that_was_held_back_does_not_call_the_stream_silent),
        cmocka_unit_test(an_event_over_the_limit_is_dropped),
        cmocka_unit_test(whatever_breaks_each_whole_event_comes_once_and_no_other),
        cmocka_unit_test(a_token_goes_over_tls_or_stays_on_this_machine),
        cmocka_unit_test(opening_survives_every_failed_allocation),
        cmocka_unit_test(without_memory_for_a_chunk_nothing_is_lost),
        cmocka_unit_test(waits_double_up_to_five_minutes_and_are_never_the_same_for_all),
    };
    log_set_level((log_level)-1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
