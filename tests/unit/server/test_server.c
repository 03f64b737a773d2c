/* SPDX-License-Identifier: MIT */
/* The server over real sockets, with a backend of the tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pipeline/base/log.h"
#include "server/http/gate.h"
#include "server/rest/server.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/fake_backend.h"
#include "tests/support/fake_clock.h"
#include "tests/support/http_client.h"

typedef struct {
    fake *backend;
    server *server;
    uint16_t port;
} world;

static int begin_with(void **state, text token) {
    static const char *const hosts[] = {"dunlin.example"};
    const char *why = NULL;
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->backend = fake_new();
    (void)fake_set(w->backend, 0, 10);
    const server_options o = {.backend = fake_backend(w->backend),
                              .bind = "127.0.0.1",
                              .hosts = hosts,
                              .host_count = 1,
                              .token = token,
                              .clients_max = 1000};
    if (server_open(&o, &w->server, &why) != STATUS_OK) fail_msg("%s", why);
    w->port = server_port(w->server);
    *state = w;
    return 0;
}

static int begin(void **state) {
    return begin_with(state, (text){NULL, 0});
}

static int begin_with_token(void **state) {
    return begin_with(state, TEXT("s3cret"));
}

static int end(void **state) {
    world *w = *state;
    server_close(w->server);
    fake_free(w->backend);
    free(w);
    return 0;
}

/* ---- The gate ---- */

typedef struct {
    const char *raw;
    unsigned code;
} raw_case;

