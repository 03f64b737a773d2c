/* SPDX-License-Identifier: MIT */
/* The way of a batch: reader, decode workers, engine.
 *
 * An epoch is stored, then made, then shown; whoever waits for a batch of it learns of
 * that last.  With a journal an epoch holds whole batches, as they are packed whole. */
#include "pipeline/pipeline_internal.h"

#include <sys/mman.h>
#include <time.h>

#include "pipeline/base/array.h"
#include "pipeline/base/log.h"
#include "pipeline/base/reserve.h"

enum {
    FLOOR_STEP_MS = 60000,       /* The journal is told of the floor no oftener. */
    CLOCK_AHEAD_MS_MAX = 600000, /* A tweet may be so much later than the clock. */
    RESERVE_BYTES_MIN = 32 * 1024 * 1024,
    BREATH_MS = 100,   /* While reading waits for room. */
    MEMORY_TRIES = 20, /* To decode a chunk, a breath apart. */
};

const char pipeline_call_mark, pipeline_end_mark;

static void fail(pipeline *p, status s) {
    (void)pthread_mutex_lock(&p->lock);
    if (p->result == STATUS_OK) p->result = s;
    (void)pthread_mutex_unlock(&p->lock);
}

void pipeline_abandon(pipeline *p, status s) {
    fail(p, s);
    if (p->source != NULL) p->source->stop(p->source);
    queue_close(p->chunks);
    queue_close(p->batches);
}

void pipeline_drop_batch(record_batch *b) {
    if (b != NULL && b->receipt != NULL) b->receipt->done(b->receipt, STATUS_STOPPED, 0);
    record_batch_free(b);
}

/* ---- The reader ---- */

/* Nothing more is read while memory, or what waits for the disk, is over its limit. */
static void wait_for_room(pipeline *p) {
    while (!atomic_load(&p->is_stopping) &&
           (atomic_load(&p->is_memory_full) || backlog_is_full(p->backlog)))
        (void)nanosleep(&(struct timespec){.tv_nsec = BREATH_MS * 1000000}, NULL);
}

