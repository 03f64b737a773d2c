/* SPDX-License-Identifier: MIT */
#include "pipeline/flow/group_plan.h"

static const char *plan_key(group_plan *p) {
    uint16_t from = 0;
    for (size_t i = 0; i < p->key.column_count; i++) {
        const flow_column *c = p->key.columns[i], *to = schema_find(p->out, c->name);
        uint16_t bytes = (uint16_t)flow_type_bytes(c->type);
        if (to == NULL || to->type != c->type) return "a group's key is not in its output row";
        size_t last = p->key_copy_count - 1;
        if (p->key_copy_count > 0 &&
            p->key_copies[last].to + p->key_copies[last].bytes == to->offset) {
            p->key_copies[last].bytes = (uint16_t)(p->key_copies[last].bytes + bytes);
        } else {
            p->key_copies[++last].from = from;
            p->key_copies[last].to = to->offset;
            p->key_copies[last].bytes = bytes;
            p->key_copy_count++;
        }
        from = (uint16_t)(from + bytes);
    }
    return NULL;
}

static const char *plan_reducer(group_plan *p, const flow_schema *in, const flow_reducer *r) {
    if (p->reducer_count == REDUCERS_MAX) return "a group with too many reducers";
    reducer_plan *plan = &p->reducers[p->reducer_count++];
    *plan = (reducer_plan){.kind = r->kind, .into = schema_find(p->out, r->into)};
    if (plan->into == NULL) return "a reducer into a column that is not there";
    if (r->kind == FLOW_COUNT) return NULL;
    plan->from = r->from == NULL ? NULL : schema_find(in, r->from);
    if (plan->from == NULL) return "a reducer from a column that is not there";
    if (r->kind == FLOW_SUM) {
        plan->slot = p->sum_count;
        p->sums[p->sum_count++] = plan->from;
    } else {
        plan->slot = p->extreme_count;
        p->extremes[p->extreme_count++] = plan;
    }
    return NULL;
}

/* NULL, or why it cannot be.  `reducers` may be NULL: distinct. */
static const char *group_plan_init(group_plan *p, const flow_schema *in, const flow_key *key,
                                   const flow_schema *out, const flow_reducer *reducers) {
    *p = (group_plan){.out = out, .is_distinct = reducers == NULL};
    if (!key_plan_init(&p->key, in, key)) return "a key column that is not in the row";
    const char *wrong = plan_key(p);
    for (; wrong == NULL && reducers != NULL && reducers->kind != FLOW_END; reducers++)
        wrong = plan_reducer(p, in, reducers);
    return wrong;
}

static flow_i128 reducer_result(const reducer_plan *r, const group_value *v) {
    switch (r->kind) {
    case FLOW_COUNT: return v->count;
    case FLOW_SUM: return (flow_i128)v->sums[r->slot];
    default: return v->bests[r->slot];
    }
}

static void fill_key(const group_plan *p, const void *key, uint8_t *row) {
    const uint8_t *from = key;
    memset(row, 0, p->out->row_bytes);
    for (size_t i = 0; i < p->key_copy_count; i++)
        copy_bytes(row + p->key_copies[i].to, from + p->key_copies[i].from, p->key_copies[i].bytes);
}

const char *group_failure(group_shows shows) {
    switch (shows) {
    case FAILS_NEGATIVE: return MORE_BACK_THAN_CAME;
    case FAILS_OVERFLOW: return "a result does not fit its column";
    default: return NULL;
    }
}

void group_answer_of(const group_plan *p, const void *key, const group_value *v, group_answer *a) {
    a->shows = v->count < 0 ? FAILS_NEGATIVE : v->count == 0 ? SHOWS_NOTHING : SHOWS_ROW;
    if (v->count == 0) return;
    fill_key(p, key, a->row);
    for (size_t i = 0; i < p->reducer_count && a->shows == SHOWS_ROW; i++) {
        const reducer_plan *r = &p->reducers[i];
        if (column_write(r->into, a->row, reducer_result(r, v))) continue;
        a->shows = FAILS_OVERFLOW;
        fill_key(p, key, a->row);
    }
}

size_t extreme_bytes(const reducer_plan *r) {
    size_t bytes = flow_type_bytes(r->from->type);
    return bytes < 4 ? 4 : bytes;
}

/* All bits of a rank, and the one by which signed values move up to be unsigned. */
static flow_u128 rank_mask(const reducer_plan *r) {
    return ~(flow_u128)0 >> (128 - 8 * extreme_bytes(r));
}

static flow_u128 rank_bias(const reducer_plan *r) {
    flow_type type = r->from->type;
    bool is_signed = type == FLOW_i32 || type == FLOW_i64 || type == FLOW_i128;
    return is_signed ? (flow_u128)1 << (8 * extreme_bytes(r) - 1) : 0;
}

flow_u128 extreme_rank(const reducer_plan *r, const void *row) {
    flow_u128 rank = (flow_u128)column_read(r->from, row) + rank_bias(r);
    return (r->kind == FLOW_MAX ? ~rank : rank) & rank_mask(r);
}

flow_i128 extreme_value(const reducer_plan *r, flow_u128 rank) {
    return (flow_i128)(((r->kind == FLOW_MAX ? ~rank : rank) & rank_mask(r)) - rank_bias(r));
}

flow_table *flow_group(flow_table *t, flow_key key, const flow_schema *out,
                       const flow_reducer *reducers) {
    group_plan p;
    if (table_is_broken(t)) return t;
    const char *wrong = group_plan_init(&p, t->schema, &key, out, reducers);
    if (wrong != NULL) return flow_refuse(t->graph, STATUS_BAD_ARGUMENT, wrong);
    return t->loop != NULL ? group_in_loop(t, &p) : group_outside(t, &p);
}

flow_table *flow_distinct(flow_table *t) {
    return flow_group(t, FLOW_ALL, t->schema, NULL);
}
