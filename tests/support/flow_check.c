/* SPDX-License-Identifier: MIT */
/* Runs a random program three ways: epoch by epoch, with every table compared to the
 * naive evaluation after each; back to nothing, where the graph must hold as many
 * bytes as when it was new; and once more with the same input in another order and
 * other epochs. */
#include "pipeline/flow/graph.h"
#include "tests/support/flow_program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMED_ROW(X) X(u32, a) X(u32, b) X(i64, c) X(u32, iteration) X(u32, none)
FLOW_ROW(timed_item, TIMED_ROW)
static const flow_column timed_columns[] = {{"a", FLOW_u32, 0},
                                            {"b", FLOW_u32, 4},
                                            {"c", FLOW_i64, 8},
                                            {"iteration", FLOW_u32, 16},
                                            {"none", FLOW_u32, 20}};
const flow_schema timed_item_schema = {"timed_item", sizeof(timed_item), 5, timed_columns};

/* A row with its window in the place of c. */
#define WINDOWED_ROW(X) X(u32, a) X(u32, b) X(i64, window)
FLOW_ROW(windowed_item, WINDOWED_ROW)
FLOW_SCHEMA(windowed_item, WINDOWED_ROW)

enum { EPOCHS_MAX = 8, CHANGES_MAX = 40, HISTORY_MAX = EPOCHS_MAX * CHANGES_MAX };

/* What the sink of a table saw: all epochs together, and the present one. */
typedef struct {
    bag held, seen;
    bool is_wrong; /* A row twice in an epoch, or with weight 0. */
} watched;

typedef struct {
    flow *f;
    flow_loop *loop;
    flow_table *tables[PROGRAM_NODES_MAX], *windows; /* The last TUMBLING itself. */
    watched outputs[PROGRAM_NODES_MAX];
    uint64_t bytes_at_first;
} engine;

typedef struct {
    uint8_t input;
    item row;
    int64_t weight;
} change;

typedef struct {
    program p;
    random_source random;
    change history[HISTORY_MAX];
    size_t history_count;
    bag inputs[PROGRAM_INPUTS_MAX];
    evaluation expected;
    uint64_t seed;
    bool says;
} trial;

static void watch(const void *row, int64_t weight, void *context) {
    watched *w = context;
    item i;
    memcpy(&i, row, sizeof i);
    if (weight == 0 || bag_weight(&w->seen, i) != 0) w->is_wrong = true;
    bag_add(&w->seen, i, 1);
    bag_add(&w->held, i, weight);
}

static void watch_timed(const void *row, int64_t weight, void *context) {
    const timed_item *t = row;
    item i = {t->a | t->iteration << 16, t->b, t->c};
    watch(&i, weight, context);
}

/* ---- The program as a graph of the engine ---- */

static const char *as_item(const void *row, void *out, void *context) {
    (void)context;
    memcpy(out, row, sizeof(item));
    return NULL;
}

static flow_table *build_windows(engine *e, const program_node *n) {
    window_choice w = node_windows(n);
    e->windows =
        flow_tumbling(e->tables[n->in[0]], "c", w.width, w.lateness, &windowed_item_schema);
    return flow_map(e->windows, &item_schema, as_item, NULL);
}

