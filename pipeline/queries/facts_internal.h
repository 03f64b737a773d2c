/* SPDX-License-Identifier: MIT */
/* What the files of the facts share. */
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
#include "pipeline/queries/versions.h"

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
    IS_HIDDEN = 1 << 6,   /* Its author is. */
    IS_EDITED = 1 << 7,   /* There are other versions of it. */
};

/* Bits of tweet_facts.fields that no record has: counts that a correction said. */
enum { OWN_FOLLOWERS = 1 << 14, OWN_TWEETS = 1 << 15 };

/* References are numbers plus one, 0 = none, as the fields' null.  An author's tweets are
 * a list from the author's first_tweet on, numbers plus one; what is no longer known stays
 * in it, with `author`, until the list is swept. */
#define LIST_END UINT32_MAX
typedef struct {
    int64_t base_ms, created_ms;
    uint32_t author, retweet_of, reply_to, quote_of;
    uint32_t text, followers, tweets, next_of_author; /* 0: not in a list. */
    int32_t score;
    uint16_t fields, lang, user_lang, scored_lang;
    uint8_t flags, label, origin;
    bool has_own_stamps;
} tweet_facts;

typedef struct {
    int64_t base_ms, told_ms; /* told_ms: of the last line that is no correction. */
    uint32_t username, name, location, followers;
    uint32_t first_tweet;        /* 0: none. */
    uint16_t fields, gone_count; /* Of the list: tweets that are no longer known. */
    uint8_t sweep_bits;          /* It is swept at 2^this of them. */
    uint8_t origin;              /* Of that line. */
    bool is_seen, has_own_stamps, is_touched, is_due;
    bool is_hidden, is_deleted; /* By notices; deleted: the profile is hidden too. */
} user_facts;

/* Both rows that a user has in the graph, side by side. */
typedef struct {
    user_row profile;
    audience_row audience;
} user_rows;

typedef struct {
    uint32_t *items;
    size_t count, capacity;
} number_list;

typedef struct {
    uint64_t *items;
    size_t count, capacity;
} id_list;

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
    notice_pair deletes, withheld_tweets, withheld_users, hidden[HIDE_REASONS];
    versions *versions;
    mentions *hashtags, *links;
    touched_rows touched_tweets, touched_users;
    number_list named_users; /* Of whom a notice came in this epoch. */
    number_list swept_users; /* Whose list of tweets is to be swept. */
    id_list forgotten_tweets, forgotten_users;
    uint64_t taken_away_count;
    int64_t keep_ms, newest_ms, floor_ms; /* INT64_MIN: none. */
    calendar due_tweets, due_users;       /* Numbers; of users * 2, + 1: once only. */
    bool keeps;                           /* Things expire. */
    uint64_t double_count, late_count;
    fixes fixes;
};

/* True when a value said at `s` replaces field `field` (a bit number), which is there;
 * `greater` tells whether its bytes are greater, for equal stamps. */
bool field_loses(const field_stamps *f, unsigned field, stamp s, bool greater);
stamp field_stamp(const field_stamps *f, unsigned field); /* Of a field that is there. */
/* Notes that the fields of mask `set` were said at `s`; `present` is the mask after. */
bool fields_stamp(const field_stamps *f, uint32_t present, uint32_t set, stamp s);
bool touched_add(touched_rows *t, uint32_t number, bool was_there, const void *row);

bool number_list_add(number_list *l, uint32_t number);
bool id_list_add(id_list *l, uint64_t id);

bool tweet_is_there(const tweet_facts *t);
bool user_is_there(const user_facts *u);
/* Call before anything of it changes: its row as it was goes when the epoch ends. */
status tweet_touch(facts *f, tweet_facts *t, uint32_t number);
status user_touch(facts *f, user_facts *u, uint32_t number);
/* All that is known of it goes, and what it held. */
status tweet_end(facts *f, tweet_facts *t, uint32_t number);
status user_end(facts *f, user_facts *u, uint32_t number);

/* Authors and their tweets (facts_authors.c).  The facts of a person, made when new; NULL:
 * no memory. */
user_facts *author_make(facts *f, uint32_t number);
/* From now on the tweet is this author's. */
status author_take(facts *f, tweet_facts *t, uint32_t number, uint32_t author);
/* One of the author's tweets is no longer known. */
status author_lose(facts *f, uint32_t author);
void authors_sweep(facts *f); /* At the end of an epoch. */

/* What is hidden (facts_notices.c). */
bool tweet_is_hidden(const facts *f, uint64_t id); /* By what was said of it alone. */
bool tweet_is_deleted(const facts *f, uint64_t id);
bool user_is_deleted(const facts *f, uint64_t id);
void user_judge(const facts *f, uint64_t id, bool *is_hidden, bool *is_deleted);
status judge_tweet(facts *f, uint64_t id); /* Anew, if it is known. */
status name_user(facts *f, uint64_t id);   /* To be judged at the next flush. */
status notices_apply(facts *f, const record *r);
/* Judges anew who was named since the last time. */
status notices_flush(facts *f);
/* The pairs of notices, one after the other; NULL: no more. */
notice_pair *facts_pair(facts *f, size_t index);

/* What is too old (facts_keep.c). */
static inline bool is_too_old(const facts *f, int64_t ms) {
    return ms <= f->floor_ms;
}
void keep_hear(facts *f, int64_t created_ms);                     /* Of an own line. */
bool keep_tweet(facts *f, const tweet_facts *t, uint32_t number); /* False: no memory. */
bool keep_user(facts *f, user_facts *u, uint32_t number, int64_t observed_ms);
status keep_expire(facts *f);

/* Takes away what fixes laid over it. */
void fixes_forget_tweet(facts *f, uint32_t number);
void fixes_forget_user(facts *f, uint32_t number);
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

/* A line about a tweet (facts_tweets.c); two ids of one tweet; the rows of those that changed. */
status tweet_facts_apply(facts *f, const record *line);
status tweet_facts_edit(facts *f, const record *r);
status tweet_facts_flush(facts *f);
status user_facts_apply(facts *f, const record *r);
status user_facts_flush(facts *f);

#endif
