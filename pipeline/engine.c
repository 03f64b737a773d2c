/* SPDX-License-Identifier: MIT */
#include "pipeline/engine.h"

#include "pipeline/queries/facts.h"
#include "pipeline/queries/fix_json.h"
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXTS_HELD_MAX = 8 * 1024 * 1024 }; /* Bytes in memory, with a disk. */

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
    strings_dead *names_ended; /* Still to be retired: memory had run out. */
    texts_dead *texts_ended;
    texts_unloaded *texts_unloaded;
    idmap_dead *tweets_ended, *users_ended;
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

static void end_strings(void *batch, void *context) {
    engine *e = context;
    strings_end_dead(e->names, batch, places_forget, e->places);
}

static void end_texts(void *batch, void *context) {
    texts_end_dead(((engine *)context)->texts, batch);
}

static void end_unloaded(void *batch, void *context) {
    (void)context;
    texts_end_unloaded(batch);
}

static void end_tweets(void *batch, void *context) {
    idmap_end_dead(((engine *)context)->tweet_ids, batch);
}

static void end_users(void *batch, void *context) {
    idmap_end_dead(((engine *)context)->user_ids, batch);
}

void engine_free(engine *e) {
    if (e == NULL) return;
    facts_free(e->facts);
    graph_free(e->graph);
    if (e->names_ended != NULL) end_strings(e->names_ended, e);
    if (e->texts_ended != NULL) end_texts(e->texts_ended, e);
    if (e->texts_unloaded != NULL) texts_end_unloaded(e->texts_unloaded);
    if (e->tweets_ended != NULL) end_tweets(e->tweets_ended, e);
    if (e->users_ended != NULL) end_users(e->users_ended, e);
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

/* Readers of older epochs may still see what this one no longer holds.  What cannot be
 * retired for lack of memory waits for the next epoch, which is only later. */
static void retire(engine *e) {
    flow_views *v = e->graph->views;
    if (e->names_ended == NULL) e->names_ended = strings_take_dead(e->names);
    if (e->texts_ended == NULL) e->texts_ended = texts_take_dead(e->texts);
    if (e->tweets_ended == NULL) e->tweets_ended = idmap_take_dead(e->tweet_ids);
    if (e->users_ended == NULL) e->users_ended = idmap_take_dead(e->user_ids);
    if (e->names_ended != NULL && flow_retire(v, e->names_ended, end_strings, e) == STATUS_OK)
        e->names_ended = NULL;
    if (e->texts_ended != NULL && flow_retire(v, e->texts_ended, end_texts, e) == STATUS_OK)
        e->texts_ended = NULL;
    if (e->texts_unloaded == NULL) e->texts_unloaded = texts_take_unloaded(e->texts);
    if (e->texts_unloaded != NULL &&
        flow_retire(v, e->texts_unloaded, end_unloaded, e) == STATUS_OK)
        e->texts_unloaded = NULL;
    if (e->tweets_ended != NULL && flow_retire(v, e->tweets_ended, end_tweets, e) == STATUS_OK)
        e->tweets_ended = NULL;
    if (e->users_ended != NULL && flow_retire(v, e->users_ended, end_users, e) == STATUS_OK)
        e->users_ended = NULL;
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
    notices_row notices = {.deleted = facts_deleted_count(e->facts)};
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
