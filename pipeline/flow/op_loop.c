/* SPDX-License-Identifier: MIT */
/* loop -- X(0) = start; X(i+1) = body(X(i)), kept up to date.
 *
 * Time is (epoch, iteration).  The variable's change at iteration 0 is the start's,
 * at 1 the body's at 0 less the start's, at i+1 the body's at i.  Everything outside
 * enters with all its change at iteration 0.  The body is stepped at every iteration
 * at which the variable changed or some operator has something waiting; in between
 * it is not, and a few empty iterations do not mean the end.  What leaves is the sum
 * of the body's changes over all iterations.
 *
 * Whether X changed at an iteration at all (over all epochs) is told by a print: the
 * sum of a 128-bit hash of each row times its weight.  It is linear, so retractions
 * take away what insertions added, and 0 means no change but for one chance in
 * 2^100 or so. */
#include "pipeline/flow/graph.h"

#include <stdlib.h>

enum { LIMIT_DEFAULT = 10000, TIMED_EPOCHS = 16 };

static const flow_kind variable_kind = {.name = "variable"};
static void loop_step(flow_table *result);
static void loop_measure(const flow_table *t, uint64_t *rows, uint64_t *bytes);
static void loop_trim(flow_table *t);
static uint32_t loop_waits(const flow_table *t);
static const flow_kind loop_kind = {.name = "loop",
                                    .step = loop_step,
                                    .waits = loop_waits,
                                    .trim = loop_trim,
                                    .measure = loop_measure};

/* ---- Building ---- */

flow_loop *flow_loop_begin(flow_table *start, uint32_t limit) {
    flow *f = start->graph;
    if (f->first_failure != STATUS_OK) return &f->broken_loop;
    flow_loop *l = f->open_loop == NULL ? calloc(1, sizeof(*l)) : NULL;
    if (l == NULL) {
        bool is_nested = f->open_loop != NULL;
        flow_refuse(f, is_nested ? STATUS_BAD_ARGUMENT : STATUS_NO_MEMORY,
                    is_nested ? "a loop inside a loop" : NULL);
        return &f->broken_loop;
    }
    *l = (flow_loop){.graph = f, .start = start, .next = f->loops};
    l->limit = limit == 0 ? LIMIT_DEFAULT : limit;
    f->loops = f->open_loop = l;
    batch_init(&l->feedback, start->schema->row_bytes);
    l->variable = table_new(f, &variable_kind, start->schema, NULL, 0, 0);
    if (table_is_broken(l->variable)) return &f->broken_loop;
    l->variable->loop = l;
    return l;
}

flow_table *flow_loop_variable(flow_loop *l) {
    return l->variable;
}

flow_table *flow_loop_end(flow_loop *l, flow_table *next) {
    flow *f = l->graph;
    if (l == &f->broken_loop || table_is_broken(next)) return &f->broken_table;
    if (f->open_loop != l)
        return flow_refuse(f, STATUS_BAD_ARGUMENT, "a loop that was ended before");
    f->open_loop = NULL;
    if (next->loop != l)
        return flow_refuse(f, STATUS_BAD_ARGUMENT, "a loop whose body ignores its variable");
    if (next->schema != l->start->schema)
        return flow_refuse(f, STATUS_BAD_ARGUMENT, "a loop that changes its kind of rows");
    l->body_end = next;
    l->result = table_new(f, &loop_kind, next->schema, &l->start, 1, sizeof(flow_loop *));
    if (!table_is_broken(l->result)) *(flow_loop **)l->result->state = l;
    return l->result;
}

void loop_free(flow_loop *l) {
    indexes_free(l->indexes);
    batch_deinit(&l->feedback);
    free(l->outer_indexes);
    free(l->body);
    free(l->prints);
    free(l);
}

/* ---- Prints ---- */

static bool add_prints(flow_loop *l, const batch *b, uint32_t iteration) {
    if (b->count == 0) return true;
    if (iteration >= l->print_count) {
        size_t count = iteration + 1U + l->print_count / 2;
        flow_u128 *grown = realloc(l->prints, count * sizeof grown[0]);
        if (grown == NULL) return false;
        memset(grown + l->print_count, 0, (count - l->print_count) * sizeof grown[0]);
        l->prints = grown;
        l->print_count = count;
    }
    for (size_t i = 0; i < b->count; i++) {
        uint64_t low = hash_bytes(batch_row(b, i), b->row_bytes, l->graph->seed);
        uint64_t high = hash_mix(low ^ 0x9E3779B97F4A7C15ULL);
        l->prints[iteration] += ((flow_u128)high << 64 | low) * (flow_u128)(flow_i128)b->weights[i];
    }
    return true;
}

bool flow_loop_converged(const flow_loop *l) {
    return l->limit >= l->print_count || l->prints[l->limit] == 0;
}

uint32_t flow_loop_rounds(const flow_loop *l) {
    size_t i = l->print_count;
    while (i > 1 && l->prints[i - 1] == 0) i--;
    return i == 0 ? 0 : (uint32_t)i - 1;
}

