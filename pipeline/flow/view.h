/* SPDX-License-Identifier: MIT */
/* view -- what other threads may read of a graph.
 *
 * At the end of each epoch the engine publishes one counted root.  A reader takes
 * the root and sees every view as of that epoch for as long as it keeps it; no
 * reader can stall the engine, and the engine never changes what a root shows.
 * Pages are shared with the epoch before and copied on write; while no thread
 * could be reading (flow_publish off) they are changed in place.
 *
 * Views are made with the graph, before the first epoch; the rows of their tables
 * have weight 1 (put a flow_distinct before where they may not).  Memory that a
 * released snapshot kept is freed at the end of the next commit. */
#ifndef DUNLIN_PIPELINE_FLOW_VIEW_H
#define DUNLIN_PIPELINE_FLOW_VIEW_H

#include "pipeline/flow/flow.h"

typedef struct flow_views flow_views;       /* All views of a graph. */
typedef struct flow_view flow_view;         /* One row a dense u32 key. */
typedef struct flow_scan flow_scan;         /* All rows, in blocks, by time. */
typedef struct flow_snapshot flow_snapshot; /* One epoch of all views. */

flow_views *flow_views_new(flow *f); /* Hooks into f's commits; NULL: no memory. */
void flow_views_free(flow_views *v); /* After flow_free; no snapshot may be left. */
/* While off (as at first) commits cost no copying and flow_acquire must not be
 * called; turning it on or off is the engine thread's, between epochs. */
status flow_publish(flow_views *v, bool on); /* STATUS_NO_MEMORY: it stays off. */

/* While held, epochs are committed but not shown: readers stay with the one before, which
 * flow_acquire goes on to give.  Engine thread, between epochs; with publishing on. */
status flow_hold(flow_views *v, bool on); /* NO_MEMORY: it stays held. */

/* A view or scan is NULL when there is no memory, no such column, or no such table:
 * flow_check tells the last.
 *
 * Point and ordered reads by the u32 column `key`, of which each value has at most
 * one row at the end of an epoch.  Memory grows with the greatest key in use, by
 * pages: keys should be dense. */
flow_view *flow_view_new(flow_views *v, flow_table *t, const char *key);

/* Rows in blocks of up to 16,384, a column each, in the order of their coming.
 * `time` is a u32 column; a block knows its least and greatest.  `key` is a dense
 * u32 column with at most one row a value, by which a retraction finds its row. */
flow_scan *flow_scan_new(flow_views *v, flow_table *t, const char *key, const char *time);

/* Any thread.  Never fails and never waits for the engine. */
const flow_snapshot *flow_acquire(flow_views *v);
void flow_release(const flow_snapshot *s);
uint64_t flow_snapshot_epoch(const flow_snapshot *s);

/* The row of a key, valid until the release; NULL when there is none. */
const void *flow_view_find(const flow_snapshot *s, const flow_view *v, uint32_t key);
/* The row of the least key >= *key, which *key is set to; NULL at the end. */
const void *flow_view_next(const flow_snapshot *s, const flow_view *v, uint32_t *key);
/* The row of the greatest key, which *key is set to; NULL when there is none. */
const void *flow_view_last(const flow_snapshot *s, const flow_view *v, uint32_t *key);
uint64_t flow_view_count(const flow_snapshot *s, const flow_view *v);

enum { FLOW_BLOCK_ROWS_MAX = 1 << 14 };
/* A block as a reader sees it.  columns[i] is the array of the schema's i-th
 * column (row_count values); bit j of live, j < row_count, says whether row j is
 * still there (bits beyond mean nothing). */
typedef struct {
    uint32_t row_count, live_count;
    uint32_t time_min, time_max; /* Of all rows that ever were in the block. */
    const uint64_t *live;
    const void *const *columns;
} flow_block;
/* The next block at or after *index with rows in [begin, end) of time, which *index
 * is moved past; false at the end. */
bool flow_scan_next(const flow_snapshot *s, const flow_scan *v, uint32_t begin, uint32_t end,
                    size_t *index, flow_block *block);
uint64_t flow_scan_count(const flow_snapshot *s, const flow_scan *v);

/* For the engine thread, between epochs, publishing or not: the present state. */
const flow_snapshot *flow_present(flow_views *v); /* Borrowed until the next commit. */
uint64_t flow_views_bytes(const flow_views *v);
/* Memory that readers of old epochs keep from being freed. */
uint64_t flow_views_retired_bytes(const flow_views *v);

/* Hands `memory` to `release` once no snapshot of an epoch up to the present one is
 * left (at once when none is): how other engine-owned memory that readers may see
 * is ended. */
status flow_retire(flow_views *v, void *memory, void (*release)(void *memory, void *context),
                   void *context); /* STATUS_NO_MEMORY: it stays the caller's; try again. */

#endif
