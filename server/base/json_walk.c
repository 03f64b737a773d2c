/* SPDX-License-Identifier: MIT */
#include "server/base/json_walk.h"

#include <string.h>

enum { DEPTH_MAX = 32 };
static const size_t nowhere = SIZE_MAX;

static bool is_at(text t, size_t at, char c) {
    return at < t.count && t.bytes[at] == c;
}

static size_t skip_space(text t, size_t at) {
    while (at < t.count && t.bytes[at] != '\0' && strchr(" \t\r\n", t.bytes[at]) != NULL) at++;
    return at;
}

static int hex_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Four digits at `at`; -1: they are none. */
static int32_t hex_four(text t, size_t at) {
    int32_t sum = 0;
    if (at > t.count || t.count - at < 4) return -1;
    for (size_t i = at; i < at + 4; i++) {
        int digit = hex_of(t.bytes[i]);
        if (digit < 0) return -1;
        sum = sum * 16 + digit;
    }
    return sum;
}

/* From behind the backslash to behind the escape. */
static size_t skip_escape(text t, size_t at) {
    if (at >= t.count || t.bytes[at] == '\0') return nowhere;
    if (t.bytes[at] == 'u') return hex_four(t, at + 1) < 0 ? nowhere : at + 5;
    return strchr("\"\\/bfnrt", t.bytes[at]) == NULL ? nowhere : at + 1;
}

static size_t skip_string(text t, size_t at) {
    for (at++; at < t.count && t.bytes[at] != '"';) {
        if ((unsigned char)t.bytes[at] < 0x20) return nowhere;
        at = t.bytes[at] == '\\' ? skip_escape(t, at + 1) : at + 1;
        if (at == nowhere) return nowhere;
    }
    return at < t.count ? at + 1 : nowhere;
}

static size_t skip_digits(text t, size_t at) {
    size_t from = at;
    while (at < t.count && t.bytes[at] >= '0' && t.bytes[at] <= '9') at++;
    return at == from ? nowhere : at;
}

static size_t skip_number(text t, size_t at) {
    if (is_at(t, at, '-')) at++;
    at = is_at(t, at, '0') ? at + 1 : skip_digits(t, at);
    if (at != nowhere && is_at(t, at, '.')) at = skip_digits(t, at + 1);
    if (at == nowhere || !(is_at(t, at, 'e') || is_at(t, at, 'E'))) return at;
    at++;
    if (is_at(t, at, '+') || is_at(t, at, '-')) at++;
    return skip_digits(t, at);
}

static size_t skip_word(text t, size_t at) {
    static const text words[] = {{"true", 4}, {"false", 5}, {"null", 4}};
    for (size_t i = 0; i < 3; i++)
        if (text_starts_with(text_slice(t, at, t.count), words[i])) return at + words[i].count;
    return nowhere;
}

static size_t skip_value(text t, size_t at, unsigned depth);

/* From a comma or the opening bracket to behind the element; *key and *value are it.
 * `at` of the closing bracket: there is none. */
static size_t skip_element(text t, size_t at, bool is_object, unsigned depth, text *key,
                           text *value) {
    at = skip_space(t, at);
    if (is_object) {
        size_t end = is_at(t, at, '"') ? skip_string(t, at) : nowhere;
        if (end == nowhere) return nowhere;
        *key = text_slice(t, at + 1, end - 1);
        at = skip_space(t, end);
        if (!is_at(t, at, ':')) return nowhere;
        at = skip_space(t, at + 1);
    }
    size_t end = skip_value(t, at, depth);
    if (end != nowhere) *value = text_slice(t, at, end);
    return end;
}

static size_t skip_container(text t, size_t at, unsigned depth) {
    bool is_object = t.bytes[at] == '{';
    char close = is_object ? '}' : ']';
    text key, value;
    at = skip_space(t, at + 1);
    if (is_at(t, at, close)) return at + 1;
    for (;;) {
        at = skip_element(t, at, is_object, depth + 1, &key, &value);
        if (at == nowhere) return nowhere;
        at = skip_space(t, at);
        if (is_at(t, at, close)) return at + 1;
        if (!is_at(t, at, ',')) return nowhere;
        at++;
    }
}

