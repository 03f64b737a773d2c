/* SPDX-License-Identifier: MIT */
/* tumbling windows -- rows by the window that their time falls into, and apart from
 * them the rows that came when their window was closed.
 *
 * Whether a row is late depends on when it came, so this operator, as no other, has a
 * past: a clock, which is the greatest time of any row that came in an epoch before,
 * and the late rows, so that a retraction finds them.  The other rows it does not
 * remember: a change costs O(1).  The deltas of an epoch are consolidated first: they
 * have no order among themselves. */
#include "pipeline/flow/graph.h"

enum { CHANGES_KEPT_BYTES_MAX = 1 << 20 };

typedef struct {
    const flow_column *time, *into; /* The row's; "window" in the output row. */
    flow_i128 width, lateness, clock;
    row_copy copy;
    key_plan row;
    keymap late; /* row -> int64_t weight, above 0 */
    batch changes, late_changes;
} tumbling;

static flow_i128 window_of(const tumbling *o, flow_i128 time) {
    flow_i128 into_window = time % o->width;
    return time - into_window - (into_window < 0 ? o->width : 0);
}

static bool add_late(flow_table *t, const packed_key *row, uint32_t hash, int64_t weight) {
    tumbling *o = t->state;
    bool is_new;
    uint32_t handle = keymap_add(&o->late, row, hash, &is_new);
    if (handle == HANDLE_NONE) return false;
    int64_t *held = keymap_state(&o->late, handle);
    *held = weight_plus(*held, weight);
    batch_add(&o->late_changes, row, weight);
    if (*held <= 0) keymap_remove(&o->late, handle, hash);
    return true;
}

/* How many of the rows to be taken back (`wanted` < 0) are late ones, as a weight. */
static int64_t late_of(const tumbling *o, const packed_key *row, uint32_t hash, int64_t wanted) {
    uint32_t handle = keymap_find(&o->late, row, hash);
    if (handle == HANDLE_NONE) return 0;
    int64_t held = *(const int64_t *)keymap_state(&o->late, handle);
    return wanted < -held ? -held : wanted;
}

static void put_into_window(flow_table *t, const void *row, flow_i128 window, int64_t weight) {
    const tumbling *o = t->state;
    void *out = batch_take(&t->out, weight);
    if (out == NULL) return;
    row_copy_run(&o->copy, out, row);
    if (column_write(o->into, out, window)) return;
    t->out.count--;
    error_add(t, "a window that does not fit its column", t->inputs[0]->schema, row, weight);
}

static bool settle(flow_table *t, const void *row, int64_t weight) {
    const tumbling *o = t->state;
    packed_key key;
    key_pack(&o->row, row, &key);
    uint32_t hash = key_hash(&key, o->row.bytes, t->graph->seed);
    flow_i128 window = window_of(o, column_read(o->time, row));
    bool is_closed = window + o->width + o->lateness <= o->clock;
    int64_t late = weight < 0 ? late_of(o, &key, hash, weight) : is_closed ? weight : 0;
    if (late != weight) put_into_window(t, row, window, weight - late);
    return late == 0 || add_late(t, &key, hash, late);
}

static void tumbling_step(flow_table *t) {
    tumbling *o = t->state;
    const batch *b;
    int64_t sign;
    batch_clear(&o->changes);
    for (delta_walk w = deltas_of(t->inputs[0], NULL); delta_next(&w, &b, &sign);)
        batch_append(&o->changes, b, sign);
    bool ok = batch_consolidate(&o->changes, &t->graph->scratch) && !o->changes.failed;
    flow_i128 clock = o->clock;
    for (size_t i = 0; i < o->changes.count && ok; i++) {
        const void *row = batch_row(&o->changes, i);
        ok = settle(t, row, o->changes.weights[i]);
        flow_i128 time = column_read(o->time, row);
        if (o->changes.weights[i] > 0 && time > clock) clock = time;
    }
    o->clock = clock;
    if (!ok || o->late_changes.failed) flow_out_of_memory(t->graph);
}

