/* SPDX-License-Identifier: MIT */
/* Shortest paths from one node, kept up to date (Bellman 1958, Ford 1956).
 *
 * Reads lines "+ FROM TO LENGTH" and "- FROM TO LENGTH": an edge comes or goes.  An
 * empty line ends an epoch, and so does the end of the input.  Prints what the epoch
 * changed, in order of the nodes: "- NODE LENGTH" was right before, "+ NODE LENGTH" is
 * now.  The first argument is the node to start from (0). */
#include "pipeline/flow/flow.h"

#include <stdio.h>
#include <stdlib.h>

#define EDGE_ROW(X) X(u32, from) X(u32, to) X(i64, length)
FLOW_ROW(edge, EDGE_ROW)
FLOW_SCHEMA(edge, EDGE_ROW)
#define PATH_ROW(X) X(i64, length) X(u32, node) X(u32, none)
FLOW_ROW(path, PATH_ROW)
FLOW_SCHEMA(path, PATH_ROW)

enum { CHANGES_MAX = 1000 };
typedef struct {
    path to;
    int64_t weight;
} change;
typedef struct {
    change all[CHANGES_MAX];
    size_t count;
} changes;

static bool one_edge_further(const void *left, const void *right, void *out, void *context) {
    const path *p = left;
    const edge *e = right;
    (void)context;
    *(path *)out = (path){p->length + e->length, e->to, 0};
    return true;
}

static void note(const void *row, int64_t weight, void *context) {
    changes *c = context;
    if (c->count < CHANGES_MAX) c->all[c->count++] = (change){*(const path *)row, weight};
}

static int by_node(const void *a, const void *b) {
    const change *x = a, *y = b;
    if (x->to.node != y->to.node) return x->to.node < y->to.node ? -1 : 1;
    return x->weight < y->weight ? -1 : x->weight > y->weight;
}

static bool end_epoch(flow *f, changes *c) {
    c->count = 0;
    if (flow_commit(f) != STATUS_OK) return false;
    qsort(c->all, c->count, sizeof c->all[0], by_node);
    printf("epoch %llu\n", (unsigned long long)flow_epoch(f));
    for (size_t i = 0; i < c->count; i++)
        printf("%c %u %lld\n", c->all[i].weight > 0 ? '+' : '-', c->all[i].to.node,
               (long long)c->all[i].to.length);
    return true;
}

int main(int argc, char **argv) {
    static changes seen;
    char line[256];
    edge e;
    flow *f = flow_new(42);
    if (f == NULL) return 1;
    flow_table *edges = flow_input(f, "edges", &edge_schema);
    flow_table *start = flow_input(f, "start", &path_schema);
    flow_loop *l = flow_loop_begin(start, 1000); /* A negative cycle ends there. */
    flow_table *further = flow_join(flow_loop_variable(l), FLOW_BY("node"), edges, FLOW_BY("from"),
                                    &path_schema, one_edge_further, NULL);
    flow_table *shortest = flow_group(flow_concat(start, further), FLOW_BY("node"), &path_schema,
                                      FLOW_REDUCERS({FLOW_MIN, "length", "length"}));
    flow_output(flow_loop_end(l, shortest), note, &seen);
    flow_push(start, &(path){.node = argc > 1 ? (uint32_t)atoi(argv[1]) : 0}, 1);
    bool ok = true;
    while (ok && fgets(line, sizeof line, stdin) != NULL) {
        long long length;
        if (sscanf(line + 1, "%u %u %lld", &e.from, &e.to, &length) == 3) {
            e.length = length;
            ok = flow_push(edges, &e, line[0] == '-' ? -1 : 1) == STATUS_OK;
        } else {
            ok = end_epoch(f, &seen);
        }
    }
    ok = ok && end_epoch(f, &seen);
    if (ok && !flow_loop_converged(l)) printf("a cycle gets shorter for ever\n");
    flow_free(f);
    return ok ? 0 : 1;
}