static flow_table *build_node(engine *e, const program *p, size_t at) {
    const program_node *n = &p->nodes[at];
    flow_table *a = e->tables[n->in[0]], *b = e->tables[n->in[1]];
    void *context = (void *)(uintptr_t)n;
    flow_reducer reducers[4];
    join_keys keys = node_join_keys(n);
    top_choice choice = node_top(n);
    switch (n->op) {
    case OP_INPUT: return flow_input(e->f, "rows", &item_schema);
    case OP_KEYED: return flow_input_keyed(e->f, "rows by a, b", &item_schema, FLOW_BY("a", "b"));
    case OP_FILTER: return flow_filter(a, item_keep, context);
    case OP_MAP: return flow_map(a, &item_schema, item_map, context);
    case OP_FLAT_MAP: return flow_flat_map(a, &item_schema, item_flat_map, context);
    case OP_CONCAT: return flow_concat(a, b);
    case OP_NEGATE: return flow_negate(a);
    case OP_DISTINCT: return flow_distinct(a);
    case OP_JOIN:
        return flow_join(a, key_named(keys.left), b, key_named(keys.right), &item_schema,
                         item_combine, context);
    case OP_SEMI_JOIN: return flow_semi_join(a, key_named(keys.left), b, key_named(keys.right));
    case OP_LEFT_JOIN:
        return flow_left_join(a, key_named(keys.left), b, key_named(keys.right), &item_schema,
                              item_combine, context);
    case OP_ANTI_JOIN: return flow_anti_join(a, key_named(keys.left), b, key_named(keys.right));
    case OP_GROUP: {
        int key = node_group(n, reducers);
        return flow_group(a, key_named(key), &item_schema, reducers);
    }
    case OP_TOP: return flow_top(a, key_named(choice.group), FLOW_BY(choice.order), choice.count);
    case OP_ANY: return flow_any(a, key_named(choice.group), choice.count);
    case OP_IX:
        return flow_ix(a, key_named(keys.left), b, key_named(keys.right), &item_schema,
                       item_combine, context);
    case OP_UPDATE_ROWS: return flow_update_rows(a, b, key_named(node_update_key(n)));
    case OP_UPDATE_CELLS: return flow_update_cells(a, b, key_named(node_update_key(n)));
    case OP_TUMBLING: return build_windows(e, n);
    case OP_LATE: return flow_late(e->windows);
    case OP_ENTER: return flow_loop_enter(e->loop, a, item_when, context);
    case OP_VARIABLE: e->loop = flow_loop_begin(a, n->limit); return flow_loop_variable(e->loop);
    case OP_LOOP_END: return flow_loop_end(e->loop, a);
    case OP_ITERATIONS: return flow_loop_iterations(e->loop, &timed_item_schema);
    case OP_COUNT: break;
    }
    return NULL;
}

static bool engine_open(engine *e, const trial *t, bool plants) {
    const char *why;
    memset(e, 0, sizeof *e);
    e->f = flow_new(t->seed * 31 + plants);
    if (e->f == NULL) return false;
    e->f->drops_late_products = plants;
    for (size_t i = 0; i < t->p.count; i++) {
        bool is_timed = t->p.nodes[i].op == OP_ITERATIONS;
        e->tables[i] = build_node(e, &t->p, i);
        if (t->p.nodes[i].is_shown)
            flow_output(e->tables[i], is_timed ? watch_timed : watch, &e->outputs[i]);
    }
    e->bytes_at_first = flow_bytes_held(e->f);
    if (flow_check(e->f, &why) == STATUS_OK) return true;
    printf("seed %llu: cannot be built: %s\n", (unsigned long long)t->seed, why);
    return false;
}

static void engine_close(engine *e) {
    flow_free(e->f);
    for (size_t i = 0; i < PROGRAM_NODES_MAX; i++) {
        bag_free(&e->outputs[i].held);
        bag_free(&e->outputs[i].seen);
    }
}

static bool engine_commit(engine *e) {
    for (size_t i = 0; i < PROGRAM_NODES_MAX; i++) bag_clear(&e->outputs[i].seen);
    return flow_commit(e->f) == STATUS_OK;
}

static void engine_push(engine *e, const program *p, const change *c) {
    flow_table *input = e->tables[c->input];
    if (p->nodes[c->input].op == OP_INPUT)
        flow_push(input, &c->row, c->weight);
    else if (c->weight > 0)
        flow_upsert(input, &c->row);
    else
        flow_remove(input, &c->row);
}

/* ---- Comparing ---- */

static bool differs(const trial *t, const char *what, size_t node, const bag *got,
                    const bag *expected) {
    if (!t->says) return false;
    printf("seed %llu: %s, table %zu\n", (unsigned long long)t->seed, what, node);
    program_print(&t->p);
    if (got != NULL) bag_print("  engine", got);
    if (expected != NULL) bag_print("  naive ", expected);
    return false;
}

