/* SPDX-License-Identifier: MIT */
/* PageRank, kept up to date (Brin and Page 1998), in whole numbers: with deg(u) edges
 * leaving u, repeated ones counted each time, a node has
 *
 *   rank(v) = 1000000 + sum over edges u -> v of 5 * rank(u) / (6 * deg(u))
 *
 * each share cut to a whole number.  Reads lines "+ FROM TO" and "- FROM TO": an edge
 * comes or goes.  An empty line ends an epoch, and so does the end of the input.  Prints
 * what the epoch changed, in order of the nodes: "- NODE RANK" was right before,
 * "+ NODE RANK" is now.
 *
 * The first argument is a number of steps, done from 6000000 each.  Without it the ranks
 * are those at which nothing changes any more: from the least rank they only grow, and
 * cannot grow past six times as much a node, so whole numbers come to rest. */
#include "pipeline/flow/flow.h"

#include <stdio.h>
#include <stdlib.h>

#define EDGE_ROW(X) X(u32, from) X(u32, to)
FLOW_ROW(edge, EDGE_ROW)
FLOW_SCHEMA(edge, EDGE_ROW)
#define DEGREE_ROW(X) X(u32, from) X(u32, degree)
FLOW_ROW(degree, DEGREE_ROW)
FLOW_SCHEMA(degree, DEGREE_ROW)
#define WAY_ROW(X) X(u32, from) X(u32, to) X(u32, degree)
FLOW_ROW(way, WAY_ROW)
FLOW_SCHEMA(way, WAY_ROW)
#define RANK_ROW(X) X(u64, rank) X(u32, node) X(u32, none)
FLOW_ROW(ranked, RANK_ROW)
FLOW_SCHEMA(ranked, RANK_ROW)

static const uint64_t least_rank = 1000000, middle_rank = 6000000;

static bool with_degree(const void *left, const void *right, void *out, void *context) {
    const edge *e = left;
    (void)context;
    *(way *)out = (way){e->from, e->to, ((const degree *)right)->degree};
    return true;
}

static bool share(const void *left, const void *right, void *out, void *context) {
    const way *w = right;
    uint64_t rank = ((const ranked *)left)->rank;
    (void)context;
    *(ranked *)out = (ranked){5 * rank / (6 * (uint64_t)w->degree), w->to, 0};
    return true;
}

static const char *ends(const void *row, flow_emitter *e, void *context) {
    const edge *ends_of = row;
    (void)context;
    flow_emit(e, &(ranked){0, ends_of->from, 0});
    flow_emit(e, &(ranked){0, ends_of->to, 0});
    return NULL;
}

static const char *with_rank(const void *row, void *out, void *rank) {
    *(ranked *)out = (ranked){*(const uint64_t *)rank, ((const ranked *)row)->node, 0};
    return NULL;
}

static flow_loop *page_rank(flow_table *edges, uint32_t steps, flow_table **ranks) {
    const uint64_t *first = steps > 0 ? &middle_rank : &least_rank;
    flow_table *degrees = flow_group(edges, FLOW_BY("from"), &degree_schema,
                                     FLOW_REDUCERS({FLOW_COUNT, "degree", NULL}));
    flow_table *ways =
        flow_join(edges, FLOW_BY("from"), degrees, FLOW_BY("from"), &way_schema, with_degree, NULL);
    flow_table *nodes = flow_distinct(flow_flat_map(edges, &ranked_schema, ends, NULL));
    flow_table *start = flow_map(nodes, &ranked_schema, with_rank, (void *)(uintptr_t)first);
    flow_table *least = flow_map(nodes, &ranked_schema, with_rank, (void *)(uintptr_t)&least_rank);
    flow_loop *l = flow_loop_begin(start, steps);
    flow_table *shares = flow_join(flow_loop_variable(l), FLOW_BY("node"), ways, FLOW_BY("from"),
                                   &ranked_schema, share, NULL);
    *ranks =
        flow_loop_end(l, flow_group(flow_concat(least, shares), FLOW_BY("node"), &ranked_schema,
                                    FLOW_REDUCERS({FLOW_SUM, "rank", "rank"})));
    return l;
}

/* ---- Reading and printing ---- */

enum { CHANGES_MAX = 1000 };
typedef struct {
    ranked node;
    int64_t weight;
} change;
typedef struct {
    change all[CHANGES_MAX];
    size_t count;
} changes;

static void note(const void *row, int64_t weight, void *context) {
    changes *c = context;
    if (c->count < CHANGES_MAX) c->all[c->count++] = (change){*(const ranked *)row, weight};
}

static int by_node(const void *a, const void *b) {
    const change *x = a, *y = b;
    if (x->node.node != y->node.node) return x->node.node < y->node.node ? -1 : 1;
    return x->weight < y->weight ? -1 : x->weight > y->weight;
}

static bool end_epoch(flow *f, changes *c) {
    c->count = 0;
    if (flow_commit(f) != STATUS_OK) return false;
    qsort(c->all, c->count, sizeof c->all[0], by_node);
    printf("epoch %llu\n", (unsigned long long)flow_epoch(f));
    for (size_t i = 0; i < c->count; i++)
        printf("%c %u %llu\n", c->all[i].weight > 0 ? '+' : '-', c->all[i].node.node,
               (unsigned long long)c->all[i].node.rank);
    return true;
}

int main(int argc, char **argv) {
    static changes seen;
    char line[256];
    edge e;
    flow_table *ranks;
    flow *f = flow_new(42);
    if (f == NULL) return 1;
    flow_table *edges = flow_input(f, "edges", &edge_schema);
    flow_loop *l = page_rank(edges, argc > 1 ? (uint32_t)atoi(argv[1]) : 0, &ranks);
    flow_output(ranks, note, &seen);
    bool ok = true;
    while (ok && fgets(line, sizeof line, stdin) != NULL) {
        if (sscanf(line + 1, "%u %u", &e.from, &e.to) == 2)
            ok = flow_push(edges, &e, line[0] == '-' ? -1 : 1) == STATUS_OK;
        else
            ok = end_epoch(f, &seen);
    }
    ok = ok && end_epoch(f, &seen);
    if (ok && argc <= 1 && !flow_loop_converged(l)) printf("not at rest\n");
    flow_free(f);
    return ok ? 0 : 1;
}
