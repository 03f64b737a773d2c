/* SPDX-License-Identifier: MIT */
/* pipeline -- source -> decode workers -> engine thread -> moments.
 *
 * One thread reads chunks, some decode and score them, one applies records and
 * commits epochs.  Queues between them are bounded: a slow engine holds back the
 * reader, and nothing is dropped.  Batches come to the engine in any order, which
 * is no matter: answers follow from the set of records. */
#include "pipeline/base/hash.h"
#include "pipeline/base/log.h"
#include "pipeline/base/random.h"
#include "pipeline/output.h"
#include "pipeline/pipeline_internal.h"
#include "pipeline/queries/answers.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    EPOCH_RECORDS_DEFAULT = 16384,
    EPOCH_MS_DEFAULT = 50,
    CLEAN_MIN_DEFAULT = 80,
};

/* ---- Life ---- */

static uint32_t default_decoders(void) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors < 1 ? 1 : processors > 8 ? 8 : (uint32_t)processors;
}

static void set_defaults(pipeline_options *o) {
    if (o->decoders == 0) o->decoders = default_decoders();
    if (o->decoders > DECODERS_MAX) o->decoders = DECODERS_MAX;
    if (o->epoch_records_max == 0) o->epoch_records_max = EPOCH_RECORDS_DEFAULT;
    if (o->epoch_ms_max == 0) o->epoch_ms_max = EPOCH_MS_DEFAULT;
    if (o->clean_min == 0) o->clean_min = CLEAN_MIN_DEFAULT;
    if (o->clean_cutoff < 0) o->clean_cutoff = 0.005;
}

/* A number for each model, the same in each run.  Add one to SCORES_VERSION whenever a model
 * comes to score some text otherwise. */
enum { SCORES_VERSION = 1 };

static int64_t scores_id_of(const sentiment_model *m) {
    text name = text_of(sentiment_model_name(m));
    return (int64_t)(hash_stable(name.bytes, name.count) >> 2) + SCORES_VERSION;
}

/* The same names after a restart as before. */
static status open_names(pipeline *p, buffer *why) {
    buffer path = {0};
    if (p->options.db_path != NULL) {
        buffer_add_format(&path, "%s.names-key", p->options.db_path);
        buffer_add_byte(&path, '\0');
        if (path.failed) return STATUS_NO_MEMORY;
    }
    status s = anonymizer_open(path.bytes, &p->names);
    if (s != STATUS_OK && s != STATUS_NO_MEMORY)
        buffer_add_format(why, "the key of the names, %s: %s", path.bytes, status_text(s));
    buffer_deinit(&path);
    return s;
}

static status open_backlog(pipeline *p, buffer *why) {
    const store_options so = {.path = p->options.db_path,
                              .vfs = p->options.db_vfs,
                              .bytes_max = p->options.keep_bytes_max,
                              .scores_id = scores_id_of(p->options.model),
                              .clock = p->clock};
    p->progress.is_restoring = true;
    return backlog_open(&so, 0, &p->backlog, why);
}

static status build_engine(pipeline *p, uint64_t hash_seed) {
    const pipeline_options *o = &p->options;
    const uint64_t cutoff_den = 1000000000; /* The cutoff to nine decimals, in integers. */
    const engine_options eo = {
        .gazetteer = o->gazetteer,
        .places = o->places,
        .model = o->model,
        .cleaning = {o->clean_min, (uint64_t)llround(o->clean_cutoff * (double)cutoff_den),
                     cutoff_den, o->clean_other_strings},
        .hash_seed = hash_seed,
        .readers = o->readers,
        .texts_disk = p->backlog == NULL ? NULL : backlog_texts(p->backlog),
        .forgets = o->db_path != NULL,
        .country = o->country,
    };
    status s = engine_new(&eo, &p->engine, NULL);
    if (s == STATUS_OK) s = engine_set_keep(p->engine, o->keep_ms);
    if (s != STATUS_OK || p->backlog == NULL) return s;
    return engine_set_floor(p->engine, store_floor_ms(backlog_store(p->backlog)));
}

