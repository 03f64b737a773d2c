/* SPDX-License-Identifier: MIT */
/* pipeline -- source -> decode workers -> engine thread -> moments.
 *
 * Owns the threads between a source and the readers of moments. */
#ifndef DUNLIN_PIPELINE_PIPELINE_H
#define DUNLIN_PIPELINE_PIPELINE_H

#include "geocode/geocode.h"
#include "pipeline/decode/record.h"
#include "pipeline/queries/query.h"
#include "pipeline/sources/source.h"
#include "pipeline/store/store.h"
#include "sentiment/sentiment.h"

typedef struct {
    uint32_t decoders;            /* Threads; 0: one a processor, at most 8. */
    uint32_t epoch_records_max;   /* 0: 16,384. */
    int64_t epoch_ms_max;         /* 0: 50. */
    uint32_t clean_min;           /* Responses that make an author reliable; 0: 80. */
    double clean_cutoff;          /* Share of close ones above which one speaks; < 0: 0.005. */
    bool clean_other_strings;     /* --clean-evidence other-strings. */
    const gazetteer *gazetteer;   /* Borrowed; NULL: places_only. */
    const place_table *places;    /* Borrowed; NULL: none. */
    const sentiment_model *model; /* Borrowed. */
    const char *dead_letter_path; /* Rejected items; NULL: counted only. */
    clock_source *clock;          /* NULL: the real one. */
    bool readers;                 /* Moments will be acquired (a server). */
    const char *db_path;          /* The journal; NULL: what is read lives in memory only. */
    const char *db_vfs;           /* SQLite's way to files; NULL: its own. For tests. */
    int64_t keep_ms;              /* Held: what is later than the newest less this; 0: all. */
    uint64_t keep_bytes_max;      /* Of the journal; what is oldest goes; 0: any size. */
    uint64_t memory_bytes_max;    /* Reading waits while more is held; 0: never. */
    bool anonymize;               /* Names become pseudonyms; their key lies beside the journal. */
    const char *country;          /* What is withheld there is hidden, "DE"; NULL: nowhere. */
} pipeline_options;

enum { PIPELINE_SOURCES_MAX = 8 };

typedef struct pipeline pipeline;
struct engine;

/* `why`: words for people where the journal cannot be opened; NULL: they are not wanted. */
status pipeline_new(const pipeline_options *o, pipeline **result, buffer *why);
/* Starts the threads.  The source becomes the pipeline's; NULL: the journal is all. */
status pipeline_start(pipeline *p, tweet_source *source);
/* Waits until the source has ended and all is committed; its status. */
status pipeline_wait(pipeline *p);
bool pipeline_has_ended(pipeline *p); /* Any thread. */
void pipeline_stop(pipeline *p);      /* Any thread, a signal handler's excepted. */
void pipeline_free(pipeline *p);      /* Stops and waits first; NULL is allowed. */

/* Passes an order to the source: see tweet_source.control for what may be returned;
 * STATUS_NOT_POSSIBLE as well where the source takes none.  pipeline_get_progress says
 * what has become of it.  Any thread, after pipeline_start. */
status pipeline_control(pipeline *p, const source_order *order);

/* Does something on the engine's thread between two batches, and waits until it is done; what
 * `job` adds to `out` is stored, applied and shown as an epoch of its own before that.
 * The job's status, or what became of its records; STOPPED when the pipeline has ended.
 * Any thread but the engine's. */
typedef status pipeline_job(void *context, struct engine *e, record_batch *out);
status pipeline_run(pipeline *p, pipeline_job *job, void *context);

/* Any thread, with `readers`.  Never NULL, never waits for the engine. */
const moment *pipeline_acquire(pipeline *p);
void pipeline_release(pipeline *p, const moment *m);

typedef struct {
    uint64_t items, outcomes[4], bytes; /* outcomes by item_outcome. */
    uint64_t records, epoch, queue_count, queue_capacity;
    uint64_t rejected_kept;                            /* Written to the dead-letter file. */
    int64_t started_us, last_epoch_us, engine_busy_us; /* Monotonic; busy: summed. */
    double items_per_second; /* Over about the last second; 0 at the end. */
    const char *advice;      /* Static: why there is nothing to show, when nothing of what
                              * came was accepted; else NULL. */
    source_state source;     /* Of all sources together. */
    source_state sources[PIPELINE_SOURCES_MAX]; /* Of each, when there are several. */
    size_t source_count;                        /* 1: `source` is all. */
    store_state store;
    bool is_restoring;     /* The journal is read; what is shown is empty until it has been. */
    bool is_memory_full;   /* Reading waits: see memory_bytes_max. */
    uint64_t memory_bytes; /* Held by the engine. */
    uint64_t doubles;      /* Tweets whose own line came again. */
    uint64_t late;         /* Tweets older than what is kept, and not taken. */
    uint64_t heard[RECORD_ORIGINS];    /* Tweets' own lines since the start, by origin, */
    int64_t newest_ms[RECORD_ORIGINS]; /* and the latest of their times; 0: none yet. */
} pipeline_progress;
void pipeline_get_progress(pipeline *p, pipeline_progress *result); /* Any thread. */

/* Who looks after it (pipeline/watch.h); looks when pipeline_look is called. */
struct watch *pipeline_watch(pipeline *p);
void pipeline_look(pipeline *p); /* Any thread, with `readers`, some times a second. */

/* What people noted (pipeline/notes.h). */
struct notes *pipeline_notes(pipeline *p);

/* The object `data` of GET stats: the tables' counts of a moment, and the progress. */
void pipeline_write_stats(pipeline *p, const moment *m, json_writer *w);

/* The object `data` of GET accounting: "items", "outcomes" {outcome: n}, "reasons" {reason:
 * n}, "files" [{"name","items","accepted","repaired","ignored","rejected"}].  Any thread. */
void pipeline_write_accounting(pipeline *p, json_writer *w);
/* The array `data` of GET rejected, newest first, at most `limit` and 100: {"file","line",
 * "reason","bytes"}, the first 500 of them.  Any thread. */
void pipeline_write_rejected(pipeline *p, size_t limit, json_writer *w);

/* Writes the files of `replay --out` for the present state into a folder, which is
 * made if missing.  After pipeline_wait. */
status pipeline_write_files(pipeline *p, const char *folder, const char **failed_name);

#endif
