/* SPDX-License-Identifier: MIT */
#include "server/health.h"

#include "server/libraries.h"
#include "server/version.h"
#include <stdio.h>
#include <string.h>

static bool is_one_of(const char *state, const char *const *states) {
    for (; state != NULL && *states != NULL; states++)
        if (strcmp(state, *states) == 0) return true;
    return false;
}

/* Records wait, and since the look before no epoch has come. */
static bool is_stuck(health *h, const pipeline_progress *p, int64_t now_us) {
    uint64_t seen = atomic_exchange(&h->epoch, p->epoch);
    int64_t since = atomic_load(&h->since_us);
    if (since == 0 || seen != p->epoch || p->queue_count == 0 || p->source.is_paused) {
        atomic_store(&h->since_us, now_us);
        return false;
    }
    return now_us - since > STUCK_US;
}

bool health_write(health *h, const pipeline_progress *p, int64_t now_us, json_writer *w) {
    static const char *const away[] = {"connecting", "waiting", "failed", NULL};
    static const char *const calm[] = {"live", "ended", "finishing", NULL};
    const source_state *s = &p->source;
    const struct {
        bool holds;
        const char *reason;
    } reasons[] = {
        {is_one_of(s->state, away), "the source is not connected"},
        {p->epoch == 0 && !is_one_of(s->state, calm), "nothing has been read yet"},
        {is_stuck(h, p, now_us), "records wait, and no epoch has come for 30 s"},
    };
    bool is_ready = true;
    for (size_t i = 0; i < 3; i++) is_ready = is_ready && !reasons[i].holds;
    json_begin_object(w);
    json_field(w, "status", string, is_ready ? "ready" : "not ready");
    json_key(w, "reasons");
    json_begin_array(w);
    for (size_t i = 0; i < 3; i++)
        if (reasons[i].holds) json_put_string(w, reasons[i].reason);
    json_end_array(w);
    json_end_object(w);
    return is_ready;
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
