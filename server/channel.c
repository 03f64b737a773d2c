/* SPDX-License-Identifier: MIT */
#include "server/channel.h"

#include <assert.h>

const char *channel_event(const channel *c) {
    if (c->topic != NULL) return c->topic->name;
    return c->is_alerts ? ALERTS_EVENT : STATS_NAME;
}

static void drop_state(channel *c) {
    if (c->topic != NULL && c->state != NULL) c->topic->free(c->state);
    c->state = NULL;
    shared_bytes_release(c->whole);
    c->whole = NULL;
    shared_bytes_release(c->key);
    c->key = NULL;
    c->has_state = false;
}

void channel_clear(channel *c) {
    drop_state(c);
    c->floor_epoch = 0;
}

static void write_alerts(const channel *c, json_writer *w) {
    json_begin_object(w);
    json_key(w, "alerts");
    c->backend->write_alerts(c->backend->context, w);
    json_end_object(w);
}

/* Small, and always told whole: their state is their text. */
static status step_whole(channel *c, const moment *m, shared_bytes **change) {
    buffer out = {0};
    json_writer w = json_to(&out);
    if (c->is_alerts)
        write_alerts(c, &w);
    else
        c->backend->write_stats(c->backend->context, m, &w);
    shared_bytes *now = shared_bytes_take(&out);
    if (now == NULL) return STATUS_NO_MEMORY;
    bool is_same = c->has_state && text_equal(shared_bytes_text(now), shared_bytes_text(c->whole));
    if (c->has_state && !is_same) *change = shared_bytes_keep(now);
    drop_state(c);
    c->whole = now;
    c->has_state = true;
    return STATUS_OK;
}

static status step_topic(channel *c, const moment *m, shared_bytes **change) {
    buffer out = {0};
    json_writer w = json_to(&out);
    topic_state *now = c->topic->make(m, c->window);
    if (now == NULL) return STATUS_NO_MEMORY;
    if (c->has_state && c->topic->write_change(c->state, now, &w)) {
        *change = shared_bytes_take(&out);
        if (*change == NULL) { /* The old state stays: the next change covers this one. */
            c->topic->free(now);
            return STATUS_NO_MEMORY;
        }
    }
    buffer_deinit(&out);
    drop_state(c);
    c->state = now;
    c->has_state = true;
    return STATUS_OK;
}

status channel_step(channel *c, const moment *m, shared_bytes **change) {
    *change = NULL;
    status s = c->topic == NULL ? step_whole(c, m, change) : step_topic(c, m, change);
    if (s == STATUS_OK) c->state_epoch = c->backend->epoch(m);
    return s;
}

status channel_make_key(channel *c) {
    assert(c->has_state);
    if (c->key != NULL) return STATUS_OK;
    if (c->topic == NULL) {
        c->key = shared_bytes_keep(c->whole);
        return STATUS_OK;
    }
    buffer out = {0};
    json_writer w = json_to(&out);
    c->topic->write_full(c->state, &w);
    c->key = shared_bytes_take(&out);
    return c->key == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}
