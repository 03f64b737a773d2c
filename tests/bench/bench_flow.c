/* SPDX-License-Identifier: MIT */
/* The engine's workloads W1 to W8: one line a figure, with the checksum of the output
 * compared to the known one and the aim beside it.  `bench_flow W4 W5` runs those
 * only; with BENCH_CPU set its clock is the process's CPU time, for a machine that
 * others use too.  Rows are drawn before the clock starts, save for W2 and W2b; an epoch's
 * clock runs from its first row handed over to the changes seen by the sink. */
#include "pipeline/base/random.h"
#include "pipeline/flow/flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KEY_ROW(X) X(u64, key)
FLOW_ROW(key_row, KEY_ROW)
FLOW_SCHEMA(key_row, KEY_ROW)
#define COUNT_ROW(X) X(u64, key) X(u64, count)
FLOW_ROW(count_row, COUNT_ROW)
FLOW_SCHEMA(count_row, COUNT_ROW)
#define VALUE_ROW(X) X(u32, key) X(u32, value)
FLOW_ROW(value_row, VALUE_ROW)
FLOW_SCHEMA(value_row, VALUE_ROW)
#define EDGE_ROW(X) X(u32, from) X(u32, to)
FLOW_ROW(edge, EDGE_ROW)
FLOW_SCHEMA(edge, EDGE_ROW)
#define DEGREE_ROW(X) X(u32, from) X(u32, degree)
FLOW_ROW(degree_row, DEGREE_ROW)
FLOW_SCHEMA(degree_row, DEGREE_ROW)
#define PART_ROW(X) X(u32, from) X(u32, to) X(u32, degree)
FLOW_ROW(part_row, PART_ROW)
FLOW_SCHEMA(part_row, PART_ROW)
#define RANK_ROW(X) X(u64, rank) X(u32, key) X(u32, none)
FLOW_ROW(rank_row, RANK_ROW)
FLOW_SCHEMA(rank_row, RANK_ROW)
#define TRIPLE_ROW(X) X(u32, key) X(u32, left) X(u32, right)
FLOW_ROW(triple, TRIPLE_ROW)
FLOW_SCHEMA(triple, TRIPLE_ROW)

enum { SEED = 42, EPOCHS_MAX = 200000 };

/* ---- What is measured ---- */

typedef struct {
    uint64_t sum;
    int64_t rows;
} checksum;

typedef struct {
    checksum out;
    double *epochs; /* Seconds each. */
    size_t epoch_count;
    double begin;
    long resident_before;
} run;

static clockid_t bench_clock = CLOCK_MONOTONIC;

static double now_s(void) {
    struct timespec t;
    clock_gettime(bench_clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long resident_kb(const char *field) {
    char line[128];
    long kb = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, field, strlen(field)) == 0) kb = atol(line + strlen(field) + 1);
    if (f != NULL) fclose(f);
    return kb;
}

