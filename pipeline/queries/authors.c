/* SPDX-License-Identifier: MIT */
/* authors -- whose voice carries: the board of authors, and one author in full. */
#include "pipeline/queries/answers.h"
#include "pipeline/queries/shapes.h"

#include "geocode/distance.h"
#include <stdio.h>
#include <stdlib.h>

void write_authors(json_writer *w, const ranking *r) {
    json_begin_array(w);
    for (size_t i = 0; i < r->count; i++) {
        json_begin_object(w);
        write_author_fields(w, r->moment, &r->lines[i], ranking_shows(r), r->of_all);
        json_end_object(w);
    }
    json_end_array(w);
}

status authors_top(const moment *m, const query_params *p, json_writer *w) {
    return board_answer(m, RANK_AUTHORS, p, w, write_authors, NULL);
}

/* ---- One author ---- */

/* Where the responses to an author came from, and which of their tweets got them. */
typedef struct {
    const place *at;
    uint32_t responses;
    flow_i128 influence;
} origin;

typedef struct {
    origin *items;
    size_t count, capacity;
} origins;

static bool origins_add(origins *o, const place *at, uint64_t weight) {
    size_t i = 0; /* An author is heard from few places: a list is enough. */
    while (i < o->count && o->items[i].at != at) i++;
    if (i == o->count) {
        if (o->count == o->capacity) {
            size_t capacity = o->capacity == 0 ? 64 : o->capacity * 2;
            origin *items = realloc(o->items, capacity * sizeof(*items));
            if (items == NULL) return false;
            o->items = items;
            o->capacity = capacity;
        }
        o->items[o->count++] = (origin){.at = at};
    }
    o->items[i].responses++;
    o->items[i].influence += weight;
    if (i > 0 && o->items[i].responses > o->items[i - 1].responses) { /* Frequent ones first. */
        origin swap = o->items[i];
        o->items[i] = o->items[i - 1];
        o->items[i - 1] = swap;
    }
    return true;
}

static bool collect(const moment *m, uint32_t author, origins *from) {
    flow_block b;
    for (size_t index = 0;
         flow_scan_next(m->snapshot, m->graph->response_scan, 0, UINT32_MAX, &index, &b);) {
        const uint64_t *weight = b.columns[RESPONSE_WEIGHT];
        const uint32_t *authors = b.columns[RESPONSE_AUTHOR],
                       *responder = b.columns[RESPONSE_RESPONDER];
        for (uint32_t i = 0; i < b.row_count; i++) {
            uint32_t number;
            bool makes_point;
            if (authors[i] != author || (b.live[i / 64] >> (i % 64) & 1) == 0) continue;
            if (!moment_place_of_user(m, responder[i], &number, &makes_point) || !makes_point)
                continue;
            if (moment_judge(m, number).verdict == VERDICT_BAD) continue;
            if (!origins_add(from, places_get(m->places, number), weight[i])) return false;
        }
    }
    return true;
}

static int by_responses(const void *a, const void *b) {
    const origin *x = a, *y = b;
    if (x->responses != y->responses) return x->responses > y->responses ? -1 : 1;
    if (x->influence != y->influence) return x->influence > y->influence ? -1 : 1;
    return place_compare(x->at, y->at);
}

static void write_origins(json_writer *w, const moment *m, uint32_t author, origins *from) {
    uint32_t home_number;
    bool makes_point;
    const place *home = place_of_user(m, author, &home_number, &makes_point);
    if (from->count > 0) qsort(from->items, from->count, sizeof(*from->items), by_responses);
    json_begin_array(w);
    for (size_t i = 0; i < from->count && i < 200; i++) {
        const place *p = from->items[i].at;
        json_begin_object(w);
        write_place_fields(w, p);
        json_field(w, "responses", u64, from->items[i].responses);
        json_field(w, "influence", double, weight_to_double(from->items[i].influence));
        json_key(w, "distance");
        if (home == NULL || !makes_point)
            json_put_null(w);
        else
            json_put_string(w, distance_class_text(distance_class_of(
                                   distance_km(home->lat_e7, home->lon_e7, p->lat_e7, p->lon_e7))));
        json_end_object(w);
    }
    json_end_array(w);
}

/* By influence; of all time, whatever the question's window. */
static status write_their_tweets(json_writer *w, const moment *m, uint32_t author) {
    ranking r;
    char id[24];
    (void)snprintf(id, sizeof id, "%llu", (unsigned long long)idmap_id(m->graph->user_ids, author));
    const query_params p = {.limit = 10, .filter = {.author = text_of(id)}};
    status s = ranking_open(&r, m, RANK_TWEETS, &p);
    if (s == STATUS_OK) write_tweets(w, &r);
    ranking_close(&r);
    return s;
}

status author_by_id(const moment *m, const query_params *p, json_writer *w) {
    uint32_t user;
    if (!idmap_find(m->graph->user_ids, p->id, &user)) return STATUS_NOT_FOUND;
    const total_row *totals = flow_view_find(m->snapshot, m->graph->author_total_view, user);
    if (totals == NULL && moment_user(m, user) == NULL) return STATUS_NOT_FOUND;
    board_line sums = {.total = {.id = user}};
    if (totals != NULL) sums.total = *totals;
    const responders_row *r = flow_view_find(m->snapshot, m->graph->responders_view, user);
    if (r != NULL) sums.responders = r->responders;
    origins from = {0};
    if (!collect(m, user, &from)) {
        free(from.items);
        return STATUS_NO_MEMORY;
    }
    json_key(w, "data");
    json_begin_object(w);
    write_author_fields(w, m, &sums, SHOW_RESPONDERS, true);
    json_key(w, "responders_by_place");
    write_origins(w, m, user, &from);
    json_key(w, "tweets");
    status s = write_their_tweets(w, m, user);
    json_end_object(w);
    free(from.items);
    return s;
}
