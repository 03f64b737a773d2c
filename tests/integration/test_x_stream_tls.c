/* SPDX-License-Identifier: MIT */
/* The live stream's TLS and names: whom it trusts, and what it does when a name leads
 * nowhere, or elsewhere.  The names are this test's own: nothing leaves this machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/base/log.h"
#include "pipeline/sources/x_stream.h"
#include "tests/support/fake_x.h"
#include "tests/support/stream_test.h"

enum { AN_HOUR_S = 3600 };
#define LINE "{\"data\":{\"id\":\"1\"}}\n"

/* ---- Names, as libcurl asks for them ---- */

static _Atomic(const char *) address_now; /* NULL: there is none. */

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **result) {
    struct {
        struct addrinfo info;
        struct sockaddr_in address;
    } *one = calloc(1, sizeof *one);
    const char *is = strcmp(name, "x.test") == 0 ? atomic_load(&address_now) : name;
    *result = NULL;
    if (one == NULL) return EAI_MEMORY;
    one->address.sin_family = AF_INET;
    one->address.sin_port = htons((uint16_t)(service == NULL ? 0 : strtoul(service, NULL, 10)));
    if (is == NULL || inet_pton(AF_INET, is, &one->address.sin_addr) != 1) {
        free(one);
        return EAI_NONAME;
    }
    one->info = (struct addrinfo){.ai_family = AF_INET,
                                  .ai_socktype = hints == NULL ? SOCK_STREAM : hints->ai_socktype,
                                  .ai_protocol = IPPROTO_TCP,
                                  .ai_addrlen = sizeof one->address,
                                  .ai_addr = (struct sockaddr *)&one->address};
    *result = &one->info;
    return 0;
}

void freeaddrinfo(struct addrinfo *info) {
    free(info); /* The first member of what was allocated. */
}

/* ---- One stream and its certificate ---- */

typedef struct {
    stream_test stream;
    char folder[32], ca[48];
    fake_tls *tls;
} tls_test;

static void make_certificate(tls_test *t, const char *name, int64_t from_s, int64_t to_s) {
    *t = (tls_test){.folder = "/tmp/dunlin-tls-XXXXXX"};
    assert_non_null(mkdtemp(t->folder));
    (void)snprintf(t->ca, sizeof t->ca, "%s/ca.pem", t->folder);
    t->tls = fake_tls_new(name, from_s, to_s, t->ca);
    assert_non_null(t->tls);
}

static void start(tls_test *t, const char *url, const char *ca) {
    stream_test_init(&t->stream, NULL);
    const x_stream_options o = {.base_url = url,
                                .token = TEXT("right-token"),
                                .ca_path = ca,
                                .clock = &t->stream.clock.base};
    assert_int_equal(x_stream_open(&o, &t->stream.source), STATUS_OK);
    stream_test_read(&t->stream);
}

static void end(tls_test *t) {
    stream_test_deinit(&t->stream);
    fake_tls_free(t->tls);
    (void)unlink(t->ca);
    assert_int_equal(rmdir(t->folder), 0);
}

/* ---- Certificates ---- */

/* True when the stream is read over a certificate for `name`, valid in this time, that is
 * trusted or not; else the token has not been sent to anybody. */
static bool is_read(const char *name, int64_t from_s, int64_t to_s, bool is_trusted) {
    tls_test t;
    fake_x_counts counts;
    make_certificate(&t, name, from_s, to_s);
    const fake_x_options with = {.tls = t.tls, .lines = TEXT(LINE)};
    fake_x *x = fake_x_start(&with);
    assert_non_null(x);
    start(&t, fake_x_url(x), is_trusted ? t.ca : NULL);
    WAIT_FOR(stream_is(&t.stream, "waiting") || stream_state(&t.stream).bytes_read > 0);
    source_state s = stream_state(&t.stream);
    fake_x_get_counts(x, &counts);
    assert_true((counts.requests > 0) == (s.bytes_read > 0));
    if (s.bytes_read == 0) assert_non_null(strstr(s.detail, "SSL"));
    end(&t);
    fake_x_stop(x);
    return s.bytes_read > 0;
}

