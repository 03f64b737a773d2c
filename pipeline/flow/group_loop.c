/* SPDX-License-Identifier: MIT */
/* group inside a loop.
 *
 * The change that a group gives at iteration i is what it shows now, at i, less what
 * it showed before the epoch, at i, less the same difference at the iteration where
 * it was last looked at; between the two nothing else of the past can have changed,
 * because a key that changed is scheduled for every later iteration at which its
 * past has an entry.  So no output has to be remembered.
 *
 * Per key and iteration there is one record of count and sums, and for each extreme
 * one of (value, iteration).  The records include the present epoch's; the past is
 * what remains without its changes, which the agenda keeps in total (those of the
 * values in a trace of their own).  A key whose changes cancel is scheduled no
 * more. */
#include "pipeline/flow/agenda.h"
#include "pipeline/flow/group_plan.h"

#include <stdlib.h>

typedef struct {
    flow_u128 rank;
    int64_t now, past;
} ranked;

/* In the agenda, for the epoch. */
typedef struct {
    group_value change;       /* Of the epoch so far; bests unused. */
    group_answer past, shown; /* When last looked at. */
} course;

typedef struct {
    group_plan plan;
    agenda agenda;
    trace totals;                /* key -> (iteration), count, sums */
    trace values[REDUCERS_MAX];  /* key -> (rank, iteration), weight */
    trace changes[REDUCERS_MAX]; /* key -> (rank), weight: of the epoch */
    ranked *scratch;
    size_t scratch_capacity;
} group_loop;

/* A row of `values`: the key, then the rank. */
static void value_row(const group_loop *g, const packed_key *key, flow_u128 rank, uint8_t *row) {
    memcpy(row, key, g->plan.key.bytes);
    memcpy(row + g->plan.key.bytes, &rank, sizeof rank);
}

static flow_u128 row_rank(const group_loop *g, const void *row) {
    flow_u128 rank;
    memcpy(&rank, (const uint8_t *)row + g->plan.key.bytes, sizeof rank);
    return rank;
}

static bool add_change(flow_table *t, const void *row, int64_t weight) {
    group_loop *g = t->state;
    packed_key key;
    flow_u128 sums[REDUCERS_MAX];
    uint32_t now = t->loop->iteration;
    key_pack(&g->plan.key, row, &key);
    uint32_t hash = key_hash(&key, g->plan.key.bytes, t->graph->seed);
    uint32_t handle = agenda_touch(&g->agenda, &key, hash, now);
    if (handle == HANDLE_NONE) return false;
    course *c = agenda_state(&g->agenda, handle);
    c->change.count += weight;
    for (size_t i = 0; i < g->plan.sum_count; i++) {
        sums[i] = (flow_u128)column_read(g->plan.sums[i], row) * (flow_u128)(flow_i128)weight;
        c->change.sums[i] += sums[i];
    }
    if (!trace_add(&g->totals, &key, hash, &key, now, weight, sums)) return false;
    for (size_t i = 0; i < g->plan.extreme_count; i++) {
        uint8_t value[ROW_BYTES_MAX + sizeof(flow_u128)];
        value_row(g, &key, extreme_rank(g->plan.extremes[i], row), value);
        if (!trace_add(&g->values[i], &key, hash, value, now, weight, NULL) ||
            !trace_add(&g->changes[i], &key, hash, value, 0, weight, NULL))
            return false;
    }
    return true;
}

/* ---- The state of a key at the present iteration, now and in the past ---- */

static uint32_t add_totals(const group_loop *g, const packed_key *key, uint32_t hash,
                           uint32_t iteration, group_value *now) {
    trace_run run = trace_find(&g->totals, key, hash);
    uint32_t next = ITERATION_NONE;
    for (size_t i = 0; i < run.count; i++) {
        const void *record = trace_row(&g->totals, run, i);
        uint32_t at = trace_iteration(&g->totals, record);
        if (at > iteration) {
            if (at < next) next = at;
            continue;
        }
        now->count += trace_weight(&g->totals, record);
        for (size_t j = 0; j < g->plan.sum_count; j++)
            now->sums[j] += trace_sum(&g->totals, record, j);
    }
    return next;
}

static int compare_ranked(const void *a, const void *b) {
    flow_u128 x = ((const ranked *)a)->rank, y = ((const ranked *)b)->rank;
    return x < y ? -1 : x > y;
}

static void sort_ranked(ranked *r, size_t count) {
    if (count > 32) {
        qsort(r, count, sizeof r[0], compare_ranked);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        ranked moved = r[i];
        size_t at = i;
        for (; at > 0 && r[at - 1].rank > moved.rank; at--) r[at] = r[at - 1];
        r[at] = moved;
    }
}

