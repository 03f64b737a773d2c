/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/base/log.h"
#include "pipeline/watch.h"
#include "tests/support/fake_clock.h"

/* ---- A live source that sends what a test gives it ---- */

typedef struct {
    tweet_source base; /* First. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    source_chunk *waiting;
    uint64_t sequence;
    source_state state;
    bool stops;
} script;

static status script_next(tweet_source *self, source_chunk **chunk) {
    script *s = (script *)self;
    (void)pthread_mutex_lock(&s->lock);
    while (s->waiting == NULL && !s->stops) (void)pthread_cond_wait(&s->changed, &s->lock);
    *chunk = s->waiting;
    s->waiting = NULL;
    (void)pthread_mutex_unlock(&s->lock);
    return *chunk == NULL ? STATUS_STOPPED : STATUS_OK;
}

static void script_stop(tweet_source *self) {
    script *s = (script *)self;
    (void)pthread_mutex_lock(&s->lock);
    s->stops = true;
    (void)pthread_cond_signal(&s->changed);
    (void)pthread_mutex_unlock(&s->lock);
}

static void script_state(tweet_source *self, source_state *result) {
    script *s = (script *)self;
    (void)pthread_mutex_lock(&s->lock);
    *result = s->state;
    (void)pthread_mutex_unlock(&s->lock);
}

static const char *script_file(tweet_source *self, uint32_t file) {
    (void)self, (void)file;
    return "script";
}

static void script_close(tweet_source *self) {
    (void)self;
}

typedef struct {
    fake_clock clock;
    script source;
    pipeline *pipeline;
    sentiment_model *model;
    uint64_t sent;
    char list[65536];
} world;

static int begin(void **state) {
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    fake_clock_init(&w->clock, 1341403200000); /* 2012-07-04T12:00:00Z */
    w->source.base = (tweet_source){.next = script_next,
                                    .stop = script_stop,
                                    .state = script_state,
                                    .file_name = script_file,
                                    .close = script_close};
    w->source.state = (source_state){.kind = "x-stream", .state = "live", .connects = 1};
    (void)pthread_mutex_init(&w->source.lock, NULL);
    (void)pthread_cond_init(&w->source.changed, NULL);
    assert_int_equal(sentiment_model_builtin(&w->model), STATUS_OK);
    const pipeline_options o = {.decoders = 1,
                                .model = w->model,
                                .clean_cutoff = -1,
                                .readers = true,
                                .clock = &w->clock.base};
    assert_int_equal(pipeline_new(&o, &w->pipeline, NULL), STATUS_OK);
    assert_int_equal(pipeline_start(w->pipeline, &w->source.base), STATUS_OK);
    *state = w;
    return 0;
}

static int end(void **state) {
    world *w = *state;
    pipeline_free(w->pipeline);
    sentiment_model_free(w->model);
    (void)pthread_mutex_destroy(&w->source.lock);
    (void)pthread_cond_destroy(&w->source.changed);
    free(w);
    return 0;
}

static void set_state(world *w, const char *name, uint64_t connects, const char *last_end) {
    (void)pthread_mutex_lock(&w->source.lock);
    w->source.state.state = name;
    w->source.state.connects = connects;
    (void)snprintf(w->source.state.last_end, sizeof w->source.state.last_end, "%s", last_end);
    (void)pthread_mutex_unlock(&w->source.lock);
}

/* So many tweets of the present second; back when they are shown. */
static void hear(world *w, unsigned tweets, const char *words) {
    char when[TIME_TEXT_BYTES];
    source_chunk *c = source_chunk_new(tweets * 256UL + SOURCE_PADDING_BYTES);
    pipeline_progress p;
    assert_non_null(c);
    time_to_text(w->clock.base.now_ms(&w->clock.base), when);
    for (unsigned i = 0; i < tweets; i++)
        c->count += (size_t)snprintf(
            c->bytes + c->count, 256,
            "{\"data\":{\"id\":\"%llu\",\"text\":\"%s\",\"author_id\":\"7\",\"lang\":\"en\","
            "\"created_at\":\"%s\"}}\n",
            (unsigned long long)++w->sent, words, when);
    memset(c->bytes + c->count, 0, SOURCE_PADDING_BYTES);
    c->sequence = w->source.sequence++;
    c->origin = ORIGIN_X;
    (void)pthread_mutex_lock(&w->source.lock);
    w->source.waiting = c;
    (void)pthread_cond_signal(&w->source.changed);
    (void)pthread_mutex_unlock(&w->source.lock);
    do {
        const moment *m = pipeline_acquire(w->pipeline);
        pipeline_get_progress(w->pipeline, &p);
        pipeline_release(w->pipeline, m);
    } while (p.items < w->sent || p.queue_count > 0 || p.heard[ORIGIN_X] < w->sent);
}