static double mb_since(const run *r) {
    return (double)(resident_kb("VmRSS") - r->resident_before) * 1024 / 1e6;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void run_begin(run *r) {
    *r = (run){.epochs = calloc(EPOCHS_MAX, sizeof r->epochs[0])};
    if (r->epochs == NULL) abort();
    r->resident_before = resident_kb("VmRSS");
    r->begin = now_s();
}

static void epoch(run *r, flow *f, double begin) {
    if (flow_commit(f) != STATUS_OK) {
        fprintf(stderr, "bench_flow: an epoch failed\n");
        exit(1);
    }
    if (r->epoch_count < EPOCHS_MAX) r->epochs[r->epoch_count++] = now_s() - begin;
}

/* Of the epochs since `from`, in microseconds. */
static double quantile_us(const run *r, size_t from, double q) {
    size_t count = r->epoch_count - from;
    double *sorted = malloc(count * sizeof sorted[0]);
    if (sorted == NULL) abort();
    memcpy(sorted, r->epochs + from, count * sizeof sorted[0]);
    qsort(sorted, count, sizeof sorted[0], compare);
    double at = sorted[(size_t)(q * (double)count)];
    free(sorted);
    return at * 1e6;
}

static bool all_right = true;

static void line(const char *name, double figure, const char *unit, const char *aim) {
    printf("%-28s %10.4g %-14s aim %s\n", name, figure, unit, aim);
}

static void check(const char *name, const run *r, uint64_t expected) {
    bool right = r->out.sum == expected;
    all_right = all_right && right;
    printf("%-28s %llx, %lld rows: %s\n", name, (unsigned long long)r->out.sum,
           (long long)r->out.rows, right ? "right" : "WRONG");
    fflush(stdout);
}

static void add(run *r, uint64_t key, uint64_t value, int64_t weight) {
    r->out.sum += ((key * 1000003U) ^ value) * (uint64_t)weight;
    r->out.rows += weight;
}

static void see_count(const void *row, int64_t weight, void *r) {
    const count_row *c = row;
    add(r, c->key, c->count, weight);
}
static void see_value(const void *row, int64_t weight, void *r) {
    const value_row *v = row;
    add(r, v->key, v->value, weight);
}
static void see_rank(const void *row, int64_t weight, void *r) {
    const rank_row *v = row;
    add(r, v->key, v->rank, weight);
}
static void see_triple(const void *row, int64_t weight, void *r) {
    const triple *t = row;
    add(r, t->key, (uint64_t)t->left << 32 | t->right, weight);
}

static flow *graph(void) {
    flow *f = flow_new(random_seed());
    if (f == NULL) abort();
    return f;
}

static void close_graph(flow *f, run *r) {
    const char *why;
    if (flow_check(f, &why) != STATUS_OK) {
        fprintf(stderr, "bench_flow: %s\n", why);
        exit(1);
    }
    flow_free(f);
    free(r->epochs);
}

static void *rows_of(size_t count, size_t bytes) {
    void *rows = calloc(count, bytes);
    if (rows == NULL) abort();
    return rows;
}

static flow_table *counts_of(flow_table *keys) {
    return flow_group(keys, FLOW_BY("key"), &count_row_schema,
                      FLOW_REDUCERS({FLOW_COUNT, "count", NULL}));
}

/* ---- W1: group count; W2: of distinct keys ---- */

static double w1_run(run *r, size_t rows, size_t per_epoch) {
    random_source random = {SEED};
    key_row *keys = rows_of(rows, sizeof(key_row));
    flow *f = graph();
    flow_table *in = flow_input(f, "keys", &key_row_schema);
    flow_output(counts_of(in), see_count, r);
    for (size_t i = 0; i < rows; i++) keys[i].key = random_below(&random, 5000);
    run_begin(r);
    for (size_t i = 0; i < rows; i += per_epoch) {
        double begin = now_s();
        for (size_t j = 0; j < per_epoch; j++) flow_push(in, &keys[i + j], 1);
        epoch(r, f, begin);
    }
    double seconds = now_s() - r->begin;
    free(keys);
    flow_free(f);
    return (double)rows / seconds / 1e6;
}

static void w1(void) {
    run r;
    line("W1 100,000 rows an epoch", w1_run(&r, 10000000, 100000), "M rows/s", "60");
    check("W1 100,000", &r, 0xb5dcf4972d6);
    free(r.epochs);
    line("W1 1,000 rows an epoch", w1_run(&r, 2000000, 1000), "M rows/s", "30");
    check("W1 1,000", &r, 0xb5dcf4872f4);
    free(r.epochs);
    w1_run(&r, 200000, 1);
    line("W1 1 row, median", quantile_us(&r, 0, 0.5), "us", "0.5");
    line("W1 1 row, p99", quantile_us(&r, 0, 0.99), "us", "1");
    check("W1 1", &r, 0xb5dcf4867c8);
    free(r.epochs);
}

static void w2_run(const char *name, size_t rows, uint64_t limit, double keys, uint64_t expected,
                   const char *seconds_aim, const char *bytes_aim) {
    run r;
    char title[64];
    random_source random = {SEED};
    flow *f = graph();
    flow_table *in = flow_input(f, "keys", &key_row_schema);
    flow_output(counts_of(in), see_count, &r);
    run_begin(&r);
    for (size_t i = 0; i < rows; i += 100000) {
        double begin = now_s();
        for (size_t j = 0; j < 100000; j++) {
            key_row row = {limit == 0 ? random_next(&random) : random_below(&random, limit)};
            flow_push(in, &row, 1);
        }
        epoch(&r, f, begin);
    }
    snprintf(title, sizeof title, "%s load", name);
    line(title, now_s() - r.begin, "s", seconds_aim);
    snprintf(title, sizeof title, "%s bytes a key", name);
    line(title, mb_since(&r) * 1e6 / keys, "bytes", bytes_aim);
    for (size_t i = 0; i < 1000; i++) epoch(&r, f, now_s());
    snprintf(title, sizeof title, "%s, after empty epochs", name);
    line(title, mb_since(&r) * 1e6 / keys, "bytes", bytes_aim);
    check(name, &r, expected);
    close_graph(f, &r);
}

static void w2(void) {
    w2_run("W2", 10000000, 0, 1e7, 0x75f9abd0190d8519, "0.7", "18");
}
static void w2b(void) {
    w2_run("W2b", 20000000, 10000000, 8646225, 0x57f99a38f202e615, "1.5", "24");
}

/* ---- W3: maximum of a group ---- */

static void w3(void) {
    enum { ROWS = 1000000, GROUP_ROWS = 1000, EPOCHS = 10000 };
    run r;
    random_source random = {SEED};
    value_row *rows = rows_of(ROWS, sizeof(value_row));
    flow *f = graph();
    flow_table *in = flow_input(f, "values", &value_row_schema);
    flow_output(flow_group(in, FLOW_BY("key"), &value_row_schema,
                           FLOW_REDUCERS({FLOW_MAX, "value", "value"})),
                see_value, &r);
    for (uint32_t i = 0; i < ROWS; i++)
        rows[i] = (value_row){i / GROUP_ROWS, (uint32_t)random_below(&random, 1000000000)};
    run_begin(&r);
    for (size_t i = 0; i < ROWS; i++) flow_push(in, &rows[i], 1);
    epoch(&r, f, r.begin);
    for (size_t i = 0; i < EPOCHS; i++) {
        value_row *row = &rows[random_below(&random, ROWS)];
        value_row fresh = {row->key, (uint32_t)random_below(&random, 1000000000)};
        double begin = now_s();
        flow_push(in, row, -1);
        flow_push(in, &fresh, 1);
        epoch(&r, f, begin);
        *row = fresh;
    }
    line("W3 median", quantile_us(&r, 1, 0.5), "us", "1");
    line("W3 p99", quantile_us(&r, 1, 0.99), "us", "3");
    check("W3", &r, 0x84b5d49412);
    close_graph(f, &r);
    free(rows);
}

/* ---- W4 to W6: loops over a graph whose edges are swapped ---- */

typedef struct {
    run r;
    random_source random;
    edge *edges;
    size_t edge_count;
    uint32_t nodes;
    flow *f;
    flow_table *in;
} network;

static void network_begin(network *n, uint32_t nodes, size_t edges) {
    *n = (network){.random = {SEED}, .nodes = nodes, .edge_count = edges, .f = graph()};
    n->edges = rows_of(edges, sizeof(edge));
    n->in = flow_input(n->f, "edges", &edge_schema);
    for (size_t i = 0; i < edges; i++) {
        n->edges[i].from = (uint32_t)random_below(&n->random, nodes);
        n->edges[i].to = (uint32_t)random_below(&n->random, nodes);
    }
}

static void network_end(network *n) {
    close_graph(n->f, &n->r);
    free(n->edges);
}

static void network_load(network *n) {
    for (size_t i = 0; i < n->edge_count; i++) flow_push(n->in, &n->edges[i], 1);
    epoch(&n->r, n->f, n->r.begin);
}

/* The next swaps, one epoch; drawn before its clock starts. */
static void network_swap(network *n, size_t swaps) {
    static edge old[1000], fresh[1000];
    for (size_t i = 0; i < swaps; i++) {
        edge *e = &n->edges[random_below(&n->random, n->edge_count)];
        old[i] = *e;
        fresh[i].from = (uint32_t)random_below(&n->random, n->nodes);
        fresh[i].to = (uint32_t)random_below(&n->random, n->nodes);
        *e = fresh[i];
    }
    double begin = now_s();
    for (size_t i = 0; i < swaps; i++) {
        flow_push(n->in, &old[i], -1);
        flow_push(n->in, &fresh[i], 1);
    }
    epoch(&n->r, n->f, begin);
}

static bool one_further(const void *left, const void *right, void *out, void *context) {
    const value_row *v = left;
    const edge *e = right;
    (void)context;
    *(value_row *)out = (value_row){e->to, v->value + 1};
    return true;
}

static void w4(void) {
    network n;
    network_begin(&n, 1U << 18, 500000);
    flow_table *root = flow_input(n.f, "root", &value_row_schema);
    flow_loop *l = flow_loop_begin(root, 0);
    flow_table *steps = flow_join(flow_loop_variable(l), FLOW_BY("key"), n.in, FLOW_BY("from"),
                                  &value_row_schema, one_further, NULL);
    flow_table *next = flow_group(flow_concat(steps, root), FLOW_BY("key"), &value_row_schema,
                                  FLOW_REDUCERS({FLOW_MIN, "value", "value"}));
    flow_output(flow_loop_end(l, next), see_value, &n.r);
    run_begin(&n.r);
    flow_push(root, &(value_row){1, 0}, 1);
    network_load(&n);
    line("W4 load", n.r.epochs[0], "s", "0.15");
    line("W4 resident", mb_since(&n.r), "MB", "43");
    check("W4 load", &n.r, 0x5de8449f32e5fd);
    for (size_t i = 0; i < 200; i++) network_swap(&n, 1);
    line("W4 1 swap, median", quantile_us(&n.r, 1, 0.5), "us", "20");
    for (size_t i = 0; i < 20; i++) network_swap(&n, 1000);
    line("W4 1,000 swaps, median", quantile_us(&n.r, 201, 0.5) / 1000, "ms", "25");
    check("W4", &n.r, 0x5dfe78904e25cb);
    network_end(&n);
}

static const char *own_labels(const void *row, flow_emitter *e, void *context) {
    const edge *edge_row = row;
    (void)context;
    flow_emit(e, &(value_row){edge_row->from, edge_row->from});
    flow_emit(e, &(value_row){edge_row->to, edge_row->to});
    return NULL;
}

static const char *turned(const void *row, void *out, void *context) {
    const edge *e = row;
    (void)context;
    *(edge *)out = (edge){e->to, e->from};
    return NULL;
}

static uint32_t small_labels_first(const void *row, void *context) {
    uint32_t label = ((const value_row *)row)->value;
    (void)context;
    return label == 0 ? 0 : 256U * (32U - (uint32_t)__builtin_clz(label));
}

static bool label_on(const void *left, const void *right, void *out, void *context) {
    const value_row *v = left;
    const edge *e = right;
    (void)context;
    *(value_row *)out = (value_row){e->to, v->value};
    return true;
}

static void w5(void) {
    network n;
    network_begin(&n, 1U << 18, 500000);
    flow_table *both = flow_concat(n.in, flow_map(n.in, &edge_schema, turned, NULL));
    flow_table *own = flow_distinct(flow_flat_map(n.in, &value_row_schema, own_labels, NULL));
    flow_table *nothing = flow_input(n.f, "nothing", &value_row_schema);
    flow_loop *l = flow_loop_begin(nothing, 0);
    flow_table *entered = flow_loop_enter(l, own, small_labels_first, NULL);
    flow_table *told = flow_join(flow_loop_variable(l), FLOW_BY("key"), both, FLOW_BY("from"),
                                 &value_row_schema, label_on, NULL);
    flow_table *next = flow_group(flow_concat(told, entered), FLOW_BY("key"), &value_row_schema,
                                  FLOW_REDUCERS({FLOW_MIN, "value", "value"}));
    flow_output(flow_loop_end(l, next), see_value, &n.r);
    run_begin(&n.r);
    network_load(&n);
    line("W5 load", n.r.epochs[0], "s", "0.4");
    line("W5 resident", mb_since(&n.r), "MB", "60");
    check("W5 load", &n.r, 0x775a8422401687);
    for (size_t i = 0; i < 200; i++) network_swap(&n, 1);
    line("W5 1 swap, median", quantile_us(&n.r, 1, 0.5), "us", "30");
    check("W5", &n.r, 0x775afd326f1c12);
    network_end(&n);
}

static bool with_degree(const void *left, const void *right, void *out, void *context) {
    const edge *e = left;
    const degree_row *d = right;
    (void)context;
    *(part_row *)out = (part_row){e->from, e->to, d->degree};
    return true;
}

static bool share(const void *left, const void *right, void *out, void *context) {
    const rank_row *v = left;
    const part_row *p = right;
    (void)context;
    *(rank_row *)out = (rank_row){5 * v->rank / (6 * (uint64_t)p->degree), p->to, 0};
    return true;
}

static const char *ends(const void *row, flow_emitter *e, void *context) {
    const edge *edge_row = row;
    (void)context;
    flow_emit(e, &(rank_row){0, edge_row->from, 0});
    flow_emit(e, &(rank_row){0, edge_row->to, 0});
    return NULL;
}

static const char *with_rank(const void *row, void *out, void *rank) {
    *(rank_row *)out = *(const rank_row *)row;
    ((rank_row *)out)->rank = *(const uint64_t *)rank;
    return NULL;
}

static void w6(void) {
    static const uint64_t first = 6000000, base = 1000000;
    network n;
    network_begin(&n, 1U << 17, 400000);
    flow_table *degrees = flow_group(n.in, FLOW_BY("from"), &degree_row_schema,
                                     FLOW_REDUCERS({FLOW_COUNT, "degree", NULL}));
    flow_table *parts = flow_join(n.in, FLOW_BY("from"), degrees, FLOW_BY("from"), &part_row_schema,
                                  with_degree, NULL);
    flow_table *nodes = flow_distinct(flow_flat_map(n.in, &rank_row_schema, ends, NULL));
    flow_table *start = flow_map(nodes, &rank_row_schema, with_rank, (void *)(uintptr_t)&first);
    flow_table *bases = flow_map(nodes, &rank_row_schema, with_rank, (void *)(uintptr_t)&base);
    flow_loop *l = flow_loop_begin(start, 5);
    flow_table *shares = flow_join(flow_loop_variable(l), FLOW_BY("key"), parts, FLOW_BY("from"),
                                   &rank_row_schema, share, NULL);
    flow_table *next = flow_group(flow_concat(shares, bases), FLOW_BY("key"), &rank_row_schema,
                                  FLOW_REDUCERS({FLOW_SUM, "rank", "rank"}));
    flow_output(flow_loop_end(l, next), see_rank, &n.r);
    run_begin(&n.r);
    network_load(&n);
    line("W6 load", n.r.epochs[0], "s", "0.25");
    line("W6 resident", mb_since(&n.r), "MB", "-");
    check("W6 load", &n.r, 0x1e73982f9fcde4);
    for (size_t i = 0; i < 20; i++) network_swap(&n, 1000);
    line("W6 1,000 swaps, median", quantile_us(&n.r, 1, 0.5) / 1000, "ms", "40");
    check("W6", &n.r, 0x1e73871c8797f3);
    network_end(&n);
}

/* ---- W7: join ---- */

static bool pair(const void *left, const void *right, void *out, void *context) {
    const value_row *l = left, *r = right;
    (void)context;
    *(triple *)out = (triple){l->key, l->value, r->value};
    return true;
}

static void w7(void) {
    enum { ROWS = 1000000, KEYS = 200000, SWAPS = 1000 };
    static value_row old[SWAPS], fresh[SWAPS];
    run r;
    random_source random = {SEED};
    value_row *rows = rows_of(2 * ROWS, sizeof(value_row));
    flow *f = graph();
    flow_table *left = flow_input(f, "left", &value_row_schema);
    flow_table *right = flow_input(f, "right", &value_row_schema);
    flow_output(flow_join(left, FLOW_BY("key"), right, FLOW_BY("key"), &triple_schema, pair, NULL),
                see_triple, &r);
    for (uint32_t i = 0; i < 2 * ROWS; i++)
        rows[i] = (value_row){(uint32_t)random_below(&random, KEYS), i % ROWS};
    run_begin(&r);
    for (size_t i = 0; i < 2 * ROWS; i++) flow_push(i < ROWS ? left : right, &rows[i], 1);
    epoch(&r, f, r.begin);
    line("W7 load", r.epochs[0], "s", "0.2");
    line("W7 resident", mb_since(&r), "MB", "60");
    check("W7 load", &r, 0xf1137b106f83badc);
    for (uint32_t i = 0; i < 50; i++) {
        for (uint32_t j = 0; j < SWAPS; j++) {
            value_row *row = &rows[random_below(&random, ROWS)];
            old[j] = *row;
            fresh[j] = (value_row){(uint32_t)random_below(&random, KEYS), ROWS + i * SWAPS + j};
            *row = fresh[j];
        }
        double begin = now_s();
        for (size_t j = 0; j < SWAPS; j++) {
            flow_push(left, &old[j], -1);
            flow_push(left, &fresh[j], 1);
        }
        epoch(&r, f, begin);
    }
    line("W7 1,000 swaps, median", quantile_us(&r, 1, 0.5) / 1000, "ms", "0.3");
    line("W7 resident at the end", mb_since(&r), "MB", "60");
    check("W7", &r, 0xbe28c7dcfcd6e63e);
    close_graph(f, &r);
    free(rows);
}

/* ---- W8: the 100 most frequent keys ---- */

static void w8(void) {
    enum { EVENTS = 5000000, PER_EPOCH = 1000 };
    run r;
    random_source random = {SEED};
    key_row *keys = rows_of(EVENTS, sizeof(key_row));
    flow *f = graph();
    flow_table *in = flow_input(f, "events", &key_row_schema);
    flow_output(flow_top(counts_of(in), FLOW_NONE, FLOW_BY("-count"), 100), see_count, &r);
    for (size_t i = 0; i < EVENTS; i++) {
        double u = random_unit(&random);
        keys[i].key = (uint64_t)(200000.0 * ((u * u) * u));
    }
    run_begin(&r);
    for (size_t i = 0; i < EVENTS; i += PER_EPOCH) {
        double begin = now_s();
        for (size_t j = 0; j < PER_EPOCH; j++) flow_push(in, &keys[i + j], 1);
        epoch(&r, f, begin);
    }
    line("W8", EVENTS / (now_s() - r.begin) / 1e6, "M rows/s", "5");
    check("W8", &r, 0x127e24caa);
    close_graph(f, &r);
    free(keys);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } workloads[] = {{"W1", w1}, {"W2", w2}, {"W2b", w2b}, {"W3", w3}, {"W4", w4},
                     {"W5", w5}, {"W6", w6}, {"W7", w7},   {"W8", w8}};
    if (getenv("BENCH_CPU") != NULL) bench_clock = CLOCK_PROCESS_CPUTIME_ID;
    for (size_t i = 0; i < sizeof workloads / sizeof workloads[0]; i++) {
        bool wanted = argc < 2;
        for (int j = 1; j < argc; j++) wanted |= strcmp(argv[j], workloads[i].name) == 0;
        if (wanted) workloads[i].run();
    }
    return all_right ? 0 : 1;
}
