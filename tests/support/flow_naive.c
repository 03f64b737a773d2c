/* SPDX-License-Identifier: MIT */
/* The naive evaluation of a program: every table anew from the whole input, loops by
 * doing what their definition says. */
#include "tests/support/flow_program.h"

#include <stdlib.h>
#include <string.h>

static item key_of(item row, int key) {
    switch (key) {
    case KEY_A: return (item){row.a, 0, 0};
    case KEY_B: return (item){row.b, 0, 0};
    case KEY_AB: return (item){row.a, row.b, 0};
    case KEY_ALL: return row;
    default: return (item){0, 0, 0};
    }
}

static void each_row(evaluation *e, const program_node *n, const bag *in, bag *out) {
    for (uint32_t i = 0; i < in->count; i++) {
        item row = in->entries[i].row, made[2] = {{0, 0, 0}, {0, 0, 0}};
        int64_t weight = in->entries[i].weight;
        size_t count = 1;
        const char *failure = NULL;
        made[0] = row;
        if (weight == 0) continue;
        if (n->op == OP_ENTER) count = item_when(&row, (void *)(uintptr_t)n) <= e->iteration;
        if (n->op == OP_FILTER) count = item_keep(&row, (void *)(uintptr_t)n);
        if (n->op == OP_MAP) failure = item_map(&row, made, (void *)(uintptr_t)n);
        if (n->op == OP_FLAT_MAP) failure = item_spread(&row, made, &count, n);
        if (failure != NULL) e->errors += weight > 0;
        for (size_t j = 0; j < count && failure == NULL; j++) bag_add(out, made[j], weight);
    }
}

static void distinct(evaluation *e, const bag *in, bag *out) {
    for (uint32_t i = 0; i < in->count; i++) {
        if (in->entries[i].weight > 0) bag_add(out, in->entries[i].row, 1);
        e->errors += in->entries[i].weight < 0;
    }
}

/* Chains of joins can multiply weights past what the engine joins without an error
 * row.  Weights this large, a little before that, end a program. */
#define WEIGHT_LARGE ((int64_t)1 << 28)

/* Of a table that a join keeps: a large weight is an error row there. */
static bool has_large_weights(const bag *b) {
    for (uint32_t i = 0; i < b->count; i++)
        if (b->entries[i].weight > WEIGHT_LARGE || b->entries[i].weight < -WEIGHT_LARGE)
            return true;
    return false;
}

typedef bool (*pair_maker)(const void *left, const void *right, void *out, void *node);

static void join(evaluation *e, const program_node *n, join_keys keys, pair_maker make,
                 const bag *left, const bag *right, bag *out) {
    if (has_large_weights(left) || has_large_weights(right)) {
        e->overflows = true;
        return;
    }
    for (uint32_t i = 0; i < left->count; i++)
        for (uint32_t j = 0; j < right->count; j++) {
            const bag_entry *l = &left->entries[i], *r = &right->entries[j];
            item a = key_of(l->row, keys.left), b = key_of(r->row, keys.right), made = {0, 0, 0};
            if (memcmp(&a, &b, sizeof a) != 0) continue;
            if (!make(&l->row, &r->row, &made, (void *)(uintptr_t)n)) continue;
            bag_add(out, made, l->weight * r->weight);
        }
}

/* The rows of left that meet a row of right, or (`meets` false) those that do not. */
static void semi_join(evaluation *e, join_keys keys, const bag *left, const bag *right, bool meets,
                      bag *out) {
    bag sums = {0};
    e->overflows = e->overflows || has_large_weights(left);
    for (uint32_t i = 0; i < right->count; i++)
        bag_add(&sums, key_of(right->entries[i].row, keys.right), right->entries[i].weight);
    for (uint32_t i = 0; i < left->count; i++) {
        const bag_entry *l = &left->entries[i];
        bool is_met = bag_weight(&sums, key_of(l->row, keys.left)) > 0;
        if (is_met == meets) bag_add(out, l->row, l->weight);
    }
    for (uint32_t i = 0; i < sums.count; i++) e->errors += sums.entries[i].weight < 0;
    bag_free(&sums);
}

