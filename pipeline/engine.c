/* SPDX-License-Identifier: MIT */
#include "pipeline/engine.h"

#include "pipeline/queries/facts.h"
#include "pipeline/queries/fix_json.h"
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXTS_HELD_MAX = 8 * 1024 * 1024 }; /* Bytes in memory, with a disk. */

enum { ENDED_NAMES, ENDED_TEXTS, ENDED_UNLOADED, ENDED_TWEETS, ENDED_USERS, ENDED_KINDS };

struct engine {
    idmap *tweet_ids, *user_ids;
    strings *names, *langs;
    texts *texts;
    places *places;
    graph *graph;
    facts *facts;
    operator_watch watch;
    buffer fixes;           /* As JSON, under the watch's lock. */
    uint64_t fixes_changes; /* Of which it tells. */
    moment present;
    void *ended[ENDED_KINDS]; /* Still to be retired: memory had run out. */
};

static status build(engine *e, const engine_options *o, const char **why) {
    e->tweet_ids = idmap_new(o->hash_seed);
    e->user_ids = idmap_new(o->hash_seed);
    e->names = strings_new(o->hash_seed);
    e->langs = strings_new(o->hash_seed);
    e->texts = texts_new();
    if (e->tweet_ids == NULL || e->user_ids == NULL || e->names == NULL || e->langs == NULL ||
        e->texts == NULL)
        return STATUS_NO_MEMORY;
    size_t held_max = o->texts_held_max == 0 ? TEXTS_HELD_MAX : o->texts_held_max;
    if (o->texts_disk != NULL && !texts_set_disk(e->texts, o->texts_disk, held_max))
        return STATUS_NO_MEMORY;
    e->places = places_new(o->gazetteer, o->places, e->names, o->hash_seed);
    if (e->places == NULL) return STATUS_NO_MEMORY;
    status s =
        graph_new(o->hash_seed, e->places, e->tweet_ids, e->user_ids, &o->cleaning, &e->graph, why);
    if (s != STATUS_OK) return s;
    facts_ports ports = {.tweet_ids = e->tweet_ids,
                         .user_ids = e->user_ids,
                         .names = e->names,
                         .langs = e->langs,
                         .texts = e->texts,
                         .model = o->model,
                         .tweets = e->graph->tweets,
                         .users = e->graph->users,
                         .audience = e->graph->audience,
                         .hashtags = e->graph->hashtags,
                         .links = e->graph->links,
                         .versions = e->graph->versions,
                         .hash_seed = o->hash_seed,
                         .forgets = o->forgets};
    if (o->country != NULL) (void)snprintf(ports.country, sizeof ports.country, "%s", o->country);
    e->facts = facts_new(&ports);
    if (e->facts == NULL) return STATUS_NO_MEMORY;
    e->watch.operator_count = flow_operator_count(e->graph->flow);
    e->watch.operators = calloc(e->watch.operator_count, sizeof(*e->watch.operators));
    if (e->watch.operators == NULL) return STATUS_NO_MEMORY;
    e->present =
        (moment){NULL, e->graph, e->names, e->langs, e->texts, e->places, &e->watch, o->model};
    s = flow_publish(e->graph->views, o->readers);
    if (s != STATUS_OK) return s;
    return engine_commit(e); /* The first epoch is the empty one: readers never wait. */
}

status engine_new(const engine_options *o, engine **result, const char **why) {
    engine *e = calloc(1, sizeof(*e));
    const char *words = NULL;
    *result = NULL;
    if (e == NULL) return STATUS_NO_MEMORY;
    (void)pthread_mutex_init(&e->watch.lock, NULL);
    status s = build(e, o, &words);
    if (why != NULL) *why = words;
    if (s == STATUS_OK)
        *result = e;
    else
        engine_free(e);
    return s;
}

/* ---- What readers of older epochs may still see ---- */

static void *take_names(engine *e) {
    return strings_take_dead(e->names);
}

static void end_names(void *batch, void *context) {
    engine *e = context;
    strings_end_dead(e->names, batch, places_forget, e->places);
}

static void *take_texts(engine *e) {
    return texts_take_dead(e->texts);
}

static void end_texts(void *batch, void *context) {
    texts_end_dead(((engine *)context)->texts, batch);
}

static void *take_unloaded(engine *e) {
    return texts_take_unloaded(e->texts);
}

static void end_unloaded(void *batch, void *context) {
    (void)context;
    texts_end_unloaded(batch);
}

static void *take_tweets(engine *e) {
    return idmap_take_dead(e->tweet_ids);
}

static void end_tweets(void *batch, void *context) {
    idmap_end_dead(((engine *)context)->tweet_ids, batch);
}

static void *take_users(engine *e) {
    return idmap_take_dead(e->user_ids);
}

static void end_users(void *batch, void *context) {
    idmap_end_dead(((engine *)context)->user_ids, batch);
}

static const struct {
    void *(*take)(engine *e);
    void (*end)(void *batch, void *context);
} ended_kinds[ENDED_KINDS] = {
    [ENDED_NAMES] = {take_names, end_names},          [ENDED_TEXTS] = {take_texts, end_texts},
    [ENDED_UNLOADED] = {take_unloaded, end_unloaded}, [ENDED_TWEETS] = {take_tweets, end_tweets},
    [ENDED_USERS] = {take_users, end_users},
};

