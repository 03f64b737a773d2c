/* SPDX-License-Identifier: MIT */
/* flow -- a reactive engine: write the logic as for a batch, push changes, read
 * answers that are always those of a batch run over the present rows.
 *
 * Words are those of differential dataflow: a table is a multiset of rows that
 * changes; a delta is (row, weight); an epoch is a batch of deltas that becomes
 * visible at once; an operator keeps traces so that an epoch costs what changed,
 * not what is held.  A graph is built once, before the first epoch.
 *
 * One thread builds, pushes and commits (the engine thread).  Snapshots (view.h)
 * may be read by any thread.  A graph owns its tables: flow_free ends them all.
 * Building functions never return NULL: the first failure (memory, a wrong
 * column) is kept and flow_check returns it, so a graph reads without checks. */
#ifndef DUNLIN_PIPELINE_FLOW_FLOW_H
#define DUNLIN_PIPELINE_FLOW_FLOW_H

#include "pipeline/base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct flow flow;
typedef struct flow_table flow_table;

/* ---- Rows: plain C structs of integers without padding, at most 64 bytes ---- */

__extension__ typedef __int128 flow_i128;
typedef uint8_t flow_u8;
typedef uint16_t flow_u16;
typedef uint32_t flow_u32;
typedef uint64_t flow_u64;
typedef int32_t flow_i32;
typedef int64_t flow_i64;

typedef enum { FLOW_u8, FLOW_u16, FLOW_u32, FLOW_u64, FLOW_i32, FLOW_i64, FLOW_i128 } flow_type;

typedef struct {
    const char *name;
    flow_type type;
    uint16_t offset;
} flow_column;

typedef struct {
    const char *name;
    uint16_t row_bytes, column_count;
    const flow_column *columns;
} flow_schema;

/* A row type and its schema from one list of columns, in order of size so that
 * there is no padding (checked by the compiler):
 *
 *   #define EDGE_ROW(X) X(u32, from) X(u32, to) X(i64, length)
 *   FLOW_ROW(edge, EDGE_ROW)          -- in a header: struct edge
 *   FLOW_SCHEMA(edge, EDGE_ROW)       -- in one .c file: edge_schema */
