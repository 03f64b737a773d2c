/* SPDX-License-Identifier: MIT */
/* Operators without memory: filter, map, flat_map; concat and negate, which are
 * only lists of whose deltas to read. */
#include "pipeline/flow/graph.h"

#include <stdlib.h>

/* ---- filter ---- */

typedef struct {
    flow_predicate keep;
    void *context;
} filter;

static void filter_step(flow_table *t) {
    const filter *o = t->state;
    const batch *b;
    int64_t sign;
    size_t sources = 0;
    bool consolidated = true;
    for (delta_walk w = deltas_of(t->inputs[0], t->loop); delta_next(&w, &b, &sign); sources++) {
        consolidated = consolidated && b->is_consolidated;
        for (size_t i = 0; i < b->count; i++)
            if (o->keep(batch_row(b, i), o->context))
                batch_add(&t->out, batch_row(b, i), sign * b->weights[i]);
    }
    t->out.is_consolidated = consolidated && sources <= 1;
}

static const flow_kind filter_kind = {.name = "filter", .step = filter_step};

flow_table *flow_filter(flow_table *t, flow_predicate keep, void *context) {
    flow_table *n = table_new(t->graph, &filter_kind, t->schema, &t, 1, sizeof(filter));
    if (!table_is_broken(n)) *(filter *)n->state = (filter){keep, context};
    return n;
}

/* ---- map ---- */

typedef struct {
    flow_mapper f;
    void *context;
} map;

static void map_step(flow_table *t) {
    const map *o = t->state;
    const batch *b;
    int64_t sign;
    for (delta_walk w = deltas_of(t->inputs[0], t->loop); delta_next(&w, &b, &sign);)
        for (size_t i = 0; i < b->count; i++) {
            int64_t weight = sign * b->weights[i];
            void *out = batch_take(&t->out, weight);
            if (out == NULL) return;
            const char *reason = o->f(batch_row(b, i), out, o->context);
            if (reason == NULL) continue;
            t->out.count--;
            error_add(t, reason, t->inputs[0]->schema, batch_row(b, i), weight);
        }
}

static const flow_kind map_kind = {.name = "map", .step = map_step};

flow_table *flow_map(flow_table *t, const flow_schema *out, flow_mapper f, void *context) {
    flow_table *n = table_new(t->graph, &map_kind, out, &t, 1, sizeof(map));
    if (!table_is_broken(n)) *(map *)n->state = (map){f, context};
    return n;
}

/* ---- flat_map ---- */

struct flow_emitter {
    batch *out;
    int64_t weight;
};

typedef struct {
    flow_flat_mapper f;
    void *context;
} flat_map;

void flow_emit(flow_emitter *e, const void *row) {
    batch_add(e->out, row, e->weight);
}

static void flat_map_step(flow_table *t) {
    const flat_map *o = t->state;
    const batch *b;
    int64_t sign;
    for (delta_walk w = deltas_of(t->inputs[0], t->loop); delta_next(&w, &b, &sign);)
        for (size_t i = 0; i < b->count; i++) {
            flow_emitter e = {&t->out, sign * b->weights[i]};
            size_t before = t->out.count;
            const char *reason = o->f(batch_row(b, i), &e, o->context);
            if (reason == NULL) continue;
            t->out.count = before; /* A row fails whole. */
            error_add(t, reason, t->inputs[0]->schema, batch_row(b, i), e.weight);
        }
}

static const flow_kind flat_map_kind = {.name = "flat_map", .step = flat_map_step};

flow_table *flow_flat_map(flow_table *t, const flow_schema *out, flow_flat_mapper f,
                          void *context) {
    flow_table *n = table_new(t->graph, &flat_map_kind, out, &t, 1, sizeof(flat_map));
    if (!table_is_broken(n)) *(flat_map *)n->state = (flat_map){f, context};
    return n;
}

/* ---- concat, negate ---- */

static const flow_kind concat_kind = {.name = "concat"};
static const flow_kind negate_kind = {.name = "negate"};

flow_table *table_read_through(flow_table *n, int64_t sign) {
    size_t count = 0, at = 0;
    if (table_is_broken(n)) return n;
    for (size_t i = 0; i < n->input_count; i++) count += n->inputs[i]->segment_count;
    flow_segment *segments = malloc((count + 1) * sizeof segments[0]);
    if (segments == NULL) return flow_refuse(n->graph, STATUS_NO_MEMORY, NULL);
    for (size_t i = 0; i < n->input_count; i++)
        for (size_t j = 0; j < n->inputs[i]->segment_count; j++) {
            segments[at] = n->inputs[i]->segments[j];
            segments[at++].sign *= sign;
        }
    free(n->segments);
    n->segments = segments;
    n->segment_count = count;
    return n;
}

flow_table *flow_concat(flow_table *a, flow_table *b) {
    if (a->schema != b->schema && !table_is_broken(a) && !table_is_broken(b))
        return flow_refuse(a->graph, STATUS_BAD_ARGUMENT, "concat of two kinds of rows");
    return table_read_through(
        table_new(a->graph, &concat_kind, a->schema, (flow_table *[]){a, b}, 2, 0), 1);
}

flow_table *flow_negate(flow_table *t) {
    return table_read_through(table_new(t->graph, &negate_kind, t->schema, &t, 1, 0), -1);
}
