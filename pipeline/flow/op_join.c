/* SPDX-License-Identifier: MIT */
/* join -- every pair of rows whose keys are equal.
 *
 * Time is (epoch, iteration).  A change at iteration i meets a record of the other
 * side that belongs to iteration j: the product belongs to max(i, j), where it is
 * added to what is already waiting.  Records of the present epoch have j <= i, so
 * they need no telling apart from older ones.  Each pair is met once because the
 * index of one side has the present deltas and the other's has not. */
#include "pipeline/flow/later.h"

typedef struct {
    flow_index *left, *right;
    flow_combiner combine;
    void *context;
    later products;       /* Of later iterations. */
    bool took_products;   /* In this step. */
    uint32_t made_before; /* Iterations with products from before this step end here. */
} join;

static void join_free(void *state) {
    later_deinit(&((join *)state)->products);
}
static void join_trim(flow_table *t) {
    join *j = t->state;
    later_deinit(&j->products);
    trace_deinit(&j->left->rows);
    trace_deinit(&j->right->rows);
}
static void join_end_epoch(flow_table *t) {
    later_drop(&((join *)t->state)->products);
}

static uint32_t join_waits(const flow_table *t) {
    return later_next(&((const join *)t->state)->products, table_iteration(t));
}

/* Where products of `iteration` go; NULL when out of memory. */
static batch *target_of(flow_table *t, uint32_t iteration) {
    join *j = t->state;
    if (iteration <= table_iteration(t)) return &t->out;
    batch *b = later_at(&j->products, iteration, t->schema->row_bytes);
    if (b == NULL) flow_out_of_memory(t->graph);
    return b;
}

/* The mistake that the tests plant: a product is dropped when its iteration has some
 * waiting from before. */
static bool is_dropped(const flow_table *t, uint32_t iteration) {
    const join *j = t->state;
    if (!t->graph->drops_late_products) return false;
    if (iteration <= table_iteration(t)) return j->took_products;
    return iteration < j->made_before && later_has(&j->products, iteration);
}

static void combine_run(flow_table *t, const trace *other, trace_run run, const void *row,
                        int64_t weight, bool row_is_left) {
    const join *j = t->state;
    for (size_t i = 0; i < run.count; i++) {
        const void *record = trace_row(other, run, i);
        uint32_t iteration = trace_iteration(other, record);
        batch *out = is_dropped(t, iteration) ? NULL : target_of(t, iteration);
        if (out == NULL) continue;
        /* Unsigned: a product too large for a weight wraps, it does not crash. */
        uint64_t product = (uint64_t)weight * (uint64_t)trace_weight(other, record);
        void *made = batch_take(out, (int64_t)product);
        if (made == NULL) {
            flow_out_of_memory(t->graph);
            return;
        }
        const void *left = row_is_left ? row : record, *right = row_is_left ? record : row;
        if (!j->combine(left, right, made, j->context)) out->count--;
    }
}

/* The next few rows of a batch, from `first` on. */
static void combine_rows(flow_table *t, const key_plan *plan, const trace *other, const batch *b,
                         size_t first, int64_t sign, bool is_left) {
    keys_ahead ahead;
    size_t count = b->count - first < KEYS_AHEAD ? b->count - first : KEYS_AHEAD;
    keys_ahead_fill(&ahead, plan, batch_row(b, first), b->row_bytes, count, t->graph->seed);
    if (count > 1 && slots_lead_far(&other->index)) {
        for (size_t i = 0; i < count; i++) slots_prefetch(&other->index, ahead.hashes[i]);
        for (size_t i = 0; i < count; i++) trace_prefetch(other, ahead.hashes[i]);
    }
    for (size_t i = 0; i < count; i++)
        combine_run(t, other, trace_find(other, &ahead.keys[i], ahead.hashes[i]),
                    batch_row(b, first + i), sign * b->weights[first + i], is_left);
}

