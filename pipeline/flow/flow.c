/* SPDX-License-Identifier: MIT */
/* flow -- the graph and its epochs.
 *
 * Tables are stepped in the order of their building, which is a topological one.
 * An epoch: every operator outside loops once (a loop's result steps its body until
 * nothing changes), then the indexes that nobody had to bring up to date earlier,
 * then the outputs, when nothing can fail any more. */
#include "pipeline/flow/graph.h"

#include <malloc.h>
#include <stdlib.h>
#include <time.h>

#include "pipeline/base/array.h"

enum { IDLE_EPOCHS_MAX = 16, KEPT_BYTES_MAX = 2 << 20, TRIMMED_BYTES_MIN = 16 << 20 };

flow *flow_new(uint64_t hash_seed) {
    flow *f = calloc(1, sizeof(*f));
    if (f == NULL) return NULL;
    f->seed = f->scratch.seed = hash_seed;
    f->broken_table.graph = f->broken_loop.graph = f;
    f->broken_loop.variable = &f->broken_table;
    keymap_init(&f->errors, sizeof(error_key), sizeof(int64_t), 8);
    return f;
}

static void table_free(flow_table *t) {
    if (t->kind->free != NULL && t->state != NULL) t->kind->free(t->state);
    batch_deinit(&t->out);
    free(t->state);
    free(t->segments);
    free(t->name);
    free(t);
}

void flow_free(flow *f) {
    if (f == NULL) return;
    for (size_t i = 0; i < f->table_count; i++) table_free(f->tables[i]);
    for (flow_loop *l = f->loops, *next; l != NULL; l = next) {
        next = l->next;
        loop_free(l);
    }
    indexes_free(f->indexes);
    keymap_deinit(&f->errors);
    consolidator_deinit(&f->scratch);
    free(f->tables);
    free(f->hooks);
    free(f);
}

status flow_check(const flow *f, const char **why) {
    status s = f->first_failure;
    const char *words = f->why;
    if (s == STATUS_OK && f->open_loop != NULL) {
        s = STATUS_BAD_ARGUMENT;
        words = "a loop was begun and not ended";
    }
    if (why != NULL) *why = words == NULL ? status_text(s) : words;
    return s;
}

/* ---- Building ---- */

flow_table *flow_refuse(flow *f, status s, const char *why) {
    if (f->first_failure == STATUS_OK) {
        f->first_failure = s;
        f->why = why;
    }
    return &f->broken_table;
}

bool table_is_broken(const flow_table *t) {
    return t == &t->graph->broken_table;
}

static const char *inputs_are_wrong(const flow *f, flow_table *const *inputs, size_t count,
                                    flow_loop **loop) {
    for (size_t i = 0; i < count; i++) {
        if (inputs[i]->graph != f) return "a table belongs to another graph";
        if (inputs[i]->loop == NULL) continue;
        if (inputs[i]->loop != f->open_loop) return "a table of a loop is used outside of it";
        *loop = inputs[i]->loop;
    }
    return NULL;
}

static bool enlist(flow *f, flow_table *t) {
    if (!ARRAY_ROOM(f->tables, f->table_count, f->table_capacity, 8)) return false;
    if (t->loop != NULL && !loop_adopt(t->loop, t)) return false;
    t->id = (uint32_t)f->table_count;
    f->tables[f->table_count++] = t;
    return true;
}

bool loop_adopt(flow_loop *l, flow_table *t) {
    if (!ARRAY_ROOM(l->body, l->body_count, l->body_capacity, 8)) return false;
    l->body[l->body_count++] = t;
    t->loop = l;
    return true;
}

