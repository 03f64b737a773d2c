/* SPDX-License-Identifier: MIT */
#include "server/rest/fields.h"

#include "pipeline/base/json.h"
#include "pipeline/base/suggest.h"
#include "server/base/json_walk.h"
#include <string.h>

#define COUNTS "responses", "retweets", "replies", "quotes", "responders"
#define SUMS   COUNTS, "influence", "received"
#define TWEET                                                                                      \
    "id", "author_id", "created_at", "text", "kind", "reference_id", "lang", "lang_guessed",       \
        "sentiment", SUMS
#define AUTHOR                                                                                     \
    "id", "username", "name", "location", "place", "map_point", "verdict", "followers", SUMS,      \
        "clean"
#define PLACE                                                                                      \
    "id", "name", "lat", "lon", "country", "map_point", "authors", "verdict", SUMS, "recent"

static const char *const tweet_rows[] = {TWEET, "recent", NULL};
static const char *const found_rows[] = {TWEET, NULL};
static const char *const tweet_card[] = {
    TWEET,   "hashtags", "links", "terms", "responses_by_minute", "responses_by_place",
    "words", NULL};
static const char *const author_rows[] = {AUTHOR, "recent", NULL};
static const char *const author_card[] = {AUTHOR, "responders_by_place", "responses_by_minute",
                                          "tweets", NULL};
static const char *const response_rows[] = {"id",         "kind",      "author_id", "reference_id",
                                            "created_at", "influence", NULL};
static const char *const place_rows[] = {PLACE, NULL};
static const char *const hashtag_rows[] = {"tag", "tweets", "authors", SUMS, "recent", NULL};
static const char *const link_rows[] = {"url", "host", "tweets", "authors", SUMS, "recent", NULL};
static const char *const language_rows[] = {"lang", "tweets", SUMS, "recent", NULL};
static const char *const minute_rows[] = {"minute",   "tweets",  "retweets", "replies", "quotes",
                                          "positive", "neutral", "negative", "unknown", NULL};

/* tests/integration/test_fields.py compares these with what rows have. */
static const struct {
    const char *path;
    const char *const *names;
} rows_of[] = {
    {"tweets/top", tweet_rows},       {"tweets/{id}", tweet_card},
    {"authors/top", author_rows},     {"authors/{id}", author_card},
    {"places/top", place_rows},       {"authors/{id}/responses", response_rows},
    {"origins/top", place_rows},      {"hashtags/top", hashtag_rows},
    {"links/top", link_rows},         {"timeline", minute_rows},
    {"languages/top", language_rows}, {"search", found_rows},
};

const char *const *fields_of(const char *path) {
    for (size_t i = 0; i < sizeof rows_of / sizeof rows_of[0]; i++)
        if (strcmp(path, rows_of[i].path) == 0) return rows_of[i].names;
    return NULL;
}

/* FIELDS_MAX: none is called so. */
static size_t find(text name, const char *const *known) {
    for (size_t i = 0; i < FIELDS_MAX && known[i] != NULL; i++)
        if (text_equal(name, text_of(known[i]))) return i;
    return FIELDS_MAX;
}

static void add_unknown(text name, const char *const *known, param_errors *e) {
    suggestion near = {.wanted = name};
    for (size_t i = 0; known[i] != NULL; i++) suggest(&near, known[i]);
    int shown = name.count > 40 ? 40 : (int)name.count;
    if (near.best != NULL)
        param_errors_add(e, TEXT("fields"), "%.*s is unknown; did you mean %s?", shown, name.bytes,
                         near.best);
    else
        param_errors_add(e, TEXT("fields"), "%.*s is unknown; rows begin with %s", shown,
                         name.bytes, known[0]);
}

bool fields_read(text list, const char *const *known, field_set *wanted, param_errors *e) {
    *wanted = 0;
    for (size_t end; list.count > 0; list = text_slice(list, end + 1, list.count)) {
        if (!text_find_byte(list, ',', &end)) end = list.count;
        text name = text_trim(text_slice(list, 0, end));
        size_t i = find(name, known);
        if (i < FIELDS_MAX)
            *wanted |= (field_set)1 << i;
        else if (name.count > 0)
            add_unknown(name, known, e);
    }
    if (*wanted == 0 && e->count == 0) param_errors_add(e, TEXT("fields"), "names none");
    *wanted |= 1;
    return e->count == 0;
}

static bool is_wanted(text name, const char *const *known, field_set wanted) {
    size_t i = find(name, known);
    return i < FIELDS_MAX && (wanted >> i & 1) != 0;
}

static void put_row(json_writer *w, text row, const char *const *known, field_set wanted) {
    json_walk members = {.container = row};
    json_begin_object(w);
    while (json_walk_next(&members))
        if (is_wanted(members.key, known, wanted)) json_walk_put(&members, w);
    json_end_object(w);
}

static void put_rows(json_writer *w, text data, const char *const *known, field_set wanted) {
    json_walk rows = {.container = data};
    if (json_walk_is(data, '{')) {
        put_row(w, data, known, wanted);
        return;
    }
    json_begin_array(w);
    while (json_walk_next(&rows)) put_row(w, rows.value, known, wanted);
    json_end_array(w);
}

void fields_keep(buffer *answer, const char *const *known, field_set wanted) {
    buffer kept = {0};
    json_writer w = json_to(&kept);
    json_walk members = {.container = buffer_text(answer)};
    bool leads_on = is_wanted(TEXT("author_id"), known, wanted);
    buffer_add_byte(&kept, '{');
    while (json_walk_next(&members)) {
        if (text_equal(members.key, TEXT("data"))) {
            json_key(&w, "data");
            put_rows(&w, members.value, known, wanted);
        } else if (leads_on || !text_equal(members.key, TEXT("includes"))) {
            json_walk_put(&members, &w);
        }
    }
    kept.failed = kept.failed || answer->failed;
    buffer_deinit(answer);
    *answer = kept;
}
