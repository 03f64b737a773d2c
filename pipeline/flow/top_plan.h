/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_FLOW_TOP_PLAN_H
#define DUNLIN_PIPELINE_FLOW_TOP_PLAN_H

#include "pipeline/flow/graph.h"

/* What a top does, whether it stands inside a loop or outside. */

typedef struct {
    key_plan group;
    order_plan order; /* Its words begin with the group's columns. */
    size_t count;     /* Rows wanted; one of weight w counts as w. */
} top_plan;

/* The words that are not above those of any row of this row's group. */
void top_plan_group_start(const top_plan *p, const uint64_t *row, uint64_t *start);
bool top_plan_same_group(const top_plan *p, const uint64_t *a, const uint64_t *b);
/* Words of a row of the group with this packed key. */
void top_plan_key_words(const top_plan *p, const void *key, uint64_t *words);

flow_table *top_outside(flow_table *t, const top_plan *p);
flow_table *top_in_loop(flow_table *t, const top_plan *p);

#endif
