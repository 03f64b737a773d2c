/* SPDX-License-Identifier: MIT */
/* ix -- lookup by key: a join of which no row of the left may be lost.  Those that an
 * anti join finds to point at nothing are error rows until what they point at comes. */
#include "pipeline/flow/graph.h"

static void dangling_step(flow_table *t) {
    const batch *b;
    int64_t sign;
    for (delta_walk w = deltas_of(t->inputs[0], t->loop); delta_next(&w, &b, &sign);)
        for (size_t i = 0; i < b->count; i++)
            error_add(t, "no row has the key that is pointed at", t->schema, batch_row(b, i),
                      sign * b->weights[i]);
}

static const flow_kind dangling_kind = {.name = "ix", .step = dangling_step};

flow_table *flow_ix(flow_table *t, flow_key pointer, flow_table *other, flow_key key,
                    const flow_schema *out, flow_combiner combine, void *context) {
    flow_table *rest = flow_anti_join(t, pointer, other, key);
    flow_table *dangling = table_new(t->graph, &dangling_kind, rest->schema, &rest, 1, 0);
    if (table_is_broken(dangling)) return dangling;
    return flow_join(t, pointer, other, key, out, combine, context);
}
