/* SPDX-License-Identifier: MIT */
/* graph -- dunlin's own dataflow, built from the query files of this folder.
 *
 * Each build function says what its tables are, as a batch would; how changes flow
 * is the engine's concern.  Built once; engine thread. */
#ifndef DUNLIN_PIPELINE_QUERIES_GRAPH_H
#define DUNLIN_PIPELINE_QUERIES_GRAPH_H

#include "pipeline/base/idmap.h"
#include "pipeline/flow/view.h"
#include "pipeline/queries/places.h"
#include "pipeline/queries/rows.h"

enum { BOARD_ROWS = 100, CLEANING_ROUNDS_MAX = 1000 };

typedef struct {
    uint32_t clean_min;              /* Responses from which an author is reliable. */
    uint64_t cutoff_num, cutoff_den; /* Speaks when close / n > num / den, in integers. */
    bool other_strings;              /* Equal strings are no evidence of closeness. */
} cleaning_options;

/* The parts that queries/X.c builds and others use. */
typedef struct {
    flow_table *responses;                                 /* responses.c */
    flow_table *homes, *pairs, *cells;                     /* locating.c */
    flow_table *bad, *rounds, *verdicts, *clean;           /* cleaning.c */
    flow_table *tweet_totals, *author_totals, *responders; /* influence.c */
    flow_table *tweet_board, *author_board;
    flow_table *place_totals;                                                  /* locating.c */
    flow_table *minutes;                                                       /* timeline.c */
    flow_table *known, *profiles, *received, *located_sum, *clean_sum, *langs; /* stats.c */
} graph_tables;

typedef struct graph graph;
struct graph {
    flow *flow;
    flow_views *views;
    flow_table *tweets, *users, *audience, *notices, *nothing; /* Inputs; nothing stays empty. */
    flow_table *hashtags, *links;                              /* Inputs of mention_row. */
    flow_table *versions;                                      /* Input of original_row. */
    flow_loop *cleaning_loop;
    places *places;              /* Borrowed, as are the ids. */
    idmap *tweet_ids, *user_ids; /* Numbers in rows <-> ids outside. */
    cleaning_options cleaning;
    graph_tables t;
    /* What readers see; keys are the rows' dense numbers. */
    flow_view *version_view; /* Of the ids of edited tweets: the original_row that stands. */
    flow_view *tweet_view, *user_view, *audience_view, *home_view;
    flow_view *tweet_total_view, *author_total_view, *responders_view, *clean_view;
    flow_view *place_total_view, *verdict_view, *round_view, *minute_view;
    flow_view *notices_view, *known_view, *profiles_view, *received_view, *located_view,
        *clean_sum_view, *lang_view;
    flow_view *tweet_board_view, *author_board_view; /* The 100 with most influence. */
    flow_scan *response_scan;                        /* All responses: response_row. */
    flow_scan *hashtag_scan, *link_scan;             /* mention_row, by the tweet as time. */
};

/* *why names what failed, for people; static or the graph's. */
status graph_new(uint64_t hash_seed, places *p, idmap *tweet_ids, idmap *user_ids,
                 const cleaning_options *o, graph **result, const char **why);
void graph_free(graph *g); /* No snapshot may be left; NULL is allowed. */

/* In order of use; each in the file of its name. */
void responses_build(graph *g);
void locating_build(graph *g);
void cleaning_build(graph *g);
void influence_build(graph *g);
void timeline_build(graph *g);
void stats_build(graph *g);

/* sqrt(followers) / max(tweets, 1)^(1/4), in 2^-32, rounded to nearest. */
uint64_t response_weight(uint64_t followers, uint64_t tweets);

/* Lower and upper end of the 95 % interval of a mean of n values with these sums, all
 * in units of 1e-6: mean +- 1.96 s / sqrt(n), s with n - 1.  False for
 * n < 2.  Only + - * / and sqrt of IEEE 754: the same bits everywhere. */
bool mean_interval(uint64_t n, int64_t sum, flow_i128 sum_of_squares, double *low, double *high);
/* The standard deviation s of the values (with n - 1), and the lower end of its own 95 %
 * interval, s - 1.96 s / sqrt(2 (n - 1)): two people who disagree are no controversy yet. */
bool mean_spread(uint64_t n, int64_t sum, flow_i128 sum_of_squares, double *spread, double *low);

#endif
