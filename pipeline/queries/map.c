/* SPDX-License-Identifier: MIT */
/* map -- the authors with the most influence who have a map point that is not bad. */
#include "pipeline/queries/answers.h"
#include "pipeline/queries/shapes.h"
#include "pipeline/queries/topic.h"

#include "pipeline/base/hash.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAP_AUTHORS_MAX = 5000 };

/* Columns of the frame: a list drives full frames and changes alike. */
struct map_point {
    uint64_t id;
    int64_t influence; /* Thousandths. */
    int32_t lat, lon;  /* 1e-4 degree, spread. */
    uint32_t responses, received;
    int32_t mean;             /* Thousandths, with received > 0. */
    uint32_t username, place; /* Begin in the state's strings. */
    uint32_t username_bytes, place_bytes;
};

/* Authors of one place would cover one another: each is moved by up to 0.02 degree,
 * always the same way, by the hash of the id. */
static int32_t spread(int32_t e7, uint64_t id, uint64_t salt) {
    int64_t off = (int64_t)(hash_mix(id ^ salt) % 401) - 200; /* 1e-4 degree. */
    return (int32_t)((e7 >= 0 ? e7 + 500 : e7 - 500) / 1000 + off);
}

static uint32_t keep_string(topic_state *s, text t) {
    uint32_t begin = (uint32_t)s->strings.count;
    buffer_add(&s->strings, t);
    return begin;
}

static void add_point(topic_state *s, const moment *m, const total_row *t) {
    uint32_t number;
    bool makes_point;
    const place *p = place_of_user(m, t->id, &number, &makes_point);
    const user_row *u = moment_user(m, t->id);
    if (p == NULL || !makes_point || u == NULL) return;
    map_point *point = &s->points[s->point_count++];
    char room[PLACE_NAME_ROOM];
    text username = strings_get(m->names, u->username), where = place_name(p, room);
    *point = (map_point){
        .id = idmap_id(m->graph->user_ids, t->id),
        .influence = (int64_t)(weight_to_double(t->influence) * 1000 + 0.5),
        .responses = t->responses,
        .received = t->received,
        .username = keep_string(s, username),
        .place = keep_string(s, where),
        .username_bytes = (uint32_t)username.count,
        .place_bytes = (uint32_t)where.count,
    };
    point->lat = spread(p->lat_e7, point->id, 1);
    point->lon = spread(p->lon_e7, point->id, 2);
    if (t->received > 0)
        point->mean = (int32_t)lround((double)t->score_sum / (double)t->received / 1000);
}

static bool is_on_map(const moment *m, uint32_t user) {
    const home_row *home = flow_view_find(m->snapshot, m->graph->home_view, user);
    return home != NULL && moment_judge(m, home->place).verdict != VERDICT_BAD;
}

static status offer_authors(const moment *m, const filter *f, bool all_texts, best_rows *best) {
    const tally_options o = {.all_texts = all_texts};
    tally t;
    uint32_t at = 0;
    board_line line = {0};
    status s = tally_open(&t, f, TALLY_BY_AUTHOR, &o);
    for (const total_row *row;
         s == STATUS_OK && (row = tally_next(&t, &at, &line.recent)) != NULL;) {
        if (!is_on_map(m, row->id)) continue;
        line.total = *row;
        best_offer(best, &line);
    }
    tally_close(&t);
    return s;
}

static int by_id(const void *a, const void *b) {
    const map_point *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

static status add_points(topic_state *s, const moment *m, best_rows *best) {
    s->points = calloc(best->count + 1, sizeof(*s->points));
    for (size_t i = 0; s->points != NULL && i < best->count; i++)
        add_point(s, m, &best->rows[i].s.total);
    if (s->points == NULL || s->strings.failed) return STATUS_NO_MEMORY;
    if (s->point_count > 0) qsort(s->points, s->point_count, sizeof(*s->points), by_id);
    return STATUS_OK;
}

static best_tie tie_of(const moment *m, uint32_t user) {
    return (best_tie){{idmap_id(m->graph->user_ids, user), 0}};
}

static status map_state(const moment *m, const query_params *p, uint32_t *begin, uint32_t *end,
                        topic_state **result) {
    topic_state *s = calloc(1, sizeof(*s));
    best_rows *best = best_new(m, tie_of, SORT_INFLUENCE, MAP_AUTHORS_MAX, NULL);
    filter f;
    bool any = moment_window(m, p->window, p->start_ms, p->end_ms, begin, end);
    status made = filter_init(&f, m, &p->filter, *begin, *end, p->wrong);
    if (s == NULL || best == NULL) made = STATUS_NO_MEMORY;
    if (!any) f.nothing = true;
    if (made == STATUS_OK) made = offer_authors(m, &f, p->all_texts, best);
    if (made == STATUS_OK) made = add_points(s, m, best);
    filter_deinit(&f);
    free(best);
    if (made != STATUS_OK) {
        topic_free(s);
        return made;
    }
    s->epoch = moment_epoch(m);
    *result = s;
    return STATUS_OK;
}

/* ---- Writing: a column after the other ---- */

static void put_id(const topic_state *s, const map_point *p, json_writer *w) {
    (void)s;
    json_put_id(w, p->id);
}
static void put_lat(const topic_state *s, const map_point *p, json_writer *w) {
    (void)s;
    json_put_i64(w, p->lat);
}
static void put_lon(const topic_state *s, const map_point *p, json_writer *w) {
    (void)s;
    json_put_i64(w, p->lon);
}
static void put_influence(const topic_state *s, const map_point *p, json_writer *w) {
    (void)s;
    json_put_i64(w, p->influence);
}
static void put_responses(const topic_state *s, const map_point *p, json_writer *w) {
    (void)s;
    json_put_u64(w, p->responses);
}
static void put_received(const topic_state *s, const map_point *p, json_writer *w) {
    (void)s;
    json_put_u64(w, p->received);
}
static void put_mean(const topic_state *s, const map_point *p, json_writer *w) {
    (void)s;
    p->received == 0 ? json_put_null(w) : json_put_i64(w, p->mean);
}
static void put_username(const topic_state *s, const map_point *p, json_writer *w) {
    json_put_text(w, (text){s->strings.bytes + p->username, p->username_bytes});
}
static void put_place(const topic_state *s, const map_point *p, json_writer *w) {
    json_put_text(w, (text){s->strings.bytes + p->place, p->place_bytes});
}

static void write_columns(const topic_state *s, const map_point *const *points, size_t count,
                          json_writer *w) {
    static const struct {
        const char *name;
        void (*put)(const topic_state *, const map_point *, json_writer *);
    } columns[] = {
        {"id", put_id},
        {"lat", put_lat},
        {"lon", put_lon},
        {"influence", put_influence},
        {"responses", put_responses},
        {"received_n", put_received},
        {"received_mean", put_mean},
        {"username", put_username},
        {"place", put_place},
    };
    json_begin_object(w);
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
        json_key(w, columns[c].name);
        json_begin_array(w);
        for (size_t i = 0; i < count; i++) columns[c].put(s, points[i], w);
        json_end_array(w);
    }
    json_end_object(w);
}

