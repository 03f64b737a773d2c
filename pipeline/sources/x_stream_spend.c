/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/x_stream_spend.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/base/times.h"

const int64_t x_prices_micro_usd[X_RESOURCES] = {[X_POST] = 5000, [X_USER] = 10000};

/* ---- What a line holds ---- */

enum { DEPTH_MAX = 64, SET_FIRST = 1024 };

/* What an object or array is, by where it stands. */
typedef enum { OTHER, ROOT, INCLUDES, POSTS, USERS, POST, USER } role;

typedef struct {
    text line;
    size_t at;
    role roles[DEPTH_MAX];
    size_t depth;
    text key; /* The last string that a colon followed. */
} walk;

static size_t end_of_string(text line, size_t at) {
    while (at < line.count && line.bytes[at] != '"') at += line.bytes[at] == '\\' ? 2 : 1;
    return at < line.count ? at : line.count;
}

static bool key_is(const walk *w, const char *word) {
    return text_equal(w->key, text_of(word));
}

static role role_of(const walk *w, char opener) {
    static const struct {
        role parent;
        const char *key; /* NULL: an element of an array. */
        char opener;
        role here;
    } places[] = {
        {ROOT, "data", '{', POST},         {ROOT, "data", '[', POSTS},
        {ROOT, "includes", '{', INCLUDES}, {INCLUDES, "tweets", '[', POSTS},
        {INCLUDES, "posts", '[', POSTS},   {INCLUDES, "users", '[', USERS},
        {POSTS, NULL, '{', POST},          {USERS, NULL, '{', USER},
    };
    if (w->depth == 0) return opener == '{' ? ROOT : OTHER;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (places[i].parent == w->roles[w->depth - 1] && places[i].opener == opener &&
            (places[i].key == NULL || key_is(w, places[i].key)))
            return places[i].here;
    return OTHER;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t skip_blanks(text line, size_t at) {
    while (at < line.count && is_blank(line.bytes[at])) at++;
    return at;
}

/* The id behind a colon, a string of digits or a number. */
static bool read_id(const walk *w, size_t at, uint64_t *id) {
    at = skip_blanks(w->line, at);
    if (at < w->line.count && w->line.bytes[at] == '"') at++;
    size_t end = at;
    while (end < w->line.count && w->line.bytes[end] >= '0' && w->line.bytes[end] <= '9') end++;
    return text_to_u64(text_slice(w->line, at, end), id);
}

/* A string, from its quote on: a key when a colon follows. */
static void read_string(walk *w, x_resource_found *found, void *context) {
    size_t end = end_of_string(w->line, w->at + 1), after = skip_blanks(w->line, end + 1);
    text words = text_slice(w->line, w->at + 1, end);
    uint64_t id;
    w->at = end + 1;
    if (after >= w->line.count || w->line.bytes[after] != ':') return;
    w->key = words;
    w->at = after + 1;
    role here = w->depth == 0 ? OTHER : w->roles[w->depth - 1];
    if ((here == POST || here == USER) && key_is(w, "id") && read_id(w, w->at, &id))
        found(context, here == POST ? X_POST : X_USER, id);
}

void x_line_resources(text line, x_resource_found *found, void *context) {
    walk w = {.line = line};
    while (w.at < line.count) {
        char c = line.bytes[w.at];
        if (c == '"') {
            read_string(&w, found, context);
            continue;
        }
        if (c == '{' || c == '[') {
            if (w.depth == DEPTH_MAX) return; /* No line of X is so deep. */
            w.roles[w.depth] = role_of(&w, c);
            w.depth++;
            w.key = (text){NULL, 0};
        } else if ((c == '}' || c == ']') && w.depth > 0) {
            w.depth--;
        }
        w.at++;
    }
}

/* ---- The ids of a day ---- */

static size_t slot_of(const x_id_set *s, uint64_t id) {
    size_t mask = s->capacity - 1, at = (size_t)((id * 0x9E3779B97F4A7C15u) >> 20) & mask;
    while (s->slots[at] != 0 && s->slots[at] != id) at = (at + 1) & mask;
    return at;
}

static bool grow(x_id_set *s) {
    x_id_set more = {.capacity = s->capacity == 0 ? SET_FIRST : 2 * s->capacity};
    if (s->count >= X_SPEND_IDS_MAX) return false;
    more.slots = calloc(more.capacity, sizeof more.slots[0]);
    if (more.slots == NULL) return false;
    for (size_t i = 0; i < s->capacity; i++)
        if (s->slots[i] != 0) more.slots[slot_of(&more, s->slots[i])] = s->slots[i];
    free(s->slots);
    s->slots = more.slots;
    s->capacity = more.capacity;
    return true;
}

/* True when it is new, or cannot be remembered. */
static bool is_new(x_id_set *s, uint64_t id) {
    if (id == 0) {
        bool was = s->has_zero;
        s->has_zero = true;
        return !was;
    }
    if (s->capacity > 0 && s->slots[slot_of(s, id)] == id) return false;
    bool has_room = s->count < X_SPEND_IDS_MAX && 4 * (s->count + 1) <= 3 * s->capacity;
    if (!has_room && !grow(s)) return true;
    s->slots[slot_of(s, id)] = id;
    s->count++;
    return true;
}

static void forget(x_id_set *s) {
    free(s->slots);
    *s = (x_id_set){0};
}

/* ---- The meter ---- */

typedef struct {
    x_spend *spend;
    x_cost cost;
} judging;

static void count_resource(void *context, x_resource kind, uint64_t id) {
    judging *j = context;
    if (!is_new(&j->spend->sets[kind], id)) return;
    j->cost.fresh[kind]++;
    j->cost.micro_usd += x_prices_micro_usd[kind];
}

x_cost x_spend_judge(x_spend *s, text line, int64_t now_ms) {
    judging j = {.spend = s};
    int64_t day = now_ms / MS_PER_DAY;
    if (day != s->day) {
        for (size_t i = 0; i < X_RESOURCES; i++) {
            forget(&s->sets[i]);
            s->today[i] = 0;
        }
        s->today_micro_usd = 0;
        s->day = day;
    }
    x_line_resources(line, count_resource, &j);
    return j.cost;
}

void x_spend_add(x_spend *s, const x_cost *cost) {
    for (size_t i = 0; i < X_RESOURCES; i++) {
        s->today[i] += cost->fresh[i];
        s->total[i] += cost->fresh[i];
    }
    s->today_micro_usd += cost->micro_usd;
    s->total_micro_usd += cost->micro_usd;
}

void x_spend_deinit(x_spend *s) {
    for (size_t i = 0; i < X_RESOURCES; i++) forget(&s->sets[i]);
}
