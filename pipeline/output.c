/* SPDX-License-Identifier: MIT */
/* output -- the files that other programs' answers are compared with. */
#include "pipeline/output.h"

#include "pipeline/base/times.h"
#include "pipeline/queries/answers.h"
#include "pipeline/queries/shapes.h"
#include "sentiment/sentiment.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Rows by what they are sorted by. */
typedef struct {
    uint64_t key;
    text name; /* Of places with equal coordinates. */
    uint32_t number;
} sorted_row;

static int by_key(const void *a, const void *b) {
    const sorted_row *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return text_compare(x->name, y->name);
}

/* Numbers of a view's rows in the order of the key that `key_of` gives. */
static sorted_row *sorted(const moment *m, const flow_view *v,
                          void (*key_of)(const moment *m, sorted_row *row), size_t *count) {
    sorted_row *rows = malloc((flow_view_count(m->snapshot, v) + 1) * sizeof(*rows));
    *count = 0;
    if (rows == NULL) return NULL;
    for (uint32_t number = 0; flow_view_next(m->snapshot, v, &number) != NULL; number++) {
        rows[*count] = (sorted_row){.number = number};
        key_of(m, &rows[(*count)++]);
    }
    if (*count > 0) qsort(rows, *count, sizeof(*rows), by_key);
    return rows;
}

static void user_key(const moment *m, sorted_row *row) {
    row->key = idmap_id(m->graph->user_ids, row->number);
}

static void tweet_key(const moment *m, sorted_row *row) {
    row->key = idmap_id(m->graph->tweet_ids, row->number);
}

static void place_key(const moment *m, sorted_row *row) {
    const place *p = places_get(m->places, row->number);
    const int64_t least = INT32_MIN; /* Order of signed numbers as of unsigned ones. */
    row->key = (uint64_t)(p->lat_e7 - least) << 32 | (uint64_t)(p->lon_e7 - least);
    row->name = p->name;
}

static void number_key(const moment *m, sorted_row *row) {
    (void)m;
    row->key = row->number;
}

/* ---- One row of each file ---- */

static void write_author(const moment *m, uint32_t user, json_writer *w) {
    const total_row *t = flow_view_find(m->snapshot, m->graph->author_total_view, user);
    const responders_row *r = flow_view_find(m->snapshot, m->graph->responders_view, user);
    const user_row *u = moment_user(m, user);
    uint32_t place_number;
    bool makes_point;
    json_field(w, "id", id, idmap_id(m->graph->user_ids, user));
    json_field(w, "username", text, u == NULL ? TEXT("") : strings_get(m->names, u->username));
    json_field(w, "location", text, u == NULL ? TEXT("") : strings_get(m->names, u->location));
    json_key(w, "place");
    write_place(w, place_of_user(m, user, &place_number, &makes_point));
    write_counts(w, t);
    json_field(w, "responders", u64, r == NULL ? 0 : r->responders);
    json_field(w, "influence", double, weight_to_double(t->influence));
    write_clean(w, m, user);
    json_key(w, "received");
    write_received(w, t);
}

static void write_tweet_row(const moment *m, uint32_t tweet, json_writer *w) {
    const total_row *t = flow_view_find(m->snapshot, m->graph->tweet_total_view, tweet);
    const tweet_row *row = moment_tweet(m, tweet);
    json_field(w, "id", id, idmap_id(m->graph->tweet_ids, tweet));
    json_field(w, "author_id", id, idmap_id(m->graph->user_ids, row->author));
    json_field(w, "created_at", time, row->created_ms);
    json_field(w, "text", text, texts_get(m->texts, row->text));
    json_key(w, "sentiment");
    row->label == SENTIMENT_UNKNOWN ? json_put_null(w) : json_put_double(w, row->score / 1e6);
    write_counts(w, t);
    json_field(w, "influence", double, weight_to_double(t->influence));
    json_key(w, "received");
    write_received(w, t);
    json_field(w, "lang", text, strings_get(m->langs, row->lang));
    json_field(w, "label", string, sentiment_label_text((sentiment_label)row->label));
}

