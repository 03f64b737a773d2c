/* SPDX-License-Identifier: MIT */
/* POST /api/v1/records over real sockets, with a thread that stands in for the pipeline. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pipeline/base/log.h"
#include "pipeline/decode/decode.h"
#include "pipeline/sources/source_push.h"
#include "server/rest/push.h"
#include "server/rest/server.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/fake_backend.h"
#include "tests/support/http_client.h"

#define TOKEN "push-token"
#define A_TWEET                                                                                    \
    "{\"data\":{\"id\":\"1500000000000000001\",\"author_id\":\"12\",\"created_at\":"               \
    "\"2022-03-05T11:00:00.000Z\",\"text\":\"hello\"}}"
#define LINES     "application/x-ndjson"
#define AUTHORITY "Authorization: Bearer " TOKEN "\r\n"

typedef struct {
    fake *fake;
    backend backend;
    tweet_source *source;
    server *server;
    pthread_t reader;
    bool reads;
    _Atomic status result; /* What the receipts are told. */
    _Atomic uint64_t records;
    uint16_t port;
} world;

/* Decodes as the pipeline would, and tells the receipts. */
static void *work(void *context) {
    world *w = context;
    decoder *d = decoder_new();
    record_batch *b = record_batch_new();
    source_chunk *c;
    assert_true(d != NULL && b != NULL);
    while (w->source->next(w->source, &c) == STATUS_OK) {
        record_batch_clear(b);
        assert_int_equal(decoder_run(d, c, b), STATUS_OK);
        c->receipt = NULL; /* It goes on with the batch. */
        source_chunk_free(c);
        b->receipt->counted(b->receipt, b);
        atomic_fetch_add(&w->records, b->record_count);
        b->receipt->done(b->receipt, atomic_load(&w->result), 7);
    }
    record_batch_free(b);
    decoder_free(d);
    return NULL;
}

static server *open_server(const backend *b, const char *token, const char *push_token) {
    const char *why = NULL;
    server *s;
    const server_options o = {.backend = b,
                              .bind = "127.0.0.1",
                              .token = text_of(token),
                              .push_token = text_of(push_token),
                              .clients_max = 100};
    return server_open(&o, &s, &why) == STATUS_OK ? s : NULL;
}

static world *world_new(bool reads) {
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->fake = fake_new();
    (void)fake_set(w->fake, 0, 1);
    assert_int_equal(source_push(&w->source), STATUS_OK);
    w->backend = *fake_backend(w->fake);
    w->backend.push = w->source;
    w->server = open_server(&w->backend, "read-token", TOKEN);
    assert_non_null(w->server);
    w->port = server_port(w->server);
    w->reads = reads;
    if (reads) assert_int_equal(pthread_create(&w->reader, NULL, work, w), 0);
    return w;
}

static void world_free(world *w) {
    w->source->stop(w->source);
    server_close(w->server);
    if (w->reads) (void)pthread_join(w->reader, NULL);
    w->source->close(w->source);
    fake_free(w->fake);
    free(w);
}

static void add_request(buffer *out, const char *type, const char *headers, size_t bytes) {
    buffer_add_format(out,
                      "POST /api/v1/records HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                      "Content-Type: %s\r\nContent-Length: %zu\r\n%s\r\n",
                      type, bytes, headers);
}

static void post(uint16_t port, const char *type, const char *headers, text body,
                 http_result *result) {
    buffer raw = {0};
    add_request(&raw, type, headers, body.count);
    buffer_add(&raw, body);
    http_exchange(port, buffer_text(&raw), result);
    buffer_deinit(&raw);
}

static unsigned code_of(world *w, const char *type, const char *headers, const char *body) {
    http_result r;
    post(w->port, type, headers, text_of(body), &r);
    unsigned code = r.code;
    http_result_deinit(&r);
    return code;
}

