/* SPDX-License-Identifier: MIT */
/* top -- the first rows of each group, outside loops.
 *
 * All rows are in one ordered trace, a group's next to each other, the first first:
 * a change costs O(log n).  In a step the first change of a group writes down what
 * the group shows; when all changes are in and one of them was not behind the last
 * of these, the group's first rows are read anew and the two lists compared. */
#include "pipeline/flow/graph.h"
#include "pipeline/flow/sorted.h"
#include "pipeline/flow/top_plan.h"

#include <stdlib.h>

#include "pipeline/base/array.h"

typedef struct {
    size_t begin, count; /* Of what it showed, in `old`. */
    bool is_full, is_dirty;
} top_group;

typedef struct {
    uint64_t words[ROW_WORDS_MAX];
    int64_t weight;
} top_row;

typedef struct {
    top_row *rows;
    size_t count, capacity;
} top_list;

typedef struct {
    top_plan plan;
    sorted rows;
    keymap groups; /* packed key -> top_group, for the step */
    top_list old, new;
} top;

static bool list_add(top_list *l, const uint64_t *words, size_t word_count, int64_t weight) {
    if (!ARRAY_ROOM(l->rows, l->count, l->capacity, 8)) return false;
    top_row *r = &l->rows[l->count++];
    memcpy(r->words, words, word_count * sizeof words[0]);
    r->weight = weight;
    return true;
}

/* Appends what the group of `words` shows; *is_full: there are as many as wanted. */
static bool list_shown(const top *o, const uint64_t *words, top_list *l, bool *is_full) {
    uint64_t from[ROW_WORDS_MAX];
    size_t wanted = o->plan.count;
    int64_t weight;
    const uint64_t *found;
    top_plan_group_start(&o->plan, words, from);
    sorted_cursor c = sorted_seek(&o->rows, from);
    while (wanted > 0 && (found = sorted_get(&o->rows, &c, &weight)) != NULL &&
           top_plan_same_group(&o->plan, found, words)) {
        if (weight > 0) {
            size_t shown = (uint64_t)weight < wanted ? (size_t)weight : wanted;
            if (!list_add(l, found, o->rows.word_count, (int64_t)shown)) return false;
            wanted -= shown;
        }
        sorted_advance(&c);
    }
    *is_full = wanted == 0;
    return true;
}

static int compare(const top *o, const uint64_t *a, const uint64_t *b) {
    for (size_t i = 0; i < o->rows.word_count; i++)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
}

static top_group *touch_group(flow_table *t, const void *row, const uint64_t *words) {
    top *o = t->state;
    packed_key key;
    bool is_new;
    key_pack(&o->plan.group, row, &key);
    uint32_t hash = key_hash(&key, o->plan.group.bytes, t->graph->seed);
    uint32_t handle = keymap_add(&o->groups, &key, hash, &is_new);
    if (handle == HANDLE_NONE) return NULL;
    top_group *g = keymap_state(&o->groups, handle);
    if (!is_new) return g;
    g->begin = o->old.count;
    if (!list_shown(o, words, &o->old, &g->is_full)) return NULL;
    g->count = o->old.count - g->begin;
    return g;
}

static bool add_change(flow_table *t, const void *row, const uint64_t *words, sorted_place place,
                       int64_t weight) {
    top *o = t->state;
    int64_t after;
    top_group *g = touch_group(t, row, words);
    if (g == NULL || !sorted_add_at(&o->rows, place, words, weight, &after)) return false;
    if (!g->is_full || compare(o, words, o->old.rows[g->begin + g->count - 1].words) <= 0)
        g->is_dirty = true;
    if ((after - weight < 0) != (after < 0))
        error_add(t, MORE_BACK_THAN_CAME, t->schema, row, after < 0 ? 1 : -1);
    return true;
}

