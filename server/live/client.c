/* SPDX-License-Identifier: MIT */
#include "server/live/client.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
    BEHIND_US = 2 * 1000000, /* A client further behind skips to key frames. */
    BEHIND_FRAMES = 64,
    HEARTBEAT_US = 15 * 1000000,
};

static void set_small(live_client *c, int count) {
    bool fits = count >= 0 && count < CLIENT_SMALL_BYTES;
    c->small_count = fits ? (size_t)count : 0;
    c->small_at = 0;
    if (!fits) c->has_ended = true;
}

void client_say(live_client *c, const char *event, text json, uint32_t retry_ms) {
    char retry[32] = "";
    int count = (int)json.count;
    if (retry_ms > 0) (void)snprintf(retry, sizeof retry, "retry: %u\n", retry_ms);
    if (c->as_lines)
        set_small(c, snprintf(c->small, sizeof c->small,
                              "{\"event\":\"%s\",\"id\":null,\"data\":%.*s}\n", event, count,
                              json.bytes));
    else
        set_small(c, snprintf(c->small, sizeof c->small, "%sevent: %s\ndata: %.*s\n\n", retry,
                              event, count, json.bytes));
}

static void say_reset(live_client *c) {
    char json[128];
    (void)snprintf(json, sizeof json, "{\"reason\":\"%s\",\"snapshot\":\"/api/v1/snapshot\"}",
                   c->reset);
    client_say(c, "reset", text_of(json), 0);
    c->reset = NULL;
}

static void say_heartbeat(live_client *c) {
    set_small(c, snprintf(c->small, sizeof c->small, "%s", c->as_lines ? "\n" : ": heartbeat\n\n"));
}

/* ---- Frames ---- */

/* `id` 0 or the epoch that the client will have seen whole after this frame. */
static void begin_frame(live_client *c, const char *event, shared_bytes *json, const char *id) {
    if (c->as_lines)
        set_small(c, snprintf(c->small, sizeof c->small,
                              "{\"event\":\"%s\",\"id\":%s%s%s,\"data\":", event,
                              id[0] != '\0' ? "\"" : "", id[0] != '\0' ? id : "null",
                              id[0] != '\0' ? "\"" : ""));
    else
        set_small(c, snprintf(c->small, sizeof c->small, "%s%s%sevent: %s\ndata: ",
                              id[0] != '\0' ? "id: " : "", id, id[0] != '\0' ? "\n" : "", event));
    c->sending = json;
    c->sent = 0;
}

static void end_frame(live_client *c) {
    shared_bytes_release(c->sending);
    c->sending = NULL;
    set_small(c, snprintf(c->small, sizeof c->small, "%s", c->as_lines ? "}\n" : "\n\n"));
}

static const char *id_of(const client_view *v, uint64_t epoch, char out[48]) {
    (void)snprintf(out, 48, "%016llx-%llu", (unsigned long long)v->boot, (unsigned long long)epoch);
    return out;
}

void client_add_key(live_client *c, const char *event, shared_bytes *json) {
    assert(c->key_count < LIVE_TOPICS_MAX);
    c->key_events[c->key_count] = event;
    c->keys[c->key_count++] = shared_bytes_keep(json);
}

void client_drop_keys(live_client *c) {
    while (c->key_at < c->key_count) shared_bytes_release(c->keys[c->key_at++]);
    c->key_at = c->key_count = 0;
}

static void begin_key(live_client *c, const client_view *v) {
    char id[48] = "";
    size_t i = c->key_at++;
    bool is_last = c->key_at == c->key_count;
    begin_frame(c, c->key_events[i], c->keys[i], is_last ? id_of(v, c->key_epoch, id) : id);
}

static bool watches(const live_client *c, const frame *f) {
    return (c->channels >> f->channel & 1) != 0;
}

/* No later frame of the same tick is for this client. */
static bool is_last_of_tick(const live_client *c, const ring *r, uint64_t number) {
    uint64_t tick = ring_at(r, number)->tick;
    for (uint64_t n = number + 1; n < r->end && ring_at(r, n)->tick == tick; n++)
        if (watches(c, ring_at(r, n))) return false;
    return true;
}

static bool is_too_far_behind(const live_client *c, const client_view *v) {
    const ring *r = v->ring;
    if (c->cursor < r->begin) return true;
    if (c->cursor == r->end || c->cursor < c->caught_up) return false;
    if (v->now_us - ring_at(r, c->cursor)->made_us > BEHIND_US) return true;
    size_t behind = 0;
    if (r->end - c->cursor > BEHIND_FRAMES)
        for (uint64_t n = c->cursor; n < r->end; n++) behind += watches(c, ring_at(r, n)) ? 1 : 0;
    return behind > BEHIND_FRAMES;
}

/* The ring's next frame for this client, unless it must skip to key frames. */
static bool begin_ring_frame(live_client *c, const client_view *v) {
    const ring *r = v->ring;
    char id[48] = "";
    while (c->cursor >= r->begin && c->cursor < r->end && !watches(c, ring_at(r, c->cursor)))
        c->cursor++;
    if (is_too_far_behind(c, v)) {
        c->wants_keys = true;
        c->resumes = false;
        return false;
    }
    if (c->cursor == r->end) return false;
    uint64_t number = c->cursor++;
    const frame *f = ring_at(r, number);
    begin_frame(c, f->event, shared_bytes_keep(f->json),
                is_last_of_tick(c, r, number) ? id_of(v, f->epoch, id) : id);
    return true;
}

/* ---- What comes next ---- */

bool client_heartbeat_is_due(const live_client *c, int64_t now_us) {
    return now_us - c->written_us >= HEARTBEAT_US;
}

static bool say_bye_if_due(live_client *c, const client_view *v) {
    if (!v->says_bye && v->now_us < c->rotate_us) return false;
    client_say(c, "bye",
               v->says_bye ? TEXT("{\"reason\":\"stopping\"}") : TEXT("{\"reason\":\"rotate\"}"),
               0);
    c->has_ended = true;
    return true;
}

static bool say_quiet(live_client *c, const client_view *v) {
    if (say_bye_if_due(c, v)) return true;
    if (!client_heartbeat_is_due(c, v->now_us)) return false;
    say_heartbeat(c);
    return true;
}

/* Puts the next thing to send in place; false when there is none. */
static bool next_thing(live_client *c, const client_view *v) {
    if (c->sending != NULL) {
        end_frame(c);
    } else if (c->has_ended) {
        return false;
    } else if (c->wants_keys) {
        return say_quiet(c, v);
    } else if (c->reset != NULL) {
        say_reset(c);
    } else if (c->key_at < c->key_count) {
        begin_key(c, v);
    } else if (c->once) {
        c->has_ended = true;
        return false;
    } else {
        return begin_ring_frame(c, v) || say_quiet(c, v);
    }
    return true;
}

static size_t copy_part(text from, size_t *at, char *out, size_t bytes_max) {
    size_t left = from.count - *at, count = left < bytes_max ? left : bytes_max;
    memcpy(out, from.bytes + *at, count);
    *at += count;
    return count;
}

size_t client_fill(live_client *c, const client_view *v, char *out, size_t bytes_max) {
    size_t count = 0;
    while (count < bytes_max) {
        if (c->small_at < c->small_count)
            count += copy_part((text){c->small, c->small_count}, &c->small_at, out + count,
                               bytes_max - count);
        else if (c->sending != NULL && c->sent < shared_bytes_text(c->sending).count)
            count +=
                copy_part(shared_bytes_text(c->sending), &c->sent, out + count, bytes_max - count);
        else if (!next_thing(c, v))
            break;
    }
    return count;
}
