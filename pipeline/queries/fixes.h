/* SPDX-License-Identifier: MIT */
/* fixes -- rules over what is held, laid over what lines say, and taken back.
 *
 * A fix is judged once, when its record comes: over every tweet and person held then, by
 * the values in force then, deleted tweets too (an undelete brings them back corrected).
 * Its values have a version of their own, above all seen before, so what lines say goes on
 * below, and only a line of a higher version stands above.  What people are told of later
 * than the fix was made stands again: an audience goes on changing.
 * Of several fixes the last counts; its value was reckoned from the one before and stays
 * when that is taken back.
 *
 * Engine thread only. */
#ifndef DUNLIN_PIPELINE_QUERIES_FIXES_H
#define DUNLIN_PIPELINE_QUERIES_FIXES_H

#include "pipeline/queries/facts.h"
#include "pipeline/queries/fix_board.h"
#include "pipeline/queries/rule.h"

enum { FIX_SAMPLES_MAX = 10 };

/* Of what readers can see. */
typedef struct {
    uint64_t tweets, users;             /* That match. */
    uint64_t tweet_fields[RULE_FIELDS]; /* Of how many each field changes. */
    uint64_t user_fields[RULE_FIELDS];
    uint64_t refused; /* Times that would have been before Twitter or after now. */
} fix_effect;

typedef struct {
    bool is_user;
    uint64_t id;
    rule_field field;
    rule_value before, after; /* Words are borrowed until the next record. */
} fix_sample;

typedef struct {
    fix_effect effect;
    fix_sample samples[FIX_SAMPLES_MAX]; /* The first changes, tweets before people. */
    size_t sample_count;
} fix_preview;

typedef struct fix fix;
struct fix {
    uint64_t number;
    int64_t made_ms, now_ms; /* Wall clock; what relative times count from. */
    int32_t version;
    bool is_undone;
    text where, set; /* Owned. */
    fix_effect effect;
    /* Of the facts alone: */
    int64_t users_until_ms;
    uint32_t of_tweets, of_users;
    uint32_t text, location, username, name; /* Handles, held until it is undone. */
    bool holds_text;
};

/* What a rule would change now.  With `weights` (NULL: never mind) also what tweets that it
 * gives other followers or tweets would weigh; the caller's to free, whatever comes back. */
status fixes_preview(facts *f, const rule *r, fix_preview *result, fix_weights *weights);
/* Whether tweets would refer to others than they do: then weights are not all. */
bool fixes_move_responses(const rule *r);
/* In the order they came; borrowed until the next record. */
size_t fixes_count(const facts *f);
const fix *fixes_get(const facts *f, size_t i);
const fix *fixes_find(const facts *f, uint64_t number); /* NULL: there is none. */
uint64_t fixes_changes(const facts *f);                 /* How often the list changed. */
/* What RECORD_FIX.version is to be. */
int32_t fixes_next_version(const facts *f);

#endif