/* The next few rows of a batch, from `first` on. */
static bool add_changes(flow_table *t, const batch *b, size_t first, int64_t sign) {
    top *o = t->state;
    uint64_t words[KEYS_AHEAD][ROW_WORDS_MAX];
    sorted_place places[KEYS_AHEAD];
    size_t count = b->count - first < KEYS_AHEAD ? b->count - first : KEYS_AHEAD;
    for (size_t i = 0; i < count; i++) {
        order_encode(&o->plan.order, batch_row(b, first + i), words[i]);
        places[i] = sorted_prefetch(&o->rows, words[i]);
    }
    for (size_t i = 0; i < count; i++)
        if (!add_change(t, batch_row(b, first + i), words[i], places[i],
                        sign * b->weights[first + i]))
            return false;
    return true;
}

static void emit(flow_table *t, const top_row *r, int64_t weight) {
    const top *o = t->state;
    void *row = batch_take(&t->out, weight);
    if (row != NULL) order_decode(&o->plan.order, r->words, row);
}

/* Both lists ascend: one pass finds the differences. */
static void emit_difference(flow_table *t, const top_row *old, size_t old_count, const top_row *new,
                            size_t new_count) {
    const top *o = t->state;
    size_t i = 0, j = 0;
    while (i < old_count || j < new_count) {
        int c = i == old_count ? 1 : j == new_count ? -1 : compare(o, old[i].words, new[j].words);
        if (c < 0) {
            emit(t, &old[i], -old[i].weight);
        } else if (c > 0) {
            emit(t, &new[j], new[j].weight);
        } else if (old[i].weight != new[j].weight) {
            emit(t, &old[i], new[j].weight - old[i].weight);
        }
        i += c <= 0;
        j += c >= 0;
    }
}

static bool settle(flow_table *t, const top_group *g, const void *key) {
    top *o = t->state;
    uint64_t words[ROW_WORDS_MAX];
    bool is_full;
    if (!g->is_dirty) return true;
    top_plan_key_words(&o->plan, key, words);
    o->new.count = 0;
    if (!list_shown(o, words, &o->new, &is_full)) return false;
    emit_difference(t, o->old.rows + g->begin, g->count, o->new.rows, o->new.count);
    return true;
}

static void top_step(flow_table *t) {
    top *o = t->state;
    const batch *b;
    int64_t sign;
    bool ok = true;
    uint32_t handle;
    o->old.count = 0;
    for (delta_walk w = deltas_of(t->inputs[0], NULL); ok && delta_next(&w, &b, &sign);)
        for (size_t i = 0; i < b->count && ok; i += KEYS_AHEAD) ok = add_changes(t, b, i, sign);
    for (size_t at = 0; ok && keymap_next(&o->groups, &at, &handle);)
        ok = settle(t, keymap_state(&o->groups, handle), keymap_key(&o->groups, handle));
    keymap_reset(&o->groups);
    t->out.is_consolidated = true;
    if (!ok) flow_out_of_memory(t->graph);
}

static void top_free(void *state) {
    top *o = state;
    sorted_deinit(&o->rows);
    keymap_deinit(&o->groups);
    free(o->old.rows);
    free(o->new.rows);
    o->old = o->new = (top_list){0};
}

static void top_trim(flow_table *t) {
    top_free(t->state);
}

static void top_measure(const flow_table *t, uint64_t *rows, uint64_t *bytes) {
    const top *o = t->state;
    *rows += o->rows.count;
    *bytes += sorted_bytes(&o->rows) + keymap_bytes(&o->groups) +
              (o->old.capacity + o->new.capacity) * sizeof o->old.rows[0];
}

static const flow_kind top_kind = {
    .name = "top", .step = top_step, .trim = top_trim, .free = top_free, .measure = top_measure};

flow_table *top_outside(flow_table *t, const top_plan *p) {
    flow_table *n = table_new(t->graph, &top_kind, t->schema, &t, 1, sizeof(top));
    if (table_is_broken(n)) return n;
    top *o = n->state;
    o->plan = *p;
    sorted_init(&o->rows, p->order.word_count);
    keymap_init(&o->groups, p->group.bytes, sizeof(top_group), 8);
    return n;
}
