/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_FLOW_LATER_H
#define DUNLIN_PIPELINE_FLOW_LATER_H

#include "pipeline/flow/graph.h"

/* Deltas that wait for a later iteration of the present epoch. */
typedef struct {
    batch **batches; /* By iteration; NULL: none. */
    size_t batch_count;
    uint32_t waiting, least; /* Batches; no iteration before `least` has one. */
} later;

void later_deinit(later *l);
/* Where deltas for an iteration go; NULL when out of memory. */
batch *later_at(later *l, uint32_t iteration, size_t row_bytes);
/* Moves what waits for an iteration behind what is in `to`; false: nothing did. */
bool later_take(later *l, uint32_t iteration, batch *to);
bool later_has(const later *l, uint32_t iteration);
uint32_t later_next(const later *l, uint32_t from); /* ITERATION_NONE: nothing waits. */
void later_drop(later *l);                          /* At an epoch's end. */
size_t later_bytes(const later *l);

#endif