/* ---- Running ---- */

static void append_deltas(batch *to, const flow_table *t, const flow_loop *loop, int64_t sign) {
    const batch *b;
    int64_t s;
    for (delta_walk w = deltas_of(t, loop); delta_next(&w, &b, &s);) batch_append(to, b, s * sign);
}

static void update_indexes(flow_loop *l) {
    for (flow_index *x = l->indexes; x != NULL; x = x->next) {
        index_update(x);
        x->is_updated = false; /* For the next iteration. */
    }
    if (l->iteration > 0) return;
    for (size_t i = 0; i < l->outer_count; i++) index_update(l->outer_indexes[i]);
}

/* Small iterations are many: looking at the clock in every one would cost more than
 * they do, so one epoch stands for sixteen. */
static void step_timed(flow_loop *l) {
    uint64_t before = flow_now_ns();
    for (size_t i = 0; i < l->body_count; i++) {
        table_step(l->body[i]);
        uint64_t after = flow_now_ns();
        l->body[i]->time_ns += (after - before) * TIMED_EPOCHS;
        before = after;
    }
}

static void table_clear(flow_table *t) {
    if (t->out.count > t->used) t->used = t->out.count;
    batch_clear(&t->out);
}

/* One iteration; leaves in l->feedback what X changes at the next. */
static void step_body(flow_loop *l) {
    if (l->graph->epoch % TIMED_EPOCHS == 0)
        step_timed(l);
    else
        for (size_t i = 0; i < l->body_count; i++) table_step(l->body[i]);
    update_indexes(l);
    batch_clear(&l->feedback);
    append_deltas(&l->feedback, l->body_end, l, 1);
    if (l->iteration == 0) append_deltas(&l->feedback, l->start, NULL, -1);
    for (size_t i = 0; i < l->body_count; i++) table_clear(l->body[i]);
    if (!batch_consolidate(&l->feedback, &l->graph->scratch) || l->feedback.failed ||
        !add_prints(l, &l->feedback, l->iteration + 1))
        flow_out_of_memory(l->graph);
}

static uint32_t next_iteration(const flow_loop *l) {
    uint32_t next = l->iteration + 1, least = ITERATION_NONE;
    if (l->feedback.count > 0) return next;
    for (size_t i = 0; i < l->body_count; i++) {
        const flow_table *t = l->body[i];
        uint32_t waits = t->kind->waits == NULL ? ITERATION_NONE : t->kind->waits(t);
        if (waits < least) least = waits;
    }
    return least;
}

/* A loop runs when something outside that its body reads has changed, too. */
static uint32_t loop_waits(const flow_table *t) {
    const flow_loop *l = *(flow_loop *const *)t->state;
    for (size_t i = 0; i < l->body_count; i++)
        for (size_t j = 0; j < l->body[i]->input_count; j++) {
            const flow_table *input = l->body[i]->inputs[j];
            if (input->loop == NULL && delta_count(input, NULL) > 0) return 0;
        }
    return ITERATION_NONE;
}

static void feed_back(flow_loop *l) {
    batch swapped = l->variable->out;
    l->variable->out = l->feedback;
    l->feedback = swapped;
    l->variable->rows_out += l->variable->out.count;
    l->variable->epoch_changes += l->variable->out.count;
}

static void loop_step(flow_table *result) {
    flow_loop *l = *(flow_loop **)result->state;
    l->iteration = 0;
    batch_clear(&l->feedback);
    append_deltas(&l->feedback, l->start, NULL, 1);
    if (!batch_consolidate(&l->feedback, &l->graph->scratch) || !add_prints(l, &l->feedback, 0))
        flow_out_of_memory(l->graph);
    batch_append(&result->out, &l->feedback, 1);
    while (!l->graph->out_of_memory) {
        if (l->iterations != NULL) iterations_feed(l->iterations, &l->feedback, l->iteration);
        feed_back(l);
        step_body(l);
        batch_append(&result->out, &l->feedback, 1);
        uint32_t next = next_iteration(l);
        if (l->iteration + 1 >= l->limit || next == ITERATION_NONE) break;
        l->iteration = next;
    }
    if (l->iterations != NULL) iterations_feed(l->iterations, &l->feedback, l->iteration + 1);
    if (!batch_consolidate(&result->out, &l->graph->scratch)) flow_out_of_memory(l->graph);
}

static void loop_trim(flow_table *t) {
    flow_loop *l = *(flow_loop **)t->state;
    batch_deinit(&l->feedback);
    for (size_t i = 0; i < l->print_count; i++)
        if (l->prints[i] != 0) return; /* X changed and is held by nobody. */
    free(l->prints);
    l->prints = NULL;
    l->print_count = 0;
}

static void loop_measure(const flow_table *t, uint64_t *rows, uint64_t *bytes) {
    const flow_loop *l = *(flow_loop *const *)t->state;
    (void)rows;
    *bytes += batch_bytes(&l->feedback) + l->print_count * sizeof l->prints[0];
}
