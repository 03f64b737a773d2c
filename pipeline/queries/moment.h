/* SPDX-License-Identifier: MIT */
/* moment -- everything a query may read, as of one epoch. */
#ifndef DUNLIN_PIPELINE_QUERIES_MOMENT_H
#define DUNLIN_PIPELINE_QUERIES_MOMENT_H

#include "pipeline/queries/graph.h"
#include "pipeline/queries/query.h"
#include "sentiment/sentiment.h"
#include <pthread.h>

/* How the operators fare: of about the moment, copied under a lock. */
typedef struct {
    pthread_mutex_t lock;
    flow_counters *operators;
    size_t operator_count;
    uint64_t memory_bytes; /* Held by facts, strings, tables and views. */
} operator_watch;

struct moment {
    const flow_snapshot *snapshot;
    const graph *graph;
    const strings *names, *langs;
    const texts *texts;
    const places *places;
    operator_watch *watch;
    const sentiment_model *model; /* What tweets were scored by. */
};

/* The newest minute in which a tweet was heard; false before the first. */
bool moment_newest_minute(const moment *m, uint32_t *minute);
/* Minutes [begin, end) that a window means now, or counted back from a given minute
 * (NULL: none was heard); false when it is empty. */
bool moment_window(const moment *m, query_window w, int64_t start_ms, int64_t end_ms,
                   uint32_t *begin, uint32_t *end);
bool window_minutes(query_window w, int64_t start_ms, int64_t end_ms, const uint32_t *newest,
                    uint32_t *begin, uint32_t *end);

/* Rows by number; NULL when there are none. */
const tweet_row *moment_tweet(const moment *m, uint32_t tweet);
/* The tweet that a response to this one belongs to; NULL when it is not there. */
const tweet_row *moment_original(const moment *m, uint32_t tweet);
const user_row *moment_user(const moment *m, uint32_t user);
bool moment_place_of_user(const moment *m, uint32_t user, uint32_t *place_number,
                          bool *makes_point);
typedef enum { VERDICT_UNJUDGED, VERDICT_GOOD, VERDICT_BAD } place_verdict;
const char *place_verdict_text(place_verdict v);
typedef struct {
    place_verdict verdict;
    uint32_t round, authors, speakers; /* round 0: it did not fall. */
} place_judgement;
place_judgement moment_judge(const moment *m, uint32_t place_number);
uint32_t moment_rounds(const moment *m); /* Rounds of cleaning that made a place bad. */

#endif
