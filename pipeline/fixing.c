/* SPDX-License-Identifier: MIT */
#include "pipeline/fixing.h"

#include "pipeline/pipeline_internal.h"
#include "pipeline/queries/fix_json.h"

enum { AHEAD_MS_MAX = 10 * MS_PER_MINUTE };

typedef struct {
    const fixing_order *order;
    clock_source *clock;
    json_writer *w;
    rule_error *wrong;
} task;

/* Relative times count back from the newest minute heard, as windows do: -1h is what the
 * page shows as the last hour, of a recording too. */
static rule_times times_of(const task *t, engine *e) {
    uint32_t newest;
    int64_t clock_ms = t->clock->now_ms(t->clock);
    bool any = moment_newest_minute(engine_present(e), &newest);
    return (rule_times){any ? ((int64_t)newest + 1) * MS_PER_MINUTE : clock_ms,
                        clock_ms + AHEAD_MS_MAX};
}

static uint64_t last_number(const facts *f) {
    uint64_t last = 0;
    for (size_t i = 0; i < fixes_count(f); i++)
        if (fixes_get(f, i)->number > last) last = fixes_get(f, i)->number;
    return last;
}

static status add_record(const task *t, const fix *x, record_batch *out) {
    record *r = record_batch_add(out);
    if (r == NULL) return STATUS_NO_MEMORY;
    r->kind = RECORD_FIX;
    r->observed_ms = x->made_ms;
    r->version = x->version;
    r->fix.number = x->number;
    r->fix.now_ms = x->now_ms;
    r->fix.where = arena_copy(out->memory, t->order->where);
    r->fix.set = arena_copy(out->memory, t->order->set);
    return r->fix.where.bytes == NULL || r->fix.set.bytes == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

/* Of a rule that is only tried, the authors' board too. */
static status look(const task *t, engine *e, const rule *read, fix_preview *seen,
                   fix_board *board) {
    fix_weights weights = {0};
    bool is_dry = t->order->is_dry;
    status s = fixes_preview(engine_facts(e), read, seen, is_dry ? &weights : NULL);
    if (s == STATUS_OK && is_dry) s = fix_board_make(engine_present(e), &weights, board);
    fix_weights_deinit(&weights);
    return s;
}

/* Written before it is done: the texts of samples are gone then. */
static status try_rule(task *t, engine *e, record_batch *out) {
    facts *f = engine_facts(e);
    const rule_times times = times_of(t, e);
    fix_preview seen;
    fix_board board;
    rule *read;
    status s = rule_read(t->order->where, t->order->set, &times, &read, t->wrong);
    if (s == STATUS_OK) s = look(t, e, read, &seen, &board);
    bool has_board = s == STATUS_OK && t->order->is_dry && !fixes_move_responses(read);
    rule_free(read);
    if (s != STATUS_OK) return s;
    const fix made = {.number = last_number(f) + 1,
                      .made_ms = times.latest_ms - AHEAD_MS_MAX,
                      .now_ms = times.now_ms,
                      .version = fixes_next_version(f),
                      .where = t->order->where,
                      .set = t->order->set,
                      .effect = seen.effect};
    json_begin_object(t->w);
    json_field(t->w, "dry_run", bool, t->order->is_dry);
    fix_write_fields(t->w, &made);
    fix_write_samples(t->w, &seen);
    if (t->order->is_dry) fix_write_board(t->w, engine_present(e), has_board ? &board : NULL);
    return t->order->is_dry ? STATUS_OK : add_record(t, &made, out);
}

static status take_back(const task *t, engine *e, record_batch *out) {
    const fix *x = fixes_find(engine_facts(e), t->order->undo);
    if (x == NULL) return STATUS_NOT_FOUND;
    if (x->is_undone) return STATUS_NOT_POSSIBLE;
    record *r = record_batch_add(out);
    if (r == NULL) return STATUS_NO_MEMORY;
    r->kind = RECORD_UNDO_FIX;
    r->fix.number = x->number;
    r->observed_ms = t->clock->now_ms(t->clock);
    fix undone = *x;
    undone.is_undone = true;
    json_begin_object(t->w);
    fix_write_fields(t->w, &undone);
    return STATUS_OK;
}

static status do_task(void *context, engine *e, record_batch *out) {
    task *t = context;
    return t->order->undo != 0 ? take_back(t, e, out) : try_rule(t, e, out);
}

status fixing_do(pipeline *p, const fixing_order *o, json_writer *w, rule_error *wrong) {
    task t = {o, p->clock, w, wrong};
    pipeline_progress now;
    *wrong = (rule_error){0};
    status s = pipeline_run(p, do_task, &t);
    if (s != STATUS_OK) return s;
    pipeline_get_progress(p, &now);
    if (!o->is_dry) json_field(w, "stored", bool, now.store.is_open &&now.store.is_writing);
    json_end_object(w);
    return s;
}

void fixing_write_list(pipeline *p, json_writer *w) {
    engine_write_fixes(p->engine, w);
}
