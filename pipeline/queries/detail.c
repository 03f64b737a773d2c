/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/detail.h"

#include "geocode/distance.h"
#include "pipeline/base/array.h"
#include "pipeline/base/times.h"
#include "pipeline/queries/shapes.h"
#include <stdlib.h>

enum { PLACES_SHOWN_MAX = 200, HEAVIEST_SHOWN_MAX = 10 };

/* ---- Collecting ---- */

static bool add(detail *d, const flow_block *b, uint32_t i) {
    if (!ARRAY_ROOM(d->responses, d->count, d->capacity, 64)) return false;
    d->responses[d->count++] = (detail_response){
        .weight = ((const uint64_t *)b->columns[RESPONSE_WEIGHT])[i],
        .tweet = ((const uint32_t *)b->columns[RESPONSE_TWEET])[i],
        .responder = ((const uint32_t *)b->columns[RESPONSE_RESPONDER])[i],
        .minute = ((const uint32_t *)b->columns[RESPONSE_MINUTE])[i],
    };
    return true;
}

status detail_open(detail *d, const moment *m, enum response_column column, uint32_t number,
                   uint32_t author) {
    flow_block b;
    *d = (detail){.moment = m, .author = author};
    for (size_t index = 0;
         flow_scan_next(m->snapshot, m->graph->response_scan, 0, UINT32_MAX, &index, &b);) {
        const uint32_t *numbers = b.columns[column];
        for (uint32_t i = 0; i < b.row_count; i++)
            if (numbers[i] == number && (b.live[i / 64] >> (i % 64) & 1) != 0 && !add(d, &b, i))
                return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

void detail_close(detail *d) {
    free(d->responses);
}

/* ---- By person and minute ---- */

static int by_responder(const void *a, const void *b) {
    const detail_response *x = a, *y = b;
    return x->responder < y->responder ? -1 : x->responder > y->responder;
}

uint32_t detail_responders(detail *d) {
    uint32_t distinct = 0;
    if (d->count > 0) qsort(d->responses, d->count, sizeof(*d->responses), by_responder);
    for (size_t i = 0; i < d->count; i++)
        distinct += i == 0 || d->responses[i].responder != d->responses[i - 1].responder;
    return distinct;
}

static int by_minute(const void *a, const void *b) {
    const detail_response *x = a, *y = b;
    return x->minute < y->minute ? -1 : x->minute > y->minute;
}

void detail_write_minutes(json_writer *w, detail *d) {
    if (d->count > 0) qsort(d->responses, d->count, sizeof(*d->responses), by_minute);
    json_begin_array(w);
    for (size_t i = 0, end; i < d->count; i = end) {
        for (end = i; end < d->count && d->responses[end].minute == d->responses[i].minute;) end++;
        json_begin_object(w);
        json_field(w, "minute", time, (int64_t)d->responses[i].minute * MS_PER_MINUTE);
        json_field(w, "responses", u64, end - i);
        json_end_object(w);
    }
    json_end_array(w);
}

/* ---- By place ---- */

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
        if (!ARRAY_ROOM(o->items, o->count, o->capacity, 64)) return false;
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

static bool find_origins(const detail *d, origins *from) {
    const moment *m = d->moment;
    for (size_t i = 0; i < d->count; i++) {
        uint32_t number;
        bool makes_point;
        if (!moment_place_of_user(m, d->responses[i].responder, &number, &makes_point) ||
            !makes_point || moment_judge(m, number).verdict == VERDICT_BAD)
            continue;
        if (!origins_add(from, places_get(m->places, number), d->responses[i].weight)) return false;
    }
    return true;
}

static int by_responses(const void *a, const void *b) {
    const origin *x = a, *y = b;
    if (x->responses != y->responses) return x->responses > y->responses ? -1 : 1;
    if (x->influence != y->influence) return x->influence > y->influence ? -1 : 1;
    return place_compare(x->at, y->at);
}

static void write_origin(json_writer *w, const origin *o, const place *home) {
    const place *p = o->at;
    json_begin_object(w);
    write_place_fields(w, p);
    json_field(w, "responses", u64, o->responses);
    json_field(w, "influence", double, weight_to_double(o->influence));
    json_key(w, "distance");
    if (home == NULL)
        json_put_null(w);
    else
        json_put_string(w, distance_class_text(distance_class_of(
                               distance_km(home->lat_e7, home->lon_e7, p->lat_e7, p->lon_e7))));
    json_end_object(w);
}

void detail_write_places(json_writer *w, const detail *d) {
    origins from = {0};
    uint32_t home_number;
    bool makes_point;
    const place *home = place_of_user(d->moment, d->author, &home_number, &makes_point);
    if (!find_origins(d, &from)) w->out->failed = true;
    if (from.count > 0) qsort(from.items, from.count, sizeof(*from.items), by_responses);
    json_begin_array(w);
    for (size_t i = 0; i < from.count && i < PLACES_SHOWN_MAX; i++)
        write_origin(w, &from.items[i], makes_point ? home : NULL);
    json_end_array(w);
    free(from.items);
}

/* ---- By weight ---- */

static bool weighs_more(const detail *d, const detail_response *a, const detail_response *b) {
    const idmap *ids = d->moment->graph->tweet_ids;
    if (a->weight != b->weight) return a->weight > b->weight;
    return idmap_id(ids, a->tweet) < idmap_id(ids, b->tweet);
}

static void write_heavy(json_writer *w, const moment *m, const detail_response *r) {
    const tweet_row *t = moment_tweet(m, r->tweet);
    const user_row *u = moment_user(m, r->responder);
    json_begin_object(w);
    json_field(w, "id", id, idmap_id(m->graph->tweet_ids, r->tweet));
    json_field(w, "author", id, idmap_id(m->graph->user_ids, r->responder));
    json_field(w, "username", text, u == NULL ? TEXT("") : strings_get(m->names, u->username));
    json_field(w, "followers", u64, t == NULL ? 0 : t->followers);
    json_field(w, "tweets", u64, t == NULL ? 0 : t->tweets);
    json_field(w, "weight", double, weight_to_double(r->weight));
    json_end_object(w);
}

void detail_write_heaviest(json_writer *w, detail *d) {
    json_begin_array(w);
    for (size_t shown = 0; shown < d->count && shown < HEAVIEST_SHOWN_MAX; shown++) {
        for (size_t i = shown + 1; i < d->count; i++) {
            if (!weighs_more(d, &d->responses[i], &d->responses[shown])) continue;
            detail_response swap = d->responses[i];
            d->responses[i] = d->responses[shown];
            d->responses[shown] = swap;
        }
        write_heavy(w, d->moment, &d->responses[shown]);
    }
    json_end_array(w);
}
