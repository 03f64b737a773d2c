/* SPDX-License-Identifier: MIT */
/* query -- the questions that can be asked, one row each.
 *
 * This table drives the routes, the live stream's topics, the parameters and the
 * documentation: a new question is a file and a row in queries.c. */
#ifndef DUNLIN_PIPELINE_QUERIES_QUERY_H
#define DUNLIN_PIPELINE_QUERIES_QUERY_H

#include "pipeline/base/json.h"
#include "pipeline/base/status.h"

/* All answers of one moment come from one epoch.  A moment is immutable; any
 * thread may read it until it is released. */
typedef struct moment moment;
uint64_t moment_epoch(const moment *m);
/* The minute of the newest tweet heard, which presets count back from and as_of says;
 * INT64_MIN before the first. */
int64_t moment_newest_ms(const moment *m);
/* Grows whenever something that was held is deleted or hidden. */
uint64_t moment_taken_away(const moment *m);

/* Which parameters a question takes. */
enum {
    QUERY_WINDOW = 1 << 0, /* window=5m|15m|1h|6h|24h|all, or start= and end= */
    QUERY_SORT = 1 << 1,   /* one of the query's sorts */
    QUERY_LIMIT = 1 << 2,  /* 1 to 100, default 10 */
    QUERY_LANG = 1 << 3,   /* a language code */
    QUERY_ID = 1 << 4,     /* {id} in the path */
    QUERY_TEXT = 1 << 5,   /* text= */
    QUERY_PLACE = 1 << 6,  /* place=, country=, bbox= */
    QUERY_AUTHOR = 1 << 7,
    QUERY_HASHTAG = 1 << 8,
    QUERY_KIND = 1 << 9,       /* comma list of retweet, reply, quote */
    QUERY_LOCATED = 1 << 10,   /* located=, clean=: true or false */
    QUERY_SENTIMENT = 1 << 11, /* sentiment=received|all */
    QUERY_CURSOR = 1 << 12,    /* cursor=, as an earlier answer's next_token */
    QUERY_EXPORT = 1 << 13,    /* limit may be up to 10000: the server's own, for exports */
    QUERY_WANTED = 1 << 14,    /* q=, as wanted.h reads it */
    QUERY_SIDES = 1 << 15,     /* a=, b=, c=, d=, each as q= */
    QUERY_FIELDS = 1 << 19,    /* fields=, a comma list of members: the server's own, of rows */
    QUERY_FILTER = QUERY_LANG | QUERY_PLACE | QUERY_AUTHOR | QUERY_HASHTAG | QUERY_KIND |
                   QUERY_LOCATED | QUERY_WANTED,
};
enum { QUERY_SIDES_MAX = 4 };
enum { QUERY_LIMIT_MAX = 100, QUERY_LIMIT_EXPORT_MAX = 10000 };

typedef enum {
    WINDOW_ALL,
    WINDOW_5M,
    WINDOW_15M,
    WINDOW_1H,
    WINDOW_6H,
    WINDOW_24H,
    WINDOW_GIVEN
} query_window;

/* Which responses count.  What is empty or zero lets all pass. */
enum { QUERY_KIND_RETWEET = 1 << 1, QUERY_KIND_REPLY = 1 << 2, QUERY_KIND_QUOTE = 1 << 3 };
typedef enum { QUERY_ANY, QUERY_TRUE, QUERY_FALSE } query_bool;
/* In 1e-7 degree, with its edges; where west is more than east it crosses the antimeridian. */
typedef struct {
    bool is_given;
    int32_t west_e7, south_e7, east_e7, north_e7;
} query_box;
typedef struct {
    text lang;      /* Of the response. */
    text place;     /* Whose author is there: a place's id, else its name in any ASCII case, else
                       a text that the geocoder knows. */
    text country;   /* Whose author is in it: two letters, or a text that the geocoder knows. */
    text author;    /* To tweets of this author: an id, or @username in any ASCII case. */
    text hashtag;   /* To tweets with it, in any case, with or without #. */
    text wanted;    /* To tweets that it matches: wanted.h, which reads it. */
    query_box box;  /* Whose author's place is a map point in it. */
    unsigned kinds; /* QUERY_KIND_...; 0 is all of them. */
    query_bool located; /* Both ends make a map point. */
    query_bool clean;   /* Located, and no end is bad. */
} query_filter;