static bool reserve_scratch(group_loop *g, size_t count) {
    if (count <= g->scratch_capacity) return true;
    ranked *grown = realloc(g->scratch, count * 2 * sizeof grown[0]);
    if (grown == NULL) return false;
    g->scratch = grown;
    g->scratch_capacity = count * 2;
    return true;
}

/* The least rank of positive weight, in the past (or now). */
static flow_u128 best_rank(const ranked *r, size_t count, bool in_past) {
    for (size_t i = 0; i < count;) {
        int64_t weight = 0;
        flow_u128 rank = r[i].rank;
        for (; i < count && r[i].rank == rank; i++) weight += in_past ? r[i].past : r[i].now;
        if (weight > 0) return rank;
    }
    return 0;
}

static uint32_t find_bests(group_loop *g, size_t extreme, const packed_key *key, uint32_t hash,
                           uint32_t iteration, group_value *past, group_value *now) {
    const trace *values = &g->values[extreme], *changes = &g->changes[extreme];
    trace_run run = trace_find(values, key, hash), changed = trace_find(changes, key, hash);
    uint32_t next = ITERATION_NONE;
    size_t count = 0;
    if (!reserve_scratch(g, run.count + changed.count)) return 0;
    for (size_t i = 0; i < run.count; i++) {
        const void *record = trace_row(values, run, i);
        uint32_t at = trace_iteration(values, record);
        int64_t weight = trace_weight(values, record);
        if (at <= iteration)
            g->scratch[count++] = (ranked){row_rank(g, record), weight, weight};
        else if (at < next)
            next = at;
    }
    for (size_t i = 0; i < changed.count; i++) {
        const void *record = trace_row(changes, changed, i);
        g->scratch[count++] = (ranked){row_rank(g, record), 0, -trace_weight(changes, record)};
    }
    sort_ranked(g->scratch, count);
    const reducer_plan *r = g->plan.extremes[extreme];
    past->bests[extreme] = extreme_value(r, best_rank(g->scratch, count, true));
    now->bests[extreme] = extreme_value(r, best_rank(g->scratch, count, false));
    return next;
}

static bool has_changed(const group_loop *g, const course *c, const packed_key *key,
                        uint32_t hash) {
    if (c->change.count != 0) return true;
    for (size_t i = 0; i < g->plan.sum_count; i++)
        if (c->change.sums[i] != 0) return true;
    for (size_t i = 0; i < g->plan.extreme_count; i++)
        if (trace_find(&g->changes[i], key, hash).count > 0) return true;
    return false;
}

/* ---- What the key gives ---- */

/* Rows of this key begin at `from`; equal ones add up. */
static void emit(flow_table *t, size_t from, const group_answer *a, int64_t weight) {
    if (a->failure != NULL) error_add(t, a->failure, t->schema, a->row, weight);
    if (!a->is_present) return;
    for (size_t i = from; i < t->out.count; i++) {
        if (!equal_bytes(batch_row(&t->out, i), a->row, t->schema->row_bytes)) continue;
        t->out.weights[i] += weight;
        return;
    }
    batch_add(&t->out, a->row, weight);
}

static void drop_cancelled(batch *b, size_t from) {
    size_t kept = from;
    for (size_t i = from; i < b->count; i++) {
        if (b->weights[i] == 0) continue;
        if (kept != i) {
            copy_bytes(batch_row(b, kept), batch_row(b, i), b->row_bytes);
            b->weights[kept] = b->weights[i];
        }
        kept++;
    }
    b->count = kept;
}

static bool look_at(flow_table *t, uint32_t handle) {
    group_loop *g = t->state;
    course *c = agenda_state(&g->agenda, handle);
    uint32_t now = t->loop->iteration, hash = agenda_at(&g->agenda, handle)->hash;
    packed_key key = {{0}};
    memcpy(&key, keymap_key(&g->agenda.keys, handle), g->plan.key.bytes);
    group_value present = {0}, past;
    uint32_t next = add_totals(g, &key, hash, now, &present);
    past = present;
    past.count -= c->change.count;
    for (size_t i = 0; i < g->plan.sum_count; i++) past.sums[i] -= c->change.sums[i];
    for (size_t i = 0; i < g->plan.extreme_count; i++) {
        uint32_t later = find_bests(g, i, &key, hash, now, &past, &present);
        if (later < next) next = later;
    }
    size_t before = t->out.count;
    emit(t, before, &c->shown, -1);
    emit(t, before, &c->past, 1);
    group_answer_of(&g->plan, &key, &past, &c->past);
    group_answer_of(&g->plan, &key, &present, &c->shown);
    emit(t, before, &c->shown, 1);
    emit(t, before, &c->past, -1);
    drop_cancelled(&t->out, before);
    if (next == ITERATION_NONE || !has_changed(g, c, &key, hash)) return true;
    return next > now && agenda_schedule(&g->agenda, handle, next);
}

