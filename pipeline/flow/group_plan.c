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

static flow_u128 bias_of(flow_type type) {
    bool is_signed = type == FLOW_i32 || type == FLOW_i64 || type == FLOW_i128;
    return is_signed ? (flow_u128)1 << (8 * flow_type_bytes(type) - 1) : 0;
}

/* "from", or for argmax and argmin "from by other". */
static const char *find_columns(reducer_plan *r, const flow_schema *in, const char *from) {
    static const char by[] = " by ";
    bool has_by = r->kind == FLOW_ARGMAX || r->kind == FLOW_ARGMIN;
    const char *at = has_by && from != NULL ? strstr(from, by) : NULL;
    if (has_by && at == NULL) return "an argmax or argmin that is not \"column by column\"";
    if (has_by) {
        r->from = schema_find_text(in, from, (size_t)(at - from));
        r->by = schema_find(in, at + strlen(by));
    } else if (from != NULL) {
        r->from = schema_find(in, from);
    }
    bool are_there = r->from != NULL && (r->by != NULL || !has_by);
    return are_there ? NULL : "a reducer from a column that is not there";
}

static const char *plan_rank(reducer_plan *r) {
    size_t bytes = flow_type_bytes(r->from->type);
    r->from_bytes = (uint8_t)bytes;
    r->from_bias = bias_of(r->from->type);
    if (r->by != NULL) {
        r->by_bytes = (uint8_t)flow_type_bytes(r->by->type);
        r->by_bias = bias_of(r->by->type);
        bytes += r->by_bytes;
    }
    r->rank_bytes = bytes <= 4 ? 4 : bytes <= 8 ? 8 : 16;
    return bytes <= sizeof(flow_u128) ? NULL : "an argmax or argmin over more than 16 bytes";
}

static const char *plan_reducer(group_plan *p, const flow_schema *in, const flow_reducer *r) {
    if (p->reducer_count == REDUCERS_MAX) return "a group with too many reducers";
    reducer_plan *plan = &p->reducers[p->reducer_count++];
    *plan = (reducer_plan){.kind = r->kind, .into = schema_find(p->out, r->into)};
    if (plan->into == NULL) return "a reducer into a column that is not there";
    if (r->kind == FLOW_COUNT) return NULL;
    const char *wrong = find_columns(plan, in, r->from);
    if (wrong == NULL) wrong = plan_rank(plan);
    if (wrong != NULL) return wrong;
    if (r->kind == FLOW_SUM || r->kind == FLOW_AVG) {
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

/* To the nearest, halves away from 0. */
static flow_i128 average(flow_i128 sum, int64_t count) {
    flow_i128 whole = sum / count, rest = sum % count;
    flow_i128 beyond = (rest < 0 ? -rest : rest) - (count - (rest < 0 ? -rest : rest));
    return beyond < 0 ? whole : sum < 0 ? whole - 1 : whole + 1;
}

static flow_i128 reducer_result(const reducer_plan *r, const group_value *v) {
    switch (r->kind) {
    case FLOW_COUNT: return v->count;
    case FLOW_SUM: return (flow_i128)v->sums[r->slot];
    case FLOW_AVG: return average((flow_i128)v->sums[r->slot], v->count);
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

static flow_u128 ones(size_t bytes) {
    return ~(flow_u128)0 >> (128 - 8 * bytes);
}

flow_u128 extreme_rank(const reducer_plan *r, const void *row) {
    flow_u128 rank = (flow_u128)column_read(r->from, row) + r->from_bias;
    if (r->by == NULL) return (r->kind == FLOW_MAX ? ~rank : rank) & ones(r->rank_bytes);
    flow_u128 by = (flow_u128)column_read(r->by, row) + r->by_bias;
    if (r->kind == FLOW_ARGMAX) by = ~by;
    return (by & ones(r->by_bytes)) << (8 * r->from_bytes) | (rank & ones(r->from_bytes));
}

flow_i128 extreme_value(const reducer_plan *r, flow_u128 rank) {
    if (r->by != NULL) return (flow_i128)((rank & ones(r->from_bytes)) - r->from_bias);
    return (flow_i128)(((r->kind == FLOW_MAX ? ~rank : rank) & ones(r->rank_bytes)) - r->from_bias);
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
