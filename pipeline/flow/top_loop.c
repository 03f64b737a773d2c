/* SPDX-License-Identifier: MIT */
/* top inside a loop: see group_loop.c for what a key gives when it is looked at.
 * Records are (row, iteration), and so are the epoch's changes, so that both what a
 * group shows and what it showed can be computed for any iteration. */
#include "pipeline/flow/agenda.h"
#include "pipeline/flow/top_plan.h"

#include <stdlib.h>

typedef struct {
    uint64_t words[ROW_WORDS_MAX];
    int64_t now, past;
} candidate;

/* In the agenda, for the epoch: iteration + 1 of the last look. */
typedef struct {
    uint64_t looked;
} look;

typedef struct {
    top_plan plan;
    agenda agenda;
    trace rows, changes;
    candidate *candidates;
    size_t candidate_capacity;
} top_loop;

static int compare_words(const void *a, const void *b) {
    const uint64_t *x = ((const candidate *)a)->words, *y = ((const candidate *)b)->words;
    for (size_t i = 0; i < ROW_WORDS_MAX; i++)
        if (x[i] != y[i]) return x[i] < y[i] ? -1 : 1;
    return 0;
}

static bool reserve(top_loop *o, size_t count) {
    if (count <= o->candidate_capacity) return true;
    candidate *grown = realloc(o->candidates, count * 2 * sizeof grown[0]);
    if (grown == NULL) return false;
    o->candidates = grown;
    o->candidate_capacity = count * 2;
    return true;
}

static size_t gather(top_loop *o, const trace *from, trace_run run, uint32_t iteration,
                     bool are_changes, size_t count) {
    for (size_t i = 0; i < run.count; i++) {
        const void *record = trace_row(from, run, i);
        int64_t weight = trace_weight(from, record);
        if (trace_iteration(from, record) > iteration) continue;
        candidate *c = &o->candidates[count++];
        memset(c, 0, sizeof *c);
        order_encode(&o->plan.order, record, c->words);
        c->now = are_changes ? 0 : weight;
        c->past = are_changes ? -weight : weight;
    }
    return count;
}

static size_t add_up(candidate *c, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && compare_words(&c[kept - 1], &c[i]) == 0) {
            c[kept - 1].now += c[i].now;
            c[kept - 1].past += c[i].past;
        } else {
            c[kept++] = c[i];
        }
    }
    return kept;
}

static int64_t take_of(int64_t weight, int64_t *wanted) {
    int64_t taken = weight < *wanted ? weight : *wanted;
    if (taken < 0) taken = 0;
    *wanted -= taken;
    return taken;
}

/* Emits `sign` times what the group shows at an iteration less what it showed. */
static bool emit_at(flow_table *t, const packed_key *key, uint32_t hash, uint32_t iteration,
                    int64_t sign) {
    top_loop *o = t->state;
    trace_run run = trace_find(&o->rows, key, hash);
    trace_run changed = trace_find(&o->changes, key, hash);
    if (!reserve(o, run.count + changed.count)) return false;
    size_t count = gather(o, &o->rows, run, iteration, false, 0);
    count = gather(o, &o->changes, changed, iteration, true, count);
    if (count == 0) return true;
    qsort(o->candidates, count, sizeof(candidate), compare_words);
    count = add_up(o->candidates, count);
    int64_t wanted_now = (int64_t)o->plan.count, wanted_past = wanted_now;
    for (size_t i = 0; i < count; i++) {
        const candidate *c = &o->candidates[i];
        int64_t weight = take_of(c->now, &wanted_now) - take_of(c->past, &wanted_past);
        _Alignas(16) uint8_t row[ROW_BYTES_MAX];
        order_decode(&o->plan.order, c->words, row);
        if (weight != 0) batch_add(&t->out, row, sign * weight);
        int64_t failed = (c->now < 0) - (c->past < 0);
        if (failed != 0) error_add(t, MORE_BACK_THAN_CAME, t->schema, row, sign * failed);
    }
    return true;
}

static uint32_t next_entry(const top_loop *o, const packed_key *key, uint32_t hash,
                           uint32_t after) {
    trace_run run = trace_find(&o->rows, key, hash);
    uint32_t next = ITERATION_NONE;
    for (size_t i = 0; i < run.count; i++) {
        uint32_t at = trace_iteration(&o->rows, trace_row(&o->rows, run, i));
        if (at > after && at < next) next = at;
    }
    return next;
}

