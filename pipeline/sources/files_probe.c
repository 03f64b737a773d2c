/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/files_probe.h"

#include "pipeline/base/times.h"

static size_t skip_space(text t, size_t at) {
    while (at < t.count && json_is_space(t.bytes[at])) at++;
    return at;
}

/* From the opening quote at `at` to past the closing one; false when it is not there,
 * or a line ends before. */
static bool skip_string(text t, size_t at, size_t *end) {
    for (at++; at < t.count && t.bytes[at] != '\n'; at++) {
        if (t.bytes[at] == '\\')
            at++;
        else if (t.bytes[at] == '"') {
            *end = at + 1;
            return true;
        }
    }
    *end = at < t.count ? at : t.count;
    return false;
}

/* Past a value: up to the comma or brace that ends it at its own depth. */
static bool skip_value(text t, size_t at, size_t *end) {
    for (int depth = 0; at < t.count; at++) {
        char c = t.bytes[at];
        if (c == '"') {
            if (!skip_string(t, at, end)) return false;
            at = *end - 1;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
            *end = at;
            return true;
        }
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    }
    *end = t.count;
    return false;
}

/* One key of the object and the place of its value. */
static bool read_key(text t, size_t at, text *key, size_t *value_at) {
    size_t end;
    at = skip_space(t, at);
    *value_at = at;
    if (at >= t.count || t.bytes[at] != '"') return false;
    *value_at = t.count;
    if (!skip_string(t, at, &end)) {
        *value_at = end;
        return false;
    }
    *key = (text){t.bytes + at + 1, end - at - 2};
    at = skip_space(t, end);
    *value_at = at;
    if (at >= t.count || t.bytes[at] != ':') return false;
    *value_at = skip_space(t, at + 1);
    return true;
}

/* Where reading came to a stop tells why: at the end, more may come. */
static probe stopped_at(text t, size_t at) {
    return at >= t.count ? PROBE_NEEDS_MORE : PROBE_LINES;
}

/* Whether a line ends inside an object, as where JSON is written for people: after an
 * opening or a comma, and the next begins with blanks or a key.  Where a line was cut
 * off, the next begins with a brace. */
static bool is_indented(text t) {
    size_t newline;
    if (!text_find_byte(t, '\n', &newline) || newline + 1 >= t.count) return false;
    size_t end = newline;
    while (end > 0 && json_is_space(t.bytes[end - 1])) end--;
    char last = end > 0 ? t.bytes[end - 1] : '\0', next = t.bytes[newline + 1];
    return (last == '{' || last == '[' || last == ',') &&
           (next == ' ' || next == '\t' || next == '"');
}

/* At the brace that ends the object from `begin` on: was it written over several lines,
 * or does another follow on its own? */
static probe probe_end(text t, size_t begin, size_t end) {
    size_t at = end + 1;
    if (is_indented(text_slice(t, begin, end))) return PROBE_VALUES;
    while (at < t.count && (t.bytes[at] == ' ' || t.bytes[at] == '\t')) at++;
    if (at >= t.count) return PROBE_NEEDS_MORE;
    return t.bytes[end] == '}' && t.bytes[at] == '{' ? PROBE_VALUES : PROBE_LINES;
}

static probe probe_object(text t, size_t begin, size_t *array_at) {
    for (size_t at = begin;;) {
        text key;
        size_t value_at, end;
        if (!read_key(t, at + 1, &key, &value_at)) return stopped_at(t, value_at);
        if (value_at >= t.count) return PROBE_NEEDS_MORE;
        bool is_list = text_equal(key, TEXT("statuses")) || text_equal(key, TEXT("results"));
        if (is_list && t.bytes[value_at] == '[') {
            *array_at = value_at;
            return PROBE_STATUSES;
        }
        if (!skip_value(t, value_at, &end)) return stopped_at(t, end);
        if (t.bytes[end] != ',') return probe_end(t, begin, end); /* It ends, with no such key. */
        at = end;
    }
}

