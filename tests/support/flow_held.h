/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_TESTS_SUPPORT_FLOW_HELD_H
#define DUNLIN_TESTS_SUPPORT_FLOW_HELD_H

#include "pipeline/flow/flow.h"

/* The rows that an output holds, summed up; small enough for a plain list.  Start
 * with {.row_bytes = sizeof(the row)}; `hold` is the sink. */
enum { HELD_ROWS_MAX = 64 };
typedef struct {
    unsigned char rows[HELD_ROWS_MAX][64];
    int64_t weights[HELD_ROWS_MAX];
    size_t count, row_bytes;
    size_t changes; /* Calls of the sink. */
} held;

void hold(const void *row, int64_t weight, void *held_rows); /* Over 64 rows end the test. */
int64_t weight_of(const held *h, const void *row);
void commit(flow *f); /* Fails the test when it fails. */

#endif
