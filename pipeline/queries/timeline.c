/* SPDX-License-Identifier: MIT */
/* timeline -- volume and mood of each minute, of tweets heard.
 *
 * As a batch: SELECT minute, count(*), ... FROM tweets WHERE heard GROUP BY minute. */
#include "pipeline/queries/graph.h"
#include "sentiment/sentiment.h"

static const char *to_heard(const void *row, flow_emitter *e, void *context) {
    const tweet_row *t = row;
    (void)context;
    if ((t->flags & TWEET_IS_HEARD) == 0) return NULL;
    heard_row h = {
        .minute = t->minute,
        .retweet = t->kind == KIND_RETWEET,
        .reply = t->kind == KIND_REPLY,
        .quote = t->kind == KIND_QUOTE,
        .positive = t->label == SENTIMENT_POSITIVE,
        .neutral = t->label == SENTIMENT_NEUTRAL,
        .negative = t->label == SENTIMENT_NEGATIVE,
        .unknown = t->label == SENTIMENT_UNKNOWN,
    };
    flow_emit(e, &h);
    return NULL;
}

void timeline_build(graph *g) {
    flow_table *heard =
        flow_name(flow_flat_map(g->tweets, &heard_row_schema, to_heard, NULL), "heard");
    g->t.minutes = flow_name(
        flow_group(heard, FLOW_BY("minute"), &minute_row_schema,
                   FLOW_REDUCERS({FLOW_COUNT, "tweets", NULL}, {FLOW_SUM, "retweets", "retweet"},
                                 {FLOW_SUM, "replies", "reply"}, {FLOW_SUM, "quotes", "quote"},
                                 {FLOW_SUM, "positive", "positive"}, {FLOW_SUM, "neutral", "neutral"},
                                 {FLOW_SUM, "negative", "negative"},
                                 {FLOW_SUM, "unknown", "unknown"})),
        "minutes");
}
