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
    uint16_t row_bytes;
    uint16_t count;
    struct {
        uint16_t from, to, bytes;
    } copies[ROW_BYTES_MAX];
} cells;

static void cells_free(void *state) {
    free(*(cells **)state);
}

static const flow_kind update_cells_kind = {.name = "update cells", .free = cells_free};

static bool update(const void *left, const void *right, void *out, void *context) {
    const cells *c = context;
    copy_bytes(out, left, c->row_bytes);
    for (size_t i = 0; right != NULL && i < c->count; i++)
        copy_bytes((uint8_t *)out + c->copies[i].to, (const uint8_t *)right + c->copies[i].from,
                   c->copies[i].bytes);
    return true;
}

/* False when `by` has a column that `to` has not. */
static bool cells_init(cells *c, const flow_schema *to, const flow_schema *by) {
    c->row_bytes = to->row_bytes;
    for (size_t i = 0; i < by->column_count; i++) {
        const flow_column *from = &by->columns[i], *into = schema_find(to, from->name);
        if (into == NULL || into->type != from->type) return false;
        c->copies[c->count].from = from->offset;
        c->copies[c->count].to = into->offset;
        c->copies[c->count++].bytes = (uint16_t)flow_type_bytes(from->type);
    }
    return true;
}

flow_table *flow_update_cells(flow_table *t, flow_table *by, flow_key key) {
    flow *f = t->graph;
    if (table_is_broken(t) || table_is_broken(by)) return &f->broken_table;
    cells *c = calloc(1, sizeof(*c));
    if (c == NULL) return flow_refuse(f, STATUS_NO_MEMORY, NULL);
    if (!cells_init(c, t->schema, by->schema)) {
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
