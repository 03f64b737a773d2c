/* SPDX-License-Identifier: MIT */
#include "server/rest/health.h"

#include "server/base/version.h"
#include "server/rest/libraries.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool is_one_of(const char *state, const char *const *states) {
    for (; state != NULL && *states != NULL; states++)
        if (strcmp(state, *states) == 0) return true;
    return false;
}

/* Where the journal is read back, or memory is full, waiting is as it should be. */
static bool is_idle(const pipeline_progress *p) {
    return p->queue_count == 0 || p->source.is_paused || p->is_restoring || p->is_memory_full;
}

bool health_is_stuck(health *h, const pipeline_progress *p, int64_t now_us) {
    uint64_t seen = atomic_exchange(&h->epoch, p->epoch);
    int64_t since = atomic_load(&h->since_us);
    if (since == 0 || seen != p->epoch || is_idle(p)) {
        atomic_store(&h->since_us, now_us);
        return false;
    }
    return now_us - since > STUCK_US;
}

typedef struct {
    json_writer *w;
    bool is_ready;
} reasons;

__attribute__((format(printf, 2, 3))) static void add_reason(reasons *r, const char *format, ...) {
    char words[400];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    json_put_string(r->w, words);
    r->is_ready = false;
}

static void judge_source(reasons *r, const source_state *s, bool is_one_of_many) {
    static const char *const away[] = {"connecting", "waiting", "failed", NULL};
    const char *kind = s->kind == NULL ? "" : s->kind;
    const char *colon = s->detail[0] != '\0' ? ": " : "";
    if (source_is_spent(s))
        add_reason(r, "the source %s has spent its budget of %.2f US dollars", kind, s->budget_usd);
    else if (is_one_of(s->state, away))
        add_reason(r, "the source%s%s is not connected%s%s", is_one_of_many ? " " : "",
                   is_one_of_many ? kind : "", colon, s->detail);
}

static void judge_store(reasons *r, const pipeline_progress *p) {
    char since[TIME_TEXT_BYTES];
    const store_state *s = &p->store;
    if (p->is_restoring)
        add_reason(r, "the journal is read back: %.0f %% of it so far", 100 * s->read_share);
    else if (s->is_open && !s->is_writing) {
        time_to_text(s->since_ms, since);
        add_reason(r, "the journal is not written since %s%s%s", since,
                   s->detail[0] != '\0' ? ": " : "", s->detail);
    }
}

bool health_write(health *h, const pipeline_progress *p, int64_t now_us, json_writer *w) {
    static const char *const calm[] = {"live", "ended", "finishing", NULL};
    reasons r = {w, true};
    buffer list = {0};
    json_writer to_list = json_to(&list);
    r.w = &to_list;
    json_begin_array(&to_list);
    if (p->source_count > 1)
        for (size_t i = 0; i < p->source_count; i++) judge_source(&r, &p->sources[i], true);
    else
        judge_source(&r, &p->source, false);
    judge_store(&r, p);
    if (p->is_memory_full)
        add_reason(&r, "memory is full (%.0f MB): reading waits", (double)p->memory_bytes / 1e6);
    if (p->epoch == 0 && !p->is_restoring && !is_one_of(p->source.state, calm))
        add_reason(&r, "nothing has been read yet");
    if (health_is_stuck(h, p, now_us))
        add_reason(&r, "records wait, and no epoch has come for 30 s");
    json_end_array(&to_list);
    json_begin_object(w);
    json_field(w, "status", string, r.is_ready ? "ready" : "not ready");
    json_key(w, "reasons");
    json_put_raw(w, buffer_text(&list));
    json_end_object(w);
    if (list.failed) w->out->failed = true;
    buffer_deinit(&list);
    return r.is_ready;
}

void health_write_version(json_writer *w) {
    json_begin_object(w);
    json_field(w, "name", string, "dunlin");
    json_field(w, "version", string, DUNLIN_VERSION);
    json_key(w, "libraries");
    json_begin_object(w);
    for (size_t i = 0; i < library_count; i++)
        json_field(w, libraries[i].name, string, libraries[i].version());
    json_end_object(w);
    json_end_object(w);
}
