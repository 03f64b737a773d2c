/* SPDX-License-Identifier: MIT */
#include "tests/support/fake_backend.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct moment {
    uint64_t epoch;
    int values[FAKE_KEYS];
    unsigned rate;
    uint64_t taken_away;
};

enum { MOMENTS_MAX = 64 }; /* Held at a time: a moment never fails for memory. */

struct fake {
    backend backend;
    pthread_mutex_t lock;
    moment now, moments[MOMENTS_MAX];
    source_state source;
    notes *notes;
    bool is_held[MOMENTS_MAX], has_alert;
};

struct topic_state {
    moment m;
    query_window window;
};

static _Atomic unsigned makes, answers;
static _Atomic bool holds;

unsigned fake_makes(void) {
    return atomic_load(&makes);
}

unsigned fake_answers(void) {
    return atomic_load(&answers);
}

void fake_hold(void) {
    atomic_store(&holds, true);
}

void fake_let_go(void) {
    atomic_store(&holds, false);
}

static topic_state *make(const moment *m, query_window window) {
    topic_state *s = malloc(sizeof *s);
    if (s == NULL) return NULL;
    atomic_fetch_add(&makes, 1);
    *s = (topic_state){*m, window};
    return s;
}

static void free_state(topic_state *s) {
    free(s);
}

static void write_map(const topic_state *before, const topic_state *now, json_writer *w) {
    char key[8];
    json_begin_object(w);
    json_field(w, "epoch", u64, now->m.epoch);
    json_field(w, "full", bool, before == NULL);
    json_field(w, "window", string, query_window_text(now->window));
    json_key(w, "upsert");
    json_begin_object(w);
    for (unsigned i = 0; i < FAKE_KEYS; i++) {
        if (now->m.values[i] == 0) continue;
        if (before != NULL && before->m.values[i] == now->m.values[i]) continue;
        (void)snprintf(key, sizeof key, "%u", i);
        json_field(w, key, i64, now->m.values[i]);
    }
    json_end_object(w);
    json_key(w, "remove");
    json_begin_array(w);
    for (unsigned i = 0; before != NULL && i < FAKE_KEYS; i++)
        if (before->m.values[i] != 0 && now->m.values[i] == 0) json_put_u64(w, i);
    json_end_array(w);
    json_end_object(w);
}

static void map_full(const topic_state *now, json_writer *w) {
    write_map(NULL, now, w);
}

static bool map_change(const topic_state *before, const topic_state *now, json_writer *w) {
    if (memcmp(before->m.values, now->m.values, sizeof now->m.values) == 0) return false;
    write_map(before, now, w);
    return true;
}

static void board_full(const topic_state *now, json_writer *w) {
    int64_t sum = 0;
    for (unsigned i = 0; i < FAKE_KEYS; i++) sum += now->m.values[i];
    json_begin_object(w);
    json_field(w, "epoch", u64, now->m.epoch);
    json_field(w, "sum", i64, sum);
    json_end_object(w);
}

static bool board_change(const topic_state *before, const topic_state *now, json_writer *w) {
    if (memcmp(before->m.values, now->m.values, sizeof now->m.values) == 0) return false;
    board_full(now, w);
    return true;
}

static const stream_topic topics[] = {
    {"map", true, 1, make, map_full, map_change, free_state},
    {"board", false, 4, make, board_full, board_change, free_state},
};

static status answer_top(const moment *m, const query_params *p, json_writer *w) {
    uint64_t page = p->cursor == NULL ? 1 : p->cursor->words[0];
    atomic_fetch_add(&answers, 1);
    json_key(w, "data");
    json_begin_object(w);
    json_field(w, "first", i64, m->values[0]);
    json_field(w, "window", string, query_window_text(p->window));
    json_field(w, "sort", string, p->sort == NULL ? "" : p->sort);
    json_field(w, "limit", u64, p->limit);
    json_field(w, "lang", text, p->filter.lang);
    json_field(w, "start", time, p->start_ms);
    json_field(w, "end", time, p->end_ms);
    json_field(w, "page", u64, page);
    json_end_object(w);
    if (p->next != NULL) p->next->words[0] = page < FAKE_PAGES ? page + 1 : 0;
    json_key(w, "meta");
    json_begin_object(w);
    json_field(w, "result_count", u64, 1);
    json_end_object(w);
    return STATUS_OK;
}