static status build_queues(pipeline *p) {
    size_t decoders = p->options.decoders;
    p->rejected = rejected_new();
    p->files = file_accounts_new();
    p->chunks = queue_new(2 * decoders);
    p->batches = queue_new(2 * decoders);
    p->spare = queue_new(4 * decoders + 4);
    bool good = p->rejected != NULL && p->files != NULL && p->chunks != NULL &&
                p->batches != NULL && p->spare != NULL;
    return good ? STATUS_OK : STATUS_NO_MEMORY;
}

static status build_workers(pipeline *p, uint64_t hash_seed) {
    for (p->worker_count = 0; p->worker_count < p->options.decoders; p->worker_count++) {
        worker *w = &p->workers[p->worker_count];
        w->p = p;
        w->ticks_to_wall_ms = p->clock->now_ms(p->clock) - p->clock->ticks_us(p->clock) / 1000;
        w->decoder = decoder_new();
        w->scoring = scoring_new(p->options.model, hash_seed);
        if (w->decoder != NULL && w->scoring != NULL) continue;
        decoder_free(w->decoder);
        scoring_free(w->scoring);
        return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

static status build(pipeline *p, buffer *why) {
    const pipeline_options *o = &p->options;
    const uint64_t hash_seed = random_seed();
    status s = o->db_path == NULL ? STATUS_OK : open_backlog(p, why);
    if (s == STATUS_OK) s = build_engine(p, hash_seed);
    if (s == STATUS_OK && o->anonymize) s = open_names(p, why);
    if (s == STATUS_OK) s = watch_new(p->clock, &p->watch);
    if (s == STATUS_OK)
        s = notes_open(p->backlog == NULL ? NULL : backlog_store(p->backlog), p->clock, &p->notes);
    if (s == STATUS_OK && o->dead_letter_path != NULL)
        s = dead_letter_open(o->dead_letter_path, &p->dead);
    if (s == STATUS_OK) s = build_queues(p);
    return s == STATUS_OK ? build_workers(p, hash_seed) : s;
}

status pipeline_new(const pipeline_options *o, pipeline **result, buffer *why) {
    buffer unasked = {0};
    pipeline *p = calloc(1, sizeof(*p));
    *result = NULL;
    if (p == NULL) return STATUS_NO_MEMORY;
    p->options = *o;
    set_defaults(&p->options);
    p->clock = o->clock == NULL ? clock_real() : o->clock;
    (void)pthread_mutex_init(&p->lock, NULL);
    (void)pthread_cond_init(&p->ended_now, NULL);
    (void)pthread_cond_init(&p->called_now, NULL);
    atomic_init(&p->is_stopping, false);
    atomic_init(&p->is_memory_full, false);
    status s = build(p, why == NULL ? &unasked : why);
    buffer_deinit(&unasked);
    if (s == STATUS_OK)
        *result = p;
    else
        pipeline_free(p);
    return s;
}

static status start_threads(pipeline *p) {
    p->workers_left = p->worker_count; /* Before the first can end. */
    for (uint32_t i = 0; i < p->worker_count; i++) {
        if (pthread_create(&p->workers[i].thread, NULL, pipeline_decode_chunks, &p->workers[i]) !=
            0)
            return STATUS_NO_MEMORY;
        p->workers[i].is_running = true;
    }
    if (pthread_create(&p->engine_thread, NULL, pipeline_run_engine, p) != 0)
        return STATUS_NO_MEMORY;
    p->engine_runs = true;
    if (p->source == NULL) {
        queue_close(p->chunks);
        return STATUS_OK;
    }
    if (pthread_create(&p->reader_thread, NULL, pipeline_read_source, p) != 0)
        return STATUS_NO_MEMORY;
    p->reader_runs = true;
    return STATUS_OK;
}

status pipeline_start(pipeline *p, tweet_source *source) {
    p->source = source;
    p->progress.queue_capacity = 2 * (uint64_t)p->options.decoders;
    p->progress.started_us = p->rate_from_us = p->clock->ticks_us(p->clock);
    status s = start_threads(p);
    if (s != STATUS_OK) pipeline_abandon(p, s);
    return s;
}

status pipeline_wait(pipeline *p) {
    (void)pthread_mutex_lock(&p->lock);
    while (p->engine_runs && !p->ended) (void)pthread_cond_wait(&p->ended_now, &p->lock);
    status s = p->result;
    (void)pthread_mutex_unlock(&p->lock);
    return s;
}

bool pipeline_has_ended(pipeline *p) {
    (void)pthread_mutex_lock(&p->lock);
    bool ended = p->ended;
    (void)pthread_mutex_unlock(&p->lock);
    return ended;
}

void pipeline_stop(pipeline *p) {
    atomic_store(&p->is_stopping, true);
    if (p->source != NULL) p->source->stop(p->source);
    queue_close(p->chunks);
}

status pipeline_control(pipeline *p, const source_order *order) {
    if (p->source == NULL || p->source->control == NULL) return STATUS_NOT_POSSIBLE;
    return p->source->control(p->source, order);
}

static void free_queue_of_chunks(queue *q) {
    source_chunk *c;
    while (q != NULL && (c = queue_take(q, 0)) != NULL) source_chunk_free(c);
    queue_free(q);
}

static void free_queue_of_batches(queue *q) {
    void *b;
    while (q != NULL && (b = queue_take(q, 0)) != NULL)
        if (b != (const void *)&pipeline_call_mark && b != (const void *)&pipeline_end_mark)
            pipeline_drop_batch(b);
    queue_free(q);
}

void pipeline_free(pipeline *p) {
    if (p == NULL) return;
    if (p->source != NULL) pipeline_stop(p);
    if (p->reader_runs) (void)pthread_join(p->reader_thread, NULL);
    for (uint32_t i = 0; i < p->worker_count; i++)
        if (p->workers[i].is_running) (void)pthread_join(p->workers[i].thread, NULL);
    if (p->batches != NULL) queue_close(p->batches);
    if (p->engine_runs) (void)pthread_join(p->engine_thread, NULL);
    for (uint32_t i = 0; i < p->worker_count; i++) {
        decoder_free(p->workers[i].decoder);
        scoring_free(p->workers[i].scoring);
    }
    free_queue_of_chunks(p->chunks);
    free_queue_of_batches(p->batches);
    free_queue_of_batches(p->spare);
    if (p->source != NULL) p->source->close(p->source);
    dead_letter_close(p->dead);
    rejected_free(p->rejected);
    file_accounts_free(p->files);
    watch_free(p->watch);
    notes_close(p->notes);
    free(p->receipts.list);
    anonymizer_free(p->names);
    engine_free(p->engine);
    if (!backlog_close(p->backlog))
        log_line(LOG_ERROR, "journal: the last that was shown could not be stored");
    (void)pthread_cond_destroy(&p->ended_now);
    (void)pthread_cond_destroy(&p->called_now);
    (void)pthread_mutex_destroy(&p->lock);
    free(p);
}

/* ---- Readers ---- */

const moment *pipeline_acquire(pipeline *p) {
    return engine_acquire(p->engine);
}

void pipeline_release(pipeline *p, const moment *m) {
    (void)p;
    engine_release(m);
}

/* Counted at each batch; when none has come for long, it is less and less. */
static double rate_now(const pipeline *p) {
    int64_t quiet_us = p->clock->ticks_us(p->clock) - p->rate_from_us;
    if (p->ended) return 0;
    if (quiet_us < 2 * PIPELINE_RATE_US) return p->items_per_second;
    return (double)(p->accounting.items - p->rate_from_items) * 1e6 / (double)quiet_us;
}

void pipeline_get_progress(pipeline *p, pipeline_progress *result) {
    (void)pthread_mutex_lock(&p->lock);
    *result = p->progress;
    bool has_ended = p->ended;
    result->items = p->accounting.items;
    memcpy(result->outcomes, p->accounting.outcomes, sizeof result->outcomes);
    uint64_t missed = p->accounting.missed;
    result->items_per_second = rate_now(p);
    result->advice = accounting_advice(&p->accounting);
    (void)pthread_mutex_unlock(&p->lock);
    result->queue_count = queue_count(p->batches);
    result->rejected_kept = p->dead == NULL ? 0 : dead_letter_count(p->dead);
    memset(&result->source, 0, sizeof result->source);
    result->source.kind = p->backlog == NULL ? "none" : "journal";
    result->source.state = p->source != NULL || p->backlog == NULL ? "none" : "ended";
    if (p->source != NULL) p->source->state(p->source, &result->source);
    result->source.missed += missed; /* Told by lines, so of all sources together. */
    result->sources[0] = result->source;
    result->source_count = p->source == NULL ? 0 : 1;
    if (p->source != NULL && p->source->parts != NULL)
        result->source_count = p->source->parts(p->source, result->sources, PIPELINE_SOURCES_MAX);
    backlog_get_state(p->backlog, &result->store);
    result->is_memory_full = atomic_load(&p->is_memory_full);
    /* All has been read, but not all is in the answers yet. */
    if (!has_ended && strcmp(result->source.state, "ended") == 0)
        result->source.state = "finishing";
}

watch *pipeline_watch(pipeline *p) {
    return p->watch;
}

notes *pipeline_notes(pipeline *p) {
    return p->notes;
}

void pipeline_look(pipeline *p) {
    pipeline_progress now;
    pipeline_get_progress(p, &now);
    const moment *m = pipeline_acquire(p);
    watch_look(p->watch, m, &now);
    pipeline_release(p, m);
}

static void write_source(json_writer *w, const source_state *s) {
    json_begin_object(w);
    json_field(w, "kind", string, s->kind);
    json_field(w, "state", string, s->state);
    json_field(w, "detail", string, s->detail);
    json_field(w, "bytes_read", u64, s->bytes_read);
    json_field(w, "bytes_total", u64, s->bytes_total);
    json_field(w, "connects", u64, s->connects);
    json_field(w, "speed", double, s->speed);
    json_key(w, "position");
    s->position_ms == 0 ? json_put_null(w) : json_put_time(w, s->position_ms);
    json_end_object(w);
}

void pipeline_write_stats(pipeline *p, const moment *m, json_writer *w) {
    pipeline_progress now;
    pipeline_get_progress(p, &now);
    json_begin_object(w);
    json_field(w, "items", u64, now.items);
    json_field(w, "accepted", u64, now.outcomes[ITEM_ACCEPTED]);
    json_field(w, "repaired", u64, now.outcomes[ITEM_REPAIRED]);
    json_field(w, "ignored", u64, now.outcomes[ITEM_IGNORED]);
    json_field(w, "rejected", u64, now.outcomes[ITEM_REJECTED]);
    write_stats(w, m);
    json_field(w, "rate", double, floor(now.items_per_second));
    json_field(w, "queue", u64, now.queue_count);
    json_field(w, "epoch_us", u64, (uint64_t)now.last_epoch_us);
    json_field(w, "sentiment_model", string, sentiment_model_name(p->options.model));
    json_key(w, "source");
    write_source(w, &now.source);
    json_end_object(w);
}

void pipeline_write_accounting(pipeline *p, json_writer *w) {
    (void)pthread_mutex_lock(&p->lock);
    json_begin_object(w);
    json_field(w, "items", u64, p->accounting.items);
    accounting_write_keys(&p->accounting, w);
    json_key(w, "files");
    file_accounts_write_json(p->files, w);
    json_end_object(w);
    (void)pthread_mutex_unlock(&p->lock);
}

void pipeline_write_rejected(pipeline *p, size_t limit, json_writer *w) {
    rejected_write_json(p->rejected, limit, w);
}

status pipeline_write_files(pipeline *p, const char *folder, const char **failed_name) {
    status s = output_write(engine_present(p->engine), folder, failed_name);
    if (s != STATUS_OK) return s;
    buffer out = {0};
    accounting_write_json(&p->accounting, &out);
    s = output_file(folder, "accounting.json", &out);
    if (s != STATUS_OK && failed_name != NULL) *failed_name = "accounting.json";
    buffer_deinit(&out);
    return s;
}
