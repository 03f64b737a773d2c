/* SPDX-License-Identifier: MIT */
#include "pipeline/flow/top_plan.h"

/* The bits of word i that belong to the group. */
static uint64_t group_mask(const top_plan *p, size_t i) {
    size_t bytes = p->order.group_bytes;
    if (bytes >= 8 * (i + 1)) return UINT64_MAX;
    return bytes <= 8 * i ? 0 : ~(UINT64_MAX >> (8 * (bytes - 8 * i)));
}

void top_plan_group_start(const top_plan *p, const uint64_t *row, uint64_t *start) {
    for (size_t i = 0; i < p->order.word_count; i++) start[i] = row[i] & group_mask(p, i);
}

bool top_plan_same_group(const top_plan *p, const uint64_t *a, const uint64_t *b) {
    for (size_t i = 0; 8 * i < p->order.group_bytes; i++)
        if (((a[i] ^ b[i]) & group_mask(p, i)) != 0) return false;
    return true;
}

void top_plan_key_words(const top_plan *p, const void *key, uint64_t *words) {
    _Alignas(16) uint8_t row[ROW_BYTES_MAX] = {0};
    const uint8_t *from = key;
    for (size_t i = 0; i < p->group.piece_count; i++) {
        memcpy(row + p->group.pieces[i].from, from, p->group.pieces[i].bytes);
        from += p->group.pieces[i].bytes;
    }
    order_encode(&p->order, row, words);
}

flow_table *flow_top(flow_table *t, flow_key group, flow_key order, size_t count) {
    top_plan p = {.count = count};
    if (table_is_broken(t)) return t;
    if (count == 0) return flow_refuse(t->graph, STATUS_BAD_ARGUMENT, "a top of no rows");
    if (!key_plan_init(&p.group, t->schema, &group) ||
        !order_plan_init(&p.order, t->schema, &group, &order))
        return flow_refuse(t->graph, STATUS_BAD_ARGUMENT, "a column that is not in the row");
    return t->loop != NULL ? top_in_loop(t, &p) : top_outside(t, &p);
}

/* Rows that are not ordered at all would have to be remembered as they came, and the
 * answer then depended on that; in order they cost O(log n). */
flow_table *flow_any(flow_table *t, flow_key group, size_t count) {
    return flow_top(t, group, FLOW_NONE, count);
}
