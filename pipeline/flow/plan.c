/* SPDX-License-Identifier: MIT */
/* plan -- decides, once, before the first epoch, which indexes joins may share: it
 * goes through the joins in the order of their steps, marks what each brings up to
 * date, and where both sides would be so already gives one a private index. */
#include "pipeline/flow/graph.h"

static void plan_table(flow_table *t) {
    if (t->kind->plan != NULL) t->kind->plan(t);
}

static void plan_loop(flow_loop *l) {
    for (size_t i = 0; i < l->body_count; i++) plan_table(l->body[i]);
    for (flow_index *x = l->indexes; x != NULL; x = x->next) x->is_updated = false;
    for (size_t i = 0; i < l->outer_count; i++) l->outer_indexes[i]->is_updated = true;
}

status graph_plan(flow *f) {
    for (size_t i = 0; i < f->table_count; i++) {
        flow_table *t = f->tables[i];
        if (t->loop != NULL) continue;
        for (flow_loop *l = f->loops; l != NULL; l = l->next)
            if (l->result == t) plan_loop(l);
        plan_table(t);
    }
    f->is_planned = true;
    return f->first_failure;
}
