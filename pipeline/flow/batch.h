/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_FLOW_BATCH_H
#define DUNLIN_PIPELINE_FLOW_BATCH_H

#include "pipeline/flow/schema.h"
#include "pipeline/flow/weight.h"

/* Deltas: rows and their weights.  Memory stays for the next epoch; an addition
 * that finds none sets `failed` and changes nothing. */
typedef struct {
    uint8_t *rows;
    int64_t *weights;
    size_t count, capacity, weight_capacity; /* The last: at least the other. */
    uint32_t row_bytes;
    bool failed;
    bool is_consolidated; /* No row twice, no weight 0. */
} batch;

void batch_init(batch *b, size_t row_bytes);
void batch_deinit(batch *b);
void batch_clear(batch *b); /* Keeps the memory; the empty batch is consolidated. */
/* Room for one more row at batch_row(b, b->count); false when out of memory. */
bool batch_grow(batch *b);
void batch_append(batch *to, const batch *from, int64_t sign);
size_t batch_bytes(const batch *b);

static inline void *batch_row(const batch *b, size_t i) {
    return b->rows + i * b->row_bytes;
}

/* A row to be filled by the caller, zeroed; NULL when out of memory.  Counts it. */
static inline void *batch_take(batch *b, int64_t weight) {
    if (b->count == b->capacity && !batch_grow(b)) return NULL;
    void *row = batch_row(b, b->count);
    memset(row, 0, b->row_bytes);
    b->weights[b->count++] = weight;
    b->is_consolidated = false;
    return row;
}

static inline void batch_add(batch *b, const void *row, int64_t weight) {
    if (b->count == b->capacity && !batch_grow(b)) return;
    copy_bytes(batch_row(b, b->count), row, b->row_bytes);
    b->weights[b->count++] = weight;
    b->is_consolidated = false;
}

/* Scratch of consolidation, shared by all batches of a graph. */
typedef struct {
    uint32_t *heads;
    size_t capacity;
    uint64_t seed;
} consolidator;

void consolidator_deinit(consolidator *c);
/* Weights, not flags: a row that is taken back arrives as -1 and must cancel its +1
 * exactly, in whatever order they came.  False when out of memory. */
bool batch_consolidate(batch *b, consolidator *c);

#endif
