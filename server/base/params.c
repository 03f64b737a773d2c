/* SPDX-License-Identifier: MIT */
#include "server/base/params.h"

#include "geocode/decimal.h"
#include "pipeline/base/suggest.h"
#include "pipeline/base/times.h"
#include "pipeline/queries/wanted.h"
#include "server/base/quantity.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    LIMIT_INITIAL = 10,
    LANG_BYTES_MAX = 8,
    NAME_BYTES_MAX = 256, /* Of a place, a country, an author, a hashtag. */
    TOKEN_BYTES_MAX = 512,
    FIELDS_BYTES_MAX = 400,
};
_Static_assert(LANG_BYTES_MAX + 4 * NAME_BYTES_MAX + TOKEN_BYTES_MAX + FIELDS_BYTES_MAX +
                       PARAM_BYTES_MAX + (1 + QUERY_SIDES_MAX) * WANTED_BYTES_MAX <=
                   PARAM_TEXTS_BYTES,
               "all texts at once need more room");
/* Times beyond are of no tweet; the bounds keep minutes within 32 bits. */
static const int64_t time_least_ms = TWITTER_EPOCH_MS;
static const int64_t time_most_ms = 4102444800000; /* 2100-01-01. */

void param_errors_add(param_errors *e, text parameter, const char *format, ...) {
    if (e->count == PARAM_ERRORS_MAX) return;
    param_error *one = &e->errors[e->count++];
    size_t count =
        parameter.count < sizeof one->parameter ? parameter.count : sizeof one->parameter - 1;
    if (count > 0) memcpy(one->parameter, parameter.bytes, count);
    one->parameter[count] = '\0';
    va_list list;
    va_start(list, format);
    (void)vsnprintf(one->detail, sizeof one->detail, format, list);
    va_end(list);
}

