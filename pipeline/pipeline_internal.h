/* SPDX-License-Identifier: MIT */
/* What pipeline.c (life, readers) and pipeline_threads.c (the way of a batch) share. */
#ifndef DUNLIN_PIPELINE_PIPELINE_INTERNAL_H
#define DUNLIN_PIPELINE_PIPELINE_INTERNAL_H

#include "pipeline/anonymize.h"
#include "pipeline/backlog.h"
#include "pipeline/base/queue.h"
#include "pipeline/decode/accounting.h"
#include "pipeline/decode/dead_letter.h"
#include "pipeline/decode/decode.h"
#include "pipeline/decode/file_accounts.h"
#include "pipeline/decode/rejected.h"
#include "pipeline/engine.h"
#include "pipeline/notes.h"
#include "pipeline/pipeline.h"
#include "pipeline/scoring.h"
#include "pipeline/watch.h"
#include <pthread.h>
#include <stdatomic.h>

enum { DECODERS_MAX = 64, PIPELINE_RATE_US = 1000000 };

typedef struct {
    pipeline *p;
    decoder *decoder;
    scoring *scoring;
    int64_t ticks_to_wall_ms; /* The most that the wall clock has been ahead of the ticks. */
    pthread_t thread;
    bool is_running;
} worker;

/* A job of pipeline_run, on its caller's stack. */
typedef struct call call;
struct call {
    pipeline_job *job;
    void *context;
    status result;
    bool is_done;
    call *next;
};

/* Receipts of batches that were applied, until their epoch is stored and shown. */
typedef struct {
    source_receipt **list;
    size_t count, capacity;
} receipts;

struct pipeline {
    pipeline_options options;
    clock_source *clock;
    engine *engine;
    anonymizer *names; /* NULL: names stay as they are. */
    backlog *backlog;  /* NULL: memory only. */
    dead_letter *dead;
    rejected *rejected;
    file_accounts *files;
    watch *watch;
    notes *notes;
    tweet_source *source;
    queue *chunks, *batches, *spare; /* Between reader, workers and engine; used batches. */
    worker workers[DECODERS_MAX];
    uint32_t worker_count;
    pthread_t reader_thread, engine_thread;
    bool reader_runs, engine_runs;
    receipts receipts; /* The engine thread's. */
    atomic_bool is_stopping, is_memory_full;
    pthread_mutex_t lock; /* Of all below. */
    pthread_cond_t ended_now, called_now, has_room;
    uint32_t workers_left;
    bool ended, engine_ended;
    call *calls; /* That wait for the engine thread, the oldest first. */
    status result;
    accounting accounting;
    pipeline_progress progress;
    int64_t rate_from_us;
    uint64_t rate_from_items;
    double items_per_second;
};

/* What stands in the queue of batches for "look at the calls" and "that was all". */
extern const char pipeline_call_mark, pipeline_end_mark;

void *pipeline_read_source(void *p);   /* The threads' functions. */
void *pipeline_decode_chunks(void *w); /* A worker. */
void *pipeline_run_engine(void *p);
void pipeline_drop_batch(record_batch *b); /* Not applied: tells its receipt.  NULL is allowed. */
/* Lets go those before and gives those after what is left. */
void pipeline_abandon(pipeline *p, status s);

#endif
