/* SPDX-License-Identifier: MIT */
#include "server/live/channel.h"

#include <assert.h>

/* ---- What is told whole ---- */

static void write_stats(const backend *b, const moment *m, json_writer *w) {
    b->write_stats(b->context, m, w);
}

static void write_alerts(const backend *b, const moment *m, json_writer *w) {
    (void)m;
    json_begin_object(w);
    json_key(w, "alerts");
    b->write_alerts(b->context, w);
    json_end_object(w);
}

static void write_notes(const backend *b, const moment *m, json_writer *w) {
    (void)m;
    json_begin_object(w);
    json_key(w, NOTES_NAME);
    (void)notes_write_list(b->notes, INT64_MIN, INT64_MAX, w);
    json_end_object(w);
}

const whole_topic whole_topics[] = {
    {STATS_NAME, STATS_NAME, write_stats},
    {ALERTS_NAME, ALERTS_EVENT, write_alerts},
    {NOTES_NAME, NOTES_EVENT, write_notes},
};
const size_t whole_topic_count = sizeof whole_topics / sizeof whole_topics[0];

/* ---- Channels ---- */

const char *channel_event(const channel *c) {
    return c->topic != NULL ? c->topic->name : c->told->event;
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

static status step_whole(channel *c, const moment *m, shared_bytes **change) {
    buffer out = {0};
    json_writer w = json_to(&out);
    c->told->write(c->backend, m, &w);
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