static void left_join(evaluation *e, const program_node *n, join_keys keys, pair_maker make,
                      const bag *left, const bag *right, bag *out) {
    bag apart = {0};
    join(e, n, keys, make, left, right, out);
    semi_join(e, keys, left, right, false, &apart);
    for (uint32_t i = 0; i < apart.count; i++) {
        item made = {0, 0, 0};
        if (make(&apart.entries[i].row, NULL, &made, (void *)(uintptr_t)n))
            bag_add(out, made, apart.entries[i].weight);
    }
    bag_free(&apart);
}

static void ix(evaluation *e, const program_node *n, const bag *left, const bag *right, bag *out) {
    bag apart = {0};
    join_keys keys = node_join_keys(n);
    join(e, n, keys, item_combine, left, right, out);
    semi_join(e, keys, left, right, false, &apart);
    for (uint32_t i = 0; i < apart.count; i++) e->errors += apart.entries[i].weight > 0;
    bag_free(&apart);
}

static join_keys update_keys(const program_node *n) {
    return (join_keys){node_update_key(n), node_update_key(n)};
}

static bool take_right(const void *left, const void *right, void *out, void *node) {
    (void)node;
    *(item *)out = *(const item *)(right == NULL ? left : right); /* All columns are the other's. */
    return true;
}

static int64_t column_of(item row, const char *name) {
    return *name == 'a' ? row.a : *name == 'b' ? row.b : row.c;
}

static bool set_column(item *row, const char *name, flow_i128 value) {
    if (*name == 'c') {
        row->c = (int64_t)value;
        return row->c == value;
    }
    *(*name == 'a' ? &row->a : &row->b) = (uint32_t)value;
    return (uint32_t)value == value;
}

static bool in_group(const bag *in, uint32_t i, int key, item of) {
    item row_key = key_of(in->entries[i].row, key);
    return memcmp(&row_key, &of, sizeof of) == 0;
}

/* What a reducer ranks rows by: the value it gives, and for argmax and argmin that of
 * the column behind "by" before it. */
typedef struct {
    int64_t by, from;
} ranked;

static ranked ranked_by(const bag *in, uint32_t i, const flow_reducer *r) {
    item row = in->entries[i].row;
    const char *by = strstr(r->from, " by ");
    return (ranked){by == NULL ? 0 : column_of(row, by + 4), column_of(row, r->from)};
}

/* The weight of all rows of a group that give the same. */
static int64_t votes_of(const bag *in, int key, item of, const flow_reducer *r, ranked v) {
    int64_t weight = 0;
    for (uint32_t i = 0; i < in->count; i++) {
        ranked other = ranked_by(in, i, r);
        if (in_group(in, i, key, of) && other.by == v.by && other.from == v.from)
            weight += in->entries[i].weight;
    }
    return weight;
}

static bool is_better(const flow_reducer *r, ranked a, int64_t a_votes, ranked b, int64_t b_votes) {
    switch (r->kind) {
    case FLOW_MAX: return a.from > b.from;
    case FLOW_ARGMAX: return a.by != b.by ? a.by > b.by : a.from < b.from;
    case FLOW_ARGMIN: return a.by != b.by ? a.by < b.by : a.from < b.from;
    case FLOW_MAJORITY: return a_votes != b_votes ? a_votes > b_votes : a.from < b.from;
    default: return a.from < b.from;
    }
}

static int64_t extreme(const bag *in, int key, item of, const flow_reducer *r) {
    ranked best = {0, 0};
    int64_t best_votes = 0;
    for (uint32_t i = 0; i < in->count; i++) {
        if (!in_group(in, i, key, of)) continue;
        ranked v = ranked_by(in, i, r);
        int64_t votes = votes_of(in, key, of, r, v);
        if (votes <= 0 || (best_votes > 0 && !is_better(r, v, votes, best, best_votes))) continue;
        best = v;
        best_votes = votes;
    }
    return best.from;
}

/* Halves away from 0, by counting them. */
static flow_i128 average(flow_i128 sum, int64_t count) {
    flow_i128 twice = 2 * (sum < 0 ? -sum : sum) + count, whole = twice / (2 * (flow_i128)count);
    return sum < 0 ? -whole : whole;
}

static bool reduce(const bag *in, int key, item of, int64_t count, const flow_reducer *r,
                   item *row) {
    flow_i128 sum = 0;
    if (r->kind == FLOW_COUNT) return set_column(row, r->into, count);
    if (r->kind != FLOW_SUM && r->kind != FLOW_AVG)
        return set_column(row, r->into, extreme(in, key, of, r));
    for (uint32_t i = 0; i < in->count; i++)
        if (in_group(in, i, key, of))
            sum += (flow_i128)column_of(in->entries[i].row, r->from) * in->entries[i].weight;
    return set_column(row, r->into, r->kind == FLOW_SUM ? sum : average(sum, count));
}

