/* SPDX-License-Identifier: MIT */
#include "server/rest/control.h"

#include "pipeline/base/suggest.h"
#include "server/base/json_members.h"
#include "server/base/json_walk.h"
#include <stdlib.h>
#include <string.h>

typedef enum { MEMBER_ACTION, MEMBER_SPEED, MEMBER_TO, MEMBER_COUNT } member;
static const char *const member_names[] = {"action", "speed", "to"};

static const struct {
    const char *name;
    source_order_kind kind;
    member needs; /* MEMBER_COUNT: nothing. */
} actions[] = {
    {"play", SOURCE_PLAY, MEMBER_COUNT},
    {"pause", SOURCE_PAUSE, MEMBER_COUNT},
    {"speed", SOURCE_SPEED, MEMBER_SPEED},
    {"seek", SOURCE_SEEK, MEMBER_TO},
};
enum { ACTION_COUNT = sizeof actions / sizeof actions[0], WORD_BYTES_MAX = 64 };

/* A short string or number as a C string; false: it is neither, or too long. */
static bool word_of(text value, char out[WORD_BYTES_MAX]) {
    buffer b = {0};
    if (!json_walk_string(value, &b)) buffer_add(&b, value);
    bool good = !b.failed && b.count < WORD_BYTES_MAX && memchr(b.bytes, 0, b.count) == NULL;
    if (good) {
        memcpy(out, b.bytes, b.count);
        out[b.count] = '\0';
    }
    buffer_deinit(&b);
    return good;
}

static size_t read_action(text value, param_errors *e) {
    char word[WORD_BYTES_MAX] = "";
    size_t i = 0;
    if (value.count == 0) {
        param_errors_add(e, TEXT("action"), "missing; use play, pause, speed or seek");
        return ACTION_COUNT;
    }
    if (!json_walk_is(value, '"') || !word_of(value, word)) word[0] = '\0';
    while (i < ACTION_COUNT && strcmp(word, actions[i].name) != 0) i++;
    if (i == ACTION_COUNT) {
        suggestion near = {.wanted = text_of(word)};
        for (size_t k = 0; k < ACTION_COUNT; k++) suggest(&near, actions[k].name);
        json_members_add_unknown(e, TEXT("action"), near.best);
    }
    return i;
}

static void read_speed(text value, source_order *order, param_errors *e) {
    char word[WORD_BYTES_MAX] = "", *end = word;
    bool is_word = json_walk_is(value, '"'), fits = word_of(value, word);
    if (fits && is_word && strcmp(word, "max") == 0) return; /* 0, as it is. */
    order->speed = fits && !is_word ? strtod(word, &end) : -1;
    bool is_number = end != word && *end == '\0';
    if (!is_number || !(order->speed == 0 || (order->speed >= 0.1 && order->speed <= 1e9)))
        param_errors_add(e, TEXT("speed"), "must be a number from 0.1 to 1e9, or 0 or \"max\"");
}

static void read_to(text value, source_order *order, param_errors *e) {
    char word[WORD_BYTES_MAX] = "";
    bool fits = json_walk_is(value, '"') && word_of(value, word);
    if (!fits || !time_from_rfc3339(text_of(word), &order->time_ms))
        param_errors_add(e, TEXT("to"), "not a time; write it like \"2012-07-04T12:00:00Z\"");
}

bool control_read(text body, source_order *order, param_errors *e) {
    text members[MEMBER_COUNT] = {{0}};
    *order = (source_order){0};
    if (!json_members_read(body, member_names, MEMBER_COUNT, "{\"action\":\"pause\"}", members, e))
        return false;
    size_t i = read_action(members[MEMBER_ACTION], e);
    if (i == ACTION_COUNT) return false;
    order->kind = actions[i].kind;
    for (size_t k = MEMBER_SPEED; k < MEMBER_COUNT; k++) {
        bool is_needed = k == (size_t)actions[i].needs, is_there = members[k].count > 0;
        if (is_needed && !is_there) param_errors_add(e, text_of(member_names[k]), "missing");
        if (!is_needed && is_there)
            param_errors_add(e, text_of(member_names[k]), "not with this action");
    }
    if (e->count == 0 && order->kind == SOURCE_SPEED) read_speed(members[MEMBER_SPEED], order, e);
    if (e->count == 0 && order->kind == SOURCE_SEEK) read_to(members[MEMBER_TO], order, e);
    return e->count == 0;
}

static void put_time_or_null(json_writer *w, int64_t ms) {
    ms == 0 ? json_put_null(w) : json_put_time(w, ms);
}

void control_write_state(json_writer *w, const source_state *s) {
    bool is_replay = s->kind != NULL && strcmp(s->kind, "files") == 0;
    bool has_ended = s->state != NULL && strcmp(s->state, "ended") == 0;
    const char *state = !is_replay ? "live" : s->is_paused ? "paused" : "playing";
    json_begin_object(w);
    json_field(w, "state", string, has_ended ? "ended" : state);
    json_key(w, "speed");
    is_replay ? json_put_double(w, s->speed) : json_put_null(w);
    json_key(w, "position");
    put_time_or_null(w, s->position_ms);
    json_key(w, "start");
    put_time_or_null(w, s->start_ms);
    json_field(w, "can_seek", bool, s->can_seek);
    json_end_object(w);
}
