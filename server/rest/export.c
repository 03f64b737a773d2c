/* SPDX-License-Identifier: MIT */
#include "server/rest/export.h"

#include "pipeline/base/json.h"
#include "pipeline/base/suggest.h"
#include "server/base/csv.h"
#include "server/base/json_walk.h"
#include <stdlib.h>
#include <string.h>

#define TOTALS                                                                                     \
    "responses", "retweets", "replies", "quotes", "responders", "influence", "recent",             \
        "received.n", "received.mean", "received.low", "received.high", "received.spread"
#define PLACE "place.name", "place.lat", "place.lon", "place.country"

static const char *const tweet_columns[] = {"id",
                                            "author_id",
                                            "created_at",
                                            "text",
                                            "kind",
                                            "reference_id",
                                            "lang",
                                            "lang_guessed",
                                            "sentiment.score",
                                            "sentiment.label",
                                            "hashtags",
                                            "links",
                                            TOTALS,
                                            NULL};
static const char *const author_columns[] = {
    "id", "username", "name", "location", PLACE, "map_point", "verdict", "followers", TOTALS, NULL};
static const char *const place_columns[] = {"id",        "name",    "lat",     "lon",  "country",
                                            "map_point", "authors", "verdict", TOTALS, NULL};
static const char *const hashtag_columns[] = {"tag", "tweets", "authors", TOTALS, NULL};
static const char *const link_columns[] = {"url", "host", "tweets", "authors", TOTALS, NULL};
static const char *const language_columns[] = {"lang", "tweets", TOTALS, NULL};
static const char *const map_columns[] = {
    "id",        "username",  "place",      "lat",           "lon",
    "influence", "responses", "received_n", "received_mean", NULL};
static const char *const timeline_columns[] = {"minute",  "tweets",   "retweets", "replies",
                                               "quotes",  "positive", "neutral",  "negative",
                                               "unknown", NULL};

const export_kind export_kinds[] = {
    {"tweets", "tweets/top", tweet_columns, NULL, false},
    {"authors", "authors/top", author_columns, "place", false},
    {"places", "places/top", place_columns, "", false},
    {"origins", "origins/top", place_columns, "", false},
    {"hashtags", "hashtags/top", hashtag_columns, NULL, false},
    {"links", "links/top", link_columns, NULL, false},
    {"languages", "languages/top", language_columns, NULL, false},
    {"map", "map", map_columns, "", true},
    {"timeline", "timeline", timeline_columns, NULL, false},
};
const size_t export_kind_count = sizeof export_kinds / sizeof export_kinds[0];

/* ---- What is asked for ---- */

static const char *const format_names[] = {"csv", "jsonl", "geojson"};

static void add_unknown(param_errors *e, text name, const char *near, const char *all) {
    if (near != NULL)
        param_errors_add(e, name, "unknown; did you mean %s?", near);
    else
        param_errors_add(e, name, "unknown; use %s", all);
}

static void read_what(text value, export_choice *c, param_errors *e) {
    suggestion near = {.wanted = value};
    if (c->kind != NULL) param_errors_add(e, TEXT("what"), "given twice");
    for (size_t i = 0; i < export_kind_count; i++) {
        suggest(&near, export_kinds[i].name);
        if (text_equal(value, text_of(export_kinds[i].name))) c->kind = &export_kinds[i];
    }
    if (c->kind == NULL)
        add_unknown(
            e, TEXT("what"), near.best,
            "tweets, authors, places, origins, hashtags, links, languages, map or timeline");
}

static void read_format(text value, bool is_second, export_choice *c, param_errors *e) {
    suggestion near = {.wanted = value};
    bool found = false;
    if (is_second) param_errors_add(e, TEXT("format"), "given twice");
    for (size_t i = 0; i < 3; i++) {
        suggest(&near, format_names[i]);
        if (!text_equal(value, text_of(format_names[i]))) continue;
        c->format = (export_format)i;
        found = true;
    }
    if (!found) add_unknown(e, TEXT("format"), near.best, "csv, jsonl or geojson");
}

const char *export_extension(export_format f) {
    return format_names[f];
}

bool export_choose(text query_string, export_format initial, export_choice *c, buffer *rest,
                   param_errors *e) {
    bool has_what = false, has_format = false;
    *c = (export_choice){.format = initial};
    while (query_string.count > 0) {
        size_t end;
        if (!text_find_byte(query_string, '&', &end)) end = query_string.count;
        text pair = text_slice(query_string, 0, end);
        query_string = text_slice(query_string, end + 1, query_string.count);
        if (text_starts_with(pair, TEXT("what="))) {
            read_what(text_slice(pair, 5, pair.count), c, e);
            has_what = true;
        } else if (text_starts_with(pair, TEXT("format="))) {
            read_format(text_slice(pair, 7, pair.count), has_format, c, e);
            has_format = true;
        } else {
            if (text_starts_with(pair, TEXT("limit="))) c->has_limit = true;
            buffer_add(rest, pair);
            buffer_add_byte(rest, '&');
        }
    }
    if (!has_what) param_errors_add(e, TEXT("what"), "missing; tweets, authors, map, ...");
    if (c->kind != NULL && c->format == EXPORT_GEOJSON && c->kind->point == NULL)
        param_errors_add(e, TEXT("format"), "geojson is for authors, places and map");
    return e->count == 0;
}

