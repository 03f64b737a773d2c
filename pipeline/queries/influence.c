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
    t->id = id;
    t->retweets = r->kind == KIND_RETWEET;
    t->replies = r->kind == KIND_REPLY;
    t->quotes = r->kind == KIND_QUOTE;
    if ((r->words & WORDS_RECEIVED) == 0) return NULL;
    t->received = 1;
    t->score_sum = r->score;
    t->score_sq = (int64_t)r->score * r->score;
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

/* With n - 1, in squares of 1e-6. */
static double variance_of(uint64_t n, int64_t sum, flow_i128 sum_of_squares) {
    /* n * sum of squares - sum^2 is exact in 128 bits: no cancellation of doubles. */
    flow_i128 spread = (flow_i128)n * sum_of_squares - (flow_i128)sum * sum;
    double count = (double)n;
    return (double)(spread < 0 ? 0 : spread) / (count * (count - 1));
}

bool mean_spread(uint64_t n, int64_t sum, flow_i128 sum_of_squares, double *spread, double *low) {
    if (n < 2) return false;
    *spread = sqrt(variance_of(n, sum, sum_of_squares)) / 1e6;
    *low = *spread - 1.96 * *spread / sqrt(2 * ((double)n - 1));
    return true;
}

bool mean_interval(uint64_t n, int64_t sum, flow_i128 sum_of_squares, double *low, double *high) {
    if (n < 2) return false;
    double count = (double)n, mean = (double)sum / count;
    double margin = 1.96 * sqrt(variance_of(n, sum, sum_of_squares)) / sqrt(count);
    *low = (mean - margin) / 1e6;
    *high = (mean + margin) / 1e6;
    return true;
}
