/* SPDX-License-Identifier: MIT */
/* What an epoch's publication costs a changed row: a million rows, 16,384 changes an
 * epoch (old row out, new row in), processor time, medians over the epochs.  The deltas
 * are handed over by a stand-in for the graph, so that nothing else is measured. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "pipeline/base/random.h"
#include "pipeline/flow/view.h"

#define FACT_ROW(X) X(u64, weight) X(u64, sum) X(u32, key) X(u32, time) X(u32, author) X(u32, place)
FLOW_ROW(fact, FACT_ROW)
FLOW_SCHEMA(fact, FACT_ROW)

enum { ROWS = 1000000, CHANGES = 16384, EPOCHS = 51, SINKS_MAX = 2 };

struct flow_table {
    flow_sink sinks[SINKS_MAX];
    void *contexts[SINKS_MAX];
    size_t sink_count;
};
struct flow {
    flow_table table;
    flow_commit_hook hook;
    void *hook_context;
    uint64_t epoch;
};

const flow_schema *flow_table_schema(const flow_table *t) {
    (void)t;
    return &fact_schema;
}
void flow_output(flow_table *t, flow_sink sink, void *context) {
    t->sinks[t->sink_count] = sink;
    t->contexts[t->sink_count++] = context;
}
void flow_on_commit(flow *f, flow_commit_hook hook, void *context) {
    f->hook = hook;
    f->hook_context = context;
}
static void change(flow *f, const fact *row, int64_t weight) {
    for (size_t i = 0; i < f->table.sink_count; i++)
        f->table.sinks[i](row, weight, f->table.contexts[i]);
}
static void commit(flow *f) {
    if (f->hook(++f->epoch, f->hook_context) == STATUS_OK) return;
    fputs("bench_views: out of memory\n", stderr);
    exit(1);
}

static fact rows[ROWS];

static int by_value(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double processor_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void load(flow *f) {
    for (uint32_t key = 0; key < ROWS; key++) {
        rows[key] = (fact){key, key, key, key / 100, key % 1000, 0};
        change(f, &rows[key], 1);
        if (key % CHANGES == CHANGES - 1 || key == ROWS - 1) commit(f);
    }
}

/* Nanoseconds a changed row, its page copied and published. */
static double run_epochs(flow *f, uint32_t first) {
    static double ns[EPOCHS];
    random_source r = {42};
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        double begin = processor_ns();
        for (int i = 0; i < CHANGES; i++) {
            fact *row = &rows[first + random_below(&r, ROWS - first)];
            change(f, row, -1);
            row->weight = random_next(&r);
            change(f, row, 1);
        }
        commit(f);
        ns[epoch] = (processor_ns() - begin) / CHANGES;
    }
    qsort(ns, EPOCHS, sizeof ns[0], by_value);
    return ns[EPOCHS / 2];
}

static void measure(bool is_scan, bool publishing, uint32_t first) {
    flow f = {.hook = NULL};
    flow_views *views = flow_views_new(&f);
    if (is_scan) {
        (void)flow_scan_new(views, &f.table, "key", "time");
    } else {
        (void)flow_view_new(views, &f.table, "key");
    }
    load(&f);
    if (flow_publish(views, publishing) != STATUS_OK) exit(1);
    double ns = run_epochs(&f, first);
    printf("%s, %s, changes %s: %.0f ns a changed row; %.0f bytes a row\n",
           is_scan ? "scan" : "view", publishing ? "published" : "changed in place",
           first > 0 ? "in the newest twentieth" : "anywhere", ns,
           (double)flow_views_bytes(views) / ROWS);
    flow_views_free(views);
}

int main(void) {
    for (int i = 0; i < 8; i++) measure(i & 4, i & 1, i & 2 ? ROWS / 20 * 19 : 0);
    return 0;
}