static void pass(world *w, int64_t ms) {
    fake_clock_advance(&w->clock, ms);
    pipeline_look(w->pipeline);
}

/* A minute with `tweets` in it. */
static void live_minute(world *w, unsigned tweets, const char *words) {
    for (int i = 0; i < 6; i++) {
        if (tweets > 0) hear(w, tweets / 6, words);
        pass(w, 10000);
    }
}

static const char *told(world *w, void (*write)(watch *w, json_writer *out)) {
    buffer b = {0};
    json_writer j = json_to(&b);
    write(pipeline_watch(w->pipeline), &j);
    assert_false(b.failed);
    (void)snprintf(w->list, sizeof w->list, "%.*s", (int)b.count, b.bytes);
    buffer_deinit(&b);
    return w->list;
}

static void assert_told(world *w, void (*write)(watch *w, json_writer *out), const char *words) {
    if (strstr(told(w, write), words) == NULL) fail_msg("%s is not in %s", words, w->list);
}

static void
a_live_stream_that_sends_less_is_seen_and_one_that_is_away_is_told_of_apart(void **state) {
    world *w = *state;
    for (int i = 0; i < 40; i++) live_minute(w, 60, "a train at noon");
    assert_string_equal(told(w, watch_write_alerts), "[]");
    for (int i = 0; i < 3; i++) live_minute(w, 18, "a train at noon");
    assert_string_equal(told(w, watch_write_alerts), "[]"); /* The third is not over for 20 s. */
    live_minute(w, 18, "a train at noon");
    assert_told(w, watch_write_alerts, "\"kind\":\"rate_fell\"");
    for (int i = 0; i < 8; i++) live_minute(w, 60, "a train at noon");
    assert_null(strstr(told(w, watch_write_alerts), "\"until\":null"));
    set_state(w, "waiting", 1, "closed by the server");
    for (int i = 0; i < 20; i++) live_minute(w, 0, "");
    assert_told(w, watch_write_alerts, "[{\"id\":\"source_away-0-");
    set_state(w, "live", 2, "closed by the server");
    for (int i = 0; i < 10; i++) live_minute(w, 60, "a train at noon");
    assert_null(strstr(told(w, watch_write_alerts), "\"until\":null"));
    const char *only = strstr(w->list, "\"kind\":\"rate_fell\"");
    assert_non_null(only);
    assert_null(strstr(only + 1, "\"kind\":\"rate_fell\""));
}

static void a_live_stream_of_which_all_is_suddenly_negative_is_seen_in_a_minute(void **state) {
    world *w = *state;
    for (int i = 0; i < 30; i++) {
        live_minute(w, 30, "a train at noon");
        hear(w, 10, "a wonderful day");
    }
    assert_string_equal(told(w, watch_write_alerts), "[]");
    for (int i = 0; i < 2; i++) live_minute(w, 42, "what an awful day");
    assert_told(w, watch_write_alerts, "\"words\":\"Moods shifted: negative is ");
}

static void a_silent_minute_of_a_live_stream_counts_as_one(void **state) {
    world *w = *state;
    for (int i = 0; i < 40; i++) live_minute(w, 60, "a train at noon");
    for (int i = 0; i < 5; i++) live_minute(w, 0, "");
    assert_told(w, watch_write_alerts, "\"kind\":\"source_silent\"");
    assert_told(w, watch_write_alerts, "\"kind\":\"rate_fell\"");
    assert_told(w, watch_write_sources, "\"lag_ms\":310000");
}

