/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/rule_internal.h"

#include "pipeline/base/times.h"
#include "pipeline/decode/record.h"
#include "pipeline/queries/rows.h"
#include <stdio.h>

#define DURATION_MS_MAX (INT64_C(200) * 366 * MS_PER_DAY)

bool rule_duration_read(text t, int64_t *ms) {
    static const struct {
        char letter;
        int64_t ms;
    } units[] = {{'s', MS_PER_SECOND},
                 {'m', MS_PER_MINUTE},
                 {'h', INT64_C(60) * MS_PER_MINUTE},
                 {'d', MS_PER_DAY},
                 {'w', INT64_C(7) * MS_PER_DAY}};
    size_t at = 0;
    *ms = 0;
    while (at < t.count) {
        size_t begin = at, unit = 0;
        uint64_t count;
        while (at < t.count && t.bytes[at] >= '0' && t.bytes[at] <= '9') at++;
        if (!text_to_u64(text_slice(t, begin, at), &count) || at == t.count) return false;
        while (unit < 5 && units[unit].letter != t.bytes[at]) unit++;
        if (unit == 5 || count > (uint64_t)(DURATION_MS_MAX / units[unit].ms)) return false;
        *ms += (int64_t)count * units[unit].ms;
        if (*ms > DURATION_MS_MAX) return false;
        at++;
    }
    return t.count > 0;
}

static bool read_date(text t, int64_t *ms) {
    char whole[32];
    if (t.count != 10) return false;
    (void)snprintf(whole, sizeof whole, "%.10sT00:00:00Z", t.bytes);
    return time_from_rfc3339(text_of(whole), ms);
}

static bool read_time(text t, int64_t now_ms, int64_t *ms) {
    int64_t back;
    if (text_equal_caseless(t, TEXT("now"))) {
        *ms = now_ms;
        return true;
    }
    if (t.count > 1 && (t.bytes[0] == '-' || t.bytes[0] == '+') &&
        rule_duration_read(text_slice(t, 1, t.count), &back)) {
        *ms = t.bytes[0] == '-' ? now_ms - back : now_ms + back;
        return true;
    }
    return time_from_rfc3339(t, ms) || read_date(t, ms);
}

static bool read_name(text t, const char *const *names, size_t count, uint64_t *number) {
    size_t i = 0;
    while (i < count && !text_equal_caseless(t, text_of(names[i]))) i++;
    *number = i;
    return i < count;
}

static bool read_source(text t, uint64_t *number) {
#define X(name, words) words,
    static const char *const names[] = {RECORD_ORIGIN_MAP(X)};
#undef X
    return read_name(t, names, RECORD_ORIGINS, number);
}

static bool read_kind(text t, uint64_t *number) {
    static const char *const names[] = {"original", "retweet", "reply", "quote"};
    return read_name(t, names, KIND_QUOTE + 1, number);
}

/* "@name" or an id. */
static bool read_person(text t, rule_value *v) {
    if (text_to_u64(t, &v->number)) return v->number != 0;
    if (text_starts_with(t, TEXT("@"))) t = text_slice(t, 1, t.count);
    v->number = 0;
    v->words = t;
    return t.count > 0;
}

static bool is_code(text t) {
    for (size_t i = 0; i < t.count; i++) {
        char c = t.bytes[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!good && c != '-' && c != '_') return false;
    }
    return t.count <= RULE_LANG_BYTES_MAX;
}

static bool is_null(text t, bool quoted) {
    return !quoted && text_equal_caseless(t, TEXT("null"));
}

bool rule_value_read(rule_type type, text t, bool quoted, int64_t now_ms, rule_value *v,
                     const char **why) {
    static const char *const whats[] = {
        [SOURCES] = "this is no source; there are files, x, mastodon and push",
        [TIMES] = "this is no time; write it like -1h, -30m, -2d, now or 2026-11-23T08:00:00Z",
        [IDS] = "this is no id; ids are digits",
        [PEOPLE] = "this is nobody; write an id or @username",
        [KINDS] = "this is no kind; there are original, retweet, reply and quote",
        [NUMBERS] = "this is no whole number",
        [CODES] = "this is no language code; write it like en",
        [WORDS] = ""};
    int64_t ms = 0;
    bool good = true;
    *v = (rule_value){0, t};
    *why = whats[type];
    if (is_null(t, quoted) && (type == WORDS || type == CODES || type == IDS))
        v->words = TEXT("");
    else if (type == SOURCES)
        good = read_source(t, &v->number);
    else if (type == KINDS)
        good = read_kind(t, &v->number);
    else if (type == PEOPLE)
        good = read_person(t, v);
    else if (type == IDS || type == NUMBERS)
        good = text_to_u64(t, &v->number);
    else if (type == CODES)
        good = is_code(t);
    else if (type == TIMES && (good = read_time(t, now_ms, &ms)))
        v->number = (uint64_t)ms;
    return good;
}

/* "1.5" in units of 1e-6. */
static bool read_factor(text t, uint64_t *number) {
    size_t point = t.count;
    uint64_t whole, part = 0;
    (void)text_find_byte(t, '.', &point);
    text decimals = text_slice(t, point + 1, t.count);
    if (!text_to_u64(text_slice(t, 0, point), &whole) || whole > 1000000000) return false;
    if (point < t.count && (decimals.count > 6 || !text_to_u64(decimals, &part))) return false;
    for (size_t i = decimals.count; i < 6; i++) part *= 10;
    *number = whole * RULE_FACTOR_UNIT + part;
    return true;
}

static bool read_shift(text t, rule_value *v, const char **why) {
    int64_t ms;
    *why = "this is no length of time; write it like 1h, 90s or 1h30m";
    if (!rule_duration_read(t, &ms)) return false;
    v->number = (uint64_t)ms;
    return true;
}

bool rule_set_value_read(rule_field field, rule_op op, text t, bool quoted, rule_value *v,
                         const char **why) {
    rule_type type = rule_fields[field].type;
    *v = (rule_value){0, t};
    if (type == TIMES && op != OP_SET) return read_shift(t, v, why);
    if (op == OP_TIMES || op == OP_OVER) {
        *why = "this is no number; it has at most six decimals and is at most 1000000000";
        if (!read_factor(t, &v->number)) return false;
        *why = "nothing can be divided by 0";
        return op == OP_TIMES || v->number > 0;
    }
    if (type == TIMES && t.count > 0 && (t.bytes[0] == '-' || t.bytes[0] == '+')) {
        *why = "to move times, write created_at+=1h or created_at-=1h";
        return false;
    }
    if (type == NUMBERS && is_null(t, quoted)) return true; /* 0. */
    if (field == RULE_LOCATION) t = text_trim(t);           /* As it is held. */
    return rule_value_read(type, t, quoted, 0, v, why);
}