static void a_certificate_that_is_trusted_and_fits_is_read(void **state) {
    (void)state;
    assert_true(is_read("127.0.0.1", -AN_HOUR_S, AN_HOUR_S, true));
}

static void a_certificate_that_nobody_vouches_for_is_refused(void **state) {
    (void)state;
    assert_false(is_read("127.0.0.1", -AN_HOUR_S, AN_HOUR_S, false));
}

static void a_certificate_for_another_name_is_refused(void **state) {
    (void)state;
    assert_false(is_read("127.0.0.2", -AN_HOUR_S, AN_HOUR_S, true));
    assert_false(is_read("x.test", -AN_HOUR_S, AN_HOUR_S, true));
}

static void a_certificate_out_of_its_time_is_refused(void **state) {
    (void)state;
    assert_false(is_read("127.0.0.1", -2 * AN_HOUR_S, -AN_HOUR_S, true));
    assert_false(is_read("127.0.0.1", AN_HOUR_S, 2 * AN_HOUR_S, true));
}

/* ---- Names ---- */

static void a_name_that_leads_nowhere_is_tried_like_a_network_that_fails(void **state) {
    (void)state;
    tls_test t;
    char url[64];
    make_certificate(&t, "x.test", -AN_HOUR_S, AN_HOUR_S);
    const fake_x_options with = {.tls = t.tls, .lines = TEXT(LINE)};
    fake_x *x = fake_x_start(&with);
    atomic_store(&address_now, NULL);
    (void)snprintf(url, sizeof url, "https://x.test:%u", fake_x_port(x));
    start(&t, url, t.ca);
    for (int64_t i = 1; i <= 50; i++) { /* None of these counts as a request. */
        WAIT_FOR(stream_is_waiting_ms(&t.stream, 250 * i));
        assert_non_null(strstr(stream_state(&t.stream).detail, "x.test"));
        if (i == 50) atomic_store(&address_now, "127.0.0.1");
        fake_clock_advance(&t.stream.clock, 250 * i);
        x_stream_wake(t.stream.source);
    }
    WAIT_FOR(stream_state(&t.stream).bytes_read > 0);
    end(&t);
    fake_x_stop(x);
}

static void a_name_is_asked_anew_for_each_connection(void **state) {
    (void)state;
    tls_test t;
    char url[64];
    make_certificate(&t, "x.test", -AN_HOUR_S, AN_HOUR_S);
    const fake_x_options at_first = {.tls = t.tls, .lines = TEXT(LINE)};
    fake_x *x = fake_x_start(&at_first);
    const fake_x_options later = {
        .tls = t.tls, .address = "127.0.0.2", .port = fake_x_port(x), .lines = TEXT(LINE LINE)};
    fake_x *y = fake_x_start(&later);
    assert_non_null(y);
    atomic_store(&address_now, "127.0.0.1");
    (void)snprintf(url, sizeof url, "https://x.test:%u", fake_x_port(x));
    start(&t, url, t.ca);
    WAIT_FOR(stream_state(&t.stream).bytes_read >= sizeof LINE - 1);
    atomic_store(&address_now, "127.0.0.2");
    fake_x_stop(x); /* It is opened again at once, elsewhere. */
    WAIT_FOR(stream_state(&t.stream).bytes_read >= 3 * (sizeof LINE - 1));
    assert_int_equal(stream_state(&t.stream).gaps, 1);
    end(&t);
    fake_x_stop(y);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_that_is_trusted_and_fits_is_read),
        cmocka_unit_test(a_certificate_that_nobody_vouches_for_is_refused),
        cmocka_unit_test(a_certificate_for_another_name_is_refused),
        cmocka_unit_test(a_certificate_out_of_its_time_is_refused),
        cmocka_unit_test(a_name_that_leads_nowhere_is_tried_like_a_network_that_fails),
        cmocka_unit_test(a_name_is_asked_anew_for_each_connection),
    };
    log_set_level(LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
