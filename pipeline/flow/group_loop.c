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
 * one of (value, iteration); a group of extremes alone takes its count from the
 * first one's.  The records include the present epoch's; the past is what remains
 * without its changes, of which the agenda keeps the total and the records of values
 * keep theirs.  A key whose changes cancel is scheduled no more. */
#include "pipeline/base/prefetch.h"
#include "pipeline/flow/agenda.h"
#include "pipeline/flow/group_plan.h"

#include <stdlib.h>

typedef struct {
    flow_u128 rank;
    int64_t now, past;
} ranked;

/* In the agenda, for the epoch: what changed so far, and what was shown when last
 * looked at.  The change's sums and the two rows follow. */
typedef struct {
    int64_t count;
    uint8_t past, shown; /* What they show, as in group_answer. */
    uint8_t padding[6];
} course;

typedef struct {
    group_plan plan;
    agenda agenda;
    trace totals;               /* key -> (iteration), count, sums */
    trace values[REDUCERS_MAX]; /* key -> (rank, iteration), weight, its change */
    bool has_totals;
    size_t row_room; /* Of a row in the agenda. */
    ranked *scratch;
    size_t scratch_capacity;
} group_loop;

static uint8_t *course_sums(course *c) {
    return (uint8_t *)(c + 1);
}

static uint8_t *course_past(const group_loop *g, course *c) {
    return course_sums(c) + g->plan.sum_count * sizeof(flow_u128);
}

static uint8_t *course_shown(const group_loop *g, course *c) {
    return course_past(g, c) + g->row_room;
}

static flow_u128 sum_at(const uint8_t *sums, size_t i) {
    flow_u128 sum;
    memcpy(&sum, sums + i * sizeof sum, sizeof sum);
    return sum;
}

/* ---- A change comes ---- */

static bool add_value(group_loop *g, size_t extreme, const packed_key *key, uint32_t hash,
                      const void *row, uint32_t now, int64_t weight) {
    uint8_t value[TRACE_ROW_BYTES_MAX];
    const reducer_plan *r = g->plan.extremes[extreme];
    flow_u128 rank = extreme_rank(r, row);
    copy_bytes(value, key, g->plan.key.bytes);
    memcpy(value + g->plan.key.bytes, &rank, extreme_bytes(r));
    return trace_add(&g->values[extreme], key, hash, value, now, weight, NULL);
}

static bool add_change(group_loop *g, const packed_key *key, uint32_t hash, uint32_t now,
                       const void *row, int64_t weight) {
    flow_u128 sums[REDUCERS_MAX];
    uint32_t handle = agenda_touch(&g->agenda, key, hash, now);
    if (handle == HANDLE_NONE) return false;
    course *c = agenda_state(&g->agenda, handle);
    c->count = weight_plus(c->count, weight);
    for (size_t i = 0; i < g->plan.sum_count; i++) {
        sums[i] = (flow_u128)column_read(g->plan.sums[i], row) * (flow_u128)(flow_i128)weight;
        flow_u128 total = sum_at(course_sums(c), i) + sums[i];
        memcpy(course_sums(c) + i * sizeof total, &total, sizeof total);
    }
    if (g->has_totals && !trace_add(&g->totals, key, hash, key, now, weight, sums)) return false;
    for (size_t i = 0; i < g->plan.extreme_count; i++)
        if (!add_value(g, i, key, hash, row, now, weight)) return false;
    return true;
}

/* The next few rows of a batch, from `first` on. */
static bool add_changes(flow_table *t, const batch *b, size_t first, int64_t sign) {
    group_loop *g = t->state;
    keys_ahead ahead;
    const trace *main = g->has_totals ? &g->totals : &g->values[0];
    size_t count = b->count - first < KEYS_AHEAD ? b->count - first : KEYS_AHEAD;
    keys_ahead_fill(&ahead, &g->plan.key, batch_row(b, first), b->row_bytes, count, t->graph->seed);
    for (size_t i = 0; i < count && count > 1; i++) {
        slots_prefetch(&g->agenda.keys.index, ahead.hashes[i]);
        slots_prefetch(&main->index, ahead.hashes[i]);
    }
    for (size_t i = 0; i < count && count > 1; i++) {
        keymap_prefetch(&g->agenda.keys, ahead.hashes[i]);
        trace_prefetch(main, ahead.hashes[i]);
    }
    for (size_t i = 0; i < count; i++)
        if (!add_change(g, &ahead.keys[i], ahead.hashes[i], t->loop->iteration,
                        batch_row(b, first + i), sign * b->weights[first + i]))
            return false;
    return true;
}

/* ---- The state of a key at the present iteration, now and in the past ---- */

typedef struct {
    group_value past, now;
    bool has_changed; /* In this epoch, up to the present iteration. */
    uint32_t next;    /* Iteration at which the past has its next entry. */
} glance;

