/* SPDX-License-Identifier: MIT */
/* pipeline -- source -> decode workers -> engine thread -> moments.
 *
 * One thread reads chunks, some decode and score them, one applies records and
 * commits epochs.  Queues between them are bounded: a slow engine holds back the
 * reader, and nothing is dropped.  Batches come to the engine in any order, which
 * is no matter: answers follow from the set of records. */
#include "pipeline/pipeline.h"

#include "pipeline/base/queue.h"
#include "pipeline/base/random.h"
#include "pipeline/decode/accounting.h"
#include "pipeline/decode/dead_letter.h"
#include "pipeline/decode/decode.h"
#include "pipeline/decode/file_accounts.h"
#include "pipeline/decode/rejected.h"
#include "pipeline/engine.h"
#include "pipeline/output.h"
#include "pipeline/queries/answers.h"
#include "pipeline/scoring.h"
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    DECODERS_MAX = 64,
    EPOCH_RECORDS_DEFAULT = 16384,
    EPOCH_MS_DEFAULT = 50,
    CLEAN_MIN_DEFAULT = 80,
    CLOCK_AHEAD_MS_MAX = 600000, /* A tweet may be so much later than the clock. */
    RATE_US = 1000000,
};

typedef struct {
    pipeline *p;
    decoder *decoder;
    scoring *scoring;
    pthread_t thread;
    bool is_running;
} worker;

struct pipeline {
    pipeline_options options;
    clock_source *clock;
    engine *engine;
    dead_letter *dead;
    rejected *rejected;
    file_accounts *files;
    tweet_source *source;
    queue *chunks, *batches, *spare; /* Between reader, workers and engine; used batches. */
    worker workers[DECODERS_MAX];
    uint32_t worker_count;
    pthread_t reader_thread, engine_thread;
    bool reader_runs, engine_runs;
    pthread_mutex_t lock; /* Of all below. */
    pthread_cond_t ended_now;
    uint32_t workers_left;
    bool ended;
    status result;
    accounting accounting;
    pipeline_progress progress;
    int64_t rate_from_us;
    uint64_t rate_from_items;
    double items_per_second;
};

static void fail(pipeline *p, status s) {
    (void)pthread_mutex_lock(&p->lock);
    if (p->result == STATUS_OK) p->result = s;
    (void)pthread_mutex_unlock(&p->lock);
}

/* Stops the flow from where it is: those before are let go, those after get what is
 * left. */
static void abandon(pipeline *p, status s) {
    fail(p, s);
    if (p->source != NULL) p->source->stop(p->source);
    queue_close(p->chunks);
    queue_close(p->batches);
}

/* ---- The reader ---- */

static void *read_source(void *context) {
    pipeline *p = context;
    source_chunk *chunk;
    status s;
    while ((s = p->source->next(p->source, &chunk)) == STATUS_OK) {
        if (queue_push(p->chunks, chunk)) continue;
        source_chunk_free(chunk);
        break;
    }
    if (s != STATUS_OK && s != STATUS_END && s != STATUS_STOPPED) fail(p, s);
    queue_close(p->chunks);
    return NULL;
}

/* ---- The workers ---- */

static record_batch *take_batch(pipeline *p) {
    record_batch *b = queue_take(p->spare, 0);
    return b == NULL ? record_batch_new() : b;
}

static void *decode_chunks(void *context) {
    worker *w = context;
    pipeline *p = w->p;
    source_chunk *chunk;
    while ((chunk = queue_take(p->chunks, -1)) != NULL) {
        record_batch *b = take_batch(p);
        decoder_set_latest(w->decoder, p->clock->now_ms(p->clock) + CLOCK_AHEAD_MS_MAX);
        status s = b == NULL ? STATUS_NO_MEMORY : decoder_run(w->decoder, chunk, b);
        source_chunk_free(chunk);
        if (s == STATUS_OK) {
            scoring_run(w->scoring, b);
            if (queue_push(p->batches, b)) continue;
        }
        record_batch_free(b);
        if (s != STATUS_OK) abandon(p, s);
        break;
    }
    (void)pthread_mutex_lock(&p->lock);
    bool last = --p->workers_left == 0;
    (void)pthread_mutex_unlock(&p->lock);
    if (last) queue_close(p->batches);
    return NULL;
}

/* ---- The engine ---- */

typedef struct {
    uint32_t records; /* Applied since the last commit. */
    int64_t began_us; /* When the first of them was. */
} epoch_in_hand;