static void what_is_pushed_is_counted_line_by_line(void **state) {
    http_result r;
    world *w = world_new(true);
    (void)state;
    post(w->port, LINES, AUTHORITY,
         TEXT(A_TWEET "\n\n{\"delete\":{\"status\":{\"id\":5,\"user_id\":1}}}\n{broken\n[1]"), &r);
    assert_int_equal(r.code, 200);
    assert_string_equal(
        r.body.bytes, "{\"data\":{\"items\":5,\"accepted\":1,\"repaired\":0,\"ignored\":2,"
                      "\"rejected\":2,\"epoch\":7,\"stored\":false,\"errors\":[{\"line\":4,"
                      "\"reason\":\"invalid_json\"},{\"line\":5,\"reason\":\"not_an_object\"}]}}");
    http_result_deinit(&r);
    world_free(w);
}

static void of_many_errors_a_hundred_are_named(void **state) {
    http_result r;
    buffer lines = {0};
    world *w = world_new(true);
    size_t named = 0;
    (void)state;
    for (size_t i = 0; i < 250; i++) buffer_add(&lines, TEXT("<b>no</b>\n"));
    post(w->port, LINES, AUTHORITY, buffer_text(&lines), &r);
    assert_non_null(strstr(r.body.bytes, "\"rejected\":250,"));
    for (const char *at = r.body.bytes; (at = strstr(at, "\"line\":")) != NULL; at++) named++;
    assert_int_equal(named, PUSH_ERRORS_MAX);
    http_result_deinit(&r);
    buffer_deinit(&lines);
    world_free(w);
}

static void a_document_may_be_an_array_a_page_or_indented(void **state) {
    static const char *const documents[] = {
        "[" A_TWEET ",\n" A_TWEET "]",
        "{\n  \"data\": [\r\n"
        "{\"id\":\"1500000000000000001\",\"author_id\":\"12\","
        "\"created_at\":\"2022-03-05T11:00:00.000Z\",\n\"text\":\"hello\"}]\n}\n",
        "\n\n" A_TWEET "\n",
    };
    static const char *const items[] = {"\"items\":2,\"accepted\":2", "\"items\":1,\"accepted\":1",
                                        "\"items\":1,\"accepted\":1"};
    world *w = world_new(true);
    (void)state;
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        http_result r;
        post(w->port, "application/json; charset=utf-8", AUTHORITY, text_of(documents[i]), &r);
        assert_int_equal(r.code, 200);
        assert_non_null(strstr(r.body.bytes, items[i]));
        http_result_deinit(&r);
    }
    world_free(w);
}

static void only_who_may_push_does(void **state) {
    static const struct {
        const char *headers;
        unsigned code;
    } cases[] = {
        {"", 401},
        {"Authorization: Bearer \r\n", 401},
        {"Authorization: Bearer push-toke\r\n", 401},
        {"Authorization: Bearer push-tokenn\r\n", 401},
        {"Authorization: Basic " TOKEN "\r\n", 401},
        {"Cookie: dunlin_token=" TOKEN "\r\n", 401},
        {"Authorization: Bearer read-token\r\n", 403},
        {AUTHORITY "Origin: http://evil.example\r\n", 403},
        {AUTHORITY "Sec-Fetch-Site: cross-site\r\n", 403},
        {AUTHORITY "Content-Encoding: gzip\r\n", 415},
        {AUTHORITY "Origin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n", 200},
        {"authorization: bearer " TOKEN "\r\n", 200},
    };
    world *w = world_new(true);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned code = code_of(w, LINES, cases[i].headers, A_TWEET);
        if (code != cases[i].code) print_error("%s: %u\n", cases[i].headers, code);
        assert_int_equal(code, cases[i].code);
    }
    assert_int_equal(code_of(w, "text/plain", AUTHORITY, A_TWEET), 415);
    assert_int_equal(code_of(w, "application/x-www-form-urlencoded", AUTHORITY, A_TWEET), 415);
    assert_int_equal(code_of(w, LINES, AUTHORITY, ""), 400);
    assert_int_equal(atomic_load(&w->records), 2);
    world_free(w);
}