/* ---- Its place in the graph ---- */

static void tumbling_end_epoch(flow_table *t) {
    tumbling *o = t->state;
    batch_clear(&o->late_changes);
    if (batch_bytes(&o->changes) > CHANGES_KEPT_BYTES_MAX) batch_deinit(&o->changes);
}

static void tumbling_free(void *state) {
    tumbling *o = state;
    keymap_deinit(&o->late);
    batch_deinit(&o->changes);
    batch_deinit(&o->late_changes);
}

static void tumbling_trim(flow_table *t) {
    tumbling_free(t->state);
}

static void tumbling_measure(const flow_table *t, uint64_t *rows, uint64_t *bytes) {
    const tumbling *o = t->state;
    *rows += keymap_count(&o->late);
    *bytes += keymap_bytes(&o->late) + batch_bytes(&o->changes) + batch_bytes(&o->late_changes);
}

static const flow_kind tumbling_kind = {.name = "tumbling",
                                        .step = tumbling_step,
                                        .end_epoch = tumbling_end_epoch,
                                        .trim = tumbling_trim,
                                        .free = tumbling_free,
                                        .measure = tumbling_measure};

/* NULL, or why it cannot be. */
static const char *tumbling_init(tumbling *o, const flow_schema *in, const flow_schema *out) {
    bool had_window = schema_find(in, "window") != NULL;
    size_t copied = row_copy_init(&o->copy, out, in);
    o->into = schema_find(out, "window");
    if (o->time == NULL || o->time->type == FLOW_i128) return "windows by a column that is no time";
    if (o->into == NULL || had_window) return "windows without a column \"window\" of their own";
    if (copied + 1 != out->column_count) return "windows with a column that is not in the row";
    return o->width > 0 && o->lateness >= 0 ? NULL : "windows of no width or negative lateness";
}

flow_table *flow_tumbling(flow_table *t, const char *time, int64_t width, int64_t lateness,
                          const flow_schema *out) {
    flow_table *n = table_new(t->graph, &tumbling_kind, out, &t, 1, sizeof(tumbling));
    if (table_is_broken(n)) return n;
    if (t->loop != NULL) return flow_refuse(t->graph, STATUS_BAD_ARGUMENT, "windows in a loop");
    tumbling *o = n->state;
    o->time = schema_find(t->schema, time);
    o->width = width;
    o->lateness = lateness;
    o->clock = -((flow_i128)1 << 100); /* Before any time. */
    const char *wrong = tumbling_init(o, t->schema, out);
    if (wrong != NULL) return flow_refuse(t->graph, STATUS_BAD_ARGUMENT, wrong);
    key_plan_init(&o->row, t->schema, &FLOW_ALL);
    keymap_init(&o->late, o->row.bytes, sizeof(int64_t), 8);
    batch_init(&o->changes, t->schema->row_bytes);
    batch_init(&o->late_changes, t->schema->row_bytes);
    return n;
}

/* ---- The late rows ---- */

static void late_step(flow_table *t) {
    const flow_table *windows = *(flow_table *const *)t->state;
    batch_append(&t->out, &((const tumbling *)windows->state)->late_changes, 1);
}

static const flow_kind late_kind = {.name = "late", .step = late_step};

flow_table *flow_late(flow_table *windows) {
    flow *f = windows->graph;
    if (table_is_broken(windows)) return windows;
    if (windows->kind != &tumbling_kind)
        return flow_refuse(f, STATUS_BAD_ARGUMENT, "late rows of a table that is not of windows");
    flow_table *t = windows->inputs[0];
    flow_table *n = table_new(f, &late_kind, t->schema, &t, 1, sizeof(windows));
    if (!table_is_broken(n)) *(flow_table **)n->state = windows;
    return n;
}
