/* SPDX-License-Identifier: MIT */
/* rule -- a correction as people write it: for what it holds, and what becomes of that.
 *
 *     where   source:push and created_at>=-1h
 *     set     followers*=1000, created_at+=1h
 *
 * `where` is conditions joined by `and`, `or`, `not` and parentheses; `set` is a list of
 * assignments, all of which begin from the values before.  A rule is judged for each tweet
 * and for each person by themselves: a condition on what they do not have (a person has no
 * text) is neither true nor false, nor is its opposite, and only what is true matches.
 *
 * Reading takes time in proportion to the text, whatever the text.  Any thread; a rule that
 * was read does not change. */
#ifndef DUNLIN_PIPELINE_QUERIES_RULE_H
#define DUNLIN_PIPELINE_QUERIES_RULE_H

#include "pipeline/base/status.h"
#include "pipeline/queries/written.h"

/* A field's name, its type, and whose it is: where it can be asked, where it can be set. */
#define RULE_FIELD_MAP(X)                                                                          \
    X(SOURCE, "source", SOURCES, OF_BOTH, OF_NONE)                                                 \
    X(CREATED, "created_at", TIMES, OF_BOTH, OF_TWEETS)                                            \
    X(OBSERVED, "observed_at", TIMES, OF_BOTH, OF_NONE)                                            \
    X(ID, "id", IDS, OF_TWEETS, OF_NONE)                                                           \
    X(AUTHOR, "author", PEOPLE, OF_BOTH, OF_NONE)                                                  \
    X(KIND, "kind", KINDS, OF_TWEETS, OF_NONE)                                                     \
    X(FOLLOWERS, "followers", NUMBERS, OF_BOTH, OF_BOTH)                                           \
    X(TWEETS, "tweets", NUMBERS, OF_TWEETS, OF_TWEETS)                                             \
    X(TEXT, "text", WORDS, OF_TWEETS, OF_TWEETS)                                                   \
    X(LANG, "lang", CODES, OF_TWEETS, OF_TWEETS)                                                   \
    X(REPLY_TO, "reply_to", IDS, OF_TWEETS, OF_TWEETS)                                             \
    X(RETWEET_OF, "retweet_of", IDS, OF_TWEETS, OF_TWEETS)                                         \
    X(QUOTE_OF, "quote_of", IDS, OF_TWEETS, OF_TWEETS)                                             \
    X(LOCATION, "location", WORDS, OF_BOTH, OF_USERS)                                              \
    X(USERNAME, "username", WORDS, OF_BOTH, OF_USERS)                                              \
    X(NAME, "name", WORDS, OF_BOTH, OF_USERS)
#define X(name, words, type, asked, set) RULE_##name,
typedef enum { RULE_FIELD_MAP(X) RULE_FIELDS } rule_field;
#undef X
const char *rule_field_name(rule_field f);

enum { RULE_BYTES_MAX = 4096, RULE_CONDITIONS_MAX = 256, RULE_DEPTH_MAX = 32 };

/* Times are milliseconds since 1970, as two's complement; ids, counts, a record_origin, a
 * tweet_kind and the id of a person are numbers; of a reference 0 is none. */
typedef struct {
    uint64_t number;
    text words;
} rule_value;

/* One tweet or person: only what the rule reads has to be there. */
typedef struct {
    bool is_user;
    rule_value values[RULE_FIELDS]; /* AUTHOR: a person's own id; USERNAME: of the author. */
} rule_subject;

typedef struct {
    int64_t now_ms;    /* What -1h is counted from. */
    int64_t latest_ms; /* No time may be set to later than this, or before Twitter began. */
} rule_times;

typedef written_error rule_error; /* in_set: in `set`, else in `where`. */

typedef struct rule rule;
/* BAD_FORMAT: *e says what is wrong (e may be NULL); NO_MEMORY.  Keeps nothing borrowed. */
status rule_read(text where, text set, const rule_times *times, rule **result, rule_error *e);
void rule_free(rule *r); /* NULL is allowed. */

/* A bit a field: what `where` asks or `set` reckons from. */
uint32_t rule_reads(const rule *r);
/* A bit a field that it sets, of tweets or of people; 0: none of them can match. */
uint32_t rule_sets(const rule *r, bool of_users);
bool rule_matches(const rule *r, const rule_subject *s);
/* What becomes of a field that it sets; counts stay within 32 bits, halves are rounded up.
 * False when that is no value it can have (a time beyond all times): it stays as it is. */
bool rule_value_after(const rule *r, rule_field f, const rule_subject *s, rule_value *after);

#endif
