/* SPDX-License-Identifier: MIT */
/* enter -- rows of a table outside a loop come into it at iterations of their own. */
#include "pipeline/flow/later.h"

typedef struct {
    flow_when when;
    void *context;
    later rows;
} enter;

/* Deltas of the outside are only there at iteration 0; what comes at the limit or
 * after it never comes. */
static void enter_step(flow_table *t) {
    enter *o = t->state;
    const batch *b;
    int64_t sign;
    for (delta_walk w = deltas_of(t->inputs[0], t->loop); delta_next(&w, &b, &sign);)
        for (size_t i = 0; i < b->count; i++) {
            uint32_t when = o->when(batch_row(b, i), o->context);
            if (when >= t->loop->limit) continue;
            batch *to = when == 0 ? &t->out : later_at(&o->rows, when, t->schema->row_bytes);
            if (to == NULL)
                flow_out_of_memory(t->graph);
            else
                batch_add(to, batch_row(b, i), sign * b->weights[i]);
        }
    if (t->loop->iteration > 0) later_take(&o->rows, t->loop->iteration, &t->out);
}

static uint32_t enter_waits(const flow_table *t) {
    return later_next(&((const enter *)t->state)->rows, t->loop->iteration);
}

static void enter_end_epoch(flow_table *t) {
    later_drop(&((enter *)t->state)->rows);
}
static void enter_trim(flow_table *t) {
    later_deinit(&((enter *)t->state)->rows);
}
static void enter_free(void *state) {
    later_deinit(&((enter *)state)->rows);
}

static void enter_measure(const flow_table *t, uint64_t *rows, uint64_t *bytes) {
    (void)rows;
    *bytes += later_bytes(&((const enter *)t->state)->rows);
}

static const flow_kind enter_kind = {.name = "enter",
                                     .step = enter_step,
                                     .waits = enter_waits,
                                     .end_epoch = enter_end_epoch,
                                     .trim = enter_trim,
                                     .free = enter_free,
                                     .measure = enter_measure};

flow_table *flow_loop_enter(flow_loop *l, flow_table *t, flow_when when, void *context) {
    flow *f = l->graph;
    if (f->first_failure == STATUS_OK && (t->loop != NULL || f->open_loop != l))
        return flow_refuse(f, STATUS_BAD_ARGUMENT, "only what lies outside enters an open loop");
    flow_table *n = table_new(f, &enter_kind, t->schema, &t, 1, sizeof(enter));
    if (table_is_broken(n)) return n;
    *(enter *)n->state = (enter){.when = when, .context = context};
    return loop_adopt(l, n) ? n : flow_refuse(f, STATUS_NO_MEMORY, NULL);
}
