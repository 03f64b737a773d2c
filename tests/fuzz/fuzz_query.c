/* SPDX-License-Identifier: MIT */
/* What clients write: query strings, ids to resume from, Host, targets, headers.
 *
 * covers: server/base/params.c server/rest/fields.c server/live/stream_params.c server/http/gate.c
 * pipeline/base/suggest.c server/http/problem.c */
#include "pipeline/base/suggest.h"
#include "server/http/gate.h"
#include "server/http/http.h"
#include "server/http/problem.h"
#include "server/live/client.h"
#include "server/live/live.h"
#include "server/live/stream_params.h"
#include "server/rest/envelope.h"
#include "server/rest/fields.h"
#include "server/rest/routes.h"
#include "tests/support/fake_backend.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void no_line(void *line) {
    (void)line;
}

static const live_line lines = {no_line, no_line, no_line};

static void read_params(text t, unsigned takes) {
    static const char *const sorts[] = {"influence", "responses", NULL};
    char memory[PARAM_TEXTS_BYTES];
    query_params p;
    param_errors e = {0};
    buffer out = {0};
    if (params_read(t, takes, sorts, &p, memory, &e)) {
        assert(p.limit >= 1 && p.limit <= QUERY_LIMIT_EXPORT_MAX && p.filter.lang.count <= 8);
        assert(utf8_valid(p.filter.place) && utf8_valid(p.filter.hashtag) && utf8_valid(p.token));
        assert(utf8_valid(p.filter.country));
        assert(p.window != WINDOW_GIVEN || p.start_ms < p.end_ms);
        assert(utf8_valid(p.text));
    } else {
        assert(e.count > 0);
        problem_write(&out, 400, "A parameter is wrong.", t, &e);
        assert(out.failed || memchr(out.bytes, '<', out.count) == NULL);
    }
    buffer_deinit(&out);
}

/* Whatever is wanted of an answer, or is no answer: what is left says nothing new. */
static void choose(text t) {
    const char *const *known = fields_of("tweets/top");
    field_set wanted;
    param_errors e = {0};
    buffer answer = {0};
    if (!fields_read(t, known, &wanted, &e)) {
        assert(e.count > 0);
        wanted = 1;
    }
    buffer_add(&answer, t);
    fields_keep(&answer, known, wanted);
    assert(answer.failed || answer.count <= 2 * t.count + 2);
    buffer_deinit(&answer);
}

static void judge(text t) {
    static const char *const hosts[] = {"dunlin.example"};
    const gate_request r = {.method = TEXT("GET"), .target = t, .host = t, .host_count = 1};
    refusal no = gate_judge(&r, hosts, 1);
    assert(no.status == 0 || no.detail != NULL);
    assert(no.status == 0 ? t.bytes[0] == '/' : true);
    (void)gate_header_is_clean(t, t);
    (void)gate_has_token(t, t, TEXT("secret"));
    (void)negotiate_accepts(t, TEXT("gzip"));
    suggestion near = {.wanted = t};
    suggest(&near, "limit");
    text id = {NULL, 0};
    if (route_matches("authors/{id}/responses", t, &id)) assert(id.count > 0 && id.count < t.count);
}

/* Whatever id a client brings, it gets whole states or what it missed, and no other. */
static void resume(text t) {
    fake *f = fake_new();
    (void)fake_set(f, 0, 1);
    const live_options o = {
        .backend = fake_backend(f), .line = &lines, .version = "1", .boot = 0x1, .clients_max = 10};
    live *l;
    if (live_new(&o, &l) != STATUS_OK) abort();
    stream_params p;
    param_errors e = {0};
    (void)stream_params_read(t, l, &p, &e);
    live_client *c = live_join(l, &(live_request){.topics = 2, .last_id = t});
    live_tick(l, 0);
    char out[4096];
    bool ended = false;
    size_t count = live_read(c, l, out, sizeof out, &ended);
    assert(memmem(out, count, "\"full\":true", 11) != NULL);
    assert(t.count == 0 || memmem(out, count, "event: reset", 12) != NULL);
    live_leave(c);
    live_free(l);
    fake_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *copy = malloc(size + 1); /* So that reading beyond the end is seen. */
    if (copy == NULL || size == 0) {
        free(copy);
        return 0;
    }
    memcpy(copy, data, size);
    text t = {copy + 1, size - 1};
    switch (copy[0] % 4) {
    case 0:
        read_params(t, QUERY_WINDOW | QUERY_SORT | QUERY_LIMIT | QUERY_FILTER | QUERY_SENTIMENT |
                           QUERY_CURSOR | QUERY_FIELDS);
        choose(t);
        break;
    case 1: read_params(t, QUERY_TEXT | QUERY_LIMIT | QUERY_EXPORT); break;
    case 2: judge(t); break;
    default: resume(t); break;
    }
    free(copy);
    return 0;
}