/* Where a page of an answer begins, and as of which minute all pages are.  Words without
 * meaning to anybody but the query that wrote them; words[0] is not 0.  A query refuses
 * what is not of its kind and its sort with STATUS_BAD_ARGUMENT, and survives any words. */
enum { QUERY_CURSOR_WORDS = 8 };
typedef struct {
    uint64_t words[QUERY_CURSOR_WORDS];
} query_cursor;

/* Texts are borrowed for the call. */
typedef struct {
    query_window window;
    /* With WINDOW_GIVEN: [start, end), snapped to minutes outward; 0 or less: so long before the
     * end of the newest minute. */
    int64_t start_ms, end_ms;
    const char *sort; /* One of the query's sorts; NULL: the first of them. */
    uint32_t limit;
    query_filter filter;
    text sides[QUERY_SIDES_MAX]; /* a, b, c, d; what is empty is none. */
    bool all_texts;              /* sentiment=all: `received` sums every response's own text. */
    uint64_t id;
    text text;
    /* cursor= as it came (text), which the server turns into `cursor`; NULL: the first page. */
    text token;
    text fields; /* fields= as it came, for the server; empty: all members. */
    const query_cursor *cursor;
    /* Results beside the JSON; both may be NULL.  *next is written when there is a next page,
     * else its words[0] becomes 0.  *wrong is, with STATUS_NOT_FOUND or BAD_ARGUMENT, the
     * name of the parameter whose value names nothing ("place", "country", "author", "cursor";
     * static), or NULL. */
    query_cursor *next;
    const char **wrong;
} query_params;

/* What a query is asked with and where it writes. */
typedef struct query query;
struct query {
    const char *path;    /* Below /api/v1/, "tweets/top", "tweets/{id}". */
    const char *summary; /* One sentence, for the documentation. */
    unsigned params;
    const char *const *sorts; /* NULL-ended; NULL without QUERY_SORT. */
    const char *content_type; /* NULL: application/json in the envelope. */
    /* Writes the members of the envelope ("data", "includes", "meta" without as_of and
     * epoch, which the server adds), or the whole body when content_type is set.
     * STATUS_NOT_FOUND: no such id, or no such place or author as a filter names (*wrong
     * tells); a language or hashtag that never came gives an empty answer.
     * STATUS_BAD_ARGUMENT: a cursor of another question. */
    status (*answer)(const moment *m, const query_params *p, json_writer *w);
};
extern const query queries[];
extern const size_t query_count;
const char *query_window_text(query_window w); /* "5m", ... */
bool query_window_from(text t, query_window *w);

/* A topic of the live stream: its state as of a moment, and the difference to an
 * earlier state.  `make` may cost milliseconds and is called at most once a tick a
 * (topic, window); all clients share the frames. */
typedef struct topic_state topic_state; /* Each topic's own. */
typedef struct {
    const char *name; /* The event's name and the value in topics=. */
    bool has_window;  /* One stream a window preset. */
    uint32_t ticks;   /* Made every so many ticks. */
    topic_state *(*make)(const moment *m, query_window window); /* NULL: no memory. */
    /* JSON objects, one line.  A full frame needs no frame before it; a change frame
     * applies to `before`.  write_change returns false when nothing changed. */
    void (*write_full)(const topic_state *now, json_writer *w);
    bool (*write_change)(const topic_state *before, const topic_state *now, json_writer *w);
    void (*free)(topic_state *s); /* NULL is allowed. */
} stream_topic;
extern const stream_topic stream_topics[];
extern const size_t stream_topic_count;

#endif