static bool loops_agree(const trial *t, const engine *e) {
    if (e->loop == NULL) return true;
    if (flow_loop_rounds(e->loop) != t->expected.rounds && t->says)
        printf("rounds: %u, naive %u\n", flow_loop_rounds(e->loop), t->expected.rounds);
    if (flow_loop_rounds(e->loop) != t->expected.rounds)
        return differs(t, "another number of rounds", 0, NULL, NULL);
    if (flow_loop_converged(e->loop) != t->expected.converged)
        return differs(t, "another verdict on convergence", 0, NULL, NULL);
    return true;
}

static bool agrees(const trial *t, const engine *e) {
    for (size_t i = 0; i < t->p.count; i++) {
        const watched *w = &e->outputs[i];
        if (!t->p.nodes[i].is_shown) continue;
        if (w->is_wrong) return differs(t, "an output that is not consolidated", i, NULL, NULL);
        if (!bag_equal(&w->held, &t->expected.tables[i]))
            return differs(t, "other rows", i, &w->held, &t->expected.tables[i]);
    }
    if (flow_error_count(e->f) != t->expected.errors) {
        if (t->says)
            printf("errors: %llu, naive %llu\n", (unsigned long long)flow_error_count(e->f),
                   (unsigned long long)t->expected.errors);
        return differs(t, "other errors", 0, NULL, NULL);
    }
    return loops_agree(t, e);
}

/* ---- The input ---- */

static item random_item(random_source *r) {
    return (item){(uint32_t)random_below(r, PROGRAM_DOMAIN),
                  (uint32_t)random_below(r, PROGRAM_DOMAIN), (int64_t)random_below(r, 4) - 1};
}

/* The i-th present row of an input, if there is one. */
static bool present_row(const bag *b, uint64_t which, item *row) {
    if (b->count == 0) return false;
    for (uint32_t i = 0; i < b->count; i++) {
        const bag_entry *x = &b->entries[(which + i) % b->count];
        *row = x->row;
        if (x->weight != 0) return true;
    }
    return false;
}

static void apply(trial *t, const change *c) {
    bag *b = &t->inputs[c->input];
    if (t->p.nodes[c->input].op == OP_KEYED)
        for (uint32_t i = 0; i < b->count; i++) {
            const bag_entry *x = &b->entries[i];
            if (x->weight != 0 && x->row.a == c->row.a && x->row.b == c->row.b)
                bag_add(b, x->row, -x->weight);
        }
    if (t->p.nodes[c->input].op == OP_INPUT || c->weight > 0) bag_add(b, c->row, c->weight);
}

static change random_change(trial *t, bool removes) {
    random_source *r = &t->random;
    change c = {(uint8_t)random_below(r, t->p.input_count), random_item(r), 1};
    if (removes && random_below(r, 16) != 0)
        present_row(&t->inputs[c.input], random_next(r), &c.row);
    if (removes) c.weight = -1;
    if (random_below(r, 12) == 0 && t->p.nodes[c.input].op == OP_INPUT) c.weight *= 2;
    return c;
}

static bool run_epoch(trial *t, engine *e, size_t number, program_totals *totals) {
    size_t changes = 20 + random_below(&t->random, 6);
    for (size_t i = 0; i < changes; i++) {
        bool removes = random_below(&t->random, 20) < (number == 0 ? 2 : 10);
        change c = random_change(t, removes);
        t->history[t->history_count++] = c;
        apply(t, &c);
        engine_push(e, &t->p, &c);
        totals->retractions += c.weight < 0;
    }
    totals->changes += changes;
    totals->epochs++;
    if (!engine_commit(e)) return false;
    program_evaluate(&t->p, t->inputs, &t->expected);
    totals->iterations += t->expected.rounds;
    totals->cut_by_limit += !t->expected.converged;
    if (t->expected.rounds > totals->rounds_max) totals->rounds_max = t->expected.rounds;
    return t->expected.overflows || agrees(t, e);
}

/* ---- Back to nothing; the same in another order ---- */

static void take_all_back(trial *t, engine *e) {
    for (size_t i = 0; i < t->p.input_count; i++)
        for (uint32_t j = 0; j < t->inputs[i].count; j++) {
            const bag_entry *x = &t->inputs[i].entries[j];
            change c = {(uint8_t)i, x->row, -x->weight};
            if (x->weight != 0) engine_push(e, &t->p, &c);
        }
}

