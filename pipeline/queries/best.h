/* SPDX-License-Identifier: MIT */
/* best -- the first rows of a board, page by page.
 *
 * An order is total: by the sort's mark, then influence, then a tie that follows from
 * what the row is of.  So a page begins behind a row, wherever that row would be by now. */
#ifndef DUNLIN_PIPELINE_QUERIES_BEST_H
#define DUNLIN_PIPELINE_QUERIES_BEST_H

#include "pipeline/queries/moment.h"

/* What a board says of one subject: a tweet, an author, a place, ... */
typedef struct {
    total_row total;                      /* id: the subject's number. */
    uint64_t recent;                      /* 2^-32; with a sort by recent. */
    uint32_t tweets, authors, responders; /* Distinct; where the board shows them. */
    uint32_t spare;
} board_line;

typedef enum {
    SORT_INFLUENCE,
    SORT_RESPONSES,
    SORT_RETWEETS,
    SORT_REPLIES,
    SORT_QUOTES,
    SORT_RESPONDERS,
    SORT_RECEPTION,
    SORT_CONTROVERSY,
    SORT_RECENT_5M,
    SORT_RECENT_1H,
    SORT_RECENT_6H,
    SORT_SENTIMENT, /* Reception's old name. */
} board_sort;
extern const char *const board_sorts[];       /* By board_sort; NULL-ended. */
board_sort board_sort_from(const char *name); /* NULL, or no sort: by influence. */

typedef struct {
    uint64_t words[2]; /* Unequal for unequal subjects. */
} best_tie;
typedef best_tie (*best_tie_of)(const moment *m, uint32_t number);

/* Where a row stands. */
typedef struct {
    int64_t mark;
    flow_i128 influence;
    best_tie tie;
} best_position;

typedef struct {
    int64_t mark;
    board_line s;
} best_row;

typedef struct {
    const moment *moment;
    best_tie_of tie_of;
    board_sort sort;
    const best_position *after; /* Borrowed; NULL: from the first. */
    size_t limit, count;
    best_row rows[];
} best_rows;

best_rows *best_new(const moment *m, best_tie_of tie_of, board_sort sort, size_t limit,
                    const best_position *after); /* free() ends it; NULL: no memory. */
/* By reception and controversy rows with fewer than two answers are left out. */
void best_offer(best_rows *b, const board_line *s);
void best_end(best_rows *b); /* Sorts: nothing is offered after it. */
best_position best_position_of(const best_rows *b, const best_row *row);

#endif