static status commit(pipeline *p, epoch_in_hand *e) {
    if (e->records == 0) return STATUS_OK;
    int64_t begin_us = p->clock->ticks_us(p->clock);
    status s = engine_commit(p->engine);
    int64_t end_us = p->clock->ticks_us(p->clock);
    (void)pthread_mutex_lock(&p->lock);
    p->progress.last_epoch_us = end_us - begin_us;
    p->progress.epoch = flow_epoch(engine_flow(p->engine));
    (void)pthread_mutex_unlock(&p->lock);
    e->records = 0;
    return s;
}

static status apply(pipeline *p, const record_batch *b, epoch_in_hand *e) {
    status s = STATUS_OK;
    for (size_t i = 0; i < b->record_count && s == STATUS_OK; i++) {
        if (e->records++ == 0) e->began_us = p->clock->ticks_us(p->clock);
        s = engine_apply(p->engine, &b->records[i]);
        if (s == STATUS_OK && e->records >= p->options.epoch_records_max) s = commit(p, e);
    }
    return s;
}

static status count_batch(pipeline *p, const record_batch *b) {
    int64_t now_us = p->clock->ticks_us(p->clock);
    if (p->dead != NULL) (void)dead_letter_add(p->dead, b, p->source);
    rejected_add(p->rejected, b, p->source);
    status s = file_accounts_add(p->files, b, p->source);
    (void)pthread_mutex_lock(&p->lock);
    accounting_add(&p->accounting, b);
    p->progress.items = p->accounting.items;
    memcpy(p->progress.outcomes, p->accounting.outcomes, sizeof p->progress.outcomes);
    p->progress.bytes += b->input_bytes;
    p->progress.records += b->record_count;
    if (now_us - p->rate_from_us >= RATE_US) {
        p->items_per_second = (double)(p->accounting.items - p->rate_from_items) * 1e6 /
                              (double)(now_us - p->rate_from_us);
        p->rate_from_us = now_us;
        p->rate_from_items = p->accounting.items;
    }
    (void)pthread_mutex_unlock(&p->lock);
    return s;
}

/* With readers an epoch ends when nothing waits, or is old; else by its size alone. */
static bool is_due(pipeline *p, const epoch_in_hand *e) {
    if (!p->options.readers || e->records == 0) return false;
    return queue_count(p->batches) == 0 ||
           p->clock->ticks_us(p->clock) - e->began_us >= p->options.epoch_ms_max * 1000;
}

static void *run_engine(void *context) {
    pipeline *p = context;
    epoch_in_hand e = {0};
    record_batch *b;
    status s = STATUS_OK;
    while (s == STATUS_OK && (b = queue_take(p->batches, -1)) != NULL) {
        int64_t begin_us = p->clock->ticks_us(p->clock);
        s = apply(p, b, &e);
        status counted = count_batch(p, b);
        if (s == STATUS_OK) s = counted;
        if (s == STATUS_OK && is_due(p, &e)) s = commit(p, &e);
        record_batch_clear(b);
        if (queue_count(p->spare) >= 2 * (size_t)p->worker_count || !queue_push(p->spare, b))
            record_batch_free(b);
        (void)pthread_mutex_lock(&p->lock);
        p->progress.engine_busy_us += p->clock->ticks_us(p->clock) - begin_us;
        (void)pthread_mutex_unlock(&p->lock);
    }
    if (s == STATUS_OK) s = commit(p, &e);
    if (s != STATUS_OK) abandon(p, s);
    while ((b = queue_take(p->batches, 0)) != NULL) record_batch_free(b);
    (void)pthread_mutex_lock(&p->lock);
    p->ended = true;
    (void)pthread_cond_broadcast(&p->ended_now);
    (void)pthread_mutex_unlock(&p->lock);
    return NULL;
}

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

