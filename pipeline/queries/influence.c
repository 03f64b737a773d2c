/* SPDX-License-Identifier: MIT */
/* influence -- whose voice carries: sums over the responses to a tweet, and to all
 * tweets of an author.
 *
 * As a batch: SELECT ref, count(*), sum(weight), ... GROUP BY ref; the same BY
 * author; responders = count of an author's pairs.  A response weighs
 * sqrt(followers) / max(tweets, 1)^(1/4) of the person responding. */
#include "pipeline/queries/graph.h"

#include <math.h>

static const char *to_total(const response_row *r, uint32_t id, total_row *t) {
    t->influence = r->weight;
    t->score_sum = r->score;
    t->score_sq = r->score_sq;
    t->id = id;
    t->retweets = r->retweet;
    t->replies = r->reply;
    t->quotes = r->quote;
    t->received = r->received;
    return NULL;
}

static const char *to_tweet_total(const void *row, void *out, void *context) {
    (void)context;
    return to_total(row, ((const response_row *)row)->ref, out);
}

static const char *to_author_total(const void *row, void *out, void *context) {
    (void)context;
    return to_total(row, ((const response_row *)row)->author, out);
}

static flow_table *sum_up(flow_table *parts) {
    return flow_group(
        parts, FLOW_BY("id"), &total_row_schema,
        FLOW_REDUCERS({FLOW_COUNT, "responses", NULL}, {FLOW_SUM, "influence", "influence"},
                      {FLOW_SUM, "retweets", "retweets"}, {FLOW_SUM, "replies", "replies"},
                      {FLOW_SUM, "quotes", "quotes"}, {FLOW_SUM, "received", "received"},
                      {FLOW_SUM, "score_sum", "score_sum"}, {FLOW_SUM, "score_sq", "score_sq"}));
}

static const char *to_board(const void *row, void *out, void *context) {
    const total_row *t = row;
    board_row *b = out;
    b->influence = t->influence;
    b->outside_id = idmap_id(context, t->id);
    b->id = t->id;
    return NULL;
}

static flow_table *top_of(flow_table *totals, idmap *ids) {
    return flow_top(flow_map(totals, &board_row_schema, to_board, ids), FLOW_NONE,
                    FLOW_BY("-influence", "outside_id"), BOARD_ROWS);
}

void influence_build(graph *g) {
    flow_table *by_tweet = flow_map(g->t.responses, &total_row_schema, to_tweet_total, NULL);
    flow_table *by_author = flow_map(g->t.responses, &total_row_schema, to_author_total, NULL);
    g->t.tweet_totals = flow_name(sum_up(by_tweet), "tweet totals");
    g->t.author_totals = flow_name(sum_up(by_author), "author totals");
    g->t.responders = flow_name(flow_group(g->t.pairs, FLOW_BY("author"), &responders_row_schema,
                                           FLOW_REDUCERS({FLOW_COUNT, "responders", NULL})),
                                "responders");
    g->t.tweet_board = flow_name(top_of(g->t.tweet_totals, g->tweet_ids), "top tweets");
    g->t.author_board = flow_name(top_of(g->t.author_totals, g->user_ids), "top authors");
}

bool mean_interval(uint64_t n, int64_t sum, flow_i128 sum_of_squares, double *low, double *high) {
    if (n < 2) return false;
    double count = (double)n, mean = (double)sum / count;
    /* n * sum of squares - sum^2 is exact in 128 bits: no cancellation of doubles. */
    flow_i128 spread = (flow_i128)n * sum_of_squares - (flow_i128)sum * sum;
    double variance = (double)(spread < 0 ? 0 : spread) / (count * (count - 1));
    double margin = 1.96 * sqrt(variance) / sqrt(count);
    *low = (mean - margin) / 1e6;
    *high = (mean + margin) / 1e6;
    return true;
}