static void write_all(const topic_state *s, json_writer *w) {
    const map_point **points = malloc((s->point_count + 1) * sizeof(const map_point *));
    if (points == NULL) {
        w->out->failed = true;
        return;
    }
    for (size_t i = 0; i < s->point_count; i++) points[i] = &s->points[i];
    write_columns(s, points, s->point_count, w);
    free(points);
}

static bool same_string(const topic_state *a, uint32_t at_a, uint32_t bytes_a, const topic_state *b,
                        uint32_t at_b, uint32_t bytes_b) {
    return bytes_a == bytes_b &&
           (bytes_a == 0 || memcmp(a->strings.bytes + at_a, b->strings.bytes + at_b, bytes_a) == 0);
}

static bool same_point(const topic_state *a, const map_point *x, const topic_state *b,
                       const map_point *y) {
    return x->influence == y->influence && x->lat == y->lat && x->lon == y->lon &&
           x->responses == y->responses && x->received == y->received && x->mean == y->mean &&
           same_string(a, x->username, x->username_bytes, b, y->username, y->username_bytes) &&
           same_string(a, x->place, x->place_bytes, b, y->place, y->place_bytes);
}

void map_full(const topic_state *now, json_writer *w) {
    json_begin_object(w);
    json_field(w, "epoch", u64, now->epoch);
    json_field(w, "full", bool, true);
    json_key(w, "upsert");
    write_all(now, w);
    json_key(w, "remove");
    json_begin_array(w);
    json_end_array(w);
    json_end_object(w);
}

typedef struct {
    const map_point **upserts, **gone;
    size_t upsert_count, gone_count;
} map_difference;

/* Both states are sorted by id: one walk finds what came, changed and went. */
static void compare(const topic_state *before, const topic_state *now, map_difference *d) {
    size_t i = 0, j = 0;
    while (i < before->point_count || j < now->point_count) {
        const map_point *x = i < before->point_count ? &before->points[i] : NULL;
        const map_point *y = j < now->point_count ? &now->points[j] : NULL;
        if (y == NULL || (x != NULL && x->id < y->id)) {
            d->gone[d->gone_count++] = x;
            i++;
        } else if (x == NULL || y->id < x->id) {
            d->upserts[d->upsert_count++] = y;
            j++;
        } else {
            if (!same_point(before, x, now, y)) d->upserts[d->upsert_count++] = y;
            i++;
            j++;
        }
    }
}

static void write_difference(const topic_state *now, const map_difference *d, json_writer *w) {
    json_begin_object(w);
    json_field(w, "epoch", u64, now->epoch);
    json_field(w, "full", bool, false);
    json_key(w, "upsert");
    write_columns(now, d->upserts, d->upsert_count, w);
    json_key(w, "remove");
    json_begin_array(w);
    for (size_t i = 0; i < d->gone_count; i++) json_put_id(w, d->gone[i]->id);
    json_end_array(w);
    json_end_object(w);
}

bool map_change(const topic_state *before, const topic_state *now, json_writer *w) {
    map_difference d = {0};
    d.upserts = malloc((now->point_count + 1) * sizeof(const map_point *));
    d.gone = malloc((before->point_count + 1) * sizeof(const map_point *));
    if (d.upserts == NULL || d.gone == NULL)
        w->out->failed = true;
    else
        compare(before, now, &d);
    bool changed = d.upsert_count + d.gone_count > 0;
    if (changed) write_difference(now, &d, w);
    free(d.upserts);
    free(d.gone);
    return changed;
}

topic_state *map_make(const moment *m, query_window window) {
    const query_params p = {.window = window};
    uint32_t begin, end;
    topic_state *s = NULL;
    return map_state(m, &p, &begin, &end, &s) == STATUS_OK ? s : NULL;
}

status map_answer(const moment *m, const query_params *p, json_writer *w) {
    topic_state *s;
    uint32_t begin, end;
    status made = map_state(m, p, &begin, &end, &s);
    if (made != STATUS_OK) return made;
    json_key(w, "data");
    write_all(s, w);
    json_key(w, "meta");
    json_begin_object(w);
    json_field(w, "result_count", u64, s->point_count);
    write_window(w, begin, end);
    json_end_object(w);
    topic_free(s);
    return STATUS_OK;
}
