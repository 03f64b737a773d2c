/* SPDX-License-Identifier: MIT */
/* Random programs: a few inputs, a few operators on whatever tables there are, and
 * in every second one a loop whose body is either random too or one of those that
 * are known to expose mistakes: joins that vary on both sides. */
#include "tests/support/flow_program.h"

#include <stdio.h>
#include <string.h>

static const char *const op_names[] = {
#define X(name, text) text,
    PROGRAM_OPS(X)
#undef X
};

/* ---- What operators do with rows ---- */

bool item_keep(const void *row, void *node) {
    const item *r = row;
    uint32_t p = ((const program_node *)node)->p;
    switch (p % 4) {
    case 0: return (r->a + r->b) % 3 != 0;
    case 1: return r->a != p / 4 % PROGRAM_DOMAIN;
    case 2: return r->c < 2;
    default: return r->a <= r->b;
    }
}

static uint32_t in_domain(int64_t c) {
    return (uint32_t)((uint64_t)c % PROGRAM_DOMAIN);
}

const char *item_map(const void *row, void *out, void *node) {
    const item *r = row;
    uint32_t p = ((const program_node *)node)->p;
    item *o = out;
    *o = *r;
    switch (p % 6) {
    case 0: *o = (item){r->b, r->a, r->c}; break;
    case 1: o->a = (r->a + 1) % PROGRAM_DOMAIN; break;
    case 2: o->c = (r->c % 5 * 2 + r->b) % 5; break;
    case 3: return r->a == p / 8 % PROGRAM_DOMAIN ? "a is forbidden" : NULL;
    case 4: *o = (item){r->a % PROGRAM_DOMAIN, in_domain(r->c), 0}; break;
    default: *o = (item){r->b % PROGRAM_DOMAIN, r->b % PROGRAM_DOMAIN, r->a}; break;
    }
    return NULL;
}

const char *item_spread(const item *r, item out[2], size_t *count, const program_node *n) {
    *count = r->c % 3 == 0 ? 1 : 2;
    out[0] = *r;
    out[1] = (item){r->b % PROGRAM_DOMAIN, (r->a + n->p) % PROGRAM_DOMAIN, 0};
    if (r->c % 7 == 5) *count = 0;
    return n->p % 5 == 0 && r->b == 2 ? "b is forbidden" : NULL;
}

uint32_t item_when(const void *row, void *node) {
    const item *r = row;
    return (r->a + ((const program_node *)node)->p) % (ENTER_MAX + 1);
}

const char *item_flat_map(const void *row, flow_emitter *e, void *node) {
    item out[2];
    size_t count;
    const char *reason = item_spread(row, out, &count, node);
    for (size_t i = 0; i < count; i++) flow_emit(e, &out[i]);
    return reason;
}

bool item_combine(const void *left, const void *right, void *out, void *node) {
    const item *l = left, *r = right;
    uint32_t p = ((const program_node *)node)->p;
    item *o = out;
    if (r == NULL) {
        *o = (item){l->a, l->b, 3};
        return p % 4 != 1 || l->a != l->b;
    }
    switch (p % 4) {
    case 0: *o = (item){l->a, r->b, 0}; return true;
    case 1: *o = (item){l->a, r->b, (l->c % 4 + r->c % 4) % 4}; return o->a != o->b;
    case 2: *o = (item){r->b, l->a, l->c % 3}; return true;
    default: *o = *l; return true;
    }
}

join_keys node_join_keys(const program_node *n) {
    static const join_keys keys[] = {
        {KEY_B, KEY_A}, {KEY_A, KEY_A}, {KEY_A, KEY_B},     {KEY_B, KEY_B},       {KEY_AB, KEY_AB},
        {KEY_B, KEY_A}, {KEY_A, KEY_A}, {KEY_ALL, KEY_ALL}, {KEY_NONE, KEY_NONE},
    };
    return keys[n->p / 4 % (sizeof keys / sizeof keys[0])];
}

window_choice node_windows(const program_node *n) {
    return (window_choice){1 + n->p % 3, n->p / 3 % 3};
}

int node_update_key(const program_node *n) {
    static const int keys[] = {KEY_A, KEY_AB, KEY_B, KEY_NONE};
    return keys[n->p % 4];
}