static item key_row(item key, int which) {
    return which == KEY_B ? (item){0, key.a, 0} : key;
}

static void group(evaluation *e, const program_node *n, const bag *in, bag *out) {
    flow_reducer reducers[4];
    int key = node_group(n, reducers);
    bag counts = {0};
    for (uint32_t i = 0; i < in->count; i++)
        bag_add(&counts, key_of(in->entries[i].row, key), in->entries[i].weight);
    for (uint32_t i = 0; i < counts.count; i++) {
        const bag_entry *g = &counts.entries[i];
        item row = key_row(g->row, key);
        bool fits = true;
        e->errors += g->weight < 0;
        if (g->weight <= 0) continue;
        for (const flow_reducer *r = reducers; r->kind != FLOW_END; r++)
            fits = reduce(in, key, g->row, g->weight, r, &row) && fits;
        if (fits)
            bag_add(out, row, 1);
        else
            e->errors++;
    }
    bag_free(&counts);
}

static bool comes_first(item a, item b, const char *order) {
    bool descends = *order == '-';
    int64_t x = column_of(a, order + descends), y = column_of(b, order + descends);
    if (x != y) return descends ? x > y : x < y;
    if (a.a != b.a) return a.a < b.a;
    return a.b != b.b ? a.b < b.b : a.c < b.c;
}

static void top(evaluation *e, top_choice choice, const bag *in, bag *out) {
    for (uint32_t i = 0; i < in->count; i++) {
        const bag_entry *x = &in->entries[i];
        item key = key_of(x->row, choice.group);
        int64_t places = (int64_t)choice.count;
        e->errors += x->weight < 0;
        for (uint32_t j = 0; j < in->count; j++) {
            const bag_entry *y = &in->entries[j];
            item other = key_of(y->row, choice.group);
            if (y->weight > 0 && memcmp(&key, &other, sizeof key) == 0 &&
                comes_first(y->row, x->row, choice.order))
                places -= y->weight;
        }
        if (x->weight > 0 && places > 0)
            bag_add(out, x->row, x->weight < places ? x->weight : places);
    }
}

/* ---- Windows: by what every epoch changes ---- */

static int64_t window_of(int64_t time, int64_t width) {
    int64_t window = time / width * width;
    return window > time ? window - width : window;
}

/* Puts a change of the input where it belongs: into `out`, or among the late rows. */
static void window_change(window_past *past, window_choice w, item row, int64_t weight, bag *out) {
    int64_t window = window_of(row.c, w.width), late = bag_weight(&past->late, row);
    bool is_closed = past->has_clock && past->clock >= window + w.width + w.lateness;
    if (weight < 0)
        late = -weight < late ? weight : -late;
    else
        late = is_closed ? weight : 0;
    bag_add(&past->late, row, late);
    row.c = window;
    bag_add(out, row, weight - late);
}

static void tumbling(window_past *past, const program_node *n, const bag *in, bag *out) {
    bag change = {0};
    int64_t clock = past->clock;
    bool has_clock = past->has_clock;
    bag_add_all(&change, in, 1);
    bag_add_all(&change, &past->input, -1);
    for (uint32_t i = 0; i < change.count; i++) {
        const bag_entry *c = &change.entries[i];
        window_change(past, node_windows(n), c->row, c->weight, out);
        if (c->weight <= 0 || (has_clock && c->row.c <= clock)) continue;
        clock = c->row.c;
        has_clock = true;
    }
    past->clock = clock;
    past->has_clock = has_clock;
    bag_clear(&past->input);
    bag_add_all(&past->input, in, 1);
    bag_free(&change);
}