static size_t skip_value(text t, size_t at, unsigned depth) {
    if (at >= t.count || depth > DEPTH_MAX) return nowhere;
    switch (t.bytes[at]) {
    case '{':
    case '[': return skip_container(t, at, depth);
    case '"': return skip_string(t, at);
    case 't':
    case 'f':
    case 'n': return skip_word(t, at);
    default: return skip_number(t, at);
    }
}

bool json_walk_whole(text t, text *value) {
    size_t begin = skip_space(t, 0), end = skip_value(t, begin, 0);
    if (end == nowhere || skip_space(t, end) != t.count) return false;
    *value = text_slice(t, begin, end);
    return true;
}

bool json_walk_is(text value, char first) {
    return value.count > 0 && value.bytes[0] == first;
}

bool json_walk_next(json_walk *w) {
    text t = w->container;
    bool is_object = json_walk_is(t, '{');
    if (!is_object && !json_walk_is(t, '[')) return false;
    size_t at = skip_space(t, w->at == 0 ? 1 : w->at);
    if (is_at(t, at, is_object ? '}' : ']')) return false;
    if (w->at > 0 && !is_at(t, at++, ',')) return false;
    at = skip_element(t, at, is_object, 1, &w->key, &w->value);
    if (at == nowhere) return false;
    w->at = at;
    return true;
}

void json_walk_put(const json_walk *at, json_writer *w) {
    if (w->needs_comma) buffer_add_byte(w->out, ',');
    buffer_add_byte(w->out, '"');
    buffer_add(w->out, at->key);
    buffer_add(w->out, TEXT("\":"));
    w->needs_comma = false;
    json_put_raw(w, at->value);
}

bool json_walk_find(text object, const char *path, text *value) {
    text rest = text_of(path);
    *value = object;
    while (rest.count > 0) {
        size_t end;
        json_walk w = {.container = *value};
        if (!text_find_byte(rest, '.', &end)) end = rest.count;
        text key = text_slice(rest, 0, end);
        rest = text_slice(rest, end + 1, rest.count);
        bool found = false;
        if (!json_walk_is(*value, '{')) return false;
        while (!found && json_walk_next(&w)) found = text_equal(w.key, key);
        if (!found) return false;
        *value = w.value;
    }
    return true;
}

static void put_code_point(buffer *out, uint32_t code) {
    char bytes[4];
    buffer_add(out, (text){bytes, utf8_put(code, bytes)});
}

/* `at` is behind "\u"; returns behind the escape, or behind both of a pair. */
static size_t put_unicode(text t, size_t at, buffer *out) {
    int32_t high = hex_four(t, at), low = -1;
    if (high >= 0xD800 && high < 0xDC00 && is_at(t, at + 4, '\\') && is_at(t, at + 5, 'u'))
        low = hex_four(t, at + 6);
    if (low >= 0xDC00 && low < 0xE000) {
        put_code_point(out, 0x10000 + (((uint32_t)high & 0x3FF) << 10 | ((uint32_t)low & 0x3FF)));
        return at + 10;
    }
    put_code_point(out, (uint32_t)high);
    return at + 4;
}

bool json_walk_string(text value, buffer *out) {
    static const char letters[] = "bfnrt", controls[] = "\b\f\n\r\t";
    if (!json_walk_is(value, '"') || skip_string(value, 0) != value.count) return false;
    for (size_t i = 1; i + 1 < value.count;) {
        if (value.bytes[i] != '\\') {
            buffer_add_byte(out, value.bytes[i++]);
            continue;
        }
        char c = value.bytes[i + 1];
        const char *letter = strchr(letters, c);
        if (c == 'u') {
            i = put_unicode(value, i + 2, out);
            continue;
        }
        buffer_add_byte(out, letter == NULL ? c : controls[letter - letters]);
        i += 2;
    }
    return true;
}