static status answer_one(const moment *m, const query_params *p, json_writer *w) {
    if (p->id < 1 || p->id > FAKE_KEYS) return STATUS_NOT_FOUND;
    json_field(w, "data", i64, m->values[p->id - 1]);
    return STATUS_OK;
}

static status answer_slow(const moment *m, const query_params *p, json_writer *w) {
    const struct timespec pause = {.tv_nsec = 1000000};
    (void)m, (void)p;
    while (atomic_load(&holds)) (void)nanosleep(&pause, NULL);
    json_field(w, "data", bool, true);
    return STATUS_OK;
}

static status answer_shape(const moment *m, const query_params *p, json_writer *w) {
    (void)m;
    json_begin_object(w);
    json_field(w, "type", string, "Shape");
    json_field(w, "text", text, p->text);
    json_end_object(w);
    return STATUS_OK;
}

static const char *const sorts[] = {"influence", "responses", NULL};
static const query queries_of_fake[] = {
    {"things/top", "The things.",
     QUERY_WINDOW | QUERY_SORT | QUERY_LIMIT | QUERY_LANG | QUERY_CURSOR, sorts, NULL, answer_top},
    {"things/{id}", "A thing.", QUERY_ID, NULL, NULL, answer_one},
    {"slow", "It takes long.", 0, NULL, NULL, answer_slow},
    {"shape", "A shape.", QUERY_TEXT, NULL, "application/geo+json", answer_shape},
};

static const moment *acquire(void *context) {
    fake *f = context;
    size_t i = 0;
    (void)pthread_mutex_lock(&f->lock);
    while (f->is_held[i]) {
        i++;
        assert(i < MOMENTS_MAX);
    }
    f->is_held[i] = true;
    f->moments[i] = f->now;
    (void)pthread_mutex_unlock(&f->lock);
    return &f->moments[i];
}

static void release(void *context, const moment *m) {
    fake *f = context;
    (void)pthread_mutex_lock(&f->lock);
    f->is_held[m - f->moments] = false;
    (void)pthread_mutex_unlock(&f->lock);
}

static uint64_t epoch_of(const moment *m) {
    return m->epoch;
}

static uint64_t taken_away_of(const moment *m) {
    return m->taken_away;
}

static int64_t newest_of(const moment *m) {
    return m->epoch == 0 ? INT64_MIN : 1341403200000;
}

static void write_stats(void *context, const moment *m, json_writer *w) {
    (void)context;
    json_begin_object(w);
    json_field(w, "items", u64, m->epoch);
    json_field(w, "rate", u64, m->rate);
    json_end_object(w);
}

static void get_progress(void *context, pipeline_progress *result) {
    fake *f = context;
    (void)pthread_mutex_lock(&f->lock);
    *result = (pipeline_progress){.items = f->now.epoch, .epoch = f->now.epoch};
    result->source = f->source;
    (void)pthread_mutex_unlock(&f->lock);
}

static void write_accounting(void *context, json_writer *w) {
    (void)context;
    json_begin_object(w);
    json_end_object(w);
}

static void write_rejected(void *context, size_t limit, json_writer *w) {
    (void)context;
    json_begin_array(w);
    for (size_t i = 0; i < limit; i++) json_put_u64(w, i);
    json_end_array(w);
}

static status control(void *context, const source_order *order) {
    fake *f = context;
    (void)pthread_mutex_lock(&f->lock);
    bool is_forward = order->kind != SOURCE_SEEK || order->time_ms > f->source.position_ms;
    if (order->kind <= SOURCE_PAUSE) f->source.is_paused = order->kind == SOURCE_PAUSE;
    if (order->kind == SOURCE_SPEED) f->source.speed = order->speed;
    if (order->kind == SOURCE_SEEK && is_forward) f->source.position_ms = order->time_ms;
    (void)pthread_mutex_unlock(&f->lock);
    return is_forward ? STATUS_OK : STATUS_NOT_POSSIBLE;
}