probe json_probe(text t, bool is_all, size_t *array_at) {
    size_t at = skip_space(t, 0);
    if (at == t.count) return PROBE_NEEDS_MORE;
    *array_at = at;
    if (t.bytes[at] == '[') return PROBE_ARRAY;
    if (t.bytes[at] != '{') return PROBE_LINES;
    probe found = probe_object(t, at, array_at);
    bool is_cut = found == PROBE_NEEDS_MORE && is_all;
    return is_cut && is_indented(text_slice(t, at, t.count)) ? PROBE_VALUES : found;
}

static bool is_name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '$';
}

/* "window.YTD.tweets.part0 = [", "Grailbird.data.tweets_2012_11 = \n [", "var a = {". */
assignment json_probe_assignment(text t, text *name, size_t *value_at) {
    size_t begin = skip_space(t, 0), at = begin;
    while (at < t.count && at - begin < 200 && (is_name_byte(t.bytes[at]) || t.bytes[at] == ' '))
        at++;
    bool is_named = at > begin && !(t.bytes[begin] >= '0' && t.bytes[begin] <= '9');
    if (at >= t.count && (is_named || at == begin)) return ASSIGNS_NEEDS_MORE;
    if (!is_named || t.bytes[at] != '=') return ASSIGNS_NOTHING;
    *name = text_slice(t, begin, at);
    *value_at = skip_space(t, at + 1);
    if (*value_at >= t.count) return ASSIGNS_NEEDS_MORE;
    if (t.bytes[*value_at] == '[') return ASSIGNS_ARRAY;
    return t.bytes[*value_at] == '{' ? ASSIGNS_OBJECT : ASSIGNS_NOTHING;
}

bool json_looks_like_items(text t) {
    size_t newline;
    for (size_t at = 0; at < t.count; at += newline + 1) {
        at = skip_space(t, at);
        if (at < t.count && (t.bytes[at] == '{' || t.bytes[at] == '[')) return true;
        if (!text_find_byte(text_slice(t, at, t.count), '\n', &newline)) return false;
    }
    return false;
}

static bool read_time(text t, size_t at, int64_t *ms) {
    bool is_string = at < t.count && t.bytes[at] == '"';
    size_t begin = is_string ? at + 1 : at, end = begin;
    uint64_t value;
    while (end < t.count && t.bytes[end] != '"' && (is_string || t.bytes[end] != ',') &&
           t.bytes[end] != '}')
        end++;
    text word = text_slice(t, begin, end);
    if (time_from_twitter(word, ms) || time_from_rfc3339(word, ms)) return true;
    return text_to_u64(word, &value) && time_from_number(value, ms);
}

static bool holds_tweet(text key) {
    return text_equal(key, TEXT("data")) || text_equal(key, TEXT("tweet")) ||
           text_equal(key, TEXT("post")) || text_equal(key, TEXT("delete"));
}

/* The keys of one object, and of those inside it that may hold the tweet. */
static bool probe_times(text t, size_t at, bool is_outer, int64_t *ms) {
    bool is_found = false;
    text key;
    size_t value_at, end;
    while (at < t.count && read_key(t, at + 1, &key, &value_at)) {
        if (text_equal(key, TEXT("timestamp_ms")) && read_time(t, value_at, ms)) return true;
        if (text_equal(key, TEXT("created_at")) && !is_found) is_found = read_time(t, value_at, ms);
        bool is_inner =
            is_outer && value_at < t.count && t.bytes[value_at] == '{' && holds_tweet(key);
        if (is_inner && !is_found) is_found = probe_times(t, value_at, false, ms);
        if (!skip_value(t, value_at, &end) || t.bytes[end] != ',') break;
        at = end;
    }
    return is_found;
}

bool json_probe_time(text line, int64_t *ms) {
    size_t at = skip_space(line, 0);
    return at < line.count && line.bytes[at] == '{' && probe_times(line, at, true, ms);
}
