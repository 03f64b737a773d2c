/* SPDX-License-Identifier: MIT */
/* record -- what a line of any source says, in one form.
 *
 * A decoded item is a list of records plus one verdict.  Texts are borrowed from
 * the batch's arena or from its input bytes and die with the batch. */
#ifndef DUNLIN_PIPELINE_DECODE_RECORD_H
#define DUNLIN_PIPELINE_DECODE_RECORD_H

#include "pipeline/base/arena.h"
#include "pipeline/base/buffer.h"

typedef enum {
    RECORD_TWEET,     /* A tweet's fields, its own line or embedded. */
    RECORD_USER,      /* A user's fields. */
    RECORD_DELETE,    /* tweet.id is gone since observed_ms. */
    RECORD_UNDELETE,  /* tweet.id is back since observed_ms. */
    RECORD_SCRUB_GEO, /* user.id wants geo gone up to tweet id `up_to`. */
    RECORD_HIDE_USER, /* All tweets of hide.user_id are hidden, or no longer are. */
    RECORD_WITHHOLD,  /* A tweet, or a user's tweets, are withheld in some countries. */
    RECORD_EDIT,      /* edit.from was replaced by its newer version edit.to. */
    RECORD_FIX,       /* A rule over what is held is in force from here on. */
    RECORD_UNDO_FIX,  /* The rule fix.number no longer is. */
} record_kind;

/* Why a user is hidden; each says it and takes it back by itself, the latest time counts. */
typedef enum { HIDE_DELETED, HIDE_PROTECTED, HIDE_SUSPENDED, HIDE_REASONS } hide_reason;

/* Where a record came from: what `source:` of a rule or filter means. */
#define RECORD_ORIGIN_MAP(X) X(FILES, "files") X(X, "x") X(MASTODON, "mastodon") X(PUSH, "push")
#define X(name, words)       ORIGIN_##name,
typedef enum { RECORD_ORIGIN_MAP(X) RECORD_ORIGINS } record_origin;
#undef X

/* Ids of Mastodon, of statuses and people, have this bit: each network numbers its own.  X's
 * reach it in 2045, Mastodon's never; it is below the sign of 64 bits. */
#define RECORD_MASTODON_ID (UINT64_C(1) << 62)

/* Which fields a tweet or user record carries.  An absent field changes nothing; a
 * field that is there and null is the empty text, or 0. */
enum {
    TWEET_AUTHOR = 1 << 0,
    TWEET_CREATED = 1 << 1,
    TWEET_TEXT = 1 << 2,
    TWEET_LANG = 1 << 3,
    TWEET_RETWEET_OF = 1 << 4, /* 0 = null: the line says it is none. */
    TWEET_REPLY_TO = 1 << 5,
    TWEET_QUOTE_OF = 1 << 6,
    TWEET_FOLLOWERS = 1 << 7, /* The author's, as this line says. */
    TWEET_TWEETS = 1 << 8,    /* The author's number of tweets, likewise. */
    TWEET_SCORE = 1 << 9,     /* score, score_label, ... are set. */
    TWEET_LINKS = 1 << 10,
    TWEET_HASHTAGS = 1 << 11,
    TWEET_COORDINATES = 1 << 12, /* It has some, or names a place: said where asked for */
    TWEET_PLACE = 1 << 13,       /* (decoder_set_geo). */
    TWEET_CORRECTS = 1 << 14,    /* Its counts are those of the tweet's own line, set right. */

    USER_NAME = 1 << 0,
    USER_USERNAME = 1 << 1,
    USER_LOCATION = 1 << 2,
    USER_FOLLOWERS = 1 << 3,
    USER_TWEETS = 1 << 4,
    USER_LANG = 1 << 5,
};

