/* SPDX-License-Identifier: MIT */
/* dataflow -- the operators with what they carried, hold and cost. */
#include "pipeline/queries/answers.h"

static void write_operator(json_writer *w, const flow_counters *c) {
    json_begin_object(w);
    json_field(w, "id", u64, c->id);
    json_field(w, "name", string, c->name);
    json_field(w, "kind", string, c->kind);
    json_key(w, "inputs");
    json_begin_array(w);
    for (uint32_t i = 0; i < c->input_count; i++) json_put_u64(w, c->inputs[i]);
    json_end_array(w);
    json_field(w, "in_loop", bool, c->in_loop);
    json_field(w, "rows_in", u64, c->rows_in);
    json_field(w, "rows_out", u64, c->rows_out);
    json_field(w, "epoch_changes", u64, c->epoch_changes);
    json_field(w, "rows_held", u64, c->rows_held);
    json_field(w, "bytes_held", u64, c->bytes_held);
    json_field(w, "time_us", u64, c->time_ns / 1000);
    json_end_object(w);
}

status dataflow_answer(const moment *m, const query_params *p, json_writer *w) {
    (void)p;
    (void)pthread_mutex_lock(&m->watch->lock);
    json_key(w, "data");
    json_begin_array(w);
    for (size_t i = 0; i < m->watch->operator_count; i++)
        write_operator(w, &m->watch->operators[i]);
    json_end_array(w);
    json_key(w, "meta");
    json_begin_object(w);
    json_field(w, "result_count", u64, m->watch->operator_count);
    json_end_object(w);
    (void)pthread_mutex_unlock(&m->watch->lock);
    return STATUS_OK;
}