#define FLOW_FIELD_(type, name) flow_##type name;
#define FLOW_SIZE_(type, name)  +sizeof(flow_##type)
#define FLOW_ROW(row, COLUMNS)                                                                     \
    typedef struct row {                                                                           \
        COLUMNS(FLOW_FIELD_)                                                                       \
    } row;                                                                                         \
    _Static_assert(sizeof(row) == 0 COLUMNS(FLOW_SIZE_) && sizeof(row) <= 64, "padding in " #row); \
    extern const flow_schema row##_schema;
#define FLOW_SCHEMA(row, COLUMNS)                                                                  \
    enum { COLUMNS(FLOW_OFFSET_) };                                                                \
    static const flow_column row##_columns_[] = {COLUMNS(FLOW_COLUMN_)};                           \
    const flow_schema row##_schema = {                                                             \
        #row, sizeof(row), sizeof row##_columns_ / sizeof row##_columns_[0], row##_columns_};
/* Offsets come from the order: there is no padding.  An enum counts on from the
 * constant before, so "begin, end" pairs add up the sizes; the line keeps the
 * names of two schemas in one file apart. */
#define FLOW_PASTE_(a, b, c)                a##b##_##c
#define FLOW_LINE_NAME_(prefix, name, line) FLOW_PASTE_(prefix, name, line)
#define FLOW_OFFSET_(type_, name_)                                                                 \
    FLOW_LINE_NAME_(flow_begin_, name_, __LINE__),                                                 \
        FLOW_LINE_NAME_(flow_end_, name_, __LINE__) =                                              \
            FLOW_LINE_NAME_(flow_begin_, name_, __LINE__) + (int)sizeof(flow_##type_) - 1,
#define FLOW_COLUMN_(type_, name_)                                                                 \
    {.name = #name_, .type = FLOW_##type_, .offset = FLOW_LINE_NAME_(flow_begin_, name_, __LINE__)},

/* Columns of a row by name, at most 8: FLOW_BY("author", "place").  An empty
 * list, FLOW_ALL, means the whole row as one key; FLOW_NONE one group of all. */
enum { FLOW_KEY_COLUMNS_MAX = 8 };
typedef struct {
    const char *names[FLOW_KEY_COLUMNS_MAX + 1];
} flow_key;
#define FLOW_BY(...) ((flow_key){{__VA_ARGS__}})
#define FLOW_ALL     ((flow_key){{"*"}})
#define FLOW_NONE    ((flow_key){{NULL}})

/* ---- The graph ---- */

flow *flow_new(uint64_t hash_seed); /* NULL when out of memory. */
void flow_free(flow *f);            /* NULL is allowed. */
/* STATUS_OK, or the first failure of building with its words in *why (borrowed,
 * may be NULL).  Ask once, after the last operator. */
status flow_check(const flow *f, const char **why);

/* The name people see in /api/v1/dataflow; without it the operator's kind. */
flow_table *flow_name(flow_table *t, const char *name);
const flow_schema *flow_table_schema(const flow_table *t); /* NULL: it could not be built. */

/* ---- Inputs ---- */

/* Rows come and go by weight. */
flow_table *flow_input(flow *f, const char *name, const flow_schema *schema);
/* Takes part in the epoch being gathered; the row is copied.  Weights are 64 bits.  A row
 * of a join's table whose weight passes 2^31 is in the error table until it comes back:
 * products may not fit then, and wrap. */
status flow_push(flow_table *input, const void *row, int64_t weight);
/* One row a key: an upsert retracts the row before it. */
flow_table *flow_input_keyed(flow *f, const char *name, const flow_schema *schema, flow_key key);
status flow_upsert(flow_table *input, const void *row);
status flow_remove(flow_table *input, const void *row_with_key); /* No row: nothing happens. */

/* Carries all that was pushed through the graph.  After STATUS_NO_MEMORY the
 * graph must only be freed.  Epochs count from 1. */
status flow_commit(flow *f);
uint64_t flow_epoch(const flow *f); /* The last committed; 0 before the first. */

/* ---- Operators without memory ---- */

/* User functions are pure: the same row gives the same answer, always, or the
 * retraction would not meet its insertion.  `context` is borrowed for the life of
 * the graph. */
typedef bool (*flow_predicate)(const void *row, void *context);
/* Fills *out (zeroed before); NULL = good.  A static text = the row fails: it goes
 * to the error table with this reason, and the rest goes on. */
typedef const char *(*flow_mapper)(const void *row, void *out, void *context);
typedef struct flow_emitter flow_emitter;
void flow_emit(flow_emitter *e, const void *row);
typedef const char *(*flow_flat_mapper)(const void *row, flow_emitter *e, void *context);

flow_table *flow_filter(flow_table *t, flow_predicate keep, void *context);
flow_table *flow_map(flow_table *t, const flow_schema *out, flow_mapper f, void *context);
flow_table *flow_flat_map(flow_table *t, const flow_schema *out, flow_flat_mapper f, void *context);
flow_table *flow_concat(flow_table *a, flow_table *b); /* Weights add. */
flow_table *flow_negate(flow_table *t);

/* ---- Operators with memory ---- */

flow_table *flow_distinct(flow_table *t); /* Weight 1 for every row of weight > 0. */
/* Every pair whose keys are equal; the i-th key column of the left against the
 * i-th of the right.  `combine` fills *out (zeroed before); false drops the pair. */
typedef bool (*flow_combiner)(const void *left, const void *right, void *out, void *context);
flow_table *flow_join(flow_table *left, flow_key left_key, flow_table *right, flow_key right_key,
                      const flow_schema *out, flow_combiner combine, void *context);
/* The rows of left that meet a row of right, each once; and those that meet none.  A
 * key of right counts when the weights of its rows add up to more than 0. */
flow_table *flow_semi_join(flow_table *left, flow_key left_key, flow_table *right,
                           flow_key right_key);
flow_table *flow_anti_join(flow_table *left, flow_key left_key, flow_table *right,
                           flow_key right_key);
/* A join, and for each row of left that meets none `combine` with right NULL. */
flow_table *flow_left_join(flow_table *left, flow_key left_key, flow_table *right,
                           flow_key right_key, const flow_schema *out, flow_combiner combine,
                           void *context);

/* Lookup by key: each row of t with the row of `other` whose key its pointer columns
 * hold.  A row of t that points at nothing is an error until what it points at comes.
 * `other` has one row a key, as a keyed input or a group; where it has more each counts. */
flow_table *flow_ix(flow_table *t, flow_key pointer, flow_table *other, flow_key key,
                    const flow_schema *out, flow_combiner combine, void *context);
/* Union by key: all rows of `by`, and the rows of t whose key `by` has not. */
flow_table *flow_update_rows(flow_table *t, flow_table *by, flow_key key);
/* The rows of t; where `by` has a row of the same key its columns, each of them a
 * column of t, replace those of t.  `by` has one row a key; keys not in t do nothing. */
flow_table *flow_update_cells(flow_table *t, flow_table *by, flow_key key);

/* Group: one output row a key whose rows' weights add up to more than 0; a sum below
 * 0 is an error, as it is for a row of flow_distinct and flow_top.  The
 * key columns are copied to the columns of the same name; each reducer fills the
 * output column `into` from the input column `from`.  All live on one state.
 * Sums are exact: an overflow of the output column goes to the error table.
 * avg is the sum by the count, rounded to the nearest whole number, halves away from 0:
 * scale the column where that is too coarse.  argmax and argmin give a column of the
 * row that has the most or least of another: `from` is "author by influence"; of equal
 * ones the least author.  The two columns together have at most 16 bytes.  majority
 * gives the most frequent value, of equally frequent ones the least.
 * count, sum, avg: O(1) a change; the others: O(log n) whatever the group's size. */
typedef enum {
    FLOW_END,
    FLOW_COUNT,
    FLOW_SUM,
    FLOW_MAX,
    FLOW_MIN,
    FLOW_AVG,
    FLOW_ARGMAX,
    FLOW_ARGMIN,
    FLOW_MAJORITY
} flow_reduction;
typedef struct {
    flow_reduction kind;
    const char *into, *from; /* from is NULL for FLOW_COUNT. */
} flow_reducer;
#define FLOW_REDUCERS(...) ((const flow_reducer[]){__VA_ARGS__, {FLOW_END, NULL, NULL}})
flow_table *flow_group(flow_table *t, flow_key key, const flow_schema *out,
                       const flow_reducer *reducers);

/* The first `count` rows of each group (FLOW_NONE: of all) in the order given;
 * ties are broken by the whole row in ascending order, so the answer is one.  A row
 * of weight w takes w places.
 * O(log n) a change.  Columns prefixed "-" descend: FLOW_BY("-influence"). */
flow_table *flow_top(flow_table *t, flow_key group, flow_key order, size_t count);
/* Any `count` rows of each group.  Which ones is not to be relied on, but that the same
 * rows give the same answer, however they came to be there. */
flow_table *flow_any(flow_table *t, flow_key group, size_t count);

/* ---- Windows ---- */

/* Tumbling windows: rows of `out` have columns of t and a column "window", the multiple
 * of `width` at or below the row's `time`, a column of up to 64 bits.
 * The clock is the greatest time of all rows that came in epochs before; it never goes
 * back.  At window + width + lateness a window closes: whatever is inserted from then
 * on is late, and is in the table flow_late instead.  A retraction takes back a late
 * row first, else one of the window, closed or not.  So windows and late rows are all
 * rows, and a window that is closed only loses rows.  A time far ahead closes every
 * window before it: filter what cannot be.  Not inside a loop. */
flow_table *flow_tumbling(flow_table *t, const char *time, int64_t width, int64_t lateness,
                          const flow_schema *out);
flow_table *flow_late(flow_table *windows); /* Rows of t; of a flow_tumbling's table only. */

/* ---- Loops ---- */

/* X(0) = start; X(i+1) = body(X(i)), until nothing changes; any body, monotone or
 * not, with operators of this graph and tables from outside.  Not nested.
 *
 *   flow_loop *l = flow_loop_begin(start, limit);
 *   flow_table *x = flow_loop_variable(l);
 *   ... operators that use x ...
 *   flow_table *result = flow_loop_end(l, next_x);
 *
 * `limit` bounds the iterations alike in every epoch (0: 10,000): the answer is
 * then X(limit), and the cycle is reported by flow_loop_converged. */
typedef struct flow_loop flow_loop;
flow_loop *flow_loop_begin(flow_table *start, uint32_t limit);
flow_table *flow_loop_variable(flow_loop *l);
flow_table *flow_loop_end(flow_loop *l, flow_table *next);
/* A table from outside whose rows come into the loop late: body(X(i)) sees those of
 * `when` <= i; of `when` >= limit none.  For labels that spread, let small ones in
 * long before large ones: most of these then never start.  `when` must be pure. */
typedef uint32_t (*flow_when)(const void *row, void *context);
flow_table *flow_loop_enter(flow_loop *l, flow_table *t, flow_when when, void *context);
/* Each row of the result with the first iteration that holds it for good (from
 * then on to the end): the rows of `out` have the result's columns and a u32
 * column "iteration".  0 is the start. */
flow_table *flow_loop_iterations(flow_loop *l, const flow_schema *out);
bool flow_loop_converged(const flow_loop *l);  /* In the last epoch. */
uint32_t flow_loop_rounds(const flow_loop *l); /* Greatest iteration at which X changed. */

/* ---- Outputs ---- */

/* Called in flow_commit for every row whose weight changed in the epoch, each row
 * once, in no order that may be relied on. */
typedef void (*flow_sink)(const void *row, int64_t weight, void *context);
void flow_output(flow_table *t, flow_sink sink, void *context);
/* Called at the end of each flow_commit, after all sinks. */
typedef status (*flow_commit_hook)(uint64_t epoch, void *context);
void flow_on_commit(flow *f, flow_commit_hook hook, void *context);

/* Rows that failed, with reason and operator; retracted when the cause goes. */
typedef void (*flow_error_visitor)(const char *operator_name, const char *reason,
                                   const flow_schema *schema, const void *row, int64_t weight,
                                   void *context);
void flow_each_error(const flow *f, flow_error_visitor visit, void *context);
uint64_t flow_error_count(const flow *f);

/* ---- Inside view ---- */

typedef struct {
    const char *name, *kind;
    uint32_t id, input_count, inputs[2];
    bool in_loop;
    uint64_t rows_in, rows_out; /* Deltas since the start. */
    uint64_t epoch_changes;     /* Deltas out in the last epoch. */
    uint64_t rows_held, bytes_held;
    uint64_t time_ns; /* Since the start; sampled once an epoch. */
} flow_counters;
size_t flow_operator_count(const flow *f);
flow_counters flow_operator_counters(const flow *f, size_t index); /* In order of building. */
uint64_t flow_bytes_held(const flow *f);

#endif