static void evaluate_node(const program *p, evaluation *e, size_t at) {
    const program_node *n = &p->nodes[at];
    const bag *in = &e->tables[n->in[0]], *other = &e->tables[n->in[1]];
    bag *out = &e->tables[at];
    join_keys keys = node_join_keys(n);
    top_choice choice = node_top(n);
    if (n->op != OP_TUMBLING) bag_clear(out);
    switch (n->op) {
    case OP_ENTER:
    case OP_FILTER:
    case OP_MAP:
    case OP_FLAT_MAP: each_row(e, n, in, out); break;
    case OP_CONCAT:
        bag_add_all(out, in, 1);
        bag_add_all(out, other, 1);
        break;
    case OP_NEGATE: bag_add_all(out, in, -1); break;
    case OP_DISTINCT: distinct(e, in, out); break;
    case OP_TUMBLING: tumbling(&e->pasts[at], n, in, out); break;
    case OP_LATE: bag_add_all(out, &e->pasts[n->in[1]].late, 1); break;
    case OP_JOIN: join(e, n, keys, item_combine, in, other, out); break;
    case OP_SEMI_JOIN: semi_join(e, keys, in, other, true, out); break;
    case OP_ANTI_JOIN: semi_join(e, keys, in, other, false, out); break;
    case OP_LEFT_JOIN: left_join(e, n, keys, item_combine, in, other, out); break;
    case OP_IX: ix(e, n, in, other, out); break;
    case OP_UPDATE_ROWS:
        bag_add_all(out, other, 1);
        semi_join(e, update_keys(n), in, other, false, out);
        break;
    case OP_UPDATE_CELLS: left_join(e, n, update_keys(n), take_right, in, other, out); break;
    case OP_GROUP: group(e, n, in, out); break;
    case OP_TOP: top(e, choice, in, out); break;
    case OP_ANY:
        choice.order = "a"; /* The whole row. */
        top(e, choice, in, out);
        break;
    default: break;
    }
}

/* Since which iteration every present row has been there: as a weight, + 1. */
static void follow(bag *since, const bag *x, uint32_t iteration) {
    bag next = {0};
    for (uint32_t i = 0; i < x->count; i++) {
        int64_t before = bag_weight(since, x->entries[i].row);
        if (x->entries[i].weight > 0)
            bag_add(&next, x->entries[i].row, before > 0 ? before : iteration + 1);
    }
    bag_free(since);
    *since = next;
}

/* From the variable at `at` to its loop's end, whose place it returns. */
static size_t evaluate_loop(const program *p, evaluation *e, size_t at) {
    bag *x = &e->tables[at], since = {0};
    size_t end = at;
    uint64_t errors = e->errors;
    while (p->nodes[end].op != OP_LOOP_END) end++;
    const bag *next = &e->tables[p->nodes[end].in[0]];
    bag_clear(x);
    bag_add_all(x, &e->tables[p->nodes[at].in[0]], 1);
    follow(&since, x, 0);
    e->converged = false;
    for (uint32_t i = 0; i < p->nodes[at].limit && !e->converged; i++) {
        e->errors = errors;
        e->iteration = i;
        for (size_t j = at + 1; j < end; j++) evaluate_node(p, e, j);
        bool same = bag_equal(x, next);
        e->converged = same && (i >= ENTER_MAX || i + 1 == p->nodes[at].limit);
        if (!same) e->rounds = i + 1;
        bag_clear(x);
        bag_add_all(x, next, 1);
        follow(&since, x, i + 1);
    }
    bag_clear(&e->tables[end]);
    bag_add_all(&e->tables[end], x, 1);
    bag_clear(&e->tables[end + 1]);
    if (end + 1 < p->count && p->nodes[end + 1].op == OP_ITERATIONS)
        for (uint32_t i = 0; i < since.count; i++) {
            item row = since.entries[i].row;
            int64_t weight = bag_weight(x, row);
            row.a |= (uint32_t)(since.entries[i].weight - 1) << 16;
            bag_add(&e->tables[end + 1], row, weight);
        }
    bag_free(&since);
    return end;
}

void program_evaluate(const program *p, const bag *inputs, evaluation *e) {
    e->errors = 0;
    e->rounds = 0;
    e->converged = true;
    e->overflows = false;
    for (size_t i = 0; i < p->count; i++) {
        if (i < p->input_count) {
            bag_clear(&e->tables[i]);
            bag_add_all(&e->tables[i], &inputs[i], 1);
        } else if (p->nodes[i].op == OP_VARIABLE) {
            i = evaluate_loop(p, e, i);
        } else if (p->nodes[i].op != OP_ITERATIONS) {
            evaluate_node(p, e, i);
        }
    }
}

void evaluation_free(evaluation *e) {
    for (size_t i = 0; i < PROGRAM_NODES_MAX; i++) {
        bag_free(&e->tables[i]);
        bag_free(&e->pasts[i].input);
        bag_free(&e->pasts[i].late);
    }
}