static status build(pipeline *p) {
    const pipeline_options *o = &p->options;
    const uint64_t cutoff_den = 1000000000; /* The cutoff to nine decimals, in integers. */
    engine_options eo = {
        .gazetteer = o->gazetteer,
        .places = o->places,
        .model = o->model,
        .cleaning = {o->clean_min, (uint64_t)llround(o->clean_cutoff * (double)cutoff_den),
                     cutoff_den, o->clean_other_strings},
        .hash_seed = random_seed(),
        .readers = o->readers,
    };
    status s = engine_new(&eo, &p->engine, NULL);
    if (s == STATUS_OK && o->dead_letter_path != NULL)
        s = dead_letter_open(o->dead_letter_path, &p->dead);
    if (s != STATUS_OK) return s;
    p->rejected = rejected_new();
    p->files = file_accounts_new();
    if (p->rejected == NULL || p->files == NULL) return STATUS_NO_MEMORY;
    p->chunks = queue_new(2 * (size_t)o->decoders);
    p->batches = queue_new(2 * (size_t)o->decoders);
    p->spare = queue_new(4 * (size_t)o->decoders + 4);
    if (p->chunks == NULL || p->batches == NULL || p->spare == NULL) return STATUS_NO_MEMORY;
    for (p->worker_count = 0; p->worker_count < o->decoders; p->worker_count++) {
        worker *w = &p->workers[p->worker_count];
        w->p = p;
        w->decoder = decoder_new();
        w->scoring = scoring_new(o->model, eo.hash_seed);
        if (w->decoder != NULL && w->scoring != NULL) continue;
        decoder_free(w->decoder);
        scoring_free(w->scoring);
        return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

status pipeline_new(const pipeline_options *o, pipeline **result) {
    pipeline *p = calloc(1, sizeof(*p));
    *result = NULL;
    if (p == NULL) return STATUS_NO_MEMORY;
    p->options = *o;
    set_defaults(&p->options);
    p->clock = o->clock == NULL ? clock_real() : o->clock;
    (void)pthread_mutex_init(&p->lock, NULL);
    (void)pthread_cond_init(&p->ended_now, NULL);
    status s = build(p);
    if (s == STATUS_OK)
        *result = p;
    else
        pipeline_free(p);
    return s;
}

static status start_threads(pipeline *p) {
    p->workers_left = p->worker_count; /* Before the first can end. */
    for (uint32_t i = 0; i < p->worker_count; i++) {
        if (pthread_create(&p->workers[i].thread, NULL, decode_chunks, &p->workers[i]) != 0)
            return STATUS_NO_MEMORY;
        p->workers[i].is_running = true;
    }
    if (pthread_create(&p->engine_thread, NULL, run_engine, p) != 0) return STATUS_NO_MEMORY;
    p->engine_runs = true;
    if (pthread_create(&p->reader_thread, NULL, read_source, p) != 0) return STATUS_NO_MEMORY;
    p->reader_runs = true;
    return STATUS_OK;
}

status pipeline_start(pipeline *p, tweet_source *source) {
    p->source = source;
    p->progress.queue_capacity = 2 * (uint64_t)p->options.decoders;
    p->progress.started_us = p->rate_from_us = p->clock->ticks_us(p->clock);
    status s = start_threads(p);
    if (s != STATUS_OK) abandon(p, s);
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
    record_batch *b;
    while (q != NULL && (b = queue_take(q, 0)) != NULL) record_batch_free(b);
    queue_free(q);
}

void pipeline_free(pipeline *p) {
    if (p == NULL) return;
    if (p->source != NULL) pipeline_stop(p);
    if (p->reader_runs) (void)pthread_join(p->reader_thread, NULL);
    for (uint32_t i = 0; i < p->worker_count; i++)
        if (p->workers[i].is_running) (void)pthread_join(p->workers[i].thread, NULL);
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
    engine_free(p->engine);
    (void)pthread_cond_destroy(&p->ended_now);
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
    if (quiet_us < 2 * RATE_US) return p->items_per_second;
    return (double)(p->accounting.items - p->rate_from_items) * 1e6 / (double)quiet_us;
}

void pipeline_get_progress(pipeline *p, pipeline_progress *result) {
    (void)pthread_mutex_lock(&p->lock);
    *result = p->progress;
    bool has_ended = p->ended;
    result->items_per_second = rate_now(p);
    result->advice = accounting_advice(&p->accounting);
    (void)pthread_mutex_unlock(&p->lock);
    result->queue_count = queue_count(p->batches);
    result->rejected_kept = p->dead == NULL ? 0 : dead_letter_count(p->dead);
    memset(&result->source, 0, sizeof result->source);
    result->source.kind = result->source.state = "none";
    if (p->source != NULL) p->source->state(p->source, &result->source);
    /* All has been read, but not all is in the answers yet. */
    if (!has_ended && strcmp(result->source.state, "ended") == 0)
        result->source.state = "finishing";
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
    accounting now = p->accounting;
    (void)pthread_mutex_unlock(&p->lock);
    json_begin_object(w);
    json_field(w, "items", u64, now.items);
    accounting_write_keys(&now, w);
    json_key(w, "files");
    file_accounts_write_json(p->files, w);
    json_end_object(w);
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
