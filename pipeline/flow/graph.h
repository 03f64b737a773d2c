/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_FLOW_GRAPH_H
#define DUNLIN_PIPELINE_FLOW_GRAPH_H

#include "pipeline/flow/batch.h"
#include "pipeline/flow/keymap.h"
#include "pipeline/flow/trace.h"

/* What the operators share: the graph, its tables, and how they read deltas.  A
 * table is the operator that makes it.  Time is (epoch, iteration): outside loops
 * an operator is stepped once an epoch, inside once an iteration. */

#define ITERATION_NONE UINT32_MAX

typedef struct {
    const char *name;
    /* Reads the present deltas of the inputs, adds its own to t->out.  NULL: others'
     * deltas are its own. */
    void (*step)(flow_table *t);
    /* The least iteration, from the present one on, at which something waits
     * (ITERATION_NONE: nothing).  NULL: nothing ever waits. */
    uint32_t (*waits)(const flow_table *t);
    void (*end_epoch)(flow_table *t); /* May be NULL. */
    void (*trim)(flow_table *t);      /* Nothing is held: frees all memory; may be NULL. */
    void (*free)(void *state);        /* May be NULL. */
    void (*measure)(const flow_table *t, uint64_t *rows, uint64_t *bytes); /* Adds; or NULL. */
    void (*plan)(flow_table *t); /* Before the first epoch; may be NULL. */
    bool is_input, is_output;
} flow_kind;

/* A table's deltas lie in the `out` of one or more tables: concat and negate are
 * nothing but such lists, so they copy nothing. */
typedef struct {
    flow_table *source;
    int64_t sign;
} flow_segment;

struct flow_table {
    flow *graph;
    flow_loop *loop; /* The loop whose variable it depends on, or NULL. */
    const flow_kind *kind;
    const flow_schema *schema;
    char *name; /* NULL: the kind's. */
    void *state;
    flow_segment *segments;
    size_t segment_count;
    flow_table *inputs[2];
    uint32_t input_count, id;
    batch out;
    size_t used;          /* The most rows that were in `out` in this epoch. */
    bool is_busy;         /* Most of the memory of `out` was needed in the epoch before. */
    uint32_t idle_epochs; /* Since it was. */
    uint64_t rows_in, rows_out, epoch_changes, time_ns;
};

/* Rows of a table by a key, shared by all operators that need this pair. */
typedef struct flow_index {
    struct flow_index *next;
    flow_table *source, *owner; /* The owner is the first who needed it. */
    trace rows;
    bool is_updated; /* With the present deltas of the source. */
} flow_index;

struct flow_loop {
    flow *graph;
    struct flow_loop *next;
    flow_table *start, *variable, *body_end, *result, *iterations;
    flow_table **body; /* In order of building. */
    size_t body_count, body_capacity;
    flow_index *indexes;        /* Of tables in the loop. */
    flow_index **outer_indexes; /* Of tables outside that operators inside use. */
    size_t outer_count;
    uint32_t limit, iteration;
    batch feedback;
    flow_u128 *prints; /* By iteration: what X changed at it, as a sum of hashes. */
    size_t print_count;
};

typedef struct {
    flow_table *table;
    const flow_schema *schema;
    const char *reason;
    uint8_t row[ROW_BYTES_MAX];
} error_key;

typedef struct {
    flow_commit_hook run;
    void *context;
} flow_hook;

struct flow {
    uint64_t seed, epoch;
    flow_table **tables;
    size_t table_count, table_capacity;
    flow_loop *loops, *open_loop;
    flow_index *indexes;
    keymap errors; /* error_key -> int64_t weight */
    uint64_t error_count;
    flow_hook *hooks;
    size_t hook_count;
    consolidator scratch;
    status first_failure;
    const char *why;
    bool is_planned, out_of_memory;
    bool drops_late_products; /* The tests' planted mistake; see op_join.c. */
    flow_table broken_table;  /* What a failed building function returns. */
    flow_loop broken_loop;
};

/* ---- Building ---- */

flow_table *flow_refuse(flow *f, status s, const char *why); /* &f->broken_table */
/* A new table reading `inputs`, with a zeroed state of `state_bytes`.  Fails if an
 * input is of another graph or of a loop that is closed; then it is the broken
 * table, whose state is NULL. */
flow_table *table_new(flow *f, const flow_kind *kind, const flow_schema *schema,
                      flow_table *const *inputs, size_t input_count, size_t state_bytes);
bool table_is_broken(const flow_table *t);
/* Makes the deltas of n's inputs n's own. */
flow_table *table_read_through(flow_table *n, int64_t sign);
/* NULL when out of memory, and the graph knows. */
flow_index *index_get(flow_table *reader, flow_table *source, const key_plan *plan);
/* A further index of the same rows, for the rare join that cannot share. */
flow_index *index_new_private(flow_table *reader, const flow_index *like);
void index_update(flow_index *x);
void indexes_free(flow_index *first);

/* ---- Deltas ---- */

typedef struct {
    const flow_table *table;
    const flow_loop *loop;
    size_t at;
} delta_walk;

/* The present deltas of `t` as seen in `loop` (NULL: outside): what lies outside a
 * loop enters it with all its change at iteration 0. */
static inline delta_walk deltas_of(const flow_table *t, const flow_loop *loop) {
    return (delta_walk){t, loop, 0};
}

static inline bool delta_next(delta_walk *w, const batch **b, int64_t *sign) {
    while (w->at < w->table->segment_count) {
        const flow_segment *s = &w->table->segments[w->at++];
        if (w->loop != NULL && s->source->loop != w->loop && w->loop->iteration > 0) continue;
        if (s->source->out.count == 0) continue;
        *b = &s->source->out;
        *sign = s->sign;
        return true;
    }
    return false;
}

size_t delta_count(const flow_table *t, const flow_loop *loop);
static inline uint32_t table_iteration(const flow_table *t) {
    return t->loop == NULL ? 0 : t->loop->iteration;
}

/* ---- Running ---- */

void table_step(flow_table *t); /* Counts; does nothing when there is nothing to do. */
void flow_out_of_memory(flow *f);
uint64_t flow_now_ns(void); /* For time_ns alone; no answer depends on it. */
#define MORE_BACK_THAN_CAME "more rows were taken back than came"
void error_add(flow_table *t, const char *reason, const flow_schema *schema, const void *row,
               int64_t weight);
void loop_free(flow_loop *l);
/* Makes a table that reads outside tables only part of a loop's body. */
bool loop_adopt(flow_loop *l, flow_table *t);
void iterations_feed(flow_table *t, const batch *changes, uint32_t iteration);
status graph_plan(flow *f); /* Decides, once, which indexes joins may share. */

#endif
