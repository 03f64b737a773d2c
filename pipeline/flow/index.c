/* SPDX-License-Identifier: MIT */
/* index -- the rows of a table by a key, one for all operators that need the pair.
 *
 * A join must see one side without and one side with the present deltas, so that it
 * meets each pair once: of its two indexes the first join of a step brings one up to
 * date, the others find it so.  Only where both would be up to date already (the
 * plan finds that out beforehand) a join gets a private copy of one.  Whatever is
 * left is brought up to date when the step of all ends. */
#include "pipeline/flow/graph.h"

#include <stdlib.h>

static flow_index *index_new(flow_table *reader, flow_table *source, const key_plan *plan) {
    flow_index *x = calloc(1, sizeof(*x));
    if (x == NULL) {
        flow_refuse(reader->graph, STATUS_NO_MEMORY, NULL);
        return NULL;
    }
    x->source = source;
    x->owner = reader;
    trace_init(&x->rows, source->schema->row_bytes, schema_align(source->schema), plan,
               source->loop != NULL, 0, reader->graph->seed);
    flow_index **list = source->loop != NULL ? &source->loop->indexes : &reader->graph->indexes;
    x->next = *list;
    *list = x;
    return x;
}

static bool same_plan(const key_plan *a, const key_plan *b) {
    if (a->column_count != b->column_count) return false;
    for (size_t i = 0; i < a->column_count; i++)
        if (a->columns[i] != b->columns[i]) return false;
    return true;
}

/* The loop must know the outer indexes it reads: after its iteration 0 they have to
 * be up to date. */
static bool tell_loop(flow_loop *l, flow_index *x) {
    for (size_t i = 0; i < l->outer_count; i++)
        if (l->outer_indexes[i] == x) return true;
    flow_index **grown = realloc(l->outer_indexes, (l->outer_count + 1) * sizeof(x));
    if (grown == NULL) return false;
    l->outer_indexes = grown;
    grown[l->outer_count++] = x;
    return true;
}

static flow_index *told(flow_table *reader, flow_index *x) {
    if (x == NULL || reader->loop == NULL || x->source->loop != NULL) return x;
    if (tell_loop(reader->loop, x)) return x;
    flow_refuse(reader->graph, STATUS_NO_MEMORY, NULL);
    return NULL;
}

flow_index *index_get(flow_table *reader, flow_table *source, const key_plan *plan) {
    flow_index *x = source->loop != NULL ? source->loop->indexes : reader->graph->indexes;
    while (x != NULL && (x->source != source || !same_plan(&x->rows.plan, plan))) x = x->next;
    return told(reader, x != NULL ? x : index_new(reader, source, plan));
}

flow_index *index_new_private(flow_table *reader, const flow_index *like) {
    return told(reader, index_new(reader, like->source, &like->rows.plan));
}

/* An error row for a row whose weight has grown too large to be multiplied; it goes
 * when the weight comes back. */
static void tell_overflow(flow_index *x, const void *row) {
    error_add(x->owner, "a weight too large to be joined", x->source->schema, row,
              x->rows.overflows);
    x->rows.overflows = 0;
}

/* The next few rows of a batch, from `first` on. */
static bool add_rows(flow_index *x, const batch *b, size_t first, uint32_t iteration,
                     int64_t sign) {
    keys_ahead ahead;
    trace *t = &x->rows;
    size_t count = b->count - first < KEYS_AHEAD ? b->count - first : KEYS_AHEAD;
    keys_ahead_fill(&ahead, &t->plan, batch_row(b, first), b->row_bytes, count, t->seed);
    if (count > 1 && slots_lead_far(&t->index)) {
        for (size_t i = 0; i < count; i++) slots_prefetch(&t->index, ahead.hashes[i]);
        for (size_t i = 0; i < count; i++) trace_prefetch(t, ahead.hashes[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (!trace_add(t, &ahead.keys[i], ahead.hashes[i], batch_row(b, first + i), iteration,
                       sign * b->weights[first + i], NULL))
            return false;
        if (t->overflows != 0) tell_overflow(x, batch_row(b, first + i));
    }
    return true;
}

void index_update(flow_index *x) {
    const batch *b;
    int64_t sign;
    if (x->is_updated) return;
    x->is_updated = true;
    flow_loop *loop = x->source->loop;
    uint32_t iteration = loop == NULL ? 0 : loop->iteration;
    for (delta_walk w = deltas_of(x->source, loop); delta_next(&w, &b, &sign);)
        for (size_t i = 0; i < b->count; i += KEYS_AHEAD)
            if (!add_rows(x, b, i, iteration, sign)) {
                flow_out_of_memory(x->source->graph);
                return;
            }
}

void indexes_free(flow_index *first) {
    for (flow_index *next; first != NULL; first = next) {
        next = first->next;
        trace_deinit(&first->rows);
        free(first);
    }
}
