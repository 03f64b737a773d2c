/* SPDX-License-Identifier: MIT */
/* What facts.c (tweets, notices) and facts_users.c share. */
#ifndef DUNLIN_PIPELINE_QUERIES_FACTS_INTERNAL_H
#define DUNLIN_PIPELINE_QUERIES_FACTS_INTERNAL_H

#include "pipeline/base/blocks.h"
#include "pipeline/queries/facts.h"
#include "pipeline/queries/fixes.h"
#include "pipeline/queries/mentions.h"
#include "pipeline/queries/notices.h"
#include "pipeline/queries/overlays.h"
#include "pipeline/queries/rows.h"
#include "pipeline/queries/stamps.h"

/* Rows as they were when something first changed in this epoch. */
typedef struct {
    unsigned char *rows; /* row_bytes each; the row's first u32 is no number of ours. */
    uint32_t *numbers;
    bool *was_there;
    size_t row_bytes, count, capacity;
} touched_rows;

/* The stamps of one tweet's or user's fields: `base` for those without their own. */
typedef struct {
    stamps *own;
    uint64_t key;     /* Of field 0; field i's is key + i. */
    int64_t *base_ms; /* Version 0; INT64_MIN before there is one. */
    bool *has_own;
} field_stamps;

enum { FIELD_BITS = 4 };

enum {
    IS_HEARD = 1 << 0,
    IS_PLAIN = 1 << 1,
    IS_GUESSED = 1 << 2,
    IS_DELETED = 1 << 3,
    IS_RELISTED = 1 << 4, /* Another list of hashtags or links stands. */
    IS_TOUCHED = 1 << 5,  /* Among the rows of this epoch. */
};

/* Bits of tweet_facts.fields that no record has: counts that a correction said. */
enum { OWN_FOLLOWERS = 1 << 14, OWN_TWEETS = 1 << 15 };

/* References are numbers plus one, 0 = none, as the fields' null. */
typedef struct {
    int64_t base_ms, created_ms;
    uint32_t author, retweet_of, reply_to, quote_of;
    uint32_t text, followers, tweets, spare;
    int32_t score;
    uint16_t fields, lang, user_lang, scored_lang;
    uint8_t flags, label, origin;
    bool has_own_stamps;
} tweet_facts;

typedef struct {
    int64_t base_ms, told_ms; /* told_ms: of the last line that is no correction. */
    uint32_t username, name, location, followers;
    uint16_t fields;
    bool is_seen, has_own_stamps, is_touched;
    uint8_t origin; /* Of that line. */
} user_facts;

/* What fixes laid over tweets and people, and what they are. */
typedef struct {
    overlays tweets, users;
    struct fix *items;
    size_t count, capacity, undone_count;
    int32_t version_max; /* Of any record. */
} fixes;

struct facts {
    facts_ports ports;
    blocks tweets, users;
    blocks text_hashes; /* By tweet, where texts have a disk: equal ones are known unread. */
    stamps tweet_stamps, user_stamps;
    notices deletes, undeletes;
    mentions *hashtags, *links;
    touched_rows touched_tweets, touched_users;
    uint64_t double_count;
    fixes fixes;
};

/* True when a value said at `s` replaces field `field` (a bit number), which is there;
 * `greater` tells whether its bytes are greater, for equal stamps. */
bool field_loses(const field_stamps *f, unsigned field, stamp s, bool greater);
stamp field_stamp(const field_stamps *f, unsigned field); /* Of a field that is there. */
/* Notes that the fields of mask `set` were said at `s`; `present` is the mask after. */
bool fields_stamp(const field_stamps *f, uint32_t present, uint32_t set, stamp s);
bool touched_add(touched_rows *t, uint32_t number, bool was_there, const void *row);

bool tweet_is_there(const tweet_facts *t);
/* Call before anything of it changes: its row as it was goes when the epoch ends. */
status tweet_touch(facts *f, tweet_facts *t, uint32_t number);
status user_touch(facts *f, user_facts *u, uint32_t number);
/* A language's handle, in place of another. */
bool facts_hold_code(facts *f, text code, uint16_t *handle);

/* What stands once fixes are laid over it: *result is `t` itself, or `room` filled in. */
status tweet_in_force(facts *f, const tweet_facts *t, uint32_t number, tweet_facts *room,
                      const tweet_facts **result);
const user_facts *user_in_force(const facts *f, const user_facts *u, uint32_t number,
                                user_facts *room);
void fixes_init(fixes *x);
void fixes_deinit(fixes *x);
status fixes_apply(facts *f, const record *r);
status fixes_undo(facts *f, uint64_t number);
size_t fixes_bytes(const fixes *x);

status user_facts_apply(facts *f, const record *r);
status user_facts_flush(facts *f);

#endif