void *pipeline_read_source(void *context) {
    pipeline *p = context;
    source_chunk *chunk;
    status s;
    for (;;) {
        wait_for_room(p);
        if ((s = p->source->next(p->source, &chunk)) != STATUS_OK) break;
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

/* No tweet may be later.  A wall clock that is set back makes nothing of what comes a thing of
 * the future: time goes on from where it was. */
static int64_t latest_ms(worker *w) {
    clock_source *clock = w->p->clock;
    int64_t ticks_ms = clock->ticks_us(clock) / 1000, ahead_ms = clock->now_ms(clock) - ticks_ms;
    if (ahead_ms > w->ticks_to_wall_ms) w->ticks_to_wall_ms = ahead_ms;
    return w->ticks_to_wall_ms + ticks_ms + CLOCK_AHEAD_MS_MAX;
}

static status decode(worker *w, source_chunk *chunk, record_batch *b) {
    pipeline *p = w->p;
    decoder_set_latest(w->decoder, latest_ms(w));
    status s = decoder_run(w->decoder, chunk, b);
    chunk->receipt = NULL; /* It goes with the batch. */
    if (s == STATUS_OK) scoring_run(w->scoring, b);
    if (s == STATUS_OK && p->names != NULL) s = anonymizer_run(p->names, b);
    if (s == STATUS_OK && p->backlog != NULL) s = store_pack(b, &b->frame);
    return s;
}

/* The batch is left empty, and the receipt goes back to its chunk. */
static void undo(source_chunk *chunk, record_batch *b) {
    if (b == NULL) return;
    if (chunk->receipt == NULL) chunk->receipt = b->receipt;
    b->receipt = NULL;
    record_batch_free(b);
}

/* Memory that is not there now may be there soon.  Nothing of the chunk was taken in yet, so
 * reading pauses and nothing is lost. */
static status decode_when_possible(worker *w, source_chunk *chunk, record_batch **b) {
    pipeline *p = w->p;
    for (unsigned tries = 1;; tries++) {
        *b = take_batch(p);
        status s = *b == NULL ? STATUS_NO_MEMORY : decode(w, chunk, *b);
        if (s != STATUS_NO_MEMORY) return s;
        undo(chunk, *b);
        *b = NULL;
        if (tries == MEMORY_TRIES || atomic_load(&p->is_stopping)) return s;
        log_line(LOG_WARNING, "out of memory for what was read: it is tried again");
        (void)nanosleep(&(struct timespec){.tv_nsec = BREATH_MS * 1000000}, NULL);
    }
}

/* Whoever waits for a chunk is told that it is refused, and may send it again. */
static bool is_refused(source_chunk *chunk, status s) {
    if (s != STATUS_NO_MEMORY || chunk->receipt == NULL) return false;
    chunk->receipt->done(chunk->receipt, s, 0);
    chunk->receipt = NULL;
    return true;
}

void *pipeline_decode_chunks(void *context) {
    worker *w = context;
    pipeline *p = w->p;
    source_chunk *chunk;
    while ((chunk = queue_take(p->chunks, -1)) != NULL) {
        record_batch *b = NULL;
        status s = decode_when_possible(w, chunk, &b);
        bool refused = is_refused(chunk, s);
        source_chunk_free(chunk);
        if (refused || (s == STATUS_OK && queue_push(p->batches, b))) continue;
        pipeline_drop_batch(b);
        if (s != STATUS_OK) pipeline_abandon(p, s);
        break;
    }
    (void)pthread_mutex_lock(&p->lock);
    bool last = --p->workers_left == 0;
    (void)pthread_mutex_unlock(&p->lock);
    if (last) (void)queue_push(p->batches, (void *)(uintptr_t)&pipeline_end_mark);
    return NULL;
}

/* ---- The engine ---- */

typedef struct {
    uint32_t records; /* Applied since the last commit. */
    uint32_t batches; /* Begun since then. */
    int64_t began_us; /* When the first was. */
    bool has_ended;   /* The end mark has come. */
} epoch_in_hand;

static void begin(pipeline *p, epoch_in_hand *e) {
    if (e->batches++ == 0) e->began_us = p->clock->ticks_us(p->clock);
}

static void tell(receipts *r, status s, uint64_t epoch) {
    for (size_t i = 0; i < r->count; i++) r->list[i]->done(r->list[i], s, epoch);
    r->count = 0;
}

/* Whoever has no memory to wait is told at once that it is not stored: sent again, it
 * changes nothing. */
static void await(receipts *r, source_receipt *one) {
    if (!ARRAY_ROOM(r->list, r->count, r->capacity, 16)) {
        one->done(one, STATUS_CANNOT_WRITE, 0);
        return;
    }
    r->list[r->count++] = one;
}

static void note_epoch(pipeline *p, int64_t begin_us) {
    int64_t end_us = p->clock->ticks_us(p->clock);
    uint64_t bytes = engine_bytes(p->engine), max = p->options.memory_bytes_max;
    atomic_store(&p->is_memory_full, max != 0 && bytes > max);
    (void)pthread_mutex_lock(&p->lock);
    p->progress.last_epoch_us = end_us - begin_us;
    p->progress.epoch = flow_epoch(engine_flow(p->engine));
    p->progress.memory_bytes = bytes;
    p->progress.doubles = engine_doubles(p->engine);
    p->progress.late = engine_late(p->engine);
    (void)pthread_mutex_unlock(&p->lock);
}

/* The journal follows what the engine has forgotten, and both have one floor. */
static status follow(pipeline *p) {
    if (p->backlog == NULL) return STATUS_OK;
    store *journal = backlog_store(p->backlog);
    const uint64_t *tweet_ids, *user_ids;
    size_t tweet_count, user_count;
    engine_take_forgotten(p->engine, &tweet_ids, &tweet_count, &user_ids, &user_count);
    status s = tweet_count == 0 ? STATUS_OK : store_forget(journal, tweet_ids, tweet_count);
    if (s == STATUS_OK && user_count > 0) s = store_forget_users(journal, user_ids, user_count);
    int64_t floor_ms = engine_floor_ms(p->engine), stored_ms = store_floor_ms(journal);
    if (s == STATUS_OK && floor_ms > stored_ms && floor_ms - FLOOR_STEP_MS >= stored_ms)
        s = store_set_floor(journal, floor_ms);
    return s == STATUS_OK && stored_ms > floor_ms ? engine_set_floor(p->engine, stored_ms) : s;
}

/* Stored, made, shown; then whoever waits is told. */
static status commit(pipeline *p, epoch_in_hand *e) {
    if (e->batches == 0) return STATUS_OK;
    int64_t begin_us = p->clock->ticks_us(p->clock);
    status stored = p->backlog == NULL ? STATUS_OK : backlog_commit(p->backlog);
    status s = stored == STATUS_CANNOT_WRITE ? STATUS_OK : stored;
    if (s == STATUS_OK && e->records > 0) {
        s = engine_commit(p->engine);
        note_epoch(p, begin_us);
        if (s == STATUS_OK) s = follow(p);
    }
    tell(&p->receipts, s == STATUS_OK ? stored : STATUS_STOPPED, p->progress.epoch);
    e->records = e->batches = 0;
    return s;
}

static status apply(pipeline *p, const record_batch *b, epoch_in_hand *e) {
    status s = STATUS_OK;
    for (size_t i = 0; i < b->record_count && s == STATUS_OK; i++) {
        if (e->batches == 0) begin(p, e);
        e->records++;
        s = engine_apply(p->engine, &b->records[i]);
        bool is_full = e->records >= p->options.epoch_records_max;
        if (s == STATUS_OK && is_full && p->backlog == NULL) s = commit(p, e);
    }
    return s;
}

static void count_heard(pipeline_progress *p, const record_batch *b) {
    for (size_t i = 0; i < b->record_count; i++) {
        const record *r = &b->records[i];
        if (r->kind != RECORD_TWEET || !r->tweet.heard || r->origin >= RECORD_ORIGINS) continue;
        p->heard[r->origin]++;
        if ((r->fields & TWEET_CREATED) != 0 && r->tweet.created_ms > p->newest_ms[r->origin])
            p->newest_ms[r->origin] = r->tweet.created_ms;
    }
}

static status count_batch(pipeline *p, const record_batch *b) {
    int64_t now_us = p->clock->ticks_us(p->clock);
    if (p->dead != NULL) (void)dead_letter_add(p->dead, b, p->source);
    rejected_add(p->rejected, b, p->source);
    (void)pthread_mutex_lock(&p->lock); /* Sums and files are of the same batches. */
    status s = file_accounts_add(p->files, b, p->source);
    accounting_add(&p->accounting, b);
    p->progress.bytes += b->input_bytes;
    p->progress.records += b->record_count;
    count_heard(&p->progress, b);
    if (now_us - p->rate_from_us >= PIPELINE_RATE_US) {
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
    if (e->batches == 0) return false;
    if (e->records >= p->options.epoch_records_max) return true;
    if (!p->options.readers) return false;
    return queue_count(p->batches) == 0 ||
           p->clock->ticks_us(p->clock) - e->began_us >= p->options.epoch_ms_max * 1000;
}

static void give_back(pipeline *p, record_batch *b) {
    record_batch_clear(b);
    if (queue_count(p->spare) >= 2 * (size_t)p->worker_count || !queue_push(p->spare, b))
        record_batch_free(b);
}

/* Whether the process may still grow by so much. */
static bool is_room_for(size_t bytes) {
    void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) return false;
    (void)munmap(room, bytes);
    return true;
}

/* Half of what a batch may take is held back for it, the other half is there for all. */
static size_t half_a_batch(const pipeline *p) {
    size_t bytes = p->progress.memory_bytes / 8; /* Only this thread changes it. */
    return bytes < RESERVE_BYTES_MIN ? RESERVE_BYTES_MIN : bytes;
}

/* An engine that runs out of memory in the middle of an epoch cannot go on.  So a batch is
 * begun only when there is more than it can take: tables grow by doubling, each a part of
 * all.  Should others take the rest meanwhile, it has its reserve.  False: the pipeline was
 * stopped first. */
static bool wait_for_memory(pipeline *p) {
    size_t half = half_a_batch(p);
    bool is_told = false;
    while (!reserve_fill(half) || !is_room_for(half)) {
        if (atomic_load(&p->is_stopping)) return false;
        if (!is_told) log_line(LOG_WARNING, "memory is full: reading waits until there is room");
        is_told = true;
        atomic_store(&p->is_memory_full, true);
        (void)nanosleep(&(struct timespec){.tv_nsec = BREATH_MS * 1000000}, NULL);
    }
    if (is_told) {
        atomic_store(&p->is_memory_full, false);
        log_line(LOG_INFO, "memory has room again: reading goes on");
    }
    return true;
}

static status take_in(pipeline *p, record_batch *b, epoch_in_hand *e) {
    if (!wait_for_memory(p)) {
        if (b->receipt != NULL) b->receipt->done(b->receipt, STATUS_STOPPED, 0);
        b->receipt = NULL;
        return STATUS_OK;
    }
    begin(p, e);
    status s = p->backlog == NULL ? STATUS_OK : backlog_add(p->backlog, &b->frame);
    if (s == STATUS_OK) s = apply(p, b, e);
    status counted = count_batch(p, b);
    if (b->receipt != NULL) {
        b->receipt->counted(b->receipt, b);
        await(&p->receipts, b->receipt);
        b->receipt = NULL;
    }
    if (s == STATUS_OK) s = counted;
    if (s == STATUS_OK && is_due(p, e)) s = commit(p, e);
    if (reserve_bytes() == 0) log_line(LOG_WARNING, "memory ran out: the reserve was used");
    return s;
}

/* ---- Calls ---- */

static status do_call(pipeline *p, call *c) {
    record_batch *out = take_batch(p);
    epoch_in_hand e = {0};
    status s = STATUS_OK;
    bool has_room = out != NULL && reserve_fill(half_a_batch(p));
    c->result = has_room ? c->job(c->context, p->engine, out) : STATUS_NO_MEMORY;
    bool brings = c->result == STATUS_OK && out->record_count > 0;
    if (brings && p->backlog != NULL) c->result = store_pack(out, &out->frame);
    if (brings && c->result == STATUS_OK) {
        begin(p, &e);
        if (p->backlog != NULL) s = backlog_add(p->backlog, &out->frame);
        if (s == STATUS_OK) s = apply(p, out, &e);
        if (s == STATUS_OK) s = commit(p, &e);
        c->result = s;
    }
    if (out != NULL) give_back(p, out);
    return s;
}

static void end_call(pipeline *p, call *c) {
    (void)pthread_mutex_lock(&p->lock);
    c->is_done = true;
    (void)pthread_cond_broadcast(&p->called_now);
    (void)pthread_mutex_unlock(&p->lock);
}

static call *next_call(pipeline *p) {
    (void)pthread_mutex_lock(&p->lock);
    call *c = p->calls;
    if (c != NULL) p->calls = c->next;
    (void)pthread_mutex_unlock(&p->lock);
    return c;
}

static status do_calls(pipeline *p, epoch_in_hand *e) {
    status s = commit(p, e);
    for (call *c; s == STATUS_OK && (c = next_call(p)) != NULL;) {
        s = do_call(p, c);
        end_call(p, c);
    }
    return s;
}

/* Those who come later find that the engine has ended. */
static void end_calls(pipeline *p) {
    (void)pthread_mutex_lock(&p->lock);
    p->engine_ended = true;
    (void)pthread_mutex_unlock(&p->lock);
    for (call *c; (c = next_call(p)) != NULL;) {
        c->result = STATUS_STOPPED;
        end_call(p, c);
    }
}

status pipeline_run(pipeline *p, pipeline_job *job, void *context) {
    call c = {.job = job, .context = context, .result = STATUS_STOPPED};
    (void)pthread_mutex_lock(&p->lock);
    bool runs = p->engine_runs && !p->engine_ended;
    call **last = &p->calls;
    while (*last != NULL) last = &(*last)->next;
    if (runs) *last = &c;
    (void)pthread_mutex_unlock(&p->lock);
    if (!runs) return STATUS_STOPPED;
    (void)queue_push(p->batches, (void *)(uintptr_t)&pipeline_call_mark);
    (void)pthread_mutex_lock(&p->lock);
    while (!c.is_done) (void)pthread_cond_wait(&p->called_now, &p->lock);
    (void)pthread_mutex_unlock(&p->lock);
    return c.result;
}

/* ---- Restoring ---- */

typedef struct {
    pipeline *p;
    epoch_in_hand epoch;
} restoring;

static status take_back(void *context, const record_batch *b, const store_tally *tallies,
                        size_t tally_count) {
    restoring *r = context;
    pipeline *p = r->p;
    status s = STATUS_OK;
    for (size_t i = 0; i < b->record_count && s == STATUS_OK; i++)
        s = engine_apply(p->engine, &b->records[i]);
    r->epoch.records += (uint32_t)b->record_count;
    (void)pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < tally_count; i++)
        accounting_add_count(&p->accounting, tallies[i].outcome, tallies[i].reason,
                             tallies[i].count);
    p->progress.records += b->record_count;
    (void)pthread_mutex_unlock(&p->lock);
    if (s != STATUS_OK || r->epoch.records < p->options.epoch_records_max) return s;
    r->epoch.records = 0;
    s = engine_commit(p->engine);
    (void)reserve_fill(half_a_batch(p)); /* Should it have been used. */
    return atomic_load(&p->is_stopping) ? STATUS_STOPPED : s;
}

/* Nobody sees a part of it: it is shown when all is there. */
static status restore(pipeline *p) {
    restoring r = {.p = p};
    if (p->backlog == NULL) return STATUS_OK;
    int64_t begin_us = p->clock->ticks_us(p->clock);
    (void)reserve_fill(half_a_batch(p));
    status s = engine_hold(p->engine, true);
    if (s == STATUS_OK) s = store_read(backlog_store(p->backlog), take_back, &r);
    if (s == STATUS_OK) s = engine_commit(p->engine);
    if (s == STATUS_OK) s = engine_hold(p->engine, false);
    if (s == STATUS_OK) s = follow(p);
    note_epoch(p, begin_us);
    (void)pthread_mutex_lock(&p->lock);
    p->progress.is_restoring = false;
    p->rate_from_us = p->clock->ticks_us(p->clock);
    p->rate_from_items = p->accounting.items;
    (void)pthread_mutex_unlock(&p->lock);
    return s;
}

/* ---- The engine's thread ---- */

static void note_ended(pipeline *p) {
    (void)pthread_mutex_lock(&p->lock);
    p->ended = true;
    (void)pthread_cond_broadcast(&p->ended_now);
    (void)pthread_mutex_unlock(&p->lock);
}

static status take_next(pipeline *p, void *next, epoch_in_hand *e) {
    if (next == (const void *)&pipeline_call_mark) return do_calls(p, e);
    if (next != (const void *)&pipeline_end_mark) {
        record_batch *b = next;
        int64_t begin_us = p->clock->ticks_us(p->clock);
        status s = take_in(p, b, e);
        give_back(p, b);
        (void)pthread_mutex_lock(&p->lock);
        p->progress.engine_busy_us += p->clock->ticks_us(p->clock) - begin_us;
        (void)pthread_mutex_unlock(&p->lock);
        return s;
    }
    status s = commit(p, e);
    if (s == STATUS_OK) note_ended(p);
    return s;
}

/* Goes on after the last batch, for calls, until the queue is closed. */
static status run(pipeline *p) {
    epoch_in_hand e = {0};
    status s = restore(p);
    while (s == STATUS_OK) {
        bool waits = backlog_has_waiting(p->backlog);
        void *next = queue_take(p->batches, waits ? BACKLOG_RETRY_MS : -1);
        if (next != NULL)
            s = take_next(p, next, &e);
        else if (queue_is_closed(p->batches))
            break;
        if (waits && s == STATUS_OK && backlog_retry(p->backlog) == STATUS_NO_MEMORY)
            s = STATUS_NO_MEMORY;
    }
    return s == STATUS_OK ? commit(p, &e) : s;
}

void *pipeline_run_engine(void *context) {
    pipeline *p = context;
    void *next;
    status s = run(p);
    if (s != STATUS_OK) pipeline_abandon(p, s);
    tell(&p->receipts, STATUS_STOPPED, 0);
    while ((next = queue_take(p->batches, 0)) != NULL)
        if (next != (const void *)&pipeline_call_mark && next != (const void *)&pipeline_end_mark)
            pipeline_drop_batch(next);
    end_calls(p);
    (void)reserve_open(); /* It ends with its thread. */
    note_ended(p);
    return NULL;
}