/* A rule that begins with "bad" is none, fix 1 is there, and fix 2 was taken back. */
static status fix_rule(void *context, const fixing_order *o, json_writer *w, rule_error *wrong) {
    (void)context;
    *wrong = (rule_error){.position = 4, .message = "this is no <rule>"};
    if (o->undo == 2) return STATUS_NOT_POSSIBLE;
    if (o->undo > 2) return STATUS_NOT_FOUND;
    if (text_starts_with(o->where, TEXT("bad"))) return STATUS_BAD_FORMAT;
    json_begin_object(w);
    json_field(w, "dry_run", bool, o->is_dry);
    json_field(w, "where", text, o->where);
    json_field(w, "set", text, o->set);
    json_field(w, "undo", u64, o->undo);
    json_end_object(w);
    return STATUS_OK;
}

static void write_fixes(void *context, json_writer *w) {
    (void)context;
    json_put_raw(w, TEXT("[{\"number\":1}]"));
}

void fake_set_source(fake *f, const char *kind, const char *state) {
    (void)pthread_mutex_lock(&f->lock);
    f->source.kind = kind;
    f->source.state = state;
    (void)pthread_mutex_unlock(&f->lock);
}

void fake_set_alert(fake *f, bool is_there) {
    (void)pthread_mutex_lock(&f->lock);
    f->has_alert = is_there;
    (void)pthread_mutex_unlock(&f->lock);
}

static void look(void *context) {
    (void)context;
}

static void write_alerts(void *context, json_writer *w) {
    fake *f = context;
    (void)pthread_mutex_lock(&f->lock);
    json_begin_array(w);
    if (f->has_alert) {
        json_begin_object(w);
        json_field(w, "id", string, "memory_full-0-1");
        json_end_object(w);
    }
    json_end_array(w);
    (void)pthread_mutex_unlock(&f->lock);
}

static void write_sources(void *context, json_writer *w) {
    (void)context;
    json_begin_array(w);
    json_end_array(w);
}

static void write_health(void *context, json_writer *w) {
    (void)context;
    json_begin_object(w);
    json_end_object(w);
}

static void get_watch_counts(void *context, watch_counts *result) {
    fake *f = context;
    *result = (watch_counts){.source_count = 1, .sources = {{2.5, 1500, 7}}};
    (void)pthread_mutex_lock(&f->lock);
    result->active[ALERT_MEMORY_FULL] = f->has_alert;
    (void)pthread_mutex_unlock(&f->lock);
}

fake *fake_new(void) {
    fake *f = calloc(1, sizeof *f);
    assert(f != NULL);
    (void)pthread_mutex_init(&f->lock, NULL);
    f->source = (source_state){.kind = "files", .state = "replaying", .can_seek = true};
    if (notes_open(NULL, NULL, &f->notes) != STATUS_OK) abort();
    f->backend = (backend){.look = look,
                           .notes = f->notes,
                           .write_alerts = write_alerts,
                           .write_sources = write_sources,
                           .write_health = write_health,
                           .get_watch_counts = get_watch_counts,
                           .context = f,
                           .acquire = acquire,
                           .release = release,
                           .epoch = epoch_of,
                           .newest_ms = newest_of,
                           .taken_away = taken_away_of,
                           .write_stats = write_stats,
                           .get_progress = get_progress,
                           .write_accounting = write_accounting,
                           .write_rejected = write_rejected,
                           .control = control,
                           .fix = fix_rule,
                           .write_fixes = write_fixes,
                           .queries = queries_of_fake,
                           .query_count = sizeof queries_of_fake / sizeof queries_of_fake[0],
                           .topics = topics,
                           .topic_count = sizeof topics / sizeof topics[0]};
    return f;
}

void fake_free(fake *f) {
    for (size_t i = 0; i < MOMENTS_MAX; i++) assert(!f->is_held[i]);
    notes_close(f->notes);
    (void)pthread_mutex_destroy(&f->lock);
    free(f);
}

const backend *fake_backend(fake *f) {
    return &f->backend;
}

uint64_t fake_set(fake *f, unsigned key, int value) {
    (void)pthread_mutex_lock(&f->lock);
    f->now.values[key] = value;
    uint64_t epoch = ++f->now.epoch;
    (void)pthread_mutex_unlock(&f->lock);
    return epoch;
}

void fake_take_away(fake *f) {
    (void)pthread_mutex_lock(&f->lock);
    f->now.taken_away++;
    f->now.epoch++;
    (void)pthread_mutex_unlock(&f->lock);
}

void fake_set_rate(fake *f, unsigned rate) {
    (void)pthread_mutex_lock(&f->lock);
    f->now.rate = rate;
    (void)pthread_mutex_unlock(&f->lock);
}