typedef struct {
    uint64_t id, author_id;
    uint64_t retweet_of, reply_to, quote_of; /* Tweet ids. */
    int64_t created_ms;
    uint64_t followers, tweets; /* Negative counts are read as 0. */
    text text, lang;            /* Text as the source has it: entities not decoded. */
    /* As the source's own lists say, in their order, apart by '\n'; one may come twice.
     * Links are expanded as far as it says; hashtags have no '#', and case as written. */
    text links, hashtags;
    bool heard;    /* Its own line, not embedded. */
    bool is_plain; /* The text's &amp; &lt; &gt; are the author's own (long tweets). */
    /* Filled in after decoding (pipeline/scoring.h), with TWEET_SCORE: */
    text user_lang;       /* The author's language in the same line, or empty. */
    text scored_lang;     /* The language the score went by. */
    int32_t score;        /* In 1e-6. */
    uint8_t score_label;  /* A sentiment_label. */
    bool lang_is_guessed; /* scored_lang came from the words. */
} tweet_record;

typedef struct {
    uint64_t id;
    uint64_t followers, tweets;
    text name, username, location, lang; /* location as sent: trimming is the logic's. */
} user_record;

typedef struct {
    record_kind kind;
    uint8_t origin;      /* A record_origin. */
    uint32_t fields;     /* TWEET_... or USER_... */
    int32_t version;     /* Of a correction; 0 for what streams and dumps bring. */
    int64_t observed_ms; /* The time of the line that carried it; 0 when it says none. */
    union {
        tweet_record tweet;
        user_record user;
        struct {
            uint64_t user_id, up_to;
        } scrub;
        struct {
            uint64_t user_id;
            hide_reason reason;
            bool is_hidden;
        } hide;
        struct {
            uint64_t tweet_id, user_id; /* One of them is 0. */
            text countries;             /* "DE,FR"; "XX": everywhere; empty: nowhere any more. */
        } withhold;
        struct {
            uint64_t from, to;
        } edit;
        struct {
            uint64_t number; /* From 1. */
            int64_t now_ms;  /* What relative times are relative to. */
            text where, set; /* The rule, as it was given. */
        } fix;
    };
} record;

/* What became of an item.  Reasons are static texts of decode's tables. */
typedef enum {
    ITEM_ACCEPTED,
    ITEM_REPAIRED,
    ITEM_IGNORED,
    ITEM_REJECTED,
    ITEM_OUTCOMES
} item_outcome;

/* What an item is, by its own form; texts for people. */
#define ITEM_KIND_MAP(X)                                                                           \
    X(OTHER, "other")                                                                              \
    X(V1, "tweets of API v1.1")                                                                    \
    X(V2, "lines of X API v2")                                                                     \
    X(V2_PAGE, "pages of X API v2")                                                                \
    X(V2_FLAT, "flattened tweets of X API v2")                                                     \
    X(DEMO, "lines of the demo")                                                                   \
    X(ROW, "rows of a table")                                                                      \
    X(ARCHIVE, "posts of an archive of X")                                                         \
    X(MASTODON, "posts of Mastodon")                                                               \
    X(NOTICE, "notices")
#define X(name, words) ITEM_KIND_##name,
typedef enum { ITEM_KIND_MAP(X) ITEM_KINDS } item_kind;
#undef X

typedef struct {
    item_outcome outcome;
    item_kind kind;
    const char *reason; /* NULL for accepted; else a key of accounting.json. */
    uint32_t file;      /* Number of the input. */
    uint64_t line;      /* From 1: the line, or the element of an array. */
    text bytes;         /* The item as it came, only when rejected. */
    uint32_t first_record, record_count;
    uint64_t missed; /* Of a limit notice: tweets that were not sent, since the connect. */
} item;

struct source_receipt; /* pipeline/sources/source.h */

/* What a decode worker hands over: owned by whoever holds it. */
typedef struct record_batch {
    arena *memory; /* Texts of the records. */
    record *records;
    size_t record_count, record_capacity;
    item *items;
    size_t item_count, item_capacity;
    uint64_t sequence;              /* Order of reading, from 0 without gaps. */
    uint64_t input_bytes;           /* Read for this batch, compressed as they came. */
    struct source_receipt *receipt; /* Of the chunk; NULL: nobody waits. */
    buffer frame;                   /* As the journal holds it (store_pack), where there is one. */
} record_batch;

record_batch *record_batch_new(void); /* NULL: no memory. */
void record_batch_free(record_batch *b);
void record_batch_clear(record_batch *b); /* Keeps memory for the next use. */
/* Room for one more, zeroed and counted; NULL: no memory. */
record *record_batch_add(record_batch *b);
item *record_batch_add_item(record_batch *b);

#endif
