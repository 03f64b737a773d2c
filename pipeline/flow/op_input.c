/* SPDX-License-Identifier: MIT */
#include "pipeline/flow/graph.h"

static const flow_kind input_kind = {.name = "input", .is_input = true};

flow_table *flow_input(flow *f, const char *name, const flow_schema *schema) {
    return flow_name(table_new(f, &input_kind, schema, NULL, 0, 0), name);
}

status flow_push(flow_table *input, const void *row, int64_t weight) {
    if (table_is_broken(input)) return flow_check(input->graph, NULL);
    if (weight != 0) batch_add(&input->out, row, weight);
    return input->out.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* ---- By key: the newest row of each ---- */

typedef struct {
    key_plan plan;
    keymap rows; /* packed key -> row */
} keyed;

static void keyed_free(void *state) {
    keymap_deinit(&((keyed *)state)->rows);
}

static void keyed_trim(flow_table *t) {
    keyed_free(t->state);
}

static void keyed_measure(const flow_table *t, uint64_t *rows, uint64_t *bytes) {
    const keyed *k = t->state;
    *rows += keymap_count(&k->rows);
    *bytes += keymap_bytes(&k->rows);
}

static const flow_kind keyed_kind = {.name = "input by key",
                                     .is_input = true,
                                     .trim = keyed_trim,
                                     .free = keyed_free,
                                     .measure = keyed_measure};

flow_table *flow_input_keyed(flow *f, const char *name, const flow_schema *schema, flow_key key) {
    flow_table *t = flow_name(table_new(f, &keyed_kind, schema, NULL, 0, sizeof(keyed)), name);
    if (table_is_broken(t)) return t;
    keyed *k = t->state;
    if (!key_plan_init(&k->plan, schema, &key))
        return flow_refuse(f, STATUS_BAD_ARGUMENT, "a key column that is not in the row");
    keymap_init(&k->rows, k->plan.bytes, schema->row_bytes, schema_align(schema));
    return t;
}

status flow_upsert(flow_table *input, const void *row) {
    packed_key key;
    bool is_new;
    if (table_is_broken(input)) return flow_check(input->graph, NULL);
    keyed *k = input->state;
    key_pack(&k->plan, row, &key);
    uint32_t hash = key_hash(&key, k->plan.bytes, input->graph->seed);
    uint32_t handle = keymap_add(&k->rows, &key, hash, &is_new);
    if (handle == HANDLE_NONE) return STATUS_NO_MEMORY;
    void *held = keymap_state(&k->rows, handle);
    if (!is_new) {
        if (equal_bytes(held, row, input->schema->row_bytes)) return STATUS_OK;
        batch_add(&input->out, held, -1);
    }
    batch_add(&input->out, row, 1);
    copy_bytes(held, row, input->schema->row_bytes);
    return input->out.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

status flow_remove(flow_table *input, const void *row_with_key) {
    packed_key key;
    if (table_is_broken(input)) return flow_check(input->graph, NULL);
    keyed *k = input->state;
    key_pack(&k->plan, row_with_key, &key);
    uint32_t hash = key_hash(&key, k->plan.bytes, input->graph->seed);
    uint32_t handle = keymap_find(&k->rows, &key, hash);
    if (handle == HANDLE_NONE) return STATUS_OK;
    batch_add(&input->out, keymap_state(&k->rows, handle), -1);
    keymap_remove(&k->rows, handle, hash);
    return input->out.failed ? STATUS_NO_MEMORY : STATUS_OK;
}
