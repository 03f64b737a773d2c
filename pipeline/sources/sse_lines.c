/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/sse_lines.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A byte becomes six at most (\u0001), and an event of eight ("data:x" and two newlines) a
 * line of 47 and its name, which may be of a push before. */
enum {
    GROWTH_MAX = 8,
    PUSHES_MAX = 4, /* That wait at the least before one has to. */
    CAPACITY = SSE_EVENT_BYTES_MAX + PUSHES_MAX * GROWTH_MAX * SSE_PUSH_BYTES_MAX,
};

status sse_lines_init(sse_lines *l) {
    *l = (sse_lines){.bytes = malloc(CAPACITY)};
    return l->bytes == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

void sse_lines_deinit(sse_lines *l) {
    free(l->bytes);
    *l = (sse_lines){0};
}

/* ---- The event that comes ---- */

static void add(sse_lines *l, text t) {
    if (l->is_too_long) return;
    assert(t.count <= CAPACITY - l->count);
    memcpy(l->bytes + l->count, t.bytes, t.count);
    l->count += t.count;
}

static void add_quoted(sse_lines *l, text t) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < t.count; i++) {
        unsigned char c = (unsigned char)t.bytes[i];
        char escaped[] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
        if (c < ' ' || c == 0x7F)
            add(l, (text){escaped, sizeof escaped});
        else if (c == '"' || c == '\\')
            add(l, (text){(const char[]){'\\', (char)c}, 2});
        else
            add(l, text_slice(t, i, i + 1));
    }
}

/* A part of a data field's value; the first byte of an event's data says what they are. */
static void add_data(sse_lines *l, text t) {
    if (t.count == 0) return;
    if (!l->has_data) {
        l->has_data = true;
        l->is_quoted = t.bytes[0] != '{';
        add(l, TEXT("{\"mastodon\":{\"payload\":"));
        if (l->is_quoted) add(l, TEXT("\""));
    } else if (!l->is_line_begun) {
        add(l, TEXT(" ")); /* A newline, which JSON holds only where a blank may be. */
    }
    l->is_line_begun = true;
    if (l->is_quoted)
        add_quoted(l, t);
    else
        add(l, t);
}

static void forget_event(sse_lines *l) {
    l->count = l->whole_bytes;
    l->has_data = l->is_quoted = l->is_too_long = false;
    l->name_bytes = 0;
}

/* What is too long is dropped while it comes. */
static void check_length(sse_lines *l) {
    if (l->count - l->whole_bytes <= SSE_EVENT_BYTES_MAX) return;
    l->is_too_long = true;
    l->count = l->whole_bytes;
}

static bool is_plain(const sse_lines *l) {
    for (size_t i = 0; i < l->name_bytes; i++)
        if (strchr("abcdefghijklmnopqrstuvwxyz._", l->name[i]) == NULL || l->name[i] == '\0')
            return false;
    return l->name_bytes < SSE_NAME_BYTES_MAX;
}

static void end_event(sse_lines *l) {
    check_length(l);
    if (l->is_too_long) l->events_too_long++;
    if (l->has_data && !l->is_too_long) {
        if (l->is_quoted) add(l, TEXT("\""));
        add(l, TEXT(",\"event\":\""));
        if (is_plain(l)) add(l, (text){l->name, l->name_bytes});
        add(l, TEXT("\"}}\n"));
        l->whole_bytes = l->count;
        l->whole_lines++;
    }
    forget_event(l);
}

/* ---- Lines ---- */

static void begin_line(sse_lines *l) {
    l->place = SSE_FIELD;
    l->field_bytes = 0;
    l->at_value = l->is_line_begun = false;
}

static void end_line(sse_lines *l) {
    if (l->place == SSE_FIELD && l->field_bytes == 0) end_event(l);
    begin_line(l);
}

/* A colon has ended the name of the field; before a comment's there is none. */
static void begin_value(sse_lines *l) {
    text field = {l->field, l->field_bytes};
    l->at_value = true;
    l->place = text_equal(field, TEXT("data"))    ? SSE_DATA
               : text_equal(field, TEXT("event")) ? SSE_NAME
                                                  : SSE_REST;
    if (l->place == SSE_NAME) l->name_bytes = 0; /* The last of an event's names counts. */
}

static void take_name(sse_lines *l, text t) {
    size_t room = SSE_NAME_BYTES_MAX - l->name_bytes;
    size_t count = t.count < room ? t.count : room;
    memcpy(l->name + l->name_bytes, t.bytes, count);
    l->name_bytes += count;
}

static text take_field(sse_lines *l, text t) {
    size_t at = 0;
    for (; at < t.count && l->place == SSE_FIELD; at++) {
        if (t.bytes[at] == ':')
            begin_value(l);
        else if (l->field_bytes < SSE_NAME_BYTES_MAX)
            l->field[l->field_bytes++] = t.bytes[at];
    }
    return text_slice(t, at, t.count);
}

/* A part of a line, without its end. */
static void take_part(sse_lines *l, text t) {
    t = take_field(l, t);
    if (t.count == 0) return;
    if (l->at_value && t.bytes[0] == ' ') t = text_slice(t, 1, t.count);
    l->at_value = false;
    if (l->place == SSE_DATA) add_data(l, t);
    if (l->place == SSE_NAME) take_name(l, t);
}

static size_t end_of_part(text t) {
    const char *lf = memchr(t.bytes, '\n', t.count);
    size_t end = lf == NULL ? t.count : (size_t)(lf - t.bytes);
    const char *cr = memchr(t.bytes, '\r', end);
    return cr == NULL ? end : (size_t)(cr - t.bytes);
}

bool sse_lines_push(sse_lines *l, text t) {
    assert(t.count <= SSE_PUSH_BYTES_MAX);
    if (l->whole_bytes + GROWTH_MAX * t.count + 2 * SSE_NAME_BYTES_MAX >
        CAPACITY - SSE_EVENT_BYTES_MAX)
        return false;
    while (t.count > 0) {
        if (l->after_return && t.bytes[0] == '\n') {
            l->after_return = false;
            t = text_slice(t, 1, t.count);
            continue;
        }
        l->after_return = false;
        size_t end = end_of_part(t);
        take_part(l, text_slice(t, 0, end));
        if (end < t.count) {
            l->after_return = t.bytes[end] == '\r';
            end_line(l);
        }
        t = text_slice(t, end + 1, t.count);
    }
    check_length(l);
    return true;
}

void sse_lines_take(sse_lines *l, char *to) {
    memcpy(to, l->bytes, l->whole_bytes);
    memmove(l->bytes, l->bytes + l->whole_bytes, l->count - l->whole_bytes);
    l->count -= l->whole_bytes;
    l->whole_bytes = 0;
    l->whole_lines = 0;
}

void sse_lines_cut(sse_lines *l) {
    bool has_begun = l->has_data || l->name_bytes > 0 || l->place == SSE_DATA ||
                     l->place == SSE_NAME || (l->place == SSE_FIELD && l->field_bytes > 0);
    if (has_begun) l->events_partial++;
    forget_event(l);
    begin_line(l);
    l->after_return = false;
}