static void connections_that_ended_are_kept_with_their_reasons(void **state) {
    world *w = *state;
    pass(w, 1000);
    set_state(w, "waiting", 1, "HTTP 503");
    pass(w, 50);
    pass(w, 50);
    set_state(w, "connecting", 2, "HTTP 503");
    pass(w, 50);
    set_state(w, "live", 2, "HTTP 503");
    pass(w, 50);
    set_state(w, "live", 3, "closed by the server"); /* Between two looks. */
    pass(w, 50);
    pass(w, 50);
    assert_told(w, watch_write_sources,
                "\"reconnects\":[{\"at\":\"2012-07-04T12:00:01.250Z\",\"why\":\"closed by the "
                "server\"},{\"at\":\"2012-07-04T12:00:01.050Z\",\"why\":\"HTTP 503\"}]");
    for (unsigned i = 0; i < 50; i++) {
        set_state(w, "live", 4 + i, "again");
        pass(w, 50);
    }
    unsigned count = 0;
    for (const char *at = told(w, watch_write_sources); (at = strstr(at, "\"why\"")) != NULL; at++)
        count++;
    assert_int_equal(count, 20);
}

static void rates_and_spending_are_measured(void **state) {
    world *w = *state;
    w->source.state.budget_usd = 10;
    pass(w, 1000);
    for (int i = 0; i < 10; i++) {
        hear(w, 5, "a train");
        pass(w, 1000);
    }
    assert_told(w, watch_write_sources, "\"tweets\":50,\"rate\":5,\"lag_ms\":1000,");
    for (int i = 0; i < 30; i++) {
        (void)pthread_mutex_lock(&w->source.lock);
        w->source.state.spent_usd = 0.1 * (i + 1);
        (void)pthread_mutex_unlock(&w->source.lock);
        pass(w, 60000);
    }
    assert_told(w, watch_write_sources, "\"budget_usd\":10,\"usd_per_hour\":6,");
    assert_told(w, watch_write_sources, "\"cap_at\":\"2012-07-04T13:");
    assert_told(w, watch_write_sources, "\"rate\":0,");
}

static void a_budget_that_is_reached_is_told_though_a_cent_is_left(void **state) {
    world *w = *state;
    w->source.state.budget_usd = 10;
    w->source.state.spent_usd = 9.99;
    set_state(w, SOURCE_BUDGET_REACHED, 1, "");
    pass(w, 1000);
    assert_told(w, watch_write_alerts, "[{\"id\":\"budget_reached-0-");
    assert_null(strstr(w->list, "budget_near"));
}

static void the_log_has_an_alert_when_it_comes_and_when_it_is_over(void **state) {
    world *w = *state;
    char path[] = "/tmp/dunlin-watch-XXXXXX", said[4096] = "";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(log_set_file(path), STATUS_OK);
    pass(w, 1000);
    set_state(w, "waiting", 1, "no");
    (void)strcpy(w->source.state.detail, "forged\nlevel=error");
    for (int i = 0; i < 60; i++) pass(w, 1000);
    set_state(w, "live", 2, "no");
    for (int i = 0; i < 60; i++) pass(w, 1000);
    assert_int_equal(log_set_file(NULL), STATUS_OK);
    ssize_t count = read(file, said, sizeof said - 1);
    (void)close(file);
    (void)unlink(path);
    assert_true(count > 0);
    assert_string_equal(
        said, "dunlin: warning: alert: x-stream is not connected: forged level=error\n"
              "dunlin: info: alert over: x-stream is not connected: forged level=error\n");
}

static void without_a_journal_all_is_in_memory(void **state) {
    world *w = *state;
    pass(w, 1000);
    assert_told(w, watch_write_health, "{\"journal\":null,\"is_restoring\":false,");
}

int main(void) {
#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        T(a_live_stream_that_sends_less_is_seen_and_one_that_is_away_is_told_of_apart),
        T(a_live_stream_of_which_all_is_suddenly_negative_is_seen_in_a_minute),
        T(a_silent_minute_of_a_live_stream_counts_as_one),
        T(connections_that_ended_are_kept_with_their_reasons),
        T(rates_and_spending_are_measured),
        T(a_budget_that_is_reached_is_told_though_a_cent_is_left),
        T(the_log_has_an_alert_when_it_comes_and_when_it_is_over),
        T(without_a_journal_all_is_in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