static void combine_deltas(flow_table *t, const flow_index *mine, const flow_index *other,
                           bool is_left) {
    const batch *b;
    int64_t sign;
    if (other->rows.record_count == 0) return;
    for (delta_walk w = deltas_of(mine->source, t->loop); delta_next(&w, &b, &sign);)
        for (size_t i = 0; i < b->count; i += KEYS_AHEAD)
            combine_rows(t, &mine->rows.plan, &other->rows, b, i, sign, is_left);
}

/* Joins of joins multiply: where a few rows became many, most are likely the same few
 * again, and the next operator should not meet each of them. */
static void consolidate_flood(flow_table *t, size_t changes) {
    enum { PRODUCTS_A_CHANGE = 8, PRODUCTS_MIN = 1024 };
    if (t->out.count < PRODUCTS_MIN || t->out.count / PRODUCTS_A_CHANGE < changes) return;
    if (!batch_consolidate(&t->out, &t->graph->scratch)) flow_out_of_memory(t->graph);
}

static void join_step(flow_table *t) {
    join *j = t->state;
    size_t changes = delta_count(t->inputs[0], t->loop) + delta_count(t->inputs[1], t->loop);
    j->took_products = later_take(&j->products, table_iteration(t), &t->out);
    j->made_before = (uint32_t)j->products.batch_count;
    if (j->left == j->right) {
        combine_deltas(t, j->left, j->right, true);
        index_update(j->right);
        combine_deltas(t, j->right, j->left, false);
    } else {
        if (!j->left->is_updated && !j->right->is_updated) index_update(j->right);
        combine_deltas(t, j->left, j->right, true);
        combine_deltas(t, j->right, j->left, false);
    }
    consolidate_flood(t, changes);
}

/* A join must find one of its two indexes without the present deltas. */
static void join_plan(flow_table *t) {
    join *j = t->state;
    bool both = j->left->is_updated && j->right->is_updated;
    if (both) j->right = index_new_private(t, j->right);
    if (j->right == NULL) return;
    if (!j->left->is_updated && !j->right->is_updated) j->right->is_updated = true;
}

static void join_measure(const flow_table *t, uint64_t *rows, uint64_t *bytes) {
    const join *j = t->state;
    const flow_index *sides[2] = {j->left, j->right};
    for (size_t i = 0; i < 2; i++) {
        if (sides[i] == NULL || (i == 1 && sides[0] == sides[1])) continue;
        if (sides[i]->owner != t) continue;
        *rows += sides[i]->rows.record_count;
        *bytes += trace_bytes(&sides[i]->rows);
    }
    *bytes += later_bytes(&j->products);
}

static const flow_kind join_kind = {.name = "join",
                                    .step = join_step,
                                    .waits = join_waits,
                                    .end_epoch = join_end_epoch,
                                    .plan = join_plan,
                                    .trim = join_trim,
                                    .free = join_free,
                                    .measure = join_measure};

flow_table *flow_join(flow_table *left, flow_key left_key, flow_table *right, flow_key right_key,
                      const flow_schema *out, flow_combiner combine, void *context) {
    flow *f = left->graph;
    key_plan left_plan, right_plan;
    flow_table *t = table_new(f, &join_kind, out, (flow_table *[]){left, right}, 2, sizeof(join));
    if (table_is_broken(t)) return t;
    if (!key_plan_init(&left_plan, left->schema, &left_key) ||
        !key_plan_init(&right_plan, right->schema, &right_key) ||
        !key_plan_matches(&left_plan, &right_plan))
        return flow_refuse(f, STATUS_BAD_ARGUMENT, "a join whose keys do not match");
    flow_index *a = index_get(t, left, &left_plan), *b = index_get(t, right, &right_plan);
    *(join *)t->state = (join){.left = a, .right = b, .combine = combine, .context = context};
    return a == NULL || b == NULL ? &f->broken_table : t;
}
