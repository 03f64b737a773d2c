/* SPDX-License-Identifier: MIT */
/* The error table: rows that failed, by operator and reason, with weights like any
 * other rows, so that an error goes when its cause is taken back. */
#include "pipeline/flow/graph.h"

void error_add(flow_table *t, const char *reason, const flow_schema *schema, const void *row,
               int64_t weight) {
    flow *f = t->graph;
    error_key key;
    bool is_new;
    memset(&key, 0, sizeof key);
    key.table = t;
    key.schema = schema;
    key.reason = reason;
    memcpy(key.row, row, schema->row_bytes);
    uint32_t hash = (uint32_t)hash_bytes(&key, sizeof key, f->seed);
    uint32_t handle = keymap_add(&f->errors, &key, hash, &is_new);
    if (handle == HANDLE_NONE) {
        flow_out_of_memory(f);
        return;
    }
    int64_t *held = keymap_state(&f->errors, handle);
    f->error_count -= *held > 0;
    *held = weight_plus(*held, weight);
    f->error_count += *held > 0;
    if (*held == 0) keymap_remove(&f->errors, handle, hash);
}

void flow_each_error(const flow *f, flow_error_visitor visit, void *context) {
    uint32_t handle;
    for (size_t at = 0; keymap_next(&f->errors, &at, &handle);) {
        const error_key *key = keymap_key(&f->errors, handle);
        int64_t weight = *(const int64_t *)keymap_state(&f->errors, handle);
        const flow_table *t = key->table;
        if (weight <= 0) continue;
        visit(t->name == NULL ? t->kind->name : t->name, key->reason, key->schema, key->row, weight,
              context);
    }
}

uint64_t flow_error_count(const flow *f) {
    return f->error_count;
}