top_choice node_top(const program_node *n) {
    static const char *const orders[] = {"-c", "c", "-b", "a"};
    return (top_choice){(int)(n->p % 3), orders[n->p / 3 % 4], 1 + n->p / 12 % 3};
}

enum { KEYS = 6, FILLS = 8 };
static const flow_reducer fills_of_a[FILLS] = {
    {FLOW_COUNT, "b", NULL},   {FLOW_MIN, "b", "b"},         {FLOW_MAX, "b", "b"},
    {FLOW_SUM, "b", "c"},      {FLOW_ARGMAX, "b", "b by c"}, {FLOW_ARGMIN, "b", "b by c"},
    {FLOW_MAJORITY, "b", "b"}, {FLOW_AVG, "b", "b"},
};
static const flow_reducer fills_of_b[FILLS] = {
    {FLOW_COUNT, "a", NULL},   {FLOW_MIN, "a", "a"},         {FLOW_MAX, "a", "a"},
    {FLOW_MAX, "a", "c"},      {FLOW_ARGMAX, "a", "a by c"}, {FLOW_ARGMIN, "a", "a by b"},
    {FLOW_MAJORITY, "a", "a"}, {FLOW_AVG, "a", "c"},
};
static const flow_reducer fills_of_c[FILLS] = {
    {FLOW_SUM, "c", "c"},      {FLOW_MAX, "c", "c"},         {FLOW_MIN, "c", "c"},
    {FLOW_COUNT, "c", NULL},   {FLOW_ARGMAX, "c", "c by a"}, {FLOW_ARGMIN, "c", "b by c"},
    {FLOW_MAJORITY, "c", "c"}, {FLOW_AVG, "c", "c"},
};

/* By key and place in the three lists; the inverse of what node_group takes apart. */
static uint32_t group_variant(uint32_t key, uint32_t fill_b, uint32_t fill_a, uint32_t fill_c) {
    return key + KEYS * (fill_b + FILLS * (fill_a + FILLS * fill_c));
}

int node_group(const program_node *n, flow_reducer r[4]) {
    static const int keys[KEYS] = {KEY_A, KEY_B, KEY_AB, KEY_NONE, KEY_A, KEY_B};
    uint32_t rest = n->p / KEYS;
    int key = keys[n->p % KEYS];
    size_t count = 0;
    if (key == KEY_B || key == KEY_NONE) r[count++] = fills_of_b[rest % FILLS];
    if (key == KEY_A || key == KEY_NONE) r[count++] = fills_of_a[rest / FILLS % FILLS];
    r[count++] = fills_of_c[rest / FILLS / FILLS % FILLS];
    r[count] = (flow_reducer){FLOW_END, NULL, NULL};
    return key;
}

flow_key key_named(int key) {
    switch (key) {
    case KEY_A: return FLOW_BY("a");
    case KEY_B: return FLOW_BY("b");
    case KEY_AB: return FLOW_BY("a", "b");
    case KEY_ALL: return FLOW_ALL;
    default: return FLOW_NONE;
    }
}

/* ---- Making one up ---- */

static uint8_t add(program *p, program_op op, uint8_t a, uint8_t b, uint32_t variant) {
    p->nodes[p->count] = (program_node){.op = op, .in = {a, b}, .p = variant};
    return (uint8_t)p->count++;
}

static program_op random_op(random_source *r) {
    static const program_op ops[] = {
        OP_FILTER,    OP_MAP,         OP_FLAT_MAP,     OP_CONCAT,    OP_NEGATE,    OP_JOIN,
        OP_SEMI_JOIN, OP_JOIN,        OP_DISTINCT,     OP_ANTI_JOIN, OP_LEFT_JOIN, OP_GROUP,
        OP_GROUP,     OP_TOP,         OP_JOIN,         OP_GROUP,     OP_ANY,       OP_IX,
        OP_GROUP,     OP_UPDATE_ROWS, OP_UPDATE_CELLS,
    };
    return ops[random_below(r, sizeof ops / sizeof ops[0])];
}

static uint32_t variant(random_source *r) {
    return (uint32_t)random_below(r, 9216);
}

