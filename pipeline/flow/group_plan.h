/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_FLOW_GROUP_PLAN_H
#define DUNLIN_PIPELINE_FLOW_GROUP_PLAN_H

#include "pipeline/flow/graph.h"

/* What a group does, whether it stands inside a loop or outside. */

enum { REDUCERS_MAX = 8 };

/* count, sum and avg: of all rows; the others: an extreme each, the best value first,
 * but that the best value of a majority is the one with the most votes. */
typedef struct {
    flow_reduction kind;
    const flow_column *into, *from, *by; /* by: of argmax and argmin. */
    size_t slot;                         /* Among the sums or among the extremes. */
    uint8_t from_bytes, by_bytes, rank_bytes;
    flow_u128 from_bias, by_bias; /* Moves signed values up to be unsigned. */
} reducer_plan;

typedef struct {
    key_plan key;
    const flow_schema *out;
    bool is_distinct;
    reducer_plan reducers[REDUCERS_MAX];
    size_t reducer_count, sum_count, extreme_count;
    const flow_column *sums[REDUCERS_MAX];
    const reducer_plan *extremes[REDUCERS_MAX];
    struct {
        uint16_t from, to, bytes;
    } key_copies[ROW_BYTES_MAX]; /* From the packed key to the output row. */
    size_t key_copy_count;
} group_plan;

/* The state of a group at a time. */
typedef struct {
    int64_t count;
    flow_u128 sums[REDUCERS_MAX];
    flow_i128 bests[REDUCERS_MAX]; /* Meaningless unless count > 0. */
} group_value;

/* What a state shows: a row, or a failure, or nothing. */
typedef enum { SHOWS_NOTHING, SHOWS_ROW, FAILS_NEGATIVE, FAILS_OVERFLOW } group_shows;
typedef struct {
    group_shows shows;
    _Alignas(16) uint8_t row[ROW_BYTES_MAX];
} group_answer;

const char *group_failure(group_shows shows); /* NULL: it is none. */
void group_answer_of(const group_plan *p, const void *key, const group_value *v, group_answer *a);

/* An extreme's values as numbers of which the best is the least, of 4, 8 or 16 bytes:
 * for argmax and argmin `by` above `from`. */
static inline size_t extreme_bytes(const reducer_plan *r) {
    return r->rank_bytes;
}
flow_u128 extreme_rank(const reducer_plan *r, const void *row);
flow_i128 extreme_value(const reducer_plan *r, flow_u128 rank);

flow_table *group_outside(flow_table *t, const group_plan *p);
flow_table *group_in_loop(flow_table *t, const group_plan *p);

#endif