static void the_token_for_pushing_reads_nothing(void **state) {
    http_result r;
    world *w = world_new(true);
    (void)state;
    http_get(w->port, "/api/v1/stats", AUTHORITY, &r);
    assert_int_equal(r.code, 401);
    http_result_deinit(&r);
    http_get(w->port, "/api/v1/records", "Authorization: Bearer read-token\r\n", &r);
    assert_int_equal(r.code, 405);
    assert_true(text_equal(http_result_header(&r, "Allow"), TEXT("OPTIONS, POST")));
    http_result_deinit(&r);
    world_free(w);
}

static void without_a_token_nothing_can_be_pushed(void **state) {
    http_result r;
    fake *f = fake_new();
    server *s = open_server(fake_backend(f), NULL, NULL);
    (void)state;
    assert_non_null(s);
    post(server_port(s), LINES, AUTHORITY, TEXT(A_TWEET), &r);
    assert_int_equal(r.code, 403);
    assert_non_null(strstr(r.body.bytes, "--push-token-file"));
    http_result_deinit(&r);
    server_close(s);
    fake_free(f);
}

static unsigned fix_with(const server *s, const char *headers) {
    static const char body[] = "{\"where\":\"a\",\"set\":\"b\"}";
    http_result r;
    buffer raw = {0};
    buffer_add_format(&raw,
                      "POST /api/v1/fixes HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                      "Content-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n%s",
                      sizeof body - 1, headers, body);
    http_exchange(server_port(s), buffer_text(&raw), &r);
    unsigned code = r.code;
    http_result_deinit(&r);
    buffer_deinit(&raw);
    return code;
}

/* That of those who push, where there is one; else that of those who read; else none, as
 * long as it is this machine that asks. */
static void rules_take_the_best_token_that_there_is(void **state) {
    static const struct {
        const char *token, *push_token, *headers;
        unsigned code;
    } cases[] = {
        {"read-token", TOKEN, AUTHORITY, 200},
        {"read-token", TOKEN, "Authorization: Bearer read-token\r\n", 403},
        {"read-token", TOKEN, "", 401},
        {NULL, TOKEN, "", 401},
        {NULL, TOKEN, AUTHORITY, 200},
        {"read-token", NULL, "Authorization: Bearer read-token\r\n", 200},
        {"read-token", NULL, AUTHORITY, 401},
        {NULL, NULL, "", 200},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fake *f = fake_new();
        server *s = open_server(fake_backend(f), cases[i].token, cases[i].push_token);
        assert_non_null(s);
        assert_int_equal(fix_with(s, cases[i].headers), cases[i].code);
        server_close(s);
        fake_free(f);
    }
}

static void what_is_too_large_is_refused_by_its_header(void **state) {
    http_result r;
    buffer raw = {0};
    world *w = world_new(true);
    (void)state;
    add_request(&raw, LINES, AUTHORITY, (size_t)PUSH_BODY_BYTES_MAX + 1);
    http_exchange(w->port, buffer_text(&raw), &r);
    assert_int_equal(r.code, 413);
    http_result_deinit(&r);
    buffer_clear(&raw);
    add_request(&raw, LINES, "Authorization: Bearer other-token\r\n", PUSH_BODY_BYTES_MAX);
    http_exchange(w->port, buffer_text(&raw), &r);
    assert_int_equal(r.code, 401); /* Before its body has come. */
    http_result_deinit(&r);
    buffer_deinit(&raw);
    world_free(w);
}

static void the_largest_body_is_taken_whole(void **state) {
    buffer body = {0}, in = {0};
    world *w = world_new(true);
    (void)state;
    add_request(&body, LINES, AUTHORITY, PUSH_BODY_BYTES_MAX);
    size_t end = body.count + PUSH_BODY_BYTES_MAX;
    while (body.count + sizeof A_TWEET <= end) buffer_add(&body, TEXT(A_TWEET "\n"));
    while (body.count < end) buffer_add_byte(&body, ' ');
    int socket = http_dial(w->port);
    http_send(socket, buffer_text(&body));
    char wanted[64];
    (void)snprintf(wanted, sizeof wanted, "\"accepted\":%zu,",
                   (size_t)PUSH_BODY_BYTES_MAX / (sizeof A_TWEET));
    assert_true(http_wait_for(socket, &in, wanted, 120000));
    (void)close(socket);
    buffer_deinit(&body);
    buffer_deinit(&in);
    world_free(w);
}