static uint8_t any(random_source *r, const uint8_t *tables, size_t count) {
    return tables[random_below(r, count)];
}

/* A body that goes on from the variable; in the end a set, so that weights stay
 * small whatever meets whatever. */
static uint8_t random_body(program *p, random_source *r, uint8_t x, uint8_t *tables,
                           size_t table_count) {
    size_t ops = 1 + random_below(r, 4);
    uint8_t last = x, outer = any(r, tables, table_count);
    if (random_below(r, 3) == 0) outer = add(p, OP_ENTER, outer, 0, variant(r));
    tables[table_count++] = x;
    for (size_t i = 0; i < ops; i++) {
        last = add(p, random_op(r), last, any(r, tables, table_count), variant(r));
        tables[table_count++] = last;
    }
    if (random_below(r, 2) == 0) last = add(p, OP_CONCAT, last, outer, 0);
    return add(p, OP_DISTINCT, last, 0, 0);
}

static uint8_t reach_body(program *p, random_source *r, uint8_t x, uint8_t e, uint8_t start) {
    uint8_t on = add(p, OP_JOIN, x, e, 0 * 4 + (uint32_t)random_below(r, 2));
    return add(p, OP_DISTINCT, add(p, OP_CONCAT, on, start, 0), 0, 0);
}

static uint8_t squaring_body(program *p, random_source *r, uint8_t x, uint8_t e) {
    uint8_t on = add(p, OP_JOIN, x, x, 0 * 4 + (uint32_t)random_below(r, 2));
    return add(p, OP_DISTINCT, add(p, OP_CONCAT, on, e, 0), 0, 0);
}

/* Edges of e whose ends both have a count of at least 2 among X's ends: group by an
 * end, keep the high counts, join twice. */
static uint8_t core_body(program *p, uint8_t x, uint8_t e) {
    uint8_t turned = add(p, OP_MAP, x, 0, 0);
    uint8_t ends = add(p, OP_CONCAT, x, turned, 0);
    uint8_t degrees = add(p, OP_GROUP, ends, 0, group_variant(0, 0, 0, 3)); /* a -> b, c = counts */
    uint8_t low = add(p, OP_FILTER, degrees, 0, 2);                         /* c < 2 */
    uint8_t left = add(p, OP_ANTI_JOIN, e, low, 1 * 4);                     /* a meets a */
    return add(p, OP_ANTI_JOIN, left, low, 0 * 4);                          /* b meets a */
}

/* Keeps a row of X while some row of X starts where it ends and some ends where it
 * starts: two sets that shrink each other. */
static uint8_t mutual_body(program *p, uint8_t x) {
    uint8_t starts = add(p, OP_GROUP, x, 0, group_variant(0, 0, 0, 3));
    uint8_t ends = add(p, OP_GROUP, x, 0, group_variant(1, 0, 0, 3));
    uint8_t some = add(p, OP_JOIN, x, starts, 3 + 0 * 4); /* b meets a: keep left */
    return add(p, OP_JOIN, some, ends, 3 + 2 * 4);        /* a meets b: keep left */
}

/* The cleaning of places in small: rows (author, the responder's place, close?) of
 * `e` without those that touch a bad place; a place becomes bad when authors have it
 * and none of them speaks for it. */
static uint8_t cleaning_body(program *p, uint8_t x, uint8_t e, uint8_t places) {
    uint8_t far = add(p, OP_ANTI_JOIN, e, x, 0 * 4);          /* responder's end, b = X.a */
    uint8_t at_home = add(p, OP_ANTI_JOIN, places, x, 0 * 4); /* author's end */
    uint8_t held = add(p, OP_JOIN, far, at_home, 3 + 1 * 4);  /* by author */
    uint8_t counts =
        add(p, OP_GROUP, held, 0, group_variant(0, 0, 0, 0)); /* a -> b = count, c = sum */
    uint8_t silent = add(p, OP_FILTER, counts, 0, 2);         /* c < 2: too few close */
    uint8_t all = add(p, OP_JOIN, counts, at_home, 2 + 1 * 4);
    uint8_t mute = add(p, OP_JOIN, silent, at_home, 2 + 1 * 4); /* (place, author) */
    uint8_t speaking = add(p, OP_ANTI_JOIN, all, mute, 4 * 4);
    uint8_t bad = add(p, OP_ANTI_JOIN, mute, speaking, 1 * 4);
    return add(p, OP_DISTINCT, add(p, OP_CONCAT, x, bad, 0), 0, 0);
}