static void write_place_row(const moment *m, uint32_t number, json_writer *w) {
    const place *p = places_get(m->places, number);
    place_judgement j = moment_judge(m, number);
    char room[PLACE_NAME_ROOM];
    json_field(w, "lat", double, degrees(p->lat_e7));
    json_field(w, "lon", double, degrees(p->lon_e7));
    json_field(w, "name", text, place_name(p, room));
    json_field(w, "verdict", string, place_verdict_text(j.verdict));
    json_key(w, "round");
    j.round == 0 ? json_put_null(w) : json_put_u64(w, j.round);
    json_field(w, "authors", u64, j.authors);
    json_field(w, "speakers", u64, j.speakers);
    json_key(w, "country");
    p->country[0] == '\0' ? json_put_null(w) : json_put_string(w, p->country);
}

static void write_minute_row(const moment *m, uint32_t minute, json_writer *w) {
    write_minute_fields(w, flow_view_find(m->snapshot, m->graph->minute_view, minute));
}

/* ---- Files ---- */

static FILE *open_in(const char *folder, const char *name) {
    buffer path = {0};
    buffer_add_format(&path, "%s/%s", folder, name);
    buffer_add_byte(&path, '\0');
    FILE *file = path.failed ? NULL : fopen(path.bytes, "wb");
    buffer_deinit(&path);
    return file;
}

static bool flush_to(FILE *file, buffer *b) {
    bool good = !b->failed && (b->count == 0 || fwrite(b->bytes, 1, b->count, file) == b->count);
    buffer_clear(b);
    return good;
}

status output_file(const char *folder, const char *name, const buffer *content) {
    FILE *file = open_in(folder, name);
    if (file == NULL) return STATUS_CANNOT_OPEN;
    bool good =
        !content->failed && fwrite(content->bytes, 1, content->count, file) == content->count;
    return fclose(file) == 0 && good ? STATUS_OK : STATUS_CANNOT_WRITE;
}

typedef struct {
    const char *name;
    const flow_view *view;
    void (*key_of)(const moment *m, sorted_row *row);
    void (*write)(const moment *m, uint32_t number, json_writer *w);
} row_file;

static status write_rows(const moment *m, const char *folder, const row_file *f) {
    size_t count;
    buffer lines = {0};
    sorted_row *rows = sorted(m, f->view, f->key_of, &count);
    if (rows == NULL) return STATUS_NO_MEMORY;
    FILE *file = open_in(folder, f->name);
    bool good = file != NULL;
    for (size_t i = 0; good && i < count; i++) {
        json_writer w = json_to(&lines);
        json_begin_object(&w);
        f->write(m, rows[i].number, &w);
        json_end_object(&w);
        buffer_add_byte(&lines, '\n');
        if (lines.count >= 1 << 18) good = flush_to(file, &lines);
    }
    good = good && flush_to(file, &lines);
    free(rows);
    buffer_deinit(&lines);
    if (file == NULL) return STATUS_CANNOT_OPEN;
    return fclose(file) == 0 && good ? STATUS_OK : STATUS_CANNOT_WRITE;
}

status output_write(const moment *m, const char *folder, const char **failed_name) {
    const graph *g = m->graph;
    const row_file files[] = {
        {"authors.jsonl", g->author_total_view, user_key, write_author},
        {"tweets.jsonl", g->tweet_total_view, tweet_key, write_tweet_row},
        {"places.jsonl", g->place_total_view, place_key, write_place_row},
        {"minutes.jsonl", g->minute_view, number_key, write_minute_row},
    };
    const char *failed = "totals.json";
    buffer totals = {0};
    json_writer w = json_to(&totals);
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        if (failed_name != NULL) *failed_name = NULL;
        return STATUS_CANNOT_OPEN;
    }
    everything e = stats_read(m);
    json_begin_object(&w);
    write_totals(&w, &e);
    json_end_object(&w);
    buffer_add_byte(&totals, '\n');
    status s = output_file(folder, failed, &totals);
    buffer_deinit(&totals);
    for (size_t i = 0; s == STATUS_OK && i < sizeof files / sizeof files[0]; i++) {
        failed = files[i].name;
        s = write_rows(m, folder, &files[i]);
    }
    if (failed_name != NULL) *failed_name = s == STATUS_OK ? NULL : failed;
    return s;
}