/* Sends a request whose answer is not waited for. */
static int begin_post(world *w, const char *body) {
    buffer raw = {0};
    int socket = http_dial(w->port);
    add_request(&raw, LINES, AUTHORITY, strlen(body));
    buffer_add(&raw, text_of(body));
    http_send(socket, buffer_text(&raw));
    buffer_deinit(&raw);
    return socket;
}

static size_t waiting(world *w) {
    size_t count = 0;
    source_state now;
    w->source->state(w->source, &now);
    (void)sscanf(now.detail, "%zu", &count);
    return count;
}

static void who_finds_no_room_is_told_to_come_again(void **state) {
    int sockets[SOURCE_PUSH_CHUNKS_MAX];
    http_result r;
    world *w = world_new(false);
    (void)state;
    for (size_t i = 0; i < SOURCE_PUSH_CHUNKS_MAX; i++) sockets[i] = begin_post(w, A_TWEET);
    while (waiting(w) < SOURCE_PUSH_CHUNKS_MAX) (void)usleep(1000);
    post(w->port, LINES, AUTHORITY, TEXT(A_TWEET), &r);
    assert_int_equal(r.code, 429);
    assert_true(text_equal(http_result_header(&r, "Retry-After"), TEXT("1")));
    assert_true(text_equal(http_result_header(&r, "RateLimit-Policy"),
                           TEXT("\"push-bodies\";q=16;qu=\"concurrent-requests\", "
                                "\"push-bytes\";q=33554432;qu=\"content-bytes\"")));
    char left[64];
    (void)snprintf(left, sizeof left, "\"push-bodies\";r=0, \"push-bytes\";r=%zu",
                   SOURCE_PUSH_BYTES_MAX - SOURCE_PUSH_CHUNKS_MAX * strlen(A_TWEET));
    assert_true(text_equal(http_result_header(&r, "RateLimit"), text_of(left)));
    http_result_deinit(&r);
    /* The rest of the server answers as ever. */
    http_get(w->port, "/healthz", "", &r);
    assert_int_equal(r.code, 200);
    http_result_deinit(&r);
    w->source->stop(w->source);
    for (size_t i = 0; i < SOURCE_PUSH_CHUNKS_MAX; i++) {
        buffer in = {0};
        assert_true(http_wait_for(sockets[i], &in, "HTTP/1.1 503", 10000));
        buffer_deinit(&in);
        (void)close(sockets[i]);
    }
    world_free(w);
}

static void what_cannot_be_stored_is_said_to_be_shown(void **state) {
    http_result r;
    world *w = world_new(true);
    (void)state;
    atomic_store(&w->result, STATUS_CANNOT_WRITE);
    post(w->port, LINES, AUTHORITY, TEXT(A_TWEET), &r);
    assert_int_equal(r.code, 503);
    assert_non_null(strstr(r.body.bytes, "It is shown, but cannot be stored now"));
    assert_true(http_result_header(&r, "Retry-After").count > 0);
    http_result_deinit(&r);
    world_free(w);
}

static void a_client_that_leaves_early_changes_nothing(void **state) {
    world *w = world_new(false);
    (void)state;
    for (size_t round = 0; round < 4; round++) {
        size_t before = waiting(w);
        int socket = begin_post(w, A_TWEET);
        while (waiting(w) == before) (void)usleep(1000);
        (void)close(socket);
    }
    w->reads = true;
    assert_int_equal(pthread_create(&w->reader, NULL, work, w), 0);
    assert_int_equal(code_of(w, LINES, AUTHORITY, A_TWEET), 200);
    assert_int_equal(atomic_load(&w->records), 5);
    world_free(w);
}