static void group_loop_step(flow_table *t) {
    group_loop *g = t->state;
    const batch *b;
    int64_t sign;
    bool ok = true;
    g->agenda.work_count = 0;
    for (delta_walk w = deltas_of(t->inputs[0], t->loop); delta_next(&w, &b, &sign);)
        for (size_t i = 0; i < b->count; i++)
            ok = add_change(t, batch_row(b, i), sign * b->weights[i]) && ok;
    ok = agenda_take_due(&g->agenda, t->loop->iteration) && ok;
    for (size_t i = 0; i < g->agenda.work_count && ok; i++) ok = look_at(t, g->agenda.work[i]);
    t->out.is_consolidated = true;
    if (!ok) flow_out_of_memory(t->graph);
}

static void group_loop_end_epoch(flow_table *t) {
    group_loop *g = t->state;
    agenda_end_epoch(&g->agenda);
    for (size_t i = 0; i < g->plan.extreme_count; i++) trace_deinit(&g->changes[i]);
}

static uint32_t group_loop_waits(const flow_table *t) {
    const group_loop *g = t->state;
    return agenda_waits(&g->agenda, t->loop->iteration);
}

static void group_loop_trim(flow_table *t) {
    group_loop *g = t->state;
    agenda_deinit(&g->agenda);
    free(g->scratch);
    g->scratch = NULL;
    g->scratch_capacity = 0;
}

static void group_loop_free(void *state) {
    group_loop *g = state;
    agenda_deinit(&g->agenda);
    trace_deinit(&g->totals);
    for (size_t i = 0; i < g->plan.extreme_count; i++) {
        trace_deinit(&g->values[i]);
        trace_deinit(&g->changes[i]);
    }
    free(g->scratch);
}

static void group_loop_measure(const flow_table *t, uint64_t *rows, uint64_t *bytes) {
    const group_loop *g = t->state;
    *rows += g->totals.record_count;
    *bytes += trace_bytes(&g->totals) + agenda_bytes(&g->agenda) +
              g->scratch_capacity * sizeof g->scratch[0];
    for (size_t i = 0; i < g->plan.extreme_count; i++) {
        *rows += g->values[i].record_count;
        *bytes += trace_bytes(&g->values[i]) + trace_bytes(&g->changes[i]);
    }
}

static const flow_kind group_loop_kind = {.name = "group",
                                          .step = group_loop_step,
                                          .waits = group_loop_waits,
                                          .end_epoch = group_loop_end_epoch,
                                          .trim = group_loop_trim,
                                          .free = group_loop_free,
                                          .measure = group_loop_measure};
static const flow_kind distinct_loop_kind = {.name = "distinct",
                                             .step = group_loop_step,
                                             .waits = group_loop_waits,
                                             .end_epoch = group_loop_end_epoch,
                                             .trim = group_loop_trim,
                                             .free = group_loop_free,
                                             .measure = group_loop_measure};

flow_table *group_in_loop(flow_table *t, const group_plan *p) {
    const flow_kind *kind = p->is_distinct ? &distinct_loop_kind : &group_loop_kind;
    flow_table *n = table_new(t->graph, kind, p->out, &t, 1, sizeof(group_loop));
    if (table_is_broken(n)) return n;
    group_loop *g = n->state;
    uint64_t seed = t->graph->seed;
    key_plan whole = {.bytes = p->key.bytes, .piece_count = p->key.bytes > 0};
    whole.pieces[0].bytes = p->key.bytes;
    g->plan = *p;
    agenda_init(&g->agenda, p->key.bytes, sizeof(course));
    trace_init(&g->totals, p->key.bytes, 1, &whole, true, p->sum_count, seed);
    for (size_t i = 0; i < p->extreme_count; i++) {
        g->plan.extremes[i] = &g->plan.reducers[p->extremes[i] - p->reducers];
        size_t bytes = p->key.bytes + sizeof(flow_u128);
        trace_init(&g->values[i], bytes, 1, &whole, true, 0, seed);
        trace_init(&g->changes[i], bytes, 1, &whole, false, 0, seed);
    }
    return n;
}