enum { BODY_CLEANING = 4, BODY_RANDOM = 5 };

static uint8_t random_loop(program *p, random_source *r, size_t which, uint8_t *tables,
                           size_t table_count) {
    static const char *const names[] = {"linear recursion", "X join X", "k-core",
                                        "mutual recursion", "cleaning", "random"};
    uint8_t start = any(r, tables, table_count), e = any(r, tables, table_count), last = 0;
    uint8_t other = any(r, tables, table_count), x = add(p, OP_VARIABLE, start, 0, 0);
    p->loop = names[which];
    p->nodes[x].limit = random_below(r, 4) == 0 ? 1 + (uint32_t)random_below(r, 5) : 12;
    switch (which) {
    case 0: last = reach_body(p, r, x, e, start); break;
    case 1: last = squaring_body(p, r, x, e); break;
    case 2: last = core_body(p, x, e); break;
    case 3: last = mutual_body(p, x); break;
    case BODY_CLEANING: last = cleaning_body(p, x, e, other); break;
    default: last = random_body(p, r, x, tables, table_count); break;
    }
    uint8_t result = add(p, OP_LOOP_END, last, x, 0);
    if (random_below(r, 2) == 0) p->nodes[add(p, OP_ITERATIONS, result, x, 0)].is_shown = true;
    return result;
}

static size_t add_random(program *p, random_source *r, uint8_t *tables, size_t count, size_t ops) {
    for (; ops > 0; ops--, count++) {
        uint8_t a = any(r, tables, count), b = any(r, tables, count);
        if (random_below(r, 2) == 0) a = tables[count - 1];
        tables[count] = add(p, random_op(r), a, b, variant(r));
    }
    return count;
}

static size_t add_windows(program *p, random_source *r, uint8_t *tables, size_t count) {
    if (random_below(r, 8) != 0) return count;
    uint8_t in = any(r, tables, count), windows = add(p, OP_TUMBLING, in, 0, variant(r));
    tables[count++] = windows;
    tables[count++] = add(p, OP_LATE, in, windows, 0);
    p->has_past = p->nodes[windows].is_shown = p->nodes[windows + 1].is_shown = true;
    return count;
}

void program_random(program *p, random_source *r) {
    uint8_t tables[PROGRAM_NODES_MAX];
    size_t count = 0, loop = random_below(r, 18);
    memset(p, 0, sizeof *p);
    p->input_count = 1 + random_below(r, PROGRAM_INPUTS_MAX);
    for (size_t i = 0; i < p->input_count; i++)
        tables[count++] = add(p, random_below(r, 4) == 0 ? OP_KEYED : OP_INPUT, 0, 0, 0);
    count = add_windows(p, r, tables, count);
    if (loop >= 9) {
        count = add_random(p, r, tables, count, 3 + random_below(r, 10));
    } else {
        size_t which = loop > BODY_RANDOM ? BODY_RANDOM : loop;
        size_t around = which == BODY_CLEANING ? 1 : 3;
        count = add_random(p, r, tables, count, random_below(r, around));
        uint8_t result = random_loop(p, r, which, tables, count);
        tables[count++] = result;
        p->nodes[result].is_shown = true;
        count = add_random(p, r, tables, count, random_below(r, around));
    }
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || random_below(r, 3) == 0) p->nodes[tables[i]].is_shown = true;
}

void program_print(const program *p) {
    printf("loop: %s\n", p->loop == NULL ? "none" : p->loop);
    for (size_t i = 0; i < p->count; i++) {
        const program_node *n = &p->nodes[i];
        printf("  %2zu %-12s %u %u  p=%u limit=%u%s\n", i, op_names[n->op], n->in[0], n->in[1],
               n->p, n->limit, n->is_shown ? "  shown" : "");
    }
}