flow_table *table_new(flow *f, const flow_kind *kind, const flow_schema *schema,
                      flow_table *const *inputs, size_t input_count, size_t state_bytes) {
    flow_loop *loop = NULL;
    if (f->first_failure != STATUS_OK) return &f->broken_table;
    if (f->is_planned) return flow_refuse(f, STATUS_BAD_ARGUMENT, "the graph runs already");
    const char *wrong = inputs_are_wrong(f, inputs, input_count, &loop);
    if (wrong != NULL) return flow_refuse(f, STATUS_BAD_ARGUMENT, wrong);
    if (!schema_is_sound(schema))
        return flow_refuse(f, STATUS_BAD_ARGUMENT, "a schema with gaps or over 64 bytes");
    flow_table *t = calloc(1, sizeof(*t));
    void *state = calloc(1, state_bytes + 1);
    flow_segment *itself = malloc(sizeof(*itself));
    if (t == NULL || state == NULL || itself == NULL) goto no_memory;
    *itself = (flow_segment){t, 1};
    *t = (flow_table){.graph = f,
                      .loop = loop,
                      .kind = kind,
                      .schema = schema,
                      .state = state,
                      .segments = itself,
                      .segment_count = 1,
                      .input_count = (uint32_t)input_count};
    for (size_t i = 0; i < input_count; i++) t->inputs[i] = inputs[i];
    batch_init(&t->out, schema->row_bytes);
    if (enlist(f, t)) return t;
no_memory:
    free(t);
    free(state);
    free(itself);
    return flow_refuse(f, STATUS_NO_MEMORY, NULL);
}

flow_table *flow_name(flow_table *t, const char *name) {
    if (table_is_broken(t)) return t;
    free(t->name);
    t->name = strdup(name);
    if (t->name == NULL) flow_refuse(t->graph, STATUS_NO_MEMORY, NULL);
    return t;
}

const flow_schema *flow_table_schema(const flow_table *t) {
    return t->schema;
}

void flow_on_commit(flow *f, flow_commit_hook hook, void *context) {
    flow_hook *hooks = realloc(f->hooks, (f->hook_count + 1) * sizeof hooks[0]);
    if (hooks == NULL) {
        flow_refuse(f, STATUS_NO_MEMORY, NULL);
        return;
    }
    f->hooks = hooks;
    hooks[f->hook_count++] = (flow_hook){hook, context};
}

/* ---- Epochs ---- */

size_t delta_count(const flow_table *t, const flow_loop *loop) {
    size_t count = 0;
    const batch *b;
    int64_t sign;
    for (delta_walk w = deltas_of(t, loop); delta_next(&w, &b, &sign);) count += b->count;
    return count;
}

void flow_out_of_memory(flow *f) {
    f->out_of_memory = true;
}

void table_step(flow_table *t) {
    size_t rows = 0, before = t->out.count;
    for (size_t i = 0; i < t->input_count; i++) rows += delta_count(t->inputs[i], t->loop);
    bool waits = t->kind->waits != NULL && t->kind->waits(t) == table_iteration(t);
    if (rows == 0 && !waits) return;
    t->rows_in += rows;
    if (t->kind->step != NULL) t->kind->step(t);
    if (t->out.failed) flow_out_of_memory(t->graph);
    size_t made = t->segments[0].source == t ? t->out.count - before : rows;
    t->rows_out += made;
    t->epoch_changes += made;
}

uint64_t flow_now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

/* Steps the operators outside loops that are outputs, or those that are not. */
static void step_all(flow *f, bool outputs) {
    uint64_t before = flow_now_ns();
    for (size_t i = 0; i < f->table_count && !f->out_of_memory; i++) {
        flow_table *t = f->tables[i];
        uint64_t rows_in = t->rows_in;
        if (t->loop != NULL || t->kind->is_input || t->kind->is_output != outputs) continue;
        table_step(t);
        if (rows_in == t->rows_in) continue;
        uint64_t after = flow_now_ns();
        t->time_ns += after - before;
        before = after;
    }
}

static void measure_table(const flow_table *t, uint64_t *rows, uint64_t *bytes) {
    if (t->kind->measure != NULL) t->kind->measure(t, rows, bytes);
}

static bool holds_rows(const flow *f) {
    uint64_t rows = keymap_count(&f->errors), bytes = 0;
    for (size_t i = 0; i < f->table_count && rows == 0; i++)
        measure_table(f->tables[i], &rows, &bytes);
    return rows > 0;
}

/* Whether the memory of a table's deltas should go: it is a lot and was not needed both
 * in this epoch and in the one before, or by far not all of it was for a while. */
