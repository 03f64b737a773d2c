/* SPDX-License-Identifier: MIT */
/* group outside loops -- all reducers of a group on one state.
 *
 * A state is the count, the sums and the best value of every extreme; the values
 * that may become the best are in one ordered trace for all groups.  In a step the
 * first change of a group saves its state; when all changes are in, the saved and
 * the present state are compared, and a group that shows something else gives a
 * retraction and an insertion.  So count and sum cost O(1) a change and max and min
 * O(log n), whatever the size of the group.  For a majority a second ordered trace has
 * the values that are there by their votes, the most first. */
#include "pipeline/base/prefetch.h"
#include "pipeline/flow/group_plan.h"
#include "pipeline/flow/sorted.h"

#include <assert.h>
#include <stdlib.h>

enum { SAVED_KEEP_MAX = 4096, SETTLE_AHEAD = 8 };

/* count * 2 + 1 while the group is among the saved ones of the step. */
typedef struct {
    int64_t count_and_mark;
} state_head;

typedef struct {
    uint32_t handle, hash;
} saved_head;

typedef struct {
    group_plan plan;
    keymap states; /* packed key -> state_head, sums, bests */
    size_t state_bytes;
    sorted values[REDUCERS_MAX]; /* (handle, rank) of every extreme. */
    sorted votes[REDUCERS_MAX];  /* (handle, ~weight, rank) of every majority. */
    uint8_t *saved;              /* saved_head, state before the step */
    size_t saved_count, saved_capacity, saved_bytes;
} group;

static int64_t state_count(const void *state) {
    int64_t head;
    memcpy(&head, state, sizeof head);
    return head >> 1;
}

static bool state_is_marked(const void *state) {
    return *(const uint8_t *)state & 1;
}

static void state_set(void *state, int64_t count, bool is_marked) {
    int64_t head = (int64_t)((uint64_t)count << 1 | is_marked);
    memcpy(state, &head, sizeof head);
}

static uint8_t *state_sums(void *state) {
    return (uint8_t *)state + sizeof(state_head);
}

static uint8_t *state_bests(const group *g, void *state) {
    return state_sums(state) + g->plan.sum_count * sizeof(flow_u128);
}

static void state_value(const group *g, void *state, group_value *v) {
    v->count = state_count(state);
    memcpy(v->sums, state_sums(state), g->plan.sum_count * sizeof(flow_u128));
    memcpy(v->bests, state_bests(g, state), g->plan.extreme_count * sizeof(flow_i128));
}

/* ---- Extremes ---- */

/* (handle, rank) in as few words as hold it. */
static size_t value_word_count(const reducer_plan *r) {
    return extreme_bytes(r) == 16 ? 3 : extreme_bytes(r) == 8 ? 2 : 1;
}

static void value_words(const reducer_plan *r, uint32_t handle, flow_u128 rank, uint64_t *words) {
    words[0] = handle;
    switch (value_word_count(r)) {
    case 1: words[0] = (uint64_t)handle << 32 | (uint64_t)rank; break;
    case 2: words[1] = (uint64_t)rank; break;
    default: words[1] = (uint64_t)(rank >> 64); words[2] = (uint64_t)rank;
    }
}

static uint32_t words_handle(const reducer_plan *r, const uint64_t *words) {
    return (uint32_t)(value_word_count(r) == 1 ? words[0] >> 32 : words[0]);
}

static flow_i128 words_value(const reducer_plan *r, const uint64_t *words) {
    switch (value_word_count(r)) {
    case 1: return extreme_value(r, (uint32_t)words[0]);
    case 2: return extreme_value(r, words[1]);
    default: return extreme_value(r, (flow_u128)words[1] << 64 | words[2]);
    }
}

/* (handle, ~votes, rank): two words before the rank's. */
static void vote_words(const reducer_plan *r, uint32_t handle, int64_t votes, flow_u128 rank,
                       uint64_t *words) {
    words[0] = handle;
    words[1] = ~(uint64_t)votes;
    words[2] = (uint64_t)rank;
    if (extreme_bytes(r) == 16) {
        words[2] = (uint64_t)(rank >> 64);
        words[3] = (uint64_t)rank;
    }
}

static size_t vote_word_count(const reducer_plan *r) {
    return extreme_bytes(r) == 16 ? 4 : 3;
}

static bool move_votes(group *g, size_t i, uint32_t handle, flow_u128 rank, int64_t before,
                       int64_t after) {
    uint64_t words[4];
    int64_t left;
    const reducer_plan *r = g->plan.extremes[i];
    vote_words(r, handle, before, rank, words);
    if (before > 0 && !sorted_add(&g->votes[i], words, -1, &left)) return false;
    vote_words(r, handle, after, rank, words);
    return after <= 0 || sorted_add(&g->votes[i], words, 1, &left);
}

static flow_i128 find_most(const group *g, size_t i, uint32_t handle) {
    uint64_t from[4];
    int64_t weight;
    const reducer_plan *r = g->plan.extremes[i];
    vote_words(r, handle, INT64_MAX, 0, from);
    sorted_cursor c = sorted_seek(&g->votes[i], from);
    const uint64_t *words = sorted_get(&g->votes[i], &c, &weight);
    if (words == NULL || words[0] != handle) return 0;
    bool is_wide = extreme_bytes(r) == 16;
    return extreme_value(r, is_wide ? (flow_u128)words[2] << 64 | words[3] : words[2]);
}