/* The engine is busy for longer than the server waits: who still waits is answered, and
 * the receipts outlive the server. */
static void the_server_ends_while_records_wait(void **state) {
    source_chunk *c;
    buffer in = {0};
    world *w = world_new(false);
    (void)state;
    int socket = begin_post(w, A_TWEET);
    assert_int_equal(w->source->next(w->source, &c), STATUS_OK);
    server_close(w->server);
    w->server = NULL;
    assert_true(http_wait_for(socket, &in, "HTTP/1.1 503", 10000));
    c->receipt->done(c->receipt, STATUS_OK, 3);
    c->receipt = NULL;
    source_chunk_free(c);
    buffer_deinit(&in);
    (void)close(socket);
    world_free(w);
}

static void tokens_change_while_it_serves(void **state) {
    world *w = world_new(true);
    (void)state;
    const server_options o = {.push_token = TEXT("another-one"), .clients_max = 10};
    assert_int_equal(code_of(w, LINES, AUTHORITY, A_TWEET), 200);
    assert_int_equal(server_set(w->server, &o), STATUS_OK);
    assert_int_equal(code_of(w, LINES, AUTHORITY, A_TWEET), 401);
    assert_int_equal(code_of(w, LINES, "Authorization: Bearer another-one\r\n", A_TWEET), 200);
    world_free(w);
}

static status push_once(void *context) {
    world *w = context;
    char in[64] = "";
    server *s = open_server(&w->backend, NULL, TOKEN);
    if (s == NULL) return STATUS_NO_MEMORY;
    int socket = http_dial(server_port(s));
    http_send(socket,
              TEXT("POST /api/v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                   "2\r\nContent-Type: " LINES "\r\n" AUTHORITY "Connection: close\r\n\r\n{}"));
    /* Without an allocation: 0 bytes where the server could not say anything. */
    bool good = recv(socket, in, sizeof in - 1, 0) > 0 && strstr(in, "HTTP/1.1 200") == in;
    (void)close(socket);
    server_close(s);
    return good ? STATUS_OK : STATUS_NO_MEMORY;
}

/* The pipeline's part is played without an allocation. */
static void *tell_all(void *context) {
    world *w = context;
    source_chunk *c;
    while (w->source->next(w->source, &c) == STATUS_OK) {
        c->receipt->done(c->receipt, STATUS_OK, 1);
        c->receipt = NULL;
        source_chunk_free(c);
    }
    return NULL;
}

static void pushing_survives_every_failed_allocation(void **state) {
    world *w = world_new(false);
    (void)state;
    w->reads = true;
    assert_int_equal(pthread_create(&w->reader, NULL, tell_all, w), 0);
    log_set_level(LOG_ERROR);
    assert_true(torture(push_once, w, 1000) > 10);
    log_set_level(LOG_INFO);
    world_free(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_pushed_is_counted_line_by_line),
        cmocka_unit_test(of_many_errors_a_hundred_are_named),
        cmocka_unit_test(a_document_may_be_an_array_a_page_or_indented),
        cmocka_unit_test(only_who_may_push_does),
        cmocka_unit_test(the_token_for_pushing_reads_nothing),
        cmocka_unit_test(without_a_token_nothing_can_be_pushed),
        cmocka_unit_test(rules_take_the_best_token_that_there_is),
        cmocka_unit_test(what_is_too_large_is_refused_by_its_header),
        cmocka_unit_test(the_largest_body_is_taken_whole),
        cmocka_unit_test(who_finds_no_room_is_told_to_come_again),
        cmocka_unit_test(what_cannot_be_stored_is_said_to_be_shown),
        cmocka_unit_test(a_client_that_leaves_early_changes_nothing),
        cmocka_unit_test(the_server_ends_while_records_wait),
        cmocka_unit_test(tokens_change_while_it_serves),
        cmocka_unit_test(pushing_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