/* ---- Decoding ---- */

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* NULL, or what is wrong. */
static const char *decode(text from, char *to, size_t bytes_max, text *result) {
    size_t count = 0;
    for (size_t i = 0; i < from.count; i++) {
        int c = from.bytes[i] == '+' ? ' ' : (unsigned char)from.bytes[i];
        if (c == '%') {
            int high = i + 2 < from.count ? hex_digit(from.bytes[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(from.bytes[i + 2]) : -1;
            if (low < 0) return "a percent sign must be followed by two hexadecimal digits";
            c = high * 16 + low;
            i += 2;
        }
        if (c == 0) return "it has a NUL";
        if (count == bytes_max) return "it is too long";
        to[count++] = (char)c;
    }
    to[count] = '\0';
    *result = (text){to, count};
    return utf8_valid(*result) ? NULL : "it is not UTF-8";
}

param_reader params_of(text query_string) {
    return (param_reader){.rest = query_string};
}

bool param_next(param_reader *r, param_errors *e) {
    while (r->rest.count > 0) {
        size_t end, equals;
        if (!text_find_byte(r->rest, '&', &end)) end = r->rest.count;
        text pair = text_slice(r->rest, 0, end);
        r->rest = text_slice(r->rest, end + 1, r->rest.count);
        if (pair.count == 0) continue;
        if (!text_find_byte(pair, '=', &equals)) equals = pair.count;
        text name = text_slice(pair, 0, equals), value = text_slice(pair, equals + 1, pair.count);
        const char *why = decode(name, r->name, sizeof r->name - 1, &r->name_text);
        if (why == NULL) why = decode(value, r->value, PARAM_BYTES_MAX, &r->value_text);
        if (why == NULL) return true;
        param_errors_add(e, utf8_valid(name) ? name : TEXT("?"), "%s", why);
    }
    return false;
}

/* ---- Values ---- */

typedef struct {
    unsigned takes;
    const char *const *sorts;
    query_params *p;
    char *memory; /* Of which texts have taken the first bytes_used. */
    size_t bytes_used;
    param_errors *e;
    bool has_window, has_start, has_end;
} reading;

/* Every parameter is read once at most, so there is room for each. */
static text keep(reading *r, text value) {
    text kept = {r->memory + r->bytes_used, value.count};
    if (value.count > 0) memcpy(r->memory + r->bytes_used, value.bytes, value.count);
    r->bytes_used += value.count;
    return kept;
}

/* Says which of `known` (NULL-ended) is near a value that is none of them. */
static void add_unknown_value(reading *r, text name, text value, const char *const *known) {
    suggestion near = {.wanted = value};
    for (size_t i = 0; known != NULL && known[i] != NULL; i++) suggest(&near, known[i]);
    if (near.best != NULL)
        param_errors_add(r->e, name, "unknown; did you mean %s?", near.best);
    else
        param_errors_add(r->e, name, "unknown; the first is %s",
                         known != NULL && known[0] != NULL ? known[0] : "none");
}

static bool find_value(text value, const char *const *known, size_t *index) {
    for (*index = 0; known != NULL && known[*index] != NULL; ++*index)
        if (text_equal(value, text_of(known[*index]))) return true;
    return false;
}

static void read_window(reading *r, text name, text value) {
    r->has_window = true;
    if (query_window_from(value, &r->p->window) && r->p->window != WINDOW_GIVEN) return;
    param_errors_add(r->e, name, "unknown; use 5m, 15m, 1h, 6h, 24h or all");
}

/* Whole minutes before the newest, outward: 0 or less. */
static int64_t minutes_back_ms(int64_t ms, bool is_start) {
    return -(is_start ? ms + MS_PER_MINUTE - 1 : ms) / MS_PER_MINUTE * MS_PER_MINUTE;
}

static void read_time(reading *r, text name, text value) {
    bool is_start = text_equal(name, TEXT("start"));
    int64_t ms;
    *(is_start ? &r->has_start : &r->has_end) = true;
    if (text_starts_with(value, TEXT("-")) &&
        quantity_time(text_slice(value, 1, value.count), &ms)) {
        *(is_start ? &r->p->start_ms : &r->p->end_ms) = minutes_back_ms(ms, is_start);
        return;
    }
    if (!time_from_rfc3339(value, &ms)) {
        param_errors_add(r->e, name, "not a time; write it like 2012-07-04T12:00:00Z or -30m");
        return;
    }
    ms = ms < time_least_ms ? time_least_ms : ms > time_most_ms ? time_most_ms : ms;
    int64_t minute = minute_of(is_start ? ms : ms + MS_PER_MINUTE - 1);
    *(is_start ? &r->p->start_ms : &r->p->end_ms) = minute * MS_PER_MINUTE;
}

static void read_sort(reading *r, text name, text value) {
    size_t index;
    if (find_value(value, r->sorts, &index))
        r->p->sort = r->sorts[index];
    else
        add_unknown_value(r, name, value, r->sorts);
}

static void read_limit(reading *r, text name, text value) {
    const uint32_t max = (r->takes & QUERY_EXPORT) != 0 ? QUERY_LIMIT_EXPORT_MAX : QUERY_LIMIT_MAX;
    uint64_t limit;
    if (text_to_u64(value, &limit) && limit >= 1 && limit <= max)
        r->p->limit = (uint32_t)limit;
    else
        param_errors_add(r->e, name, "must be a whole number from 1 to %u", max);
}

static void read_lang(reading *r, text name, text value) {
    bool good = value.count >= 2 && value.count <= LANG_BYTES_MAX;
    for (size_t i = 0; good && i < value.count; i++) {
        char c = value.bytes[i];
        good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    }
    if (!good) {
        param_errors_add(r->e, name, "not a language code such as en or pt");
        return;
    }
    r->p->filter.lang = keep(r, value);
}

/* A name that may not be empty or longer than any; false: an error was added. */
static bool read_name(reading *r, text name, text value, text *to) {
    if (value.count == 0 || value.count > NAME_BYTES_MAX)
        param_errors_add(r->e, name, value.count == 0 ? "it is empty" : "it is too long");
    else
        *to = keep(r, value);
    return value.count > 0 && value.count <= NAME_BYTES_MAX;
}

static void read_place(reading *r, text name, text value) {
    (void)read_name(r, name, text_trim(value), &r->p->filter.place);
}

static void read_country(reading *r, text name, text value) {
    (void)read_name(r, name, text_trim(value), &r->p->filter.country);
}

static void read_author(reading *r, text name, text value) {
    uint64_t id;
    text who = text_trim(value);
    if (text_to_u64(who, &id) || (text_starts_with(who, TEXT("@")) && who.count > 1))
        (void)read_name(r, name, who, &r->p->filter.author);
    else
        param_errors_add(r->e, name, "must be an id or a name such as @ada");
}

static void read_hashtag(reading *r, text name, text value) {
    text tag = text_trim(value);
    if (text_starts_with(tag, TEXT("#"))) tag = text_slice(tag, 1, tag.count);
    (void)read_name(r, name, tag, &r->p->filter.hashtag);
}

static void read_kind(reading *r, text name, text value) {
    static const char *const kinds[] = {"retweet", "reply", "quote", NULL};
    static const unsigned flags[] = {QUERY_KIND_RETWEET, QUERY_KIND_REPLY, QUERY_KIND_QUOTE};
    for (size_t end, index; value.count > 0; value = text_slice(value, end + 1, value.count)) {
        if (!text_find_byte(value, ',', &end)) end = value.count;
        text one = text_trim(text_slice(value, 0, end));
        if (find_value(one, kinds, &index))
            r->p->filter.kinds |= flags[index];
        else
            add_unknown_value(r, name, one, kinds);
    }
    if (r->p->filter.kinds == 0 && r->e->count == 0) param_errors_add(r->e, name, "names none");
}

static void read_located(reading *r, text name, text value) {
    static const char *const words[] = {"true", "false", NULL};
    bool is_clean = text_equal(name, TEXT("clean"));
    size_t index;
    if (find_value(value, words, &index))
        *(is_clean ? &r->p->filter.clean : &r->p->filter.located) =
            index == 0 ? QUERY_TRUE : QUERY_FALSE;
    else
        param_errors_add(r->e, name, "must be true or false");
}

static void read_sentiment(reading *r, text name, text value) {
    static const char *const words[] = {"received", "all", NULL};
    size_t index;
    if (find_value(value, words, &index))
        r->p->all_texts = index == 1;
    else
        add_unknown_value(r, name, value, words);
}

static void read_cursor(reading *r, text name, text value) {
    if (value.count == 0 || value.count > TOKEN_BYTES_MAX)
        param_errors_add(r->e, name, "not a next_token of an earlier answer");
    else
        r->p->token = keep(r, value);
}

static void read_fields(reading *r, text name, text value) {
    if (value.count == 0 || value.count > FIELDS_BYTES_MAX)
        param_errors_add(r->e, name, value.count == 0 ? "names none" : "it is too long");
    else
        r->p->fields = keep(r, value);
}

/* Four numbers, by commas. */
static bool split_box(text value, int64_t e7[4]) {
    for (size_t i = 0; i < 4; i++) {
        size_t end = value.count;
        if (text_find_byte(value, ',', &end) != (i < 3)) return false;
        if (!degrees_read(text_trim(text_slice(value, 0, end)), &e7[i])) return false;
        value = text_slice(value, end + 1, value.count);
    }
    return true;
}

static void read_box(reading *r, text name, text value) {
    const int64_t degree = 10000000;
    int64_t e7[4];
    bool good = split_box(value, e7);
    for (size_t i = 0; good && i < 4; i++) {
        int64_t most = (i % 2 == 0 ? 180 : 90) * degree;
        good = e7[i] >= -most && e7[i] <= most;
    }
    if (!good)
        param_errors_add(r->e, name,
                         "must be west,south,east,north in degrees, as in 5.9,47.3,15,55");
    else if (e7[1] > e7[3])
        param_errors_add(r->e, name, "its south is north of its north");
    else
        r->p->filter.box =
            (query_box){true, (int32_t)e7[0], (int32_t)e7[1], (int32_t)e7[2], (int32_t)e7[3]};
}

/* What a query says of it later is only whether it can be read: here is where it is told. */
static void read_wanted(reading *r, text name, text value) {
    bool is_side = !text_equal(name, TEXT("q"));
    written_error wrong;
    wanted *w;
    status s = wanted_read(value, &w, &wrong);
    wanted_free(w);
    if (s == STATUS_OK)
        *(is_side ? &r->p->sides[name.bytes[0] - 'a'] : &r->p->filter.wanted) = keep(r, value);
    else if (s == STATUS_BAD_FORMAT)
        param_errors_add(r->e, name, "at byte %zu: %s", wrong.position, wrong.message);
    else
        param_errors_add(r->e, name, "%s", status_text(s));
}

static void read_text(reading *r, text name, text value) {
    (void)name;
    r->p->text = keep(r, value);
}

static const struct {
    const char *name;
    unsigned flag;
    void (*read)(reading *r, text name, text value);
} rules[] = {
    {"window", QUERY_WINDOW, read_window},  {"start", QUERY_WINDOW, read_time},
    {"end", QUERY_WINDOW, read_time},       {"sort", QUERY_SORT, read_sort},
    {"limit", QUERY_LIMIT, read_limit},     {"lang", QUERY_LANG, read_lang},
    {"text", QUERY_TEXT, read_text},        {"place", QUERY_PLACE, read_place},
    {"author", QUERY_AUTHOR, read_author},  {"hashtag", QUERY_HASHTAG, read_hashtag},
    {"kind", QUERY_KIND, read_kind},        {"located", QUERY_LOCATED, read_located},
    {"clean", QUERY_LOCATED, read_located}, {"sentiment", QUERY_SENTIMENT, read_sentiment},
    {"cursor", QUERY_CURSOR, read_cursor},  {"country", QUERY_PLACE, read_country},
    {"fields", QUERY_FIELDS, read_fields},  {"bbox", QUERY_PLACE, read_box},
    {"q", QUERY_WANTED, read_wanted},       {"a", QUERY_SIDES, read_wanted},
    {"b", QUERY_SIDES, read_wanted},        {"c", QUERY_SIDES, read_wanted},
    {"d", QUERY_SIDES, read_wanted},
};
enum { RULE_COUNT = sizeof rules / sizeof rules[0] };

static void add_unknown(reading *r, text name) {
    suggestion near = {.wanted = name};
    for (size_t i = 0; i < RULE_COUNT; i++)
        if ((r->takes & rules[i].flag) != 0) suggest(&near, rules[i].name);
    if (near.best != NULL)
        param_errors_add(r->e, name, "unknown; did you mean %s?", near.best);
    else
        param_errors_add(r->e, name, "unknown");
}

static void read_pair(reading *r, text name, text value, unsigned *seen) {
    for (size_t i = 0; i < RULE_COUNT; i++) {
        if ((r->takes & rules[i].flag) == 0 || !text_equal(name, text_of(rules[i].name))) continue;
        if ((*seen >> i & 1) != 0)
            param_errors_add(r->e, name, "given twice");
        else
            rules[i].read(r, name, value);
        *seen |= 1u << i;
        return;
    }
    add_unknown(r, name);
}

static void settle_window(reading *r) {
    if (!r->has_start && !r->has_end) return;
    if (r->has_window)
        param_errors_add(r->e, TEXT("window"), "give either window or start and end");
    r->p->window = WINDOW_GIVEN;
    bool is_one_kind = (r->p->start_ms <= 0) == (r->p->end_ms <= 0);
    if (r->e->count == 0 && is_one_kind && r->p->start_ms >= r->p->end_ms)
        param_errors_add(r->e, TEXT("end"), "must be later than start");
}

/* Two at least, and none left out between. */
static void settle_sides(reading *r) {
    static const char *const names[QUERY_SIDES_MAX] = {"a", "b", "c", "d"};
    size_t needed = 2;
    if ((r->takes & QUERY_SIDES) == 0 || r->e->count > 0) return;
    for (size_t i = 0; i < QUERY_SIDES_MAX; i++)
        if (r->p->sides[i].count > 0 && i + 1 > needed) needed = i + 1;
    for (size_t i = 0; i < needed; i++)
        if (r->p->sides[i].count == 0) param_errors_add(r->e, text_of(names[i]), "missing");
}

bool params_read(text query_string, unsigned takes, const char *const *sorts, query_params *p,
                 char memory[PARAM_TEXTS_BYTES], param_errors *e) {
    reading r = {.takes = takes, .sorts = sorts, .p = p, .memory = memory, .e = e};
    unsigned seen = 0;
    *p = (query_params){.window = WINDOW_ALL, .limit = LIMIT_INITIAL};
    p->start_ms = time_least_ms;
    p->end_ms = time_most_ms;
    param_reader pairs = params_of(query_string);
    while (param_next(&pairs, e)) read_pair(&r, pairs.name_text, pairs.value_text, &seen);
    settle_window(&r);
    settle_sides(&r);
    if ((takes & QUERY_TEXT) != 0 && p->text.bytes == NULL && e->count == 0)
        param_errors_add(e, TEXT("text"), "missing");
    return e->count == 0;
}