static void add_totals(const group_loop *g, const packed_key *key, uint32_t hash,
                       uint32_t iteration, course *c, glance *at) {
    trace_run run = trace_find(&g->totals, key, hash);
    at->now.count = 0;
    memset(at->now.sums, 0, g->plan.sum_count * sizeof at->now.sums[0]);
    for (size_t i = 0; i < run.count; i++) {
        const void *record = trace_row(&g->totals, run, i);
        uint32_t when = trace_iteration(&g->totals, record);
        if (when > iteration) {
            if (when < at->next) at->next = when;
            continue;
        }
        at->now.count += trace_weight(&g->totals, record);
        for (size_t j = 0; j < g->plan.sum_count; j++)
            at->now.sums[j] += trace_sum(&g->totals, record, j);
    }
    at->past.count = at->now.count - c->count;
    at->has_changed |= c->count != 0;
    for (size_t i = 0; i < g->plan.sum_count; i++) {
        flow_u128 change = sum_at(course_sums(c), i);
        at->past.sums[i] = at->now.sums[i] - change;
        at->has_changed |= change != 0;
    }
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

/* The values up to the present iteration, by rank. */
static size_t gather_values(group_loop *g, size_t extreme, trace_run run, uint32_t iteration,
                            glance *at) {
    const trace *values = &g->values[extreme];
    size_t count = 0, rank_bytes = extreme_bytes(g->plan.extremes[extreme]);
    for (size_t i = 0; i < run.count; i++) {
        const void *record = trace_row(values, run, i);
        uint32_t when = trace_iteration(values, record);
        int64_t weight = trace_weight(values, record);
        if (when > iteration) {
            if (when < at->next) at->next = when;
            continue;
        }
        ranked *r = &g->scratch[count++];
        *r = (ranked){0, weight, weight - trace_change(values, record)};
        memcpy(&r->rank, (const uint8_t *)record + g->plan.key.bytes, rank_bytes);
    }
    sort_ranked(g->scratch, count);
    return count;
}

/* The first value of positive weight, or the one of the greatest; weight 0: none yet. */
typedef struct {
    flow_u128 rank;
    int64_t weight;
} best;

static void best_take(best *b, flow_u128 rank, int64_t weight, bool most) {
    if (weight <= 0 || (b->weight > 0 && (!most || weight <= b->weight))) return;
    *b = (best){rank, weight};
}

static bool find_bests(group_loop *g, size_t extreme, const packed_key *key, uint32_t hash,
                       uint32_t iteration, glance *at) {
    trace_run run = trace_find(&g->values[extreme], key, hash);
    if (!reserve_scratch(g, run.count)) return false;
    size_t count = gather_values(g, extreme, run, iteration, at);
    best now_best = {0, 0}, past_best = {0, 0};
    bool is_majority = g->plan.extremes[extreme]->kind == FLOW_MAJORITY;
    int64_t count_now = 0, count_past = 0;
    for (size_t i = 0; i < count;) {
        flow_u128 rank = g->scratch[i].rank;
        int64_t now = 0, past = 0;
        for (; i < count && g->scratch[i].rank == rank; i++) {
            now += g->scratch[i].now;
            past += g->scratch[i].past;
        }
        best_take(&now_best, rank, now, is_majority);
        best_take(&past_best, rank, past, is_majority);
        at->has_changed |= now != past;
        count_now += now;
        count_past += past;
    }
    at->now.bests[extreme] = extreme_value(g->plan.extremes[extreme], now_best.rank);
    at->past.bests[extreme] = extreme_value(g->plan.extremes[extreme], past_best.rank);
    if (!g->has_totals) {
        at->now.count = count_now;
        at->past.count = count_past;
    }
    return true;
}

/* ---- What the key gives ---- */

/* Rows of this key begin at `from`; equal ones add up. */
static void emit(flow_table *t, size_t from, group_shows shows, const void *row, int64_t weight) {
    if (shows == SHOWS_NOTHING) return;
    if (shows != SHOWS_ROW) {
        error_add(t, group_failure(shows), t->schema, row, weight);
        return;
    }
    for (size_t i = from; i < t->out.count; i++) {
        if (!equal_bytes(batch_row(&t->out, i), row, t->schema->row_bytes)) continue;
        t->out.weights[i] = weight_plus(t->out.weights[i], weight);
        return;
    }
    batch_add(&t->out, row, weight);
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

static bool same(const group_answer *a, const group_answer *b, size_t bytes) {
    return a->shows == b->shows &&
           (a->shows == SHOWS_NOTHING || equal_bytes(a->row, b->row, bytes));
}

/* What is shown now less the past, less the same when last looked at. */
static void emit_change(flow_table *t, course *c, const group_answer *now,
                        const group_answer *past) {
    const group_loop *g = t->state;
    size_t before = t->out.count, bytes = t->schema->row_bytes;
    if (c->past == SHOWS_NOTHING && c->shown == SHOWS_NOTHING && same(now, past, bytes)) return;
    emit(t, before, (group_shows)c->shown, course_shown(g, c), -1);
    emit(t, before, (group_shows)c->past, course_past(g, c), 1);
    emit(t, before, now->shows, now->row, 1);
    emit(t, before, past->shows, past->row, -1);
    drop_cancelled(&t->out, before);
    bool are_same = same(now, past, bytes);
    c->shown = are_same ? SHOWS_NOTHING : (uint8_t)now->shows;
    c->past = are_same ? SHOWS_NOTHING : (uint8_t)past->shows;
    copy_bytes(course_shown(g, c), now->row, bytes);
    copy_bytes(course_past(g, c), past->row, bytes);
}

static bool look_at(flow_table *t, uint32_t handle) {
    group_loop *g = t->state;
    uint32_t iteration = t->loop->iteration, hash = agenda_at(&g->agenda, handle)->hash;
    course *c = agenda_state(&g->agenda, handle);
    packed_key key;
    glance at;
    group_answer now, past;
    at.next = ITERATION_NONE;
    at.has_changed = false;
    if (g->plan.key.bytes > 0) key.words[(g->plan.key.bytes - 1) / 8] = 0;
    copy_bytes(&key, keymap_key(&g->agenda.keys, handle), g->plan.key.bytes);
    if (g->has_totals) add_totals(g, &key, hash, iteration, c, &at);
    for (size_t i = 0; i < g->plan.extreme_count; i++)
        if (!find_bests(g, i, &key, hash, iteration, &at)) return false;
    group_answer_of(&g->plan, &key, &at.past, &past);
    group_answer_of(&g->plan, &key, &at.now, &now);
    emit_change(t, c, &now, &past);
    if (at.next == ITERATION_NONE || !at.has_changed) return true;
    return agenda_schedule(&g->agenda, handle, at.next);
}

static void fetch_ahead(const group_loop *g, size_t i) {
    enum { NEAR = 4, FAR = 8 };
    const agenda *a = &g->agenda;
    const trace *main = g->has_totals ? &g->totals : &g->values[0];
    if (i + FAR < a->work_count) prefetch_to_read(agenda_at(a, a->work[i + FAR]));
    if (i + NEAR < a->work_count) trace_prefetch(main, agenda_at(a, a->work[i + NEAR])->hash);
}

static void group_loop_step(flow_table *t) {
    group_loop *g = t->state;
    const batch *b;
    int64_t sign;
    bool ok = true;
    g->agenda.work_count = 0;
    for (delta_walk w = deltas_of(t->inputs[0], t->loop); delta_next(&w, &b, &sign);)
        for (size_t i = 0; i < b->count; i += KEYS_AHEAD) ok = add_changes(t, b, i, sign) && ok;
    ok = agenda_take_due(&g->agenda, t->loop->iteration) && ok;
    for (size_t i = 0; i < g->agenda.work_count && ok; i++) {
        fetch_ahead(g, i);
        ok = look_at(t, g->agenda.work[i]);
    }
    t->out.is_consolidated = true;
    if (!ok) flow_out_of_memory(t->graph);
}

static void group_loop_end_epoch(flow_table *t) {
    group_loop *g = t->state;
    uint32_t handle;
    for (size_t at = 0; g->plan.extreme_count > 0 && keymap_next(&g->agenda.keys, &at, &handle);) {
        packed_key key = {{0}};
        copy_bytes(&key, keymap_key(&g->agenda.keys, handle), g->plan.key.bytes);
        for (size_t i = 0; i < g->plan.extreme_count; i++)
            trace_settle(&g->values[i], &key, agenda_at(&g->agenda, handle)->hash);
    }
    agenda_end_epoch(&g->agenda);
}

static uint32_t group_loop_waits(const flow_table *t) {
    const group_loop *g = t->state;
    return agenda_waits(&g->agenda, t->loop->iteration);
}

static void group_loop_free(void *state) {
    group_loop *g = state;
    agenda_deinit(&g->agenda);
    trace_deinit(&g->totals);
    for (size_t i = 0; i < g->plan.extreme_count; i++) trace_deinit(&g->values[i]);
    free(g->scratch);
    g->scratch = NULL;
    g->scratch_capacity = 0;
}

static void group_loop_trim(flow_table *t) {
    group_loop_free(t->state);
}

static void group_loop_measure(const flow_table *t, uint64_t *rows, uint64_t *bytes) {
    const group_loop *g = t->state;
    *rows += g->totals.record_count;
    *bytes += trace_bytes(&g->totals) + agenda_bytes(&g->agenda) +
              g->scratch_capacity * sizeof g->scratch[0];
    for (size_t i = 0; i < g->plan.extreme_count; i++) {
        *rows += g->values[i].record_count;
        *bytes += trace_bytes(&g->values[i]);
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
    g->has_totals = p->extreme_count == 0 || p->sum_count > 0;
    g->row_room = (p->out->row_bytes + 7U) & ~(size_t)7;
    agenda_init(&g->agenda, p->key.bytes,
                sizeof(course) + p->sum_count * sizeof(flow_u128) + 2 * g->row_room);
    trace_init(&g->totals, p->key.bytes, 1, &whole, true, p->sum_count, seed);
    for (size_t i = 0; i < p->extreme_count; i++) {
        g->plan.extremes[i] = &g->plan.reducers[p->extremes[i] - p->reducers];
        size_t bytes = p->key.bytes + extreme_bytes(p->extremes[i]);
        trace_init(&g->values[i], bytes, 1, &whole, true, 0, seed);
        trace_count_changes(&g->values[i]);
    }
    return n;
}