static bool look_at(flow_table *t, uint32_t handle) {
    top_loop *o = t->state;
    uint32_t now = t->loop->iteration, hash = agenda_at(&o->agenda, handle)->hash;
    look *l = agenda_state(&o->agenda, handle);
    packed_key key = {{0}};
    memcpy(&key, keymap_key(&o->agenda.keys, handle), o->plan.group.bytes);
    if (l->looked > 0 && !emit_at(t, &key, hash, (uint32_t)l->looked - 1, -1)) return false;
    if (!emit_at(t, &key, hash, now, 1)) return false;
    l->looked = now + 1U;
    uint32_t next = next_entry(o, &key, hash, now);
    return next == ITERATION_NONE || agenda_schedule(&o->agenda, handle, next);
}

static bool add_change(flow_table *t, const void *row, int64_t weight) {
    top_loop *o = t->state;
    packed_key key;
    uint32_t now = t->loop->iteration;
    key_pack(&o->plan.group, row, &key);
    uint32_t hash = key_hash(&key, o->plan.group.bytes, t->graph->seed);
    return agenda_touch(&o->agenda, &key, hash, now) != HANDLE_NONE &&
           trace_add(&o->rows, &key, hash, row, now, weight, NULL) &&
           trace_add(&o->changes, &key, hash, row, now, weight, NULL);
}

static void top_loop_step(flow_table *t) {
    top_loop *o = t->state;
    const batch *b;
    int64_t sign;
    bool ok = true;
    o->agenda.work_count = 0;
    for (delta_walk w = deltas_of(t->inputs[0], t->loop); delta_next(&w, &b, &sign);)
        for (size_t i = 0; i < b->count; i++)
            ok = add_change(t, batch_row(b, i), sign * b->weights[i]) && ok;
    ok = agenda_take_due(&o->agenda, t->loop->iteration) && ok;
    for (size_t i = 0; i < o->agenda.work_count && ok; i++) ok = look_at(t, o->agenda.work[i]);
    if (!ok || !batch_consolidate(&t->out, &t->graph->scratch)) flow_out_of_memory(t->graph);
}

static void top_loop_end_epoch(flow_table *t) {
    top_loop *o = t->state;
    agenda_end_epoch(&o->agenda);
    trace_deinit(&o->changes);
}

static uint32_t top_loop_waits(const flow_table *t) {
    const top_loop *o = t->state;
    return agenda_waits(&o->agenda, t->loop->iteration);
}

static void top_loop_free(void *state) {
    top_loop *o = state;
    agenda_deinit(&o->agenda);
    trace_deinit(&o->rows);
    trace_deinit(&o->changes);
    free(o->candidates);
    o->candidates = NULL;
    o->candidate_capacity = 0;
}

static void top_loop_trim(flow_table *t) {
    top_loop_free(t->state);
}

static void top_loop_measure(const flow_table *t, uint64_t *rows, uint64_t *bytes) {
    const top_loop *o = t->state;
    *rows += o->rows.record_count;
    *bytes += trace_bytes(&o->rows) + trace_bytes(&o->changes) + agenda_bytes(&o->agenda) +
              o->candidate_capacity * sizeof o->candidates[0];
}

static const flow_kind top_loop_kind = {.name = "top",
                                        .step = top_loop_step,
                                        .waits = top_loop_waits,
                                        .end_epoch = top_loop_end_epoch,
                                        .trim = top_loop_trim,
                                        .free = top_loop_free,
                                        .measure = top_loop_measure};

flow_table *top_in_loop(flow_table *t, const top_plan *p) {
    flow_table *n = table_new(t->graph, &top_loop_kind, t->schema, &t, 1, sizeof(top_loop));
    if (table_is_broken(n)) return n;
    top_loop *o = n->state;
    size_t bytes = t->schema->row_bytes, align = schema_align(t->schema);
    o->plan = *p;
    agenda_init(&o->agenda, p->group.bytes, sizeof(look));
    trace_init(&o->rows, bytes, align, &p->group, true, 0, t->graph->seed);
    trace_init(&o->changes, bytes, align, &p->group, true, 0, t->graph->seed);
    return n;
}
