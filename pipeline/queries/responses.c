/* SPDX-License-Identifier: MIT */
/* responses -- a tweet that refers to another, joined with that tweet.
 *
 * As a batch: SELECT ... FROM tweets r JOIN originals o ON r.ref = o.ref WHERE
 * r.author <> o.author.  When the original comes later the response appears then;
 * when either is deleted it goes.  Of an original in several versions o.tweet is the
 * newest there is, whichever r.ref names. */
#include "pipeline/queries/graph.h"
#include "sentiment/sentiment.h"

#include <math.h>

/* Square roots are exact in IEEE 754, so this is one number everywhere. */
uint64_t response_weight(uint64_t followers, uint64_t tweets) {
    double weight = sqrt((double)followers) / sqrt(sqrt((double)(tweets == 0 ? 1 : tweets)));
    return (uint64_t)(weight * 4294967296.0 + 0.5);
}

static bool refers(const void *row, void *context) {
    (void)context;
    return ((const tweet_row *)row)->ref != NO_NUMBER;
}

static const char *to_reaction(const void *row, void *out, void *context) {
    const tweet_row *t = row;
    reaction_row *r = out;
    (void)context;
    r->weight = response_weight(t->followers, t->tweets);
    r->tweet = t->tweet;
    r->ref = t->ref;
    r->responder = t->author;
    r->minute = t->minute;
    r->lang = t->lang;
    r->kind = t->kind;
    /* A retweet repeats the author's words: it speaks for reach, not for mood. */
    if (t->label != SENTIMENT_UNKNOWN)
        r->words = t->kind == KIND_RETWEET ? WORDS_SCORED : WORDS_SCORED | WORDS_RECEIVED;
    r->score = t->label != SENTIMENT_UNKNOWN ? t->score : 0;
    return NULL;
}

static bool is_single(const void *row, void *context) {
    (void)context;
    return (((const tweet_row *)row)->flags & TWEET_HAS_VERSIONS) == 0;
}

static const char *to_original(const void *row, void *out, void *context) {
    const tweet_row *t = row;
    (void)context;
    *(original_row *)out = (original_row){t->tweet, t->tweet, t->author};
    return NULL;
}

static bool to_response(const void *left, const void *right, void *out, void *context) {
    const reaction_row *r = left;
    const original_row *o = right;
    response_row *response = out;
    (void)context;
    if (r->responder == o->author) return false; /* An answer to oneself is none. */
    response->weight = r->weight;
    response->score = r->score;
    response->tweet = r->tweet;
    response->ref = o->tweet;
    response->author = o->author;
    response->responder = r->responder;
    response->minute = r->minute;
    response->lang = r->lang;
    response->kind = r->kind;
    response->words = r->words;
    return true;
}

void responses_build(graph *g) {
    flow_table *reactions = flow_name(
        flow_map(flow_filter(g->tweets, refers, NULL), &reaction_row_schema, to_reaction, NULL),
        "reactions");
    flow_table *single =
        flow_map(flow_filter(g->tweets, is_single, NULL), &original_row_schema, to_original, NULL);
    flow_table *originals = flow_name(flow_concat(single, g->versions), "originals");
    g->t.responses = flow_name(flow_join(reactions, FLOW_BY("ref"), originals, FLOW_BY("ref"),
                                         &response_row_schema, to_response, NULL),
                               "responses");
}
