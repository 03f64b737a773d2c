/* SPDX-License-Identifier: MIT */
#include "pipeline/flow/graph.h"

typedef struct {
    flow_sink sink;
    void *context;
} output;

/* The deltas of the input, consolidated: in place where they are one table's, which
 * nobody reads any more, or else copied. */
static batch *consolidated(flow_table *t) {
    flow_table *input = t->inputs[0];
    batch *b = &t->out;
    if (input->segment_count == 1 && input->segments[0].sign == 1) {
        b = &input->segments[0].source->out;
    } else {
        const batch *part;
        int64_t sign;
        for (delta_walk w = deltas_of(input, NULL); delta_next(&w, &part, &sign);)
            batch_append(b, part, sign);
    }
    return batch_consolidate(b, &t->graph->scratch) && !b->failed ? b : NULL;
}

static void output_step(flow_table *t) {
    const output *o = t->state;
    const batch *b = consolidated(t);
    if (b == NULL) {
        flow_out_of_memory(t->graph);
        return;
    }
    for (size_t i = 0; i < b->count; i++) o->sink(batch_row(b, i), b->weights[i], o->context);
}

static const flow_kind output_kind = {.name = "output", .step = output_step, .is_output = true};

void flow_output(flow_table *t, flow_sink sink, void *context) {
    if (!table_is_broken(t) && t->loop != NULL) {
        flow_refuse(t->graph, STATUS_BAD_ARGUMENT, "an output of a table inside a loop");
        return;
    }
    flow_table *n = table_new(t->graph, &output_kind, t->schema, &t, 1, sizeof(output));
    if (!table_is_broken(n)) *(output *)n->state = (output){sink, context};
}
