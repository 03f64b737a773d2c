/* SPDX-License-Identifier: MIT */
#include "server/live/stream_params.h"

#include "pipeline/base/suggest.h"
#include <string.h>

static const char *const usual[] = {STATS_NAME, "map", "board"};
static const char *const names[] = {"topics", "window", "once", "since"};

bool stream_topic_is_usual(const char *name) {
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (strcmp(usual[i], name) == 0) return true;
    return false;
}

static void add_topic(const live *l, text name, stream_params *p, param_errors *e) {
    suggestion near = {.wanted = name};
    for (size_t i = 0; live_topic_name(l, i) != NULL; i++) {
        suggest(&near, live_topic_name(l, i));
        if (!text_equal(name, text_of(live_topic_name(l, i)))) continue;
        p->live.topics |= 1u << i;
        return;
    }
    if (near.best != NULL)
        param_errors_add(e, TEXT("topics"), "unknown topic; did you mean %s?", near.best);
    else
        param_errors_add(e, TEXT("topics"), "unknown topic");
}

static void read_topics(const live *l, text value, stream_params *p, param_errors *e) {
    p->live.topics = 0;
    while (value.count > 0) {
        size_t end;
        if (!text_find_byte(value, ',', &end)) end = value.count;
        if (end > 0) add_topic(l, text_slice(value, 0, end), p, e);
        value = text_slice(value, end + 1, value.count);
    }
    if (p->live.topics == 0 && e->count == 0) param_errors_add(e, TEXT("topics"), "names none");
}

static void read_once(text value, stream_params *p, param_errors *e) {
    p->live.once = text_equal(value, TEXT("1"));
    if (!p->live.once && !text_equal(value, TEXT("0")))
        param_errors_add(e, TEXT("once"), "must be 0 or 1");
}

/* What is too long to be an id is as bad as what is none. */
static void read_since(text value, stream_params *p) {
    size_t count = value.count < sizeof p->since ? value.count : sizeof p->since;
    memcpy(p->since, value.bytes, count);
    p->live.last_id = (text){p->since, count};
}

static void read_window(text value, stream_params *p, param_errors *e) {
    if (query_window_from(value, &p->live.window) && p->live.window != WINDOW_GIVEN) return;
    param_errors_add(e, TEXT("window"), "unknown; use 5m, 15m, 1h, 6h, 24h or all");
}

bool stream_params_read(text query_string, const live *l, stream_params *p, param_errors *e) {
    param_reader r = params_of(query_string);
    *p = (stream_params){.live = {.window = WINDOW_ALL}};
    for (size_t i = 0; live_topic_name(l, i) != NULL; i++)
        if (stream_topic_is_usual(live_topic_name(l, i))) p->live.topics |= 1u << i;
    while (param_next(&r, e)) {
        suggestion near = {.wanted = r.name_text};
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) suggest(&near, names[i]);
        if (text_equal(r.name_text, TEXT("topics")))
            read_topics(l, r.value_text, p, e);
        else if (text_equal(r.name_text, TEXT("window")))
            read_window(r.value_text, p, e);
        else if (text_equal(r.name_text, TEXT("once")))
            read_once(r.value_text, p, e);
        else if (text_equal(r.name_text, TEXT("since")))
            read_since(r.value_text, p);
        else if (near.best != NULL)
            param_errors_add(e, r.name_text, "unknown; did you mean %s?", near.best);
        else
            param_errors_add(e, r.name_text, "unknown");
    }
    return e->count == 0;
}