static const raw_case raw_cases[] = {
    {"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 200},
    {"GET /healthz HTTP/1.1\r\nHost: LOCALHOST:99\r\nConnection: close\r\n\r\n", 200},
    {"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:8400\r\nConnection: close\r\n\r\n", 200},
    {"GET /healthz HTTP/1.1\r\nHost: [::1]:8400\r\nConnection: close\r\n\r\n", 200},
    {"GET /healthz HTTP/1.1\r\nHost: dunlin.example\r\nConnection: close\r\n\r\n", 200},
    {"GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421},
    {"GET /healthz HTTP/1.1\r\nHost: localhost.evil.example\r\n\r\n", 421},
    {"GET /healthz HTTP/1.1\r\nHost: \r\n\r\n", 421},
    {"GET /healthz HTTP/1.1\r\n\r\n", 400},
    {"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400},
    {"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: "
     "chunked\r\n\r\n0\r\n\r\n",
     400},
    {"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
     400},
    {"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\na", 400},
    {"GET /healthz HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\n\r\n", 400},
    {"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\001b\r\n\r\n", 400},
    {"POST /api/v1/stats HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", 405},
    {"DELETE /api/v1/stats HTTP/1.1\r\nHost: localhost\r\n\r\n", 405},
    {"FOO /api/v1/stats HTTP/1.1\r\nHost: localhost\r\n\r\n", 501},
    {"GET http://evil/x HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
    {"GET /a%00b HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
    {"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404},
    {"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404},
    {"GET /a\001b HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
    {"GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n", 505},
};

static void the_gate_answers_raw_requests_as_it_must(void **state) {
    world *w = *state;
    for (size_t i = 0; i < sizeof raw_cases / sizeof raw_cases[0]; i++) {
        http_result r;
        http_exchange(w->port, text_of(raw_cases[i].raw), &r);
        if (r.code != raw_cases[i].code)
            print_error("%s: %u instead of %u\n", raw_cases[i].raw, r.code, raw_cases[i].code);
        assert_int_equal(r.code, raw_cases[i].code);
        http_result_deinit(&r);
    }
}

static void a_refused_method_says_what_is_allowed(void **state) {
    world *w = *state;
    http_result r;
    http_exchange(w->port,
                  TEXT("PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc"), &r);
    assert_int_equal(r.code, 405);
    assert_true(text_equal(http_result_header(&r, "Allow"), TEXT("GET, HEAD, OPTIONS")));
    assert_true(text_equal(http_result_header(&r, "Connection"), TEXT("close")));
    http_result_deinit(&r);
}

static void a_target_that_is_too_long_is_refused(void **state) {
    world *w = *state;
    char target[10000];
    http_result r;
    memset(target, 'a', sizeof target - 1);
    target[0] = '/';
    target[sizeof target - 1] = '\0';
    http_get(w->port, target, "", &r);
    assert_int_equal(r.code, 414);
    http_result_deinit(&r);
}

static void every_answer_carries_the_security_headers(void **state) {
    world *w = *state;
    static const char *const targets[] = {"/healthz", "/nowhere", "/api/v1/stats",
                                          "/api/v1/stream?once=1", "/a%00"};
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        http_result r;
        http_get(w->port, targets[i], "", &r);
        text policy = http_result_header(&r, "Content-Security-Policy");
        assert_true(text_starts_with(policy, TEXT("default-src 'none'; script-src 'self';")));
        assert_true(text_equal(http_result_header(&r, "X-Content-Type-Options"), TEXT("nosniff")));
        assert_true(text_equal(http_result_header(&r, "Referrer-Policy"), TEXT("no-referrer")));
        assert_true(text_equal(http_result_header(&r, "X-Robots-Tag"), TEXT("noindex, nofollow")));
        assert_int_equal(http_result_header(&r, "Access-Control-Allow-Origin").count, 0);
        http_result_deinit(&r);
    }
}

/* ---- Answers ---- */

static void expect(world *w, const char *target, unsigned code, const char *body) {
    http_result r;
    http_get(w->port, target, "", &r);
    if (r.code != code || strstr(r.body.bytes, body) == NULL)
        fail_msg("%s: %u %s\n", target, r.code, r.body.bytes);
    http_result_deinit(&r);
}

static void a_question_is_answered_in_the_envelope(void **state) {
    world *w = *state;
    expect(w, "/api/v1/things/top?limit=5&sort=responses&lang=pt&window=1h", 200,
           "{\"data\":{\"first\":10,\"window\":\"1h\",\"sort\":\"responses\",\"limit\":5,\"lang\":"
           "\"pt\",");
    expect(w, "/api/v1/things/top", 200, "\",\"epoch\":1,\"as_of\":\"2012-07-04T12:00:00.000Z\"}}");
    expect(w, "/api/v1/things/top?start=2012-07-04T12:00:01Z&end=2012-07-04T12:00:01%2B00:00", 200,
           "\"start\":\"2012-07-04T12:00:00.000Z\",\"end\":\"2012-07-04T12:01:00.000Z\"");
    expect(w, "/api/v1/things/1", 200, "{\"data\":10,\"meta\":{\"epoch\":1,\"as_of\":");
    expect(w, "/api/v1/shape?text=K%C3%B6ln+am%20Rhein", 200,
           "{\"type\":\"Shape\",\"text\":\"K\xC3\xB6ln am Rhein\"}");
    expect(w, "/api/v1/stats", 200, "{\"data\":{\"items\":1,\"rate\":0},\"meta\":{\"epoch\":1,");
    expect(w, "/api/v1/snapshot", 200,
           "{\"data\":{\"stats\":{\"items\":1,\"rate\":0},\"map\":{\"epoch\":1,"
           "\"full\":true,\"window\":\"all\"");
    expect(w, "/healthz", 200, "ok\n");
}

static void an_error_says_what_is_wrong_and_what_was_meant(void **state) {
    world *w = *state;
    expect(w, "/api/v1/things/top?limt=5", 400,
           "\"errors\":[{\"parameter\":\"limt\",\"detail\":\"unknown; did you mean limit?\"}]");
    expect(w, "/api/v1/things/top?limit=0", 400, "must be a whole number from 1 to 100");
    expect(w, "/api/v1/things/top?limit=5&limit=6", 400, "given twice");
    expect(w, "/api/v1/things/top?sort=influense", 400, "did you mean influence?");
    expect(w, "/api/v1/things/top?window=2h", 400, "unknown; use 5m, 15m, 1h, 6h, 24h or all");
    expect(w, "/api/v1/things/top?window=1h&start=2012-07-04T12:00:00Z", 400,
           "either window or start");
    expect(w, "/api/v1/things/top?start=2012-07-05T00:00:00Z&end=2012-07-04T00:00:00Z", 400,
           "must be later than start");
    expect(w, "/api/v1/things/top?start=yesterday", 400, "not a time");
    expect(w, "/api/v1/things/top?lang=%zz", 400, "two hexadecimal digits");
    expect(w, "/api/v1/things/top?lang=%ff%fe", 400, "not UTF-8");
    expect(w, "/api/v1/things/17", 404, "\"status\":404");
    expect(w, "/api/v1/things/x", 400, "\"parameter\":\"id\"");
    expect(w, "/api/v1/things/99999999999999999999", 400, "\"parameter\":\"id\"");
    expect(w, "/api/v1/thigns/top", 404, "did you mean /api/v1/things/top?");
    expect(w, "/api/v1/shape", 400, "\"parameter\":\"text\",\"detail\":\"missing\"");
    expect(w, "/api/v1/stream?topics=mop", 400, "did you mean map?");
    expect(w, "/api/v1/stream?topics=", 400, "names none");
    expect(w, "/api/v1/snapshot?start=2012-07-04T12:00:00Z", 400, "use window");
    http_result r;
    http_get(w->port, "/api/v1/things/top?<script>=1", "", &r);
    assert_true(
        text_equal(http_result_header(&r, "Content-Type"), TEXT("application/problem+json")));
    assert_null(strstr(r.body.bytes, "<script>"));
    http_result_deinit(&r);
}

static void an_answer_is_known_by_its_epoch(void **state) {
    world *w = *state;
    http_result r, again;
    char header[128];
    http_get(w->port, "/api/v1/things/top", "", &r);
    text etag = http_result_header(&r, "ETag");
    assert_true(text_starts_with(etag, TEXT("W/\"")) && text_ends_with(etag, TEXT("-1\"")));
    (void)snprintf(header, sizeof header, "If-None-Match: \"x\", %.*s\r\n", (int)etag.count,
                   etag.bytes);
    http_get(w->port, "/api/v1/things/top", header, &again);
    assert_int_equal(again.code, 304);
    assert_int_equal(again.body.count, 0);
    http_result_deinit(&again);
    (void)fake_set(w->backend, 0, 11);
    http_get(w->port, "/api/v1/things/top", header, &again);
    assert_int_equal(again.code, 200);
    http_result_deinit(&again);
    http_result_deinit(&r);
}

static void stats_are_known_by_their_bytes(void **state) {
    world *w = *state;
    http_result r, again;
    char header[128];
    http_get(w->port, "/api/v1/stats", "", &r);
    text etag = http_result_header(&r, "ETag");
    (void)snprintf(header, sizeof header, "If-None-Match: %.*s\r\n", (int)etag.count, etag.bytes);
    http_get(w->port, "/api/v1/stats", header, &again);
    assert_int_equal(again.code, 304);
    http_result_deinit(&again);
    fake_set_rate(w->backend, 3); /* No epoch. */
    http_get(w->port, "/api/v1/stats", header, &again);
    assert_int_equal(again.code, 200);
    http_result_deinit(&again);
    http_result_deinit(&r);
}

static void a_question_of_one_epoch_is_computed_once(void **state) {
    world *w = *state;
    expect(w, "/api/v1/things/top?limit=7", 200, "\"limit\":7");
    unsigned before = fake_answers();
    for (int i = 0; i < 5; i++) expect(w, "/api/v1/things/top?limit=7", 200, "\"limit\":7");
    assert_int_equal(fake_answers(), before);
    (void)fake_set(w->backend, 0, 12);
    expect(w, "/api/v1/things/top?limit=7", 200, "\"first\":12");
    assert_int_equal(fake_answers(), before + 1);
}

static void head_has_the_headers_of_get_and_no_body(void **state) {
    world *w = *state;
    http_result r;
    http_exchange(
        w->port,
        TEXT("HEAD /api/v1/stats HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), &r);
    assert_int_equal(r.code, 200);
    assert_int_equal(r.body.count, 0);
    assert_true(http_result_header(&r, "Content-Length").count > 1);
    http_result_deinit(&r);
    http_exchange(
        w->port,
        TEXT("HEAD /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), &r);
    assert_int_equal(r.code, 200);
    assert_true(text_equal(http_result_header(&r, "Content-Type"), TEXT("text/event-stream")));
    http_result_deinit(&r);
}

static void a_type_that_is_not_given_is_406(void **state) {
    world *w = *state;
    http_result r;
    http_get(w->port, "/api/v1/things/1", "Accept: text/html\r\n", &r);
    assert_int_equal(r.code, 406);
    assert_non_null(strstr(r.body.bytes, "application/json"));
    assert_true(text_equal(http_result_header(&r, "Vary"), TEXT("Accept, Accept-Encoding")));
    http_result_deinit(&r);
    http_get(w->port, "/api/v1/things/1", "Accept: text/html, */*;q=0.1\r\n", &r);
    assert_int_equal(r.code, 200);
    http_result_deinit(&r);
}

static void options_tell_what_a_path_takes(void **state) {
    world *w = *state;
    http_result r;
    http_exchange(w->port,
                  TEXT("OPTIONS /api/v1/things/top HTTP/1.1\r\nHost: localhost\r\nConnection: "
                       "close\r\n\r\n"),
                  &r);
    assert_int_equal(r.code, 204);
    assert_true(text_equal(http_result_header(&r, "Allow"), TEXT("GET, HEAD, OPTIONS")));
    http_result_deinit(&r);
    http_exchange(w->port,
                  TEXT("OPTIONS /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
                  &r);
    assert_int_equal(r.code, 404);
    http_result_deinit(&r);
}

/* The token of the answer's meta; false: there is none. */
static bool next_of(const http_result *r, char token[300]) {
    const char *at = strstr(r->body.bytes, "\"next_token\":\"");
    return at != NULL && sscanf(at, "\"next_token\":\"%299[^\"]", token) == 1;
}

static void pages_follow_one_another_by_their_tokens(void **state) {
    world *w = *state;
    char target[400] = "/api/v1/things/top?lang=en", token[300], page[16];
    for (unsigned i = 1; i <= FAKE_PAGES; i++) {
        http_result r;
        http_get(w->port, target, "", &r);
        assert_int_equal(r.code, 200);
        (void)snprintf(page, sizeof page, "\"page\":%u}", i);
        assert_non_null(strstr(r.body.bytes, page));
        assert_int_equal(next_of(&r, token), i < FAKE_PAGES);
        (void)snprintf(target, sizeof target, "/api/v1/things/top?cursor=%s&lang=en", token);
        http_result_deinit(&r);
    }
    (void)snprintf(target, sizeof target, "/api/v1/things/top?cursor=%s&lang=de", token);
    expect(w, target, 400, "not a next_token of an answer to this question");
    expect(w, "/api/v1/things/top?cursor=abc", 400, "not a next_token");
    expect(w, "/api/v1/things/top?cursor=", 400, "not a next_token");
}

static void exchange_post_to(world *w, const char *what, const char *body, const char *more,
                             unsigned code, const char *wanted) {
    buffer raw = {0};
    http_result r;
    buffer_add_format(&raw,
                      "POST /api/v1/%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                      "Content-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n%s",
                      what, strlen(body), more, body);
    http_exchange(w->port, buffer_text(&raw), &r);
    if (r.code != code || strstr(r.body.bytes, wanted) == NULL)
        print_error("%s: %u %s\n", body, r.code, r.body.bytes);
    assert_int_equal(r.code, code);
    assert_non_null(strstr(r.body.bytes, wanted));
    http_result_deinit(&r);
    buffer_deinit(&raw);
}

static void exchange_post(world *w, const char *body, const char *more, unsigned code,
                          const char *wanted) {
    exchange_post_to(w, "replay", body, more, code, wanted);
}

static void rules_are_tried_made_and_taken_back_over_rest(void **state) {
    world *w = *state;
    static const struct {
        const char *body;
        unsigned code;
        const char *wanted;
    } cases[] = {
        {"{\"where\":\"a \\\"b\\\"\",\"set\":\"c\"}", 200,
         "{\"data\":{\"dry_run\":true,\"where\":\"a "
         "\\\"b\\\"\",\"set\":\"c\",\"undo\":0},\"meta\":{"},
        {"{\"dry_run\":true,\"set\":\"c\",\"where\":\"a\"}", 200,
         "\"dry_run\":true,\"where\":\"a\","},
        {"{\"where\":\"a\",\"set\":\"c\",\"dry_run\":false}", 200, "\"dry_run\":false,"},
        {"{\"undo\":1}", 200, "\"undo\":1}"},
        {"{\"undo\":2}", 409, "taken back already"},
        {"{\"undo\":3}", 404, "no fix of this number"},
        {"{\"where\":\"bad <rule>\",\"set\":\"c\"}", 400,
         "[{\"parameter\":\"where\",\"detail\":\"at byte 4: this is no \\u003crule>\"}]"},
        {"{\"undo\":0}", 400, "\"detail\":\"must be the number of a fix\""},
        {"{\"undo\":\"1\"}", 400, "must be the number of a fix"},
        {"{\"undo\":1,\"where\":\"a\"}", 400,
         "\"parameter\":\"where\",\"detail\":\"not with undo\""},
        {"{\"where\":\"a\"}", 400, "\"parameter\":\"set\",\"detail\":\"missing\""},
        {"{\"where\":7,\"set\":\"c\"}", 400, "\"where\",\"detail\":\"must be a string\""},
        {"{\"where\":\"a\",\"set\":\"c\",\"dry_run\":0}", 400, "must be true or false"},
        {"{\"where\":\"a\",\"where\":\"b\",\"set\":\"c\"}", 400, "given twice"},
        {"{\"were\":\"a\"}", 400, "did you mean where?"},
        {"[]", 400, "must be a JSON object"},
    };
    expect(w, "/api/v1/fixes", 200, "{\"data\":[{\"number\":1}],\"meta\":{");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        exchange_post_to(w, "fixes", cases[i].body, "", cases[i].code, cases[i].wanted);
    exchange_post_to(w, "fixes", "{\"undo\":1}", "Origin: http://evil.example\r\n", 403,
                     "another site");
}

static void a_replay_obeys_over_rest(void **state) {
    world *w = *state;
    expect(w, "/api/v1/replay", 200, "{\"data\":{\"state\":\"playing\",\"speed\":0,");
    exchange_post(w, "{\"action\":\"pause\"}", "", 200, "\"state\":\"paused\"");
    expect(w, "/api/v1/replay", 200, "\"state\":\"paused\"");
    exchange_post(w, "{\"action\":\"play\"}", "", 200, "\"playing\"");
    exchange_post(w, "{\"action\":\"speed\",\"speed\":60}",
                  "Origin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n", 200,
                  "\"state\":\"playing\",\"speed\":60,");
    exchange_post(w, "{\"action\":\"seek\",\"to\":\"2012-07-04T12:00:00Z\"}", "", 200,
                  "\"position\":\"2012-07-04T12:00:00.000Z\"");
    exchange_post(w, "{\"action\":\"seek\",\"to\":\"2012-07-04T11:00:00Z\"}", "", 409, "not ahead");
    exchange_post(w, "{\"action\":\"stop\"}", "", 400, "\"parameter\":\"action\"");
    exchange_post(w, "{\"action\":\"pause\"}", "Origin: http://evil.example\r\n", 403,
                  "another site");
    exchange_post(w, "", "", 400, "must be a JSON object");
    expect(w, "/api/v1/replay", 200, "\"state\":\"playing\",\"speed\":60,");
}

static void a_body_is_read_up_to_its_limit(void **state) {
    world *w = *state;
    char *body = malloc(BODY_BYTES_MAX + 2);
    assert_non_null(body);
    memset(body, ' ', BODY_BYTES_MAX + 1);
    memcpy(body, "{\"action\":\"pause\"}", 18);
    body[BODY_BYTES_MAX + 1] = '\0';
    exchange_post(w, body, "", 413, "larger than 64 KiB");
    body[BODY_BYTES_MAX] = '\0';
    exchange_post(w, body, "", 200, "\"paused\"");
    free(body);
}

static void the_program_tells_of_itself(void **state) {
    world *w = *state;
    http_result r;
    expect(w, "/readyz", 200, "{\"status\":\"ready\",\"reasons\":[]}");
    fake_set_source(w->backend, "x-stream", "waiting");
    expect(w, "/readyz", 503, "the source is not connected");
    expect(w, "/version", 200, "{\"name\":\"dunlin\",\"version\":\"");
    expect(w, "/api/v1/accounting", 200, "{\"data\":{},\"meta\":{");
    expect(w, "/api/v1/sources", 200, "{\"data\":[],\"meta\":{");
    expect(w, "/api/v1/health", 200, "{\"data\":{},\"meta\":{");
    expect(w, "/api/v1/alerts", 200, "{\"data\":[],\"meta\":{");
    fake_set_alert(w->backend, true);
    expect(w, "/api/v1/alerts", 200, "{\"data\":[{\"id\":\"memory_full-0-1\"}],\"meta\":{");
    expect(w, "/api/v1/rejected?limit=2", 200, "{\"data\":[0,1],\"meta\":{");
    expect(w, "/api/v1/rejected?limit=101", 400, "from 1 to 100");
    http_get(w->port, "/metrics", "", &r);
    assert_int_equal(r.code, 200);
    assert_true(text_equal(http_result_header(&r, "Content-Type"),
                           TEXT("text/plain; version=0.0.4; charset=utf-8")));
    assert_non_null(strstr(r.body.bytes, "\ndunlin_http_answers_total{class=\"5xx\"} 1\n"));
    http_result_deinit(&r);
}

static void requests_follow_one_another_on_a_connection(void **state) {
    world *w = *state;
    buffer in = {0};
    int s = http_dial(w->port);
    http_send(s, TEXT("GET /api/v1/things/1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
                      "GET /api/v1/things/2 HTTP/1.1\r\nHost: localhost\r\n\r\n"
                      "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    assert_true(http_wait_for(s, &in, "ok\n", 5000));
    const char *first = strstr(in.bytes, "{\"data\":10,"),
               *second = strstr(in.bytes, "{\"data\":0,");
    assert_non_null(first);
    assert_true(first < second);
    (void)close(s);
    buffer_deinit(&in);
}

static void a_slow_question_holds_up_nobody(void **state) {
    world *w = *state;
    buffer in = {0};
    fake_hold();
    int s = http_dial(w->port);
    http_send(s, TEXT("GET /api/v1/slow HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    expect(w, "/healthz", 200, "ok");
    expect(w, "/api/v1/things/1", 200, "10"); /* The other worker. */
    expect(w, "/api/v1/stream?once=1&topics=map", 200, "event: map");
    assert_false(http_wait_for(s, &in, "data", 20));
    fake_let_go();
    assert_true(http_wait_for(s, &in, "{\"data\":true", 5000));
    (void)close(s);
    buffer_deinit(&in);
}

/* ---- The token ---- */

static void with_a_token_nothing_is_told_without_it(void **state) {
    world *w = *state;
    http_result r;
    expect(w, "/", 401, "A token is needed");
    expect(w, "/api/v1/stats", 401, "A token is needed");
    expect(w, "/api/v1/stats?token=wrong", 401, "A token is needed");
    expect(w, "/healthz", 200, "ok");
    http_get(w->port, "/api/v1/stats", "Authorization: Bearer s3cret\r\n", &r);
    assert_int_equal(r.code, 200);
    http_result_deinit(&r);
    http_get(w->port, "/api/v1/stats", "Authorization: Bearer s3cre\r\n", &r);
    assert_int_equal(r.code, 401);
    assert_true(text_starts_with(http_result_header(&r, "WWW-Authenticate"), TEXT("Bearer")));
    http_result_deinit(&r);
    http_get(w->port, "/api/v1/stats", "Cookie: a=b; dunlin_token=s3cret\r\n", &r);
    assert_int_equal(r.code, 200);
    http_result_deinit(&r);
}

static void a_token_in_the_address_becomes_a_cookie(void **state) {
    world *w = *state;
    http_result r;
    http_get(w->port, "/api/v1/things/top?limit=2&token=s3cret&lang=en", "", &r);
    assert_int_equal(r.code, 303);
    assert_true(
        text_equal(http_result_header(&r, "Location"), TEXT("/api/v1/things/top?limit=2&lang=en")));
    assert_true(text_equal(http_result_header(&r, "Set-Cookie"),
                           TEXT("dunlin_token=s3cret; HttpOnly; SameSite=Strict; Path=/")));
    http_result_deinit(&r);
    http_get(w->port, "//evil.example/?token=s3cret", "", &r);
    assert_int_equal(r.code, 401); /* A redirect would lead away. */
    http_result_deinit(&r);
}

/* ---- The live stream ---- */

static int open_stream(world *w, const char *parameters, const char *headers) {
    char request[256];
    int s = http_dial(w->port);
    (void)snprintf(request, sizeof request,
                   "GET /api/v1/stream%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", parameters,
                   headers);
    http_send(s, text_of(request));
    return s;
}

static void a_stream_tells_hello_stats_map_board_then_changes(void **state) {
    world *w = *state;
    buffer in = {0};
    int s = open_stream(w, "", "");
    assert_true(http_wait_for(s, &in, "event: board", 5000));
    assert_non_null(strstr(in.bytes, "Content-Type: text/event-stream"));
    const char *hello = strstr(in.bytes, "event: hello"), *stats = strstr(in.bytes, "event: stats");
    const char *map = strstr(in.bytes, "event: map"), *board = strstr(in.bytes, "event: board");
    assert_true(hello != NULL && hello < stats && stats < map && map < board);
    (void)fake_set(w->backend, 4, 44);
    assert_true(
        http_wait_for(s, &in, "\"full\":false,\"window\":\"all\",\"upsert\":{\"4\":44}", 5000));
    (void)close(s);
    buffer_deinit(&in);
}

static void a_stream_resumes_by_last_event_id(void **state) {
    world *w = *state;
    buffer in = {0};
    char header[128];
    int s = open_stream(w, "?topics=map", "");
    assert_true(http_wait_for(s, &in, "event: map", 5000));
    const char *id = strstr(in.bytes, "id: ") + 4;
    (void)snprintf(header, sizeof header, "Last-Event-ID: %.*s\r\n", (int)strcspn(id, "\n"), id);
    (void)close(s);
    buffer_clear(&in);
    (void)fake_set(w->backend, 5, 55);
    s = open_stream(w, "?topics=map", header);
    assert_true(
        http_wait_for(s, &in, "\"full\":false,\"window\":\"all\",\"upsert\":{\"5\":55}", 5000));
    assert_null(strstr(in.bytes, "reset"));
    (void)close(s);
    buffer_clear(&in);
    s = open_stream(w, "?topics=map", "Last-Event-ID: 0000000000000000-1\r\n");
    assert_true(http_wait_for(s, &in, "event: reset\ndata: {\"reason\":\"restart\"", 5000));
    assert_true(http_wait_for(s, &in, "\"full\":true", 5000));
    (void)close(s);
    buffer_deinit(&in);
}

static void once_and_lines_end_by_themselves(void **state) {
    world *w = *state;
    http_result r;
    http_get(w->port, "/api/v1/stream?once=1&topics=map", "Accept: application/x-ndjson\r\n", &r);
    assert_true(text_equal(http_result_header(&r, "Content-Type"), TEXT("application/x-ndjson")));
    assert_memory_equal(r.body.bytes, "{\"event\":\"hello\",\"id\":null,\"data\":{", 34);
    assert_non_null(strstr(r.body.bytes, "}\n{\"event\":\"map\",\"id\":\""));
    assert_true(text_ends_with(buffer_text(&r.body), TEXT("}}\n")));
    http_result_deinit(&r);
}

static void two_hundred_clients_are_told_every_change(void **state) {
    enum { CLIENTS = 200 };
    world *w = *state;
    int sockets[CLIENTS];
    buffer in[CLIENTS] = {{0}};
    for (int i = 0; i < CLIENTS; i++) sockets[i] = open_stream(w, "?topics=map", "");
    for (int i = 0; i < CLIENTS; i++)
        assert_true(http_wait_for(sockets[i], &in[i], "event: map", 10000));
    for (int value = 1; value <= 3; value++) {
        char wanted[64];
        (void)snprintf(wanted, sizeof wanted, "\"upsert\":{\"7\":%d}", value);
        (void)fake_set(w->backend, 7, value);
        for (int i = 0; i < CLIENTS; i++)
            assert_true(http_wait_for(sockets[i], &in[i], wanted, 10000));
    }
    for (int i = 0; i < CLIENTS; i++) {
        (void)close(sockets[i]);
        buffer_deinit(&in[i]);
    }
}

static void stopping_says_bye_to_all_and_answers_what_was_asked(void **state) {
    enum { CLIENTS = 50 };
    world *w = *state;
    int sockets[CLIENTS], slow;
    buffer in[CLIENTS] = {{0}}, answer = {0};
    for (int i = 0; i < CLIENTS; i++) sockets[i] = open_stream(w, "?topics=map", "");
    for (int i = 0; i < CLIENTS; i++)
        assert_true(http_wait_for(sockets[i], &in[i], "event: map", 10000));
    int fresh = open_stream(w, "", ""); /* In the middle of coming. */
    fake_hold();
    slow = http_dial(w->port);
    http_send(slow,
              TEXT("GET /api/v1/slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    expect(w, "/healthz", 200, "ok");
    fake_let_go();
    server_close(w->server);
    w->server = NULL;
    for (int i = 0; i < CLIENTS; i++) {
        assert_true(http_wait_for(sockets[i], &in[i],
                                  "event: bye\ndata: {\"reason\":\"stopping\"}\n\n", 1000));
        (void)close(sockets[i]);
        buffer_deinit(&in[i]);
    }
    assert_true(http_wait_for(slow, &answer, "{\"data\":true", 1000));
    (void)close(slow), (void)close(fresh);
    buffer_deinit(&answer);
}

static void clients_that_do_not_read_do_not_hold_up_the_end(void **state) {
    world *w = *state;
    int mute = open_stream(w, "", "");
    for (int i = 0; i < 200; i++) (void)fake_set(w->backend, 1, i);
    int half = http_dial(w->port);
    http_send(half, TEXT("GET /healthz HTTP/1.1\r\nHost: loc"));
    server_close(w->server); /* A test that hangs has failed. */
    w->server = NULL;
    (void)close(mute), (void)close(half);
}

/* ---- Memory ---- */

/* The code of the answer, 0 when there is none; allocates nothing.  (A stream would
 * wait for memory: test_live.c fails its allocations.) */
static unsigned code_of(uint16_t port, const char *request) {
    char in[4096];
    size_t count = 0;
    ssize_t more;
    int s = http_dial(port);
    http_send(s, text_of(request));
    while (count < sizeof in - 1 && (more = recv(s, in + count, sizeof in - 1 - count, 0)) > 0)
        count += (size_t)more;
    in[count] = '\0';
    while (recv(s, (char[512]){0}, 512, 0) > 0) {
    }
    (void)close(s);
    return count < 12 ? 0 : (unsigned)strtoul(in + 9, NULL, 10);
}

static status serve_a_little(void *context) {
    static const char *const requests[] = {
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET /api/v1/things/1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET /api/v1/things/1?x=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    };
    static const unsigned codes[] = {200, 200, 400, 200};
    const char *why;
    server *s;
    bool all = true;
    const server_options o = {
        .backend = fake_backend(context), .bind = "127.0.0.1", .clients_max = 10};
    if (server_open(&o, &s, &why) != STATUS_OK) return STATUS_NO_MEMORY;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        unsigned code = code_of(server_port(s), requests[i]);
        if (code != codes[i] && code != 0 && code != 503)
            print_error("%s: %u\n", requests[i], code);
        all = all && code == codes[i];
    }
    server_close(s);
    return all ? STATUS_OK : STATUS_NO_MEMORY;
}

static void serving_survives_every_failed_allocation(void **state) {
    world *w = *state;
    log_set_level(LOG_ERROR);
    uint64_t failed = torture(serve_a_little, w->backend, 10000);
    print_message("%llu allocations\n", (unsigned long long)failed);
    assert_true(failed > 20);
    log_set_level(LOG_INFO);
}

/* ---- Time ---- */

/* A server whose time is the test's. */
static server *open_at(const world *w, fake_clock *clock) {
    const char *why;
    server *s;
    fake_clock_init(clock, 5000000);
    const server_options o = {.backend = fake_backend(w->backend),
                              .bind = "127.0.0.1",
                              .clients_max = 10,
                              .clock = &clock->base,
                              .manual = true};
    assert_int_equal(server_open(&o, &s, &why), STATUS_OK);
    return s;
}

static bool is_closed(int socket) {
    buffer in = {0};
    bool closed = http_wait_for(socket, &in, NULL, 500);
    buffer_deinit(&in);
    return closed;
}

static void a_request_that_does_not_come_is_cut_off_after_10_s(void **state) {
    fake_clock clock;
    const world *w = *state;
    server *s = open_at(w, &clock);
    buffer in = {0};
    int slow = http_dial(server_port(s)), mute = http_dial(server_port(s)),
        stream = http_dial(server_port(s));
    http_send(slow, TEXT("GET /healthz HTTP/1.1\r\nHost: l"));
    http_send(stream, TEXT("GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    assert_true(http_wait_for(stream, &in, "event: hello", 5000));
    fake_clock_advance(&clock, 9000);
    server_tick(s);
    http_send(slow, TEXT("o"));
    assert_false(is_closed(slow));
    fake_clock_advance(&clock, 2000);
    server_tick(s);
    assert_true(is_closed(slow) && is_closed(mute));
    assert_false(is_closed(stream));
    (void)close(slow), (void)close(mute), (void)close(stream);
    buffer_deinit(&in);
    server_close(s);
}

static void a_body_that_does_not_come_is_cut_off_after_30_s(void **state) {
    fake_clock clock;
    const world *w = *state;
    server *s = open_at(w, &clock);
    buffer in = {0};
    int slow = http_dial(server_port(s));
    http_send(slow, TEXT("POST /api/v1/replay HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18\r\n"
                         "Content-Type: application/json\r\nExpect: 100-continue\r\n\r\n"));
    assert_true(http_wait_for(slow, &in, "HTTP/1.1 100 Continue", 5000));
    http_send(slow, TEXT("{\"action\":"));
    fake_clock_advance(&clock, 29000);
    server_tick(s);
    assert_false(is_closed(slow));
    fake_clock_advance(&clock, 2000);
    server_tick(s);
    assert_true(is_closed(slow));
    (void)close(slow);
    buffer_deinit(&in);
    server_close(s);
}

int main(void) {
#define IN(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        IN(the_gate_answers_raw_requests_as_it_must),
        IN(a_refused_method_says_what_is_allowed),
        IN(a_target_that_is_too_long_is_refused),
        IN(every_answer_carries_the_security_headers),
        IN(a_question_is_answered_in_the_envelope),
        IN(an_error_says_what_is_wrong_and_what_was_meant),
        IN(an_answer_is_known_by_its_epoch),
        IN(stats_are_known_by_their_bytes),
        IN(a_question_of_one_epoch_is_computed_once),
        IN(head_has_the_headers_of_get_and_no_body),
        IN(a_type_that_is_not_given_is_406),
        IN(options_tell_what_a_path_takes),
        IN(pages_follow_one_another_by_their_tokens),
        IN(a_replay_obeys_over_rest),
        IN(rules_are_tried_made_and_taken_back_over_rest),
        IN(a_body_is_read_up_to_its_limit),
        IN(the_program_tells_of_itself),
        IN(requests_follow_one_another_on_a_connection),
        IN(a_slow_question_holds_up_nobody),
        cmocka_unit_test_setup_teardown(with_a_token_nothing_is_told_without_it, begin_with_token,
                                        end),
        cmocka_unit_test_setup_teardown(a_token_in_the_address_becomes_a_cookie, begin_with_token,
                                        end),
        IN(a_stream_tells_hello_stats_map_board_then_changes),
        IN(a_stream_resumes_by_last_event_id),
        IN(once_and_lines_end_by_themselves),
        IN(two_hundred_clients_are_told_every_change),
        IN(stopping_says_bye_to_all_and_answers_what_was_asked),
        IN(clients_that_do_not_read_do_not_hold_up_the_end),
        IN(serving_survives_every_failed_allocation),
        IN(a_request_that_does_not_come_is_cut_off_after_10_s),
        IN(a_body_that_does_not_come_is_cut_off_after_30_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