static bool deltas_are_idle(flow_table *t) {
    bool was_busy = t->is_busy;
    if (t->out.count > t->used) t->used = t->out.count;
    t->is_busy = t->used * 8 + 64 >= t->out.capacity && t->used > 0;
    t->idle_epochs = t->is_busy ? 0 : t->idle_epochs + 1;
    t->used = 0;
    bool is_large = batch_bytes(&t->out) > KEPT_BYTES_MAX;
    return (is_large && !(was_busy && t->is_busy)) || t->idle_epochs >= IDLE_EPOCHS_MAX;
}

/* Empties the deltas of the epoch. */
static void clear_deltas(flow *f) {
    size_t freed = 0;
    for (size_t i = 0; i < f->table_count; i++) {
        flow_table *t = f->tables[i];
        if (deltas_are_idle(t)) {
            freed += batch_bytes(&t->out);
            batch_deinit(&t->out);
        } else {
            batch_clear(&t->out);
        }
    }
    if (freed > TRIMMED_BYTES_MIN) malloc_trim(0); /* Free is not yet the system's. */
}

/* A graph that holds nothing takes no more memory than a new one. */
static void trim_empty(flow *f) {
    if (holds_rows(f)) return;
    consolidator_deinit(&f->scratch);
    keymap_deinit(&f->errors);
    for (size_t i = 0; i < f->table_count; i++) {
        batch_deinit(&f->tables[i]->out);
        if (f->tables[i]->kind->trim != NULL) f->tables[i]->kind->trim(f->tables[i]);
    }
}

static void begin_epoch(flow *f) {
    for (flow_index *x = f->indexes; x != NULL; x = x->next) x->is_updated = false;
    for (size_t i = 0; i < f->table_count; i++) {
        flow_table *t = f->tables[i];
        t->epoch_changes = 0;
        if (!t->kind->is_input) continue;
        t->rows_in += t->out.count;
        t->rows_out += t->out.count;
        t->epoch_changes = t->out.count;
    }
}

status flow_commit(flow *f) {
    status s = flow_check(f, NULL);
    if (s == STATUS_OK && !f->is_planned) s = graph_plan(f);
    if (s != STATUS_OK) return s;
    begin_epoch(f);
    step_all(f, false);
    for (flow_index *x = f->indexes; x != NULL && !f->out_of_memory; x = x->next) index_update(x);
    if (f->out_of_memory) return STATUS_NO_MEMORY;
    f->epoch++;
    step_all(f, true);
    for (size_t i = 0; i < f->table_count; i++)
        if (f->tables[i]->kind->end_epoch != NULL) f->tables[i]->kind->end_epoch(f->tables[i]);
    clear_deltas(f);
    trim_empty(f);
    for (size_t i = 0; i < f->hook_count && s == STATUS_OK; i++)
        s = f->hooks[i].run(f->epoch, f->hooks[i].context);
    return f->out_of_memory ? STATUS_NO_MEMORY : s;
}

uint64_t flow_epoch(const flow *f) {
    return f->epoch;
}

/* ---- Inside view ---- */

size_t flow_operator_count(const flow *f) {
    return f->table_count;
}

flow_counters flow_operator_counters(const flow *f, size_t index) {
    const flow_table *t = f->tables[index];
    flow_counters c = {.name = t->name == NULL ? t->kind->name : t->name,
                       .kind = t->kind->name,
                       .id = t->id,
                       .input_count = t->input_count,
                       .in_loop = t->loop != NULL,
                       .rows_in = t->rows_in,
                       .rows_out = t->rows_out,
                       .epoch_changes = t->epoch_changes,
                       .bytes_held = batch_bytes(&t->out),
                       .time_ns = t->time_ns};
    for (size_t i = 0; i < t->input_count; i++) c.inputs[i] = t->inputs[i]->id;
    measure_table(t, &c.rows_held, &c.bytes_held);
    return c;
}

uint64_t flow_bytes_held(const flow *f) {
    uint64_t rows = 0, bytes = f->scratch.capacity * sizeof f->scratch.heads[0];
    for (size_t i = 0; i < f->table_count; i++) {
        measure_table(f->tables[i], &rows, &bytes);
        bytes += batch_bytes(&f->tables[i]->out);
    }
    return bytes + keymap_bytes(&f->errors);
}
