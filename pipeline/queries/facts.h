/* SPDX-License-Identifier: MIT */
/* facts -- what is known at present of every tweet and user.
 *
 * Records go in, in any order; for each id and field the value with the highest
 * (version, time of its line, bytes) stands.
 * What changed goes to the graph as -old +new, once an epoch: everything after
 * this sees exact deltas only, so the same set of records gives the same answers
 * in any order, and this is the one place where that is decided.
 *
 * Engine thread only. */
#ifndef DUNLIN_PIPELINE_QUERIES_FACTS_H
#define DUNLIN_PIPELINE_QUERIES_FACTS_H

#include "pipeline/base/idmap.h"
#include "pipeline/decode/record.h"
#include "pipeline/flow/flow.h"
#include "pipeline/queries/strings.h"
#include "sentiment/sentiment.h"

/* Borrowed, all of it. */
typedef struct {
    idmap *tweet_ids, *user_ids; /* Ids -> the numbers in rows. */
    strings *names;              /* Usernames, names, trimmed locations, hashtags, links. */
    strings *langs;              /* Language codes; never dropped. */
    texts *texts;
    const sentiment_model *model;
    flow_table *tweets, *users, *audience; /* Inputs of tweet_row, user_row, audience_row. */
    flow_table *hashtags, *links;          /* Inputs of mention_row. */
    flow_table *versions;                  /* Input of original_row. */
    uint64_t hash_seed;
    char country[8]; /* What is withheld there is hidden, "DE"; empty: nowhere. */
    bool forgets;    /* A delete erases, rather than hides. */
} facts_ports;

typedef struct facts facts;
facts *facts_new(const facts_ports *ports); /* NULL: no memory. */
void facts_free(facts *f);                  /* NULL is allowed. */
/* Copies what it keeps.  After STATUS_NO_MEMORY the facts must only be freed. */
status facts_apply(facts *f, const record *r);
/* Pushes what changed since the last flush into the graph. */
status facts_flush(facts *f);
/* Held is what was made, or said, later than the floor: that of the newest own line less
 * `keep_ms` (0: all is held), or the one that is set, whichever is higher; it never falls.
 * What is older goes with the next flush, and is not taken. */
status facts_set_keep(facts *f, int64_t keep_ms);
status facts_set_floor(facts *f, int64_t floor_ms);
int64_t facts_floor_ms(const facts *f);    /* INT64_MIN: there is none. */
uint64_t facts_late_count(const facts *f); /* Tweets that came too late to be taken. */
/* Where deletes erase: whose content must go from wherever else it is kept, since the last
 * call.  Borrowed until the next record. */
void facts_take_forgotten(facts *f, const uint64_t **tweet_ids, size_t *tweet_count,
                          const uint64_t **user_ids, size_t *user_count);
uint64_t facts_deleted_count(const facts *f); /* Distinct ids with a delete notice. */
/* Times that what was held was deleted or hidden since the beginning. */
uint64_t facts_taken_away_count(const facts *f);
uint64_t facts_double_count(const facts *f); /* Own lines of a tweet beside its first. */
size_t facts_bytes(const facts *f);

#endif