/* ---- Columns to rows ---- */

enum { COLUMNS_MAX = 16 };

/* What a number of the map counts. */
static double unit_of(text key) {
    if (text_equal(key, TEXT("lat")) || text_equal(key, TEXT("lon"))) return 1e4;
    return text_equal(key, TEXT("influence")) || text_equal(key, TEXT("received_mean")) ? 1e3 : 1;
}

static void put_cell(json_writer *w, text key, text value) {
    char digits[32];
    double unit = unit_of(key);
    bool is_null = text_equal(value, TEXT("null"));
    buffer_add_format(w->out, "%s\"%.*s\":", w->needs_comma ? "," : "", (int)key.count, key.bytes);
    w->needs_comma = false;
    if (unit == 1 || is_null || value.count >= sizeof digits) {
        json_put_raw(w, value);
        return;
    }
    memcpy(digits, value.bytes, value.count);
    digits[value.count] = '\0';
    json_put_double(w, strtod(digits, NULL) / unit);
}

/* {"id":[...],"lat":[...]} as [{"id":...,"lat":...},...]. */
static void put_rows(text columns, buffer *out) {
    json_walk each = {.container = columns}, column[COLUMNS_MAX];
    text keys[COLUMNS_MAX];
    size_t count = 0;
    json_writer w = json_to(out);
    while (count < COLUMNS_MAX && json_walk_next(&each)) {
        keys[count] = each.key;
        column[count++] = (json_walk){.container = each.value};
    }
    json_begin_array(&w);
    while (count > 0 && json_walk_next(&column[0])) {
        json_begin_object(&w);
        put_cell(&w, keys[0], column[0].value);
        for (size_t i = 1; i < count; i++)
            if (json_walk_next(&column[i])) put_cell(&w, keys[i], column[i].value);
        json_end_object(&w);
    }
    json_end_array(&w);
}

/* ---- Forms ---- */

static void write_csv(const export_kind *k, text data, buffer *out) {
    csv_writer w = csv_to(out);
    json_walk rows = {.container = data};
    for (size_t i = 0; k->columns[i] != NULL; i++) csv_put_text(&w, text_of(k->columns[i]));
    csv_end_row(&w);
    while (json_walk_next(&rows)) {
        for (size_t i = 0; k->columns[i] != NULL; i++) {
            text value = TEXT("null");
            if (!json_walk_find(rows.value, k->columns[i], &value)) value = TEXT("null");
            csv_put_json(&w, value);
        }
        csv_end_row(&w);
    }
}

static void write_lines(text data, buffer *out) {
    json_walk rows = {.container = data};
    while (json_walk_next(&rows)) {
        buffer_add(out, rows.value);
        buffer_add_byte(out, '\n');
    }
}

static void write_feature(const export_kind *k, text row, json_writer *w) {
    text at = row, lat, lon;
    json_walk members = {.container = row};
    if (k->point[0] != '\0' && !json_walk_find(row, k->point, &at)) return;
    if (!json_walk_find(at, "lat", &lat) || !json_walk_find(at, "lon", &lon)) return;
    json_begin_object(w);
    json_field(w, "type", string, "Feature");
    json_key(w, "geometry");
    json_begin_object(w);
    json_field(w, "type", string, "Point");
    json_key(w, "coordinates");
    json_begin_array(w);
    json_put_raw(w, lon);
    json_put_raw(w, lat);
    json_end_array(w);
    json_end_object(w);
    json_key(w, "properties");
    json_begin_object(w);
    while (json_walk_next(&members)) json_walk_put(&members, w);
    json_end_object(w);
    json_end_object(w);
}

static void write_features(const export_kind *k, text data, buffer *out) {
    json_writer w = json_to(out);
    json_walk rows = {.container = data};
    json_begin_object(&w);
    json_field(&w, "type", string, "FeatureCollection");
    json_key(&w, "features");
    json_begin_array(&w);
    while (json_walk_next(&rows)) write_feature(k, rows.value, &w);
    json_end_array(&w);
    json_end_object(&w);
    buffer_add_byte(out, '\n');
}

void export_write(const export_choice *c, text answer, buffer *out) {
    text data = TEXT("[]"), includes = TEXT("{}");
    buffer rows = {0};
    (void)json_walk_find(answer, "data", &data);
    if (!json_walk_find(answer, "includes", &includes)) includes = TEXT("{}");
    if (c->kind->is_columns) {
        put_rows(data, &rows);
        data = buffer_text(&rows);
    }
    if (c->format == EXPORT_CSV)
        write_csv(c->kind, data, out);
    else if (c->format == EXPORT_GEOJSON)
        write_features(c->kind, data, out);
    else if (strcmp(c->kind->name, "tweets") == 0)
        export_write_pages(data, includes, out);
    else
        write_lines(data, out);
    if (rows.failed) out->failed = true;
    buffer_deinit(&rows);
}
