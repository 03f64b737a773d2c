/* SPDX-License-Identifier: MIT */
/* engine -- records in, moments out: the logic without threads, files or time.
 *
 * One thread applies and commits; with `readers`, any thread may acquire. */
#ifndef DUNLIN_PIPELINE_ENGINE_H
#define DUNLIN_PIPELINE_ENGINE_H

#include "pipeline/base/json.h"
#include "pipeline/decode/record.h"
#include "pipeline/queries/graph.h"
#include "pipeline/queries/moment.h"
#include "sentiment/sentiment.h"

typedef struct {
    const gazetteer *gazetteer; /* Borrowed, all three; NULL: none. */
    const place_table *places;
    const sentiment_model *model; /* Not NULL. */
    cleaning_options cleaning;
    uint64_t hash_seed; /* Reaches no output. */
    bool readers;
    struct texts_disk *texts_disk; /* Borrowed; NULL: memory holds all texts. */
    size_t texts_held_max;         /* Bytes of them in memory, with a disk; 0: 8 MiB. */
    bool forgets;        /* A delete erases what it names; else it is hidden, and an undelete
                          * shows it again. */
    const char *country; /* What is withheld there is hidden, "DE"; NULL: nowhere. */
} engine_options;

typedef struct engine engine;
/* *why: words for people when the graph is wrong; may stay NULL. */
status engine_new(const engine_options *o, engine **result, const char **why);
void engine_free(engine *e); /* No moment may be left; NULL is allowed. */
/* After STATUS_NO_MEMORY an engine must only be freed. */
status engine_apply(engine *e, const record *r);
/* Makes what was applied visible, as one epoch. */
status engine_commit(engine *e);

/* While held, commits are not shown: readers stay with the epoch before.  Engine thread. */
status engine_hold(engine *e, bool on);

/* Any thread, with readers.  Never NULL, never waits for a commit. */
const moment *engine_acquire(engine *e);
void engine_release(const moment *m);
/* Engine thread, between commits, readers or not: borrowed until the next commit. */
const moment *engine_present(engine *e);
/* What is held: see facts.h.  Seen with the next commit. */
status engine_set_keep(engine *e, int64_t keep_ms);
status engine_set_floor(engine *e, int64_t floor_ms);
int64_t engine_floor_ms(const engine *e); /* INT64_MIN: there is none. */
uint64_t engine_late(const engine *e);    /* Tweets that came too late to be taken. */
/* With `forgets`: whose content must go from the journal, since the last call; to be asked
 * after each commit.  Borrowed until the next record. */
void engine_take_forgotten(engine *e, const uint64_t **tweet_ids, size_t *tweet_count,
                           const uint64_t **user_ids, size_t *user_count);
uint64_t engine_doubles(const engine *e); /* Own lines of a tweet beside its first. */
size_t engine_bytes(const engine *e);     /* Engine thread. */
const flow *engine_flow(const engine *e);
struct facts *engine_facts(engine *e); /* Engine thread: for what fixes.h does. */
/* The array of all fixes as of the last commit (fix_json.h).  Any thread; never waits. */
void engine_write_fixes(engine *e, json_writer *w);

#endif
