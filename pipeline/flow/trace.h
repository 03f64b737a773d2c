/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_FLOW_TRACE_H
#define DUNLIN_PIPELINE_FLOW_TRACE_H

#include "pipeline/base/prefetch.h"
#include "pipeline/flow/schema.h"
#include "pipeline/flow/slab.h"
#include "pipeline/flow/slots.h"
#include "pipeline/flow/weight.h"

/* What an operator remembers: by key, the rows and their weights; inside a loop
 * each with the iteration it belongs to.  Beside the weight a record may have sums
 * that add up like it.  A record goes when all of these are zero. */
enum { TRACE_CLASSES = 10, TRACE_CLASS_SHIFT = 28, TRACE_ROW_BYTES_MAX = ROW_BYTES_MAX + 16 };

typedef struct {
    key_plan plan;
    uint32_t payload_bytes; /* The row, and the iteration behind it if there is one. */
    uint32_t weight_at, stride, header_bytes, sum_count;
    bool has_iterations, has_changes;
    uint64_t seed;
    slots index;
    slab blocks[TRACE_CLASSES];
    slab large; /* of large_block */
    uint64_t record_count, large_bytes;
    int32_t overflows; /* Records that grew past WEIGHT_MAX less those that came back. */
} trace;

/* The records of a key: `count` of them, `stride` bytes apart. */
typedef struct {
    uint8_t *records;
    size_t count;
} trace_run;

/* `row_align`: of the row's struct, for those who are shown rows of the trace. */
void trace_init(trace *t, size_t row_bytes, size_t row_align, const key_plan *plan,
                bool has_iterations, size_t sum_count, uint64_t seed);
void trace_deinit(trace *t);
/* Before the first addition: beside its weight each record has the part of it that was
 * added since trace_settle of its key; a record goes when both are zero. */
void trace_count_changes(trace *t);
bool trace_settle(trace *t, const packed_key *key, uint32_t hash);
/* Valid until the trace changes. */
trace_run trace_find(const trace *t, const packed_key *key, uint32_t hash);
/* Adds to the record of (row, iteration), whose key this is; false: no memory. */
bool trace_add(trace *t, const packed_key *key, uint32_t hash, const void *row, uint32_t iteration,
               int64_t weight, const flow_u128 *sums);
size_t trace_bytes(const trace *t);

/* Fetches ahead: first the slots of some hashes, then the records they lead to. */
static inline void trace_prefetch(const trace *t, uint32_t hash) {
    uint32_t guess = slots_guess(&t->index, hash), class = guess >> TRACE_CLASS_SHIFT;
    if (class >= TRACE_CLASSES) return;
    const uint8_t *block = slab_at(&t->blocks[class], guess & ((1U << TRACE_CLASS_SHIFT) - 1));
    prefetch_to_read(block);
    if (t->blocks[class].item_bytes > 64) prefetch_to_read(block + 64);
}

static inline const void *trace_row(const trace *t, trace_run run, size_t i) {
    return run.records + i * t->stride;
}
static inline int64_t trace_weight(const trace *t, const void *record) {
    int64_t weight;
    memcpy(&weight, (const uint8_t *)record + t->weight_at, sizeof weight);
    return weight;
}
static inline int64_t trace_change(const trace *t, const void *record) {
    int64_t change;
    memcpy(&change, (const uint8_t *)record + t->weight_at + sizeof change, sizeof change);
    return change;
}
static inline uint32_t trace_iteration(const trace *t, const void *record) {
    uint32_t iteration = 0;
    if (t->has_iterations)
        memcpy(&iteration, (const uint8_t *)record + t->payload_bytes - sizeof iteration,
               sizeof iteration);
    return iteration;
}
static inline flow_u128 trace_sum(const trace *t, const void *record, size_t i) {
    flow_u128 sum;
    memcpy(&sum, (const uint8_t *)record + t->weight_at + sizeof(int64_t) + i * sizeof sum,
           sizeof sum);
    return sum;
}

#endif