/* The best value of positive weight; false when there is no value at all. */
static bool find_best(const group *g, size_t i, uint32_t handle, flow_i128 *best) {
    uint64_t from[3];
    int64_t weight;
    bool any = false;
    const uint64_t *words;
    const reducer_plan *r = g->plan.extremes[i];
    value_words(r, handle, 0, from);
    sorted_cursor c = sorted_seek(&g->values[i], from);
    while ((words = sorted_get(&g->values[i], &c, &weight)) != NULL &&
           words_handle(r, words) == handle) {
        any = true;
        if (r->kind == FLOW_MAJORITY) {
            *best = find_most(g, i, handle);
            return true;
        }
        if (weight > 0) {
            *best = words_value(r, words);
            return true;
        }
        sorted_advance(&c);
    }
    return any;
}

static void renew_bests(const group *g, uint32_t handle, void *state, bool *holds_values) {
    uint8_t *bests = state_bests(g, state);
    for (size_t i = 0; i < g->plan.extreme_count; i++) {
        flow_i128 best = 0;
        if (find_best(g, i, handle, &best)) *holds_values = true;
        memcpy(bests + i * sizeof best, &best, sizeof best);
    }
}

/* ---- A step: all changes into the states ---- */

static bool save(group *g, uint32_t handle, uint32_t hash, void *state) {
    if (g->saved_count == g->saved_capacity) {
        size_t capacity = g->saved_capacity + g->saved_capacity / 2 + 8;
        uint8_t *saved = realloc(g->saved, capacity * g->saved_bytes);
        if (saved == NULL) return false;
        g->saved = saved;
        g->saved_capacity = capacity;
    }
    uint8_t *to = g->saved + g->saved_count++ * g->saved_bytes;
    memcpy(to, &(saved_head){handle, hash}, sizeof(saved_head));
    memcpy(to + sizeof(saved_head), state, g->state_bytes);
    state_set(state, state_count(state), true);
    return true;
}

static void add_sums(const group *g, void *state, const void *row, int64_t weight) {
    uint8_t *at = state_sums(state);
    for (size_t i = 0; i < g->plan.sum_count; i++, at += sizeof(flow_u128)) {
        flow_u128 sum;
        memcpy(&sum, at, sizeof sum);
        sum += (flow_u128)column_read(g->plan.sums[i], row) * (flow_u128)(flow_i128)weight;
        memcpy(at, &sum, sizeof sum);
    }
}

static bool add_values(group *g, uint32_t handle, const void *row, int64_t weight) {
    for (size_t i = 0; i < g->plan.extreme_count; i++) {
        uint64_t words[3];
        int64_t after;
        const reducer_plan *r = g->plan.extremes[i];
        flow_u128 rank = extreme_rank(r, row);
        value_words(r, handle, rank, words);
        if (!sorted_add(&g->values[i], words, weight, &after)) return false;
        if (r->kind == FLOW_MAJORITY &&
            !move_votes(g, i, handle, rank, weight_plus(after, -weight), after))
            return false;
    }
    return true;
}

static bool add_change(group *g, const packed_key *key, uint32_t hash, const void *row,
                       int64_t weight) {
    bool is_new;
    uint32_t handle = keymap_add(&g->states, key, hash, &is_new);
    if (handle == HANDLE_NONE) return false;
    void *state = keymap_state(&g->states, handle);
    if (!state_is_marked(state) && !save(g, handle, hash, state)) return false;
    state_set(state, state_count(state) + weight, true);
    add_sums(g, state, row, weight);
    return add_values(g, handle, row, weight);
}

/* ---- A step: what the changed groups show now ---- */

static void emit_change(flow_table *t, const group_answer *old, const group_answer *new) {
    size_t bytes = t->schema->row_bytes;
    const char *failed = group_failure(old->shows), *fails = group_failure(new->shows);
    if (failed != NULL) error_add(t, failed, t->schema, old->row, -1);
    if (fails != NULL) error_add(t, fails, t->schema, new->row, 1);
    bool was_there = old->shows == SHOWS_ROW, is_there = new->shows == SHOWS_ROW;
    if (was_there && is_there && equal_bytes(old->row, new->row, bytes)) return;
    if (was_there) batch_add(&t->out, old->row, -1);
    if (is_there) batch_add(&t->out, new->row, 1);
}

static bool state_is_zero(const group *g, void *state) {
    const uint8_t *sums = state_sums(state);
    if (state_count(state) != 0) return false;
    for (size_t i = 0; i < g->plan.sum_count * sizeof(flow_u128); i++)
        if (sums[i] != 0) return false;
    return true;
}

