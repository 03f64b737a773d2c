/* SPDX-License-Identifier: MIT */
/* The first iteration of each row of a loop's result: per row the iterations at
 * which its weight in X changed, fed by the loop as it runs. */
#include "pipeline/flow/graph.h"

#include <stdlib.h>

typedef struct {
    const flow_column *into; /* The u32 column "iteration". */
    trace changes;           /* row -> (iteration), weight */
    keymap touched;          /* row -> shown; for the epoch */
} iterations;

/* What a row showed before the epoch. */
typedef struct {
    uint32_t hash, iteration;
    int64_t weight;
} shown;

typedef struct {
    uint32_t at;
    int64_t weight;
} change;

static int compare_changes(const void *a, const void *b) {
    uint32_t x = ((const change *)a)->at, y = ((const change *)b)->at;
    return x < y ? -1 : x > y;
}

/* The row's weight at the end and since when it has been there without a gap. */
static bool course_of(const trace *t, trace_run run, shown *s) {
    change few[16], *all = run.count <= 16 ? few : malloc(run.count * sizeof all[0]);
    if (all == NULL) return false;
    for (size_t i = 0; i < run.count; i++) {
        const void *record = trace_row(t, run, i);
        all[i] = (change){trace_iteration(t, record), trace_weight(t, record)};
    }
    qsort(all, run.count, sizeof all[0], compare_changes);
    s->weight = 0;
    s->iteration = 0;
    for (size_t i = 0; i < run.count; i++) {
        if (s->weight <= 0) s->iteration = all[i].at;
        s->weight += all[i].weight;
    }
    if (all != few) free(all);
    return true;
}

static bool feed_row(flow_table *t, const void *row, int64_t weight, uint32_t iteration) {
    iterations *o = t->state;
    packed_key key;
    bool is_new;
    key_pack(&o->changes.plan, row, &key);
    uint32_t hash = key_hash(&key, o->changes.plan.bytes, t->graph->seed);
    uint32_t handle = keymap_add(&o->touched, &key, hash, &is_new);
    if (handle == HANDLE_NONE) return false;
    shown *s = keymap_state(&o->touched, handle);
    if (is_new) {
        s->hash = hash;
        if (!course_of(&o->changes, trace_find(&o->changes, &key, hash), s)) return false;
    }
    return trace_add(&o->changes, &key, hash, &key, iteration, weight, NULL);
}

void iterations_feed(flow_table *t, const batch *changes, uint32_t iteration) {
    for (size_t i = 0; i < changes->count; i++)
        if (!feed_row(t, batch_row(changes, i), changes->weights[i], iteration)) {
            flow_out_of_memory(t->graph);
            return;
        }
}

static void emit(flow_table *t, const uint8_t *key, uint32_t iteration, int64_t weight) {
    const iterations *o = t->state;
    const flow_schema *in = t->inputs[0]->schema;
    uint8_t *row = weight == 0 ? NULL : batch_take(&t->out, weight);
    if (row == NULL) return;
    for (size_t i = 0; i < in->column_count; i++) {
        const flow_column *from = &in->columns[i], *to = schema_find(t->schema, from->name);
        memcpy(row + to->offset, key + from->offset, flow_type_bytes(from->type));
    }
    memcpy(row + o->into->offset, &iteration, sizeof iteration);
}

static void emit_change(flow_table *t, const uint8_t *key, const shown *before, const shown *now) {
    int64_t old = before->weight > 0 ? before->weight : 0, new = now->weight > 0 ? now->weight : 0;
    if (before->iteration == now->iteration) {
        emit(t, key, now->iteration, new - old);
        return;
    }
    emit(t, key, before->iteration, -old);
    emit(t, key, now->iteration, new);
}

static void iterations_step(flow_table *t) {
    iterations *o = t->state;
    uint32_t handle;
    for (size_t at = 0; keymap_next(&o->touched, &at, &handle);) {
        const shown *before = keymap_state(&o->touched, handle);
        packed_key key = {{0}};
        shown now = {0};
        memcpy(&key, keymap_key(&o->touched, handle), o->changes.plan.bytes);
        if (!course_of(&o->changes, trace_find(&o->changes, &key, before->hash), &now))
            flow_out_of_memory(t->graph);
        emit_change(t, (const uint8_t *)&key, before, &now);
    }
    keymap_reset(&o->touched);
    t->out.is_consolidated = true;
}

static uint32_t iterations_waits(const flow_table *t) {
    const iterations *o = t->state;
    return keymap_count(&o->touched) > 0 ? 0 : ITERATION_NONE;
}

static void iterations_free(void *state) {
    iterations *o = state;
    trace_deinit(&o->changes);
    keymap_deinit(&o->touched);
}

static void iterations_trim(flow_table *t) {
    iterations_free(t->state);
}

static void iterations_measure(const flow_table *t, uint64_t *rows, uint64_t *bytes) {
    const iterations *o = t->state;
    *rows += o->changes.record_count;
    *bytes += trace_bytes(&o->changes) + keymap_bytes(&o->touched);
}

static const flow_kind iterations_kind = {.name = "iterations",
                                          .step = iterations_step,
                                          .waits = iterations_waits,
                                          .trim = iterations_trim,
                                          .free = iterations_free,
                                          .measure = iterations_measure};

static bool has_columns(const flow_schema *out, const flow_schema *in) {
    for (size_t i = 0; i < in->column_count; i++) {
        const flow_column *c = schema_find(out, in->columns[i].name);
        if (c == NULL || c->type != in->columns[i].type) return false;
    }
    const flow_column *c = schema_find(out, "iteration");
    return c != NULL && c->type == FLOW_u32;
}

flow_table *flow_loop_iterations(flow_loop *l, const flow_schema *out) {
    flow *f = l->graph;
    key_plan whole;
    if (l == &f->broken_loop || f->first_failure != STATUS_OK) return &f->broken_table;
    if (l->result == NULL || l->iterations != NULL)
        return flow_refuse(f, STATUS_BAD_ARGUMENT, "iterations: once, after the loop's end");
    if (!has_columns(out, l->result->schema))
        return flow_refuse(f, STATUS_BAD_ARGUMENT, "iterations: a column is missing");
    flow_table *t = table_new(f, &iterations_kind, out, &l->result, 1, sizeof(iterations));
    if (table_is_broken(t)) return t;
    iterations *o = t->state;
    const flow_schema *in = l->result->schema;
    key_plan_init(&whole, in, &FLOW_ALL);
    o->into = schema_find(out, "iteration");
    trace_init(&o->changes, in->row_bytes, 1, &whole, true, 0, f->seed);
    keymap_init(&o->touched, in->row_bytes, sizeof(shown), 8);
    l->iterations = t;
    return t;
}