static bool ends_empty(const trial *t, engine *e) {
    for (size_t i = 0; i < t->p.count; i++)
        if (bag_rows(&e->outputs[i].held) != 0)
            return differs(t, "rows that stay", i, &e->outputs[i].held, NULL);
    if (flow_error_count(e->f) != 0) return differs(t, "errors that stay", 0, NULL, NULL);
    if (flow_bytes_held(e->f) == e->bytes_at_first) return true;
    for (size_t i = 0; t->says && i < flow_operator_count(e->f); i++) {
        flow_counters c = flow_operator_counters(e->f, i);
        if (c.bytes_held > 0)
            printf("  %s: %llu bytes, %llu rows\n", c.name, (unsigned long long)c.bytes_held,
                   (unsigned long long)c.rows_held);
    }
    return differs(t, "bytes that stay", 0, NULL, NULL);
}

/* With windows rows may stay: one that was taken back before it came, and came late. */
static bool ends_as_naive(trial *t, const engine *e) {
    for (size_t i = 0; i < t->p.input_count; i++) bag_clear(&t->inputs[i]);
    program_evaluate(&t->p, t->inputs, &t->expected);
    return t->expected.overflows || agrees(t, e);
}

static void shuffle(trial *t) {
    for (size_t i = t->history_count; i > 1; i--) {
        size_t j = random_below(&t->random, i);
        change c = t->history[i - 1];
        t->history[i - 1] = t->history[j];
        t->history[j] = c;
    }
}

/* A keyed input's history has an order that counts; its present rows have none. */
static void only_present_keys(trial *t) {
    size_t kept = 0;
    for (size_t i = 0; i < t->history_count; i++)
        if (t->p.nodes[t->history[i].input].op == OP_INPUT) t->history[kept++] = t->history[i];
    t->history_count = kept;
    for (size_t i = 0; i < t->p.input_count; i++)
        for (uint32_t j = 0; j < t->inputs[i].count && t->p.nodes[i].op == OP_KEYED; j++)
            if (t->inputs[i].entries[j].weight != 0)
                t->history[t->history_count++] =
                    (change){(uint8_t)i, t->inputs[i].entries[j].row, 1};
}

static bool again_in_another_order(trial *t) {
    engine e;
    uint64_t epochs = random_below(&t->random, 2) == 0 ? 1 : 1 + random_below(&t->random, 9);
    if (!engine_open(&e, t, false)) return false;
    only_present_keys(t);
    shuffle(t);
    bool ok = true;
    for (size_t i = 0; i < t->history_count && ok; i++) {
        engine_push(&e, &t->p, &t->history[i]);
        if (random_below(&t->random, t->history_count) < epochs - 1) ok = engine_commit(&e);
    }
    ok = ok && engine_commit(&e) && agrees(t, &e);
    engine_close(&e);
    return ok;
}

static void count_program(const program *p, program_totals *totals) {
    totals->programs++;
    totals->loops += p->loop != NULL;
    for (size_t i = 0; i < p->count; i++) totals->ops[p->nodes[i].op]++;
}

bool program_check(uint64_t seed, bool plants, bool says, program_totals *totals) {
    trial *t = calloc(1, sizeof *t);
    engine e;
    bool ok = true;
    if (t == NULL) abort();
    t->random.state = t->seed = seed;
    t->says = says;
    program_random(&t->p, &t->random);
    count_program(&t->p, totals);
    ok = engine_open(&e, t, plants);
    size_t epochs = 5 + random_below(&t->random, EPOCHS_MAX - 4);
    for (size_t i = 0; i < epochs && ok && !t->expected.overflows; i++)
        ok = run_epoch(t, &e, i, totals);
    bool is_cut = t->expected.overflows;
    totals->cut_by_weight += is_cut;
    if (ok && !is_cut) {
        take_all_back(t, &e);
        ok = engine_commit(&e) && (t->p.has_past ? ends_as_naive(t, &e) : ends_empty(t, &e));
    }
    engine_close(&e);
    if (ok && !is_cut && !plants && !t->p.has_past) ok = again_in_another_order(t);
    for (size_t i = 0; i < PROGRAM_INPUTS_MAX; i++) bag_free(&t->inputs[i]);
    evaluation_free(&t->expected);
    free(t);
    return ok;
}
