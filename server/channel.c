/* SPDX-License-Identifier: MIT */
#include "server/channel.h"

#include <assert.h>

const char *channel_event(const channel *c) {
    return c->topic == NULL ? STATS_NAME : c->topic->name;
}

static void drop_state(channel *c) {
    if (c->topic != NULL && c->state != NULL) c->topic->free(c->state);
    c->state = NULL;
    shared_bytes_release(c->stats);
    c->stats = NULL;
    shared_bytes_release(c->key);
    c->key = NULL;
    c->has_state = false;
}

void channel_clear(channel *c) {
    drop_state(c);
    c->floor_epoch = 0;
}

/* The stats are small and always told whole: their state is their text. */
static status step_stats(channel *c, const moment *m, shared_bytes **change) {
    buffer out = {0};
    json_writer w = json_to(&out);
    c->backend->write_stats(c->backend->context, m, &w);
    shared_bytes *now = shared_bytes_take(&out);
    if (now == NULL) return STATUS_NO_MEMORY;
    bool is_same = c->has_state && text_equal(shared_bytes_text(now), shared_bytes_text(c->stats));
    if (c->has_state && !is_same) *change = shared_bytes_keep(now);
    drop_state(c);
    c->stats = now;
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
    status s = c->topic == NULL ? step_stats(c, m, change) : step_topic(c, m, change);
    if (s == STATUS_OK) c->state_epoch = c->backend->epoch(m);
    return s;
}

status channel_make_key(channel *c) {
    assert(c->has_state);
    if (c->key != NULL) return STATUS_OK;
    if (c->topic == NULL) {
        c->key = shared_bytes_keep(c->stats);
        return STATUS_OK;
    }
    buffer out = {0};
    json_writer w = json_to(&out);
    c->topic->write_full(c->state, &w);
    c->key = shared_bytes_take(&out);
    return c->key == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}
