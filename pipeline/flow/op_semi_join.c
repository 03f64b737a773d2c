/* SPDX-License-Identifier: MIT */
/* semi, anti and left join -- what depends on whether a row meets anything at all.
 *
 * All are compositions: the keys of right as a set, joined to left, keep the rows of
 * left that meet something; left less these are the rows that do not.  A left join
 * is a join and, beside it, those rows alone.  The index of left is one for all. */
#include "pipeline/flow/graph.h"

/* ---- The keys of a table ---- */

typedef struct {
    key_plan plan;
    flow_schema schema; /* Of a row that is nothing but a key. */
    flow_column columns[ROW_BYTES_MAX];
} keys_of;

static void keys_step(flow_table *t) {
    const keys_of *k = t->state;
    const batch *b;
    int64_t sign;
    for (delta_walk w = deltas_of(t->inputs[0], t->loop); delta_next(&w, &b, &sign);)
        for (size_t i = 0; i < b->count; i++) {
            packed_key key = {{0}};
            key_pack(&k->plan, batch_row(b, i), &key);
            batch_add(&t->out, &key, sign * b->weights[i]);
        }
}

static const flow_kind keys_kind = {.name = "keys", .step = keys_step};

static flow_table *keys_new(flow_table *t, const flow_key *key) {
    flow_table *n = table_new(t->graph, &keys_kind, t->schema, &t, 1, sizeof(keys_of));
    if (table_is_broken(n)) return n;
    keys_of *k = n->state;
    if (!key_plan_init(&k->plan, t->schema, key))
        return flow_refuse(t->graph, STATUS_BAD_ARGUMENT, "a key column that is not in the row");
    uint16_t at = 0, count = 0;
    for (; count < k->plan.column_count; count++) {
        k->columns[count] = *k->plan.columns[count];
        k->columns[count].offset = at;
        at = (uint16_t)(at + flow_type_bytes(k->columns[count].type));
    }
    if (count == 0) k->columns[count++] = (flow_column){"none", FLOW_u8, at++};
    k->schema = (flow_schema){"key", at, count, k->columns};
    n->schema = &k->schema;
    batch_init(&n->out, at);
    return n;
}

/* ---- Semi and anti join ---- */

static bool keep_left(const void *left, const void *right, void *out, void *row_bytes) {
    (void)right;
    copy_bytes(out, left, *(const uint16_t *)row_bytes);
    return true;
}

flow_table *flow_semi_join(flow_table *left, flow_key left_key, flow_table *right,
                           flow_key right_key) {
    flow_table *keys = flow_distinct(keys_new(right, &right_key));
    if (table_is_broken(keys)) return keys;
    flow_key all = right_key.names[0] == NULL ? FLOW_NONE : FLOW_ALL;
    void *row_bytes = (void *)(uintptr_t)&left->schema->row_bytes;
    return flow_join(left, left_key, keys, all, left->schema, keep_left, row_bytes);
}

static const flow_kind anti_join_kind = {.name = "anti join"};

flow_table *flow_anti_join(flow_table *left, flow_key left_key, flow_table *right,
                           flow_key right_key) {
    flow_table *met = flow_semi_join(left, left_key, right, right_key);
    if (table_is_broken(met)) return met;
    flow_table *parts[2] = {left, flow_negate(met)};
    return table_read_through(table_new(left->graph, &anti_join_kind, left->schema, parts, 2, 0),
                              1);
}

/* ---- Left join ---- */

typedef struct {
    flow_combiner combine;
    void *context;
} alone;

static void alone_step(flow_table *t) {
    const alone *a = t->state;
    const batch *b;
    int64_t sign;
    for (delta_walk w = deltas_of(t->inputs[0], t->loop); delta_next(&w, &b, &sign);)
        for (size_t i = 0; i < b->count; i++) {
            void *out = batch_take(&t->out, sign * b->weights[i]);
            if (out == NULL) return;
            if (!a->combine(batch_row(b, i), NULL, out, a->context)) t->out.count--;
        }
}

static const flow_kind alone_kind = {.name = "left alone", .step = alone_step};
static const flow_kind left_join_kind = {.name = "left join"};

flow_table *flow_left_join(flow_table *left, flow_key left_key, flow_table *right,
                           flow_key right_key, const flow_schema *out, flow_combiner combine,
                           void *context) {
    flow *f = left->graph;
    flow_table *met = flow_join(left, left_key, right, right_key, out, combine, context);
    flow_table *rest = flow_anti_join(left, left_key, right, right_key);
    flow_table *apart = table_new(f, &alone_kind, out, &rest, 1, sizeof(alone));
    if (table_is_broken(apart)) return apart;
    *(alone *)apart->state = (alone){combine, context};
    flow_table *parts[2] = {met, apart};
    return table_read_through(table_new(f, &left_join_kind, out, parts, 2, 0), 1);
}
