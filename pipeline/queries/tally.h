/* SPDX-License-Identifier: MIT */
/* tally -- sums over the responses of any window, and the best of them.
 *
 * Windows are answered on read by scanning the time-ordered column store: to keep
 * six windows up to date would cost ten times the work of a response. */
#ifndef DUNLIN_PIPELINE_QUERIES_TALLY_H
#define DUNLIN_PIPELINE_QUERIES_TALLY_H

#include "pipeline/queries/moment.h"

typedef enum { TALLY_TWEETS, TALLY_AUTHORS } tally_subject;

/* Responses in minutes [begin, end), by lang unless that is empty, summed by subject:
 * a row a tweet or author in *rows, which the caller frees, in no order. */
status tally_window(const moment *m, tally_subject subject, uint32_t begin, uint32_t end, text lang,
                    total_row **rows, size_t *count);

/* The first `limit` rows by a sort of boards ("influence", "responses", "retweets",
 * "replies", "sentiment"), best first, ties by outside id.  By sentiment: the lower end
 * of the interval, rows with fewer than two answers left out. */
typedef enum {
    SORT_INFLUENCE,
    SORT_RESPONSES,
    SORT_RETWEETS,
    SORT_REPLIES,
    SORT_SENTIMENT
} board_sort;
typedef struct {
    int64_t mark; /* What the sort says of it; equal ones go by influence, then outside id. */
    total_row row;
} best_row;
typedef struct {
    const idmap *ids;
    board_sort sort;
    size_t limit, count;
    best_row rows[];
} best_rows;
best_rows *best_new(const idmap *ids, board_sort sort, size_t limit); /* free() ends it. */
void best_offer(best_rows *b, const total_row *row);
void best_end(best_rows *b); /* Sorts: nothing is offered after it. */

extern const char *const board_sorts[]; /* By board_sort; NULL-ended. */
/* The best of a window, or of all time from the maintained tables. */
typedef struct {
    query_window window;
    int64_t start_ms, end_ms;
    text lang;
    board_sort sort;
    size_t limit;
} board_params;
board_params board_params_of(const query_params *p);
/* *best is the caller's to free; [*begin, *end) are the window's minutes. */
status board_best(const moment *m, tally_subject subject, const board_params *p, best_rows **best,
                  uint32_t *begin, uint32_t *end);

#endif
