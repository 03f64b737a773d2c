/* SPDX-License-Identifier: MIT */
/* fix_board -- the authors' board of all time as it would be after a fix, without making it.
 *
 * A fix that leaves references as they are changes no response but its weight.  So the
 * board follows from the tweets whose weight it changes, one pass over the responses, and
 * one over the authors' sums: far less than an epoch, and exact. */
#ifndef DUNLIN_PIPELINE_QUERIES_FIX_BOARD_H
#define DUNLIN_PIPELINE_QUERIES_FIX_BOARD_H

#include "pipeline/queries/moment.h"

/* What each tweet would weigh as a response, by ascending number.  Start with {0}. */
typedef struct {
    struct {
        uint32_t tweet;
        uint64_t weight;
    } * items;
    size_t count, capacity;
} fix_weights;
bool fix_weights_add(fix_weights *w, uint32_t tweet, uint64_t followers, uint64_t tweets);
void fix_weights_deinit(fix_weights *w);

enum { FIX_BOARD_ROWS = 10 };
typedef struct {
    uint32_t user;
    uint32_t was; /* Its rank before, from 1. */
    flow_i128 before, after;
} fix_board_row;
typedef struct {
    fix_board_row rows[FIX_BOARD_ROWS]; /* The first, after it. */
    size_t count;
} fix_board;

/* Of the moment that the weights were found at. */
status fix_board_make(const moment *m, const fix_weights *w, fix_board *result);

#endif