static void settle(flow_table *t, const saved_head *head, void *before) {
    group *g = t->state;
    group_value value;
    group_answer old, new;
    bool holds_values = false;
    void *state = keymap_state(&g->states, head->handle);
    state_set(state, state_count(state), false);
    renew_bests(g, head->handle, state, &holds_values);
    if (!equal_bytes(before, state, g->state_bytes)) {
        const void *key = keymap_key(&g->states, head->handle);
        state_value(g, before, &value);
        group_answer_of(&g->plan, key, &value, &old);
        state_value(g, state, &value);
        group_answer_of(&g->plan, key, &value, &new);
        emit_change(t, &old, &new);
    }
    if (!holds_values && state_is_zero(g, state))
        keymap_remove(&g->states, head->handle, head->hash);
}

static saved_head saved_at(const group *g, size_t i) {
    saved_head head;
    memcpy(&head, g->saved + i * g->saved_bytes, sizeof head);
    return head;
}

/* The next few rows of a batch, from `first` on. */
static bool add_changes(group *g, const batch *b, size_t first, int64_t sign, uint64_t seed) {
    keys_ahead ahead;
    size_t count = b->count - first < KEYS_AHEAD ? b->count - first : KEYS_AHEAD;
    keys_ahead_fill(&ahead, &g->plan.key, batch_row(b, first), b->row_bytes, count, seed);
    if (count > 1 && slots_lead_far(&g->states.index)) {
        for (size_t i = 0; i < count; i++) slots_prefetch(&g->states.index, ahead.hashes[i]);
        for (size_t i = 0; i < count; i++) keymap_prefetch(&g->states, ahead.hashes[i]);
    }
    for (size_t i = 0; i < count; i++)
        if (!add_change(g, &ahead.keys[i], ahead.hashes[i], batch_row(b, first + i),
                        sign * b->weights[first + i]))
            return false;
    return true;
}

static void free_saved(group *g) {
    free(g->saved);
    g->saved = NULL;
    g->saved_capacity = 0;
}

static void group_step(flow_table *t) {
    group *g = t->state;
    const batch *b;
    int64_t sign;
    g->saved_count = 0;
    for (delta_walk w = deltas_of(t->inputs[0], NULL); delta_next(&w, &b, &sign);)
        for (size_t i = 0; i < b->count; i += KEYS_AHEAD)
            if (!add_changes(g, b, i, sign, t->graph->seed)) {
                flow_out_of_memory(t->graph);
                return;
            }
    bool leads_far = slots_lead_far(&g->states.index);
    for (size_t i = 0; i < g->saved_count; i++) {
        saved_head head = saved_at(g, i);
        if (leads_far && i + SETTLE_AHEAD < g->saved_count)
            prefetch_to_write(keymap_key(&g->states, saved_at(g, i + SETTLE_AHEAD).handle));
        settle(t, &head, g->saved + i * g->saved_bytes + sizeof head);
    }
    t->out.is_consolidated = true;
    if (g->saved_capacity > SAVED_KEEP_MAX && g->saved_count < g->saved_capacity / 8) free_saved(g);
}

/* ---- Its place in the graph ---- */

static void group_free(void *state) {
    group *g = state;
    keymap_deinit(&g->states);
    for (size_t i = 0; i < g->plan.extreme_count; i++) {
        sorted_deinit(&g->values[i]);
        sorted_deinit(&g->votes[i]);
    }
    free_saved(g);
}

static void group_trim(flow_table *t) {
    group_free(t->state);
}

static void group_measure(const flow_table *t, uint64_t *rows, uint64_t *bytes) {
    const group *g = t->state;
    *rows += keymap_count(&g->states);
    *bytes += keymap_bytes(&g->states) + g->saved_capacity * g->saved_bytes;
    for (size_t i = 0; i < g->plan.extreme_count; i++)
        *bytes += sorted_bytes(&g->values[i]) + sorted_bytes(&g->votes[i]);
}

static const flow_kind group_kind = {.name = "group",
                                     .step = group_step,
                                     .trim = group_trim,
                                     .free = group_free,
                                     .measure = group_measure};
static const flow_kind distinct_kind = {.name = "distinct",
                                        .step = group_step,
                                        .trim = group_trim,
                                        .free = group_free,
                                        .measure = group_measure};

flow_table *group_outside(flow_table *t, const group_plan *p) {
    const flow_kind *kind = p->is_distinct ? &distinct_kind : &group_kind;
    flow_table *n = table_new(t->graph, kind, p->out, &t, 1, sizeof(group));
    if (table_is_broken(n)) return n;
    group *g = n->state;
    g->plan = *p;
    for (size_t i = 0; i < p->extreme_count; i++) {
        /* The plan moved: its extremes are among its own reducers. */
        g->plan.extremes[i] = &g->plan.reducers[p->extremes[i] - p->reducers];
        sorted_init(&g->values[i], value_word_count(g->plan.extremes[i]));
        sorted_init(&g->votes[i], vote_word_count(g->plan.extremes[i]));
    }
    g->state_bytes = sizeof(state_head) + p->sum_count * sizeof(flow_u128) +
                     p->extreme_count * sizeof(flow_i128);
    g->saved_bytes = sizeof(saved_head) + g->state_bytes;
    keymap_init(&g->states, p->key.bytes, g->state_bytes, 8);
    return n;
}