/* What cannot be retired for lack of memory waits for the next epoch, which is only later. */
static void retire(engine *e) {
    for (size_t i = 0; i < ENDED_KINDS; i++) {
        void **batch = &e->ended[i];
        if (*batch == NULL) *batch = ended_kinds[i].take(e);
        if (*batch != NULL &&
            flow_retire(e->graph->views, *batch, ended_kinds[i].end, e) == STATUS_OK)
            *batch = NULL;
    }
}

void engine_free(engine *e) {
    if (e == NULL) return;
    facts_free(e->facts);
    graph_free(e->graph);
    for (size_t i = 0; i < ENDED_KINDS; i++)
        if (e->ended[i] != NULL) ended_kinds[i].end(e->ended[i], e);
    places_free(e->places);
    texts_free(e->texts);
    strings_free(e->langs);
    strings_free(e->names);
    idmap_free(e->user_ids);
    idmap_free(e->tweet_ids);
    free(e->watch.operators);
    buffer_deinit(&e->fixes);
    (void)pthread_mutex_destroy(&e->watch.lock);
    free(e);
}

status engine_apply(engine *e, const record *r) {
    return facts_apply(e->facts, r);
}

/* Fixes are few, and seldom made: the list is written anew. */
static status list_fixes(engine *e) {
    buffer list = {0};
    json_writer w = json_to(&list);
    if (fixes_changes(e->facts) == e->fixes_changes) return STATUS_OK;
    json_begin_array(&w);
    for (size_t i = 0; i < fixes_count(e->facts); i++) {
        json_begin_object(&w);
        fix_write_fields(&w, fixes_get(e->facts, i));
        json_end_object(&w);
    }
    json_end_array(&w);
    if (list.failed) {
        buffer_deinit(&list);
        return STATUS_NO_MEMORY;
    }
    (void)pthread_mutex_lock(&e->watch.lock);
    buffer old = e->fixes;
    e->fixes = list;
    (void)pthread_mutex_unlock(&e->watch.lock);
    buffer_deinit(&old);
    e->fixes_changes = fixes_changes(e->facts);
    return STATUS_OK;
}

static void watch_operators(engine *e) {
    (void)pthread_mutex_lock(&e->watch.lock);
    for (size_t i = 0; i < e->watch.operator_count; i++)
        e->watch.operators[i] = flow_operator_counters(e->graph->flow, i);
    e->watch.memory_bytes = engine_bytes(e);
    (void)pthread_mutex_unlock(&e->watch.lock);
}

status engine_commit(engine *e) {
    status s = facts_flush(e->facts);
    notices_row notices = {.deleted = facts_deleted_count(e->facts),
                           .taken_away = facts_taken_away_count(e->facts)};
    if (s == STATUS_OK) s = flow_upsert(e->graph->notices, &notices);
    if (s == STATUS_OK) s = flow_commit(e->graph->flow);
    if (s == STATUS_OK && places_ran_out(e->places)) s = STATUS_NO_MEMORY;
    if (s == STATUS_OK) s = list_fixes(e);
    if (s != STATUS_OK) return s;
    retire(e);
    watch_operators(e);
    return STATUS_OK;
}

status engine_hold(engine *e, bool on) {
    return flow_hold(e->graph->views, on);
}

const moment *engine_acquire(engine *e) {
    moment *m;
    while ((m = malloc(sizeof(*m))) == NULL) (void)sched_yield();
    *m = e->present;
    m->snapshot = flow_acquire(e->graph->views);
    return m;
}

void engine_release(const moment *m) {
    flow_release(m->snapshot);
    free((moment *)(uintptr_t)m);
}

const moment *engine_present(engine *e) {
    e->present.snapshot = flow_present(e->graph->views);
    return &e->present;
}

status engine_set_keep(engine *e, int64_t keep_ms) {
    return facts_set_keep(e->facts, keep_ms);
}

status engine_set_floor(engine *e, int64_t floor_ms) {
    return facts_set_floor(e->facts, floor_ms);
}

int64_t engine_floor_ms(const engine *e) {
    return facts_floor_ms(e->facts);
}

uint64_t engine_late(const engine *e) {
    return facts_late_count(e->facts);
}

void engine_take_forgotten(engine *e, const uint64_t **tweet_ids, size_t *tweet_count,
                           const uint64_t **user_ids, size_t *user_count) {
    facts_take_forgotten(e->facts, tweet_ids, tweet_count, user_ids, user_count);
}

uint64_t engine_doubles(const engine *e) {
    return facts_double_count(e->facts);
}

size_t engine_bytes(const engine *e) {
    return idmap_bytes(e->tweet_ids) + idmap_bytes(e->user_ids) + strings_bytes(e->names) +
           strings_bytes(e->langs) + texts_bytes(e->texts) + places_bytes(e->places) +
           facts_bytes(e->facts) + flow_bytes_held(e->graph->flow) +
           flow_views_bytes(e->graph->views);
}

facts *engine_facts(engine *e) {
    return e->facts;
}

void engine_write_fixes(engine *e, json_writer *w) {
    (void)pthread_mutex_lock(&e->watch.lock);
    text list = buffer_text(&e->fixes);
    json_put_raw(w, list.count == 0 ? TEXT("[]") : list);
    (void)pthread_mutex_unlock(&e->watch.lock);
}

const flow *engine_flow(const engine *e) {
    return e->graph->flow;
}
