/* SPDX-License-Identifier: MIT */
/* update_rows, update_cells -- a table with another one's rows, or some of its columns,
 * taking precedence where the keys agree.  Both are compositions: the first of an anti
 * join and a concat, the second of a left join that copies columns. */
#include "pipeline/flow/graph.h"

#include <stdlib.h>

static const flow_kind update_rows_kind = {.name = "update rows"};

flow_table *flow_update_rows(flow_table *t, flow_table *by, flow_key key) {
    flow_table *rest = flow_anti_join(t, key, by, key);
    if (t->schema != by->schema && !table_is_broken(t) && !table_is_broken(by))
        return flow_refuse(t->graph, STATUS_BAD_ARGUMENT, "update_rows of two kinds of rows");
    flow_table *parts[2] = {rest, by};
    return table_read_through(table_new(t->graph, &update_rows_kind, t->schema, parts, 2, 0), 1);
}

/* ---- update_cells ---- */

typedef struct {
    size_t row_bytes;
    row_copy copy;
} cells;

static void cells_free(void *state) {
    free(*(cells **)state);
}

static const flow_kind update_cells_kind = {.name = "update cells", .free = cells_free};

static bool update(const void *left, const void *right, void *out, void *context) {
    const cells *c = context;
    copy_bytes(out, left, c->row_bytes);
    if (right != NULL) row_copy_run(&c->copy, out, right);
    return true;
}

flow_table *flow_update_cells(flow_table *t, flow_table *by, flow_key key) {
    flow *f = t->graph;
    if (table_is_broken(t) || table_is_broken(by)) return &f->broken_table;
    cells *c = calloc(1, sizeof(*c));
    if (c == NULL) return flow_refuse(f, STATUS_NO_MEMORY, NULL);
    c->row_bytes = t->schema->row_bytes;
    if (row_copy_init(&c->copy, t->schema, by->schema) != by->schema->column_count) {
        free(c);
        return flow_refuse(f, STATUS_BAD_ARGUMENT, "update_cells by a column that is not there");
    }
    flow_table *joined = flow_left_join(t, key, by, key, t->schema, update, c);
    flow_table *n = table_new(f, &update_cells_kind, t->schema, &joined, 1, sizeof(c));
    if (table_is_broken(n)) {
        free(c); /* Nobody will run. */
        return n;
    }
    *(cells **)n->state = c;
    return table_read_through(n, 1);
}
