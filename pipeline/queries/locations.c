/* SPDX-License-Identifier: MIT */
/* locations -- places as GeoJSON, what the cleaning removed, and why a text is where
 * it is. */
#include "pipeline/base/array.h"
#include "pipeline/queries/answers.h"
#include "pipeline/queries/shapes.h"

#include "geocode/distance.h"
#include <stdlib.h>
#include <string.h>

/* Places that responses come from or go to. */
typedef struct {
    const place *at;
    const place_total_row *total;
} place_seen;

static const place_total_row *next_place(const moment *m, uint32_t *number) {
    return flow_view_next(m->snapshot, m->graph->place_total_view, number);
}

static void write_judgement(json_writer *w, place_judgement j) {
    json_field(w, "verdict", string, place_verdict_text(j.verdict));
    json_key(w, "round");
    j.round == 0 ? json_put_null(w) : json_put_u64(w, j.round);
    json_field(w, "authors", u64, j.authors);
    json_field(w, "speakers", u64, j.speakers);
}

static void write_feature(json_writer *w, const moment *m, const place_seen *seen) {
    const place *p = seen->at;
    const place_total_row *t = seen->total;
    char room[PLACE_NAME_ROOM];
    json_begin_object(w);
    json_field(w, "type", string, "Feature");
    json_key(w, "geometry");
    json_begin_object(w);
    json_field(w, "type", string, "Point");
    json_key(w, "coordinates");
    json_begin_array(w);
    json_put_double(w, degrees(p->lon_e7));
    json_put_double(w, degrees(p->lat_e7));
    json_end_array(w);
    json_end_object(w);
    json_key(w, "properties");
    json_begin_object(w);
    json_field(w, "name", text, place_name(p, room));
    json_key(w, "country");
    p->country[0] == '\0' ? json_put_null(w) : json_put_string(w, p->country);
    write_judgement(w, moment_judge(m, t->place));
    json_field(w, "responses", u64, t->responses);
    json_field(w, "influence", double, weight_to_double(t->influence));
    json_end_object(w);
    json_end_object(w);
}

static int by_place(const void *a, const void *b) {
    return place_compare(((const place_seen *)a)->at, ((const place_seen *)b)->at);
}

/* All, or the bad ones, by place; NULL: no memory. */
static place_seen *places_seen(const moment *m, bool bad_only, size_t *count) {
    const place_total_row *t;
    place_seen *seen =
        malloc((flow_view_count(m->snapshot, m->graph->place_total_view) + 1) * sizeof(*seen));
    *count = 0;
    if (seen == NULL) return NULL;
    for (uint32_t number = 0; (t = next_place(m, &number)) != NULL; number++)
        if (!bad_only || moment_judge(m, number).verdict == VERDICT_BAD)
            seen[(*count)++] = (place_seen){places_get(m->places, number), t};
    qsort(seen, *count, sizeof(*seen), by_place);
    return seen;
}

status places_answer(const moment *m, const query_params *p, json_writer *w) {
    size_t count;
    place_seen *seen = places_seen(m, false, &count);
    (void)p;
    if (seen == NULL) return STATUS_NO_MEMORY;
    json_begin_object(w);
    json_field(w, "type", string, "FeatureCollection");
    json_key(w, "features");
    json_begin_array(w);
    for (size_t i = 0; i < count; i++) write_feature(w, m, &seen[i]);
    json_end_array(w);
    json_end_object(w);
    free(seen);
    return STATUS_OK;
}

/* ---- What the cleaning removed ---- */

static int by_responses(const void *a, const void *b) {
    const place_total_row *x = ((const place_seen *)a)->total, *y = ((const place_seen *)b)->total;
    if (x->responses != y->responses) return x->responses > y->responses ? -1 : 1;
    return by_place(a, b);
}

status cleaning_answer(const moment *m, const query_params *p, json_writer *w) {
    size_t count;
    place_seen *bad = places_seen(m, true, &count);
    (void)p;
    if (bad == NULL) return STATUS_NO_MEMORY;
    qsort(bad, count, sizeof(*bad), by_responses);
    json_key(w, "data");
    json_begin_array(w);
    for (size_t i = 0; i < count; i++) {
        place_judgement j = moment_judge(m, bad[i].total->place);
        json_begin_object(w);
        write_place_fields(w, bad[i].at);
        json_field(w, "round", u64, j.round);
        json_field(w, "authors", u64, j.authors);
        json_field(w, "speakers", u64, j.speakers);
        json_field(w, "responses", u64, bad[i].total->responses);
        json_end_object(w);
    }
    json_end_array(w);
    json_key(w, "meta");
    json_begin_object(w);
    json_field(w, "result_count", u64, count);
    json_field(w, "rounds", u64, moment_rounds(m));
    json_field(w, "clean_min", u64, m->graph->cleaning.clean_min);
    json_field(w, "clean_cutoff", double,
               (double)m->graph->cleaning.cutoff_num / (double)m->graph->cleaning.cutoff_den);
    json_end_object(w);
    free(bad);
    return STATUS_OK;
}

/* ---- Why a text is where it is ---- */

enum { ROUNDS_SHOWN_MAX = 64, AUTHORS_SHOWN_MAX = 20 };

/* Located responses to one author at the place, by the round in which the place of the
 * person responding fell (the last slot: never). */
typedef struct {
    uint64_t id, all; /* All: of the responses below. */
    uint32_t user;
    uint64_t responses[ROUNDS_SHOWN_MAX + 1], close[ROUNDS_SHOWN_MAX + 1];
} witness;

typedef struct {
    witness *items;
    size_t count, capacity;
} witnesses;

static bool witness_add(witnesses *l, uint32_t user, uint64_t id) {
    if (!ARRAY_ROOM(l->items, l->count, l->capacity, 16)) return false;
    memset(&l->items[l->count], 0, sizeof(l->items[0]));
    l->items[l->count].id = id;
    l->items[l->count++].user = user;
    return true;
}

/* The authors at the place who got as many located responses as reliable ones need. */
static bool find_witnesses(const moment *m, uint32_t place_number, witnesses *l) {
    const home_row *home;
    for (uint32_t user = 0;
         (home = flow_view_next(m->snapshot, m->graph->home_view, &user)) != NULL; user++) {
        if (home->place != place_number) continue;
        const total_row *t = flow_view_find(m->snapshot, m->graph->author_total_view, user);
        if (t != NULL && t->responses >= m->graph->cleaning.clean_min &&
            !witness_add(l, user, idmap_id(m->graph->user_ids, user)))
            return false;
    }
    return true;
}

static witness *witness_of(const witnesses *l, uint32_t user) {
    size_t low = 0, high = l->count; /* Sorted by user: the view is read in order. */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (l->items[middle].user < user)
            low = middle + 1;
        else
            high = middle;
    }
    return low < l->count && l->items[low].user == user ? &l->items[low] : NULL;
}

static void count_response(const moment *m, witness *author, const place *at, uint32_t location,
                           uint32_t responder) {
    const home_row *home = flow_view_find(m->snapshot, m->graph->home_view, responder);
    if (home == NULL) return;
    const place *from = places_get(m->places, home->place);
    place_judgement j = moment_judge(m, home->place);
    size_t slot = j.round == 0 || j.round > ROUNDS_SHOWN_MAX ? ROUNDS_SHOWN_MAX : j.round - 1;
    bool close = distance_class_of(distance_km(at->lat_e7, at->lon_e7, from->lat_e7,
                                               from->lon_e7)) == DISTANCE_CLOSE;
    if (m->graph->cleaning.other_strings && home->location == location) close = false;
    author->all++;
    author->responses[slot]++;
    author->close[slot] += close;
}

static void count_responses(const moment *m, const place *at, witnesses *l) {
    flow_block b;
    for (size_t index = 0; l->count > 0 && flow_scan_next(m->snapshot, m->graph->response_scan, 0,
                                                          UINT32_MAX, &index, &b);) {
        const uint32_t *author = b.columns[RESPONSE_AUTHOR],
                       *responder = b.columns[RESPONSE_RESPONDER];
        for (uint32_t i = 0; i < b.row_count; i++) {
            if ((b.live[i / 64] >> (i % 64) & 1) == 0) continue;
            witness *found = witness_of(l, author[i]);
            const user_row *u = found == NULL ? NULL : moment_user(m, author[i]);
            if (u != NULL) count_response(m, found, at, u->location, responder[i]);
        }
    }
}

/* n and close of an author in round r, from 1: what had not fallen before it. */
static void in_round(const witness *x, uint32_t round, uint64_t *n, uint64_t *close) {
    *n = *close = 0;
    for (uint32_t slot = round - 1; slot <= ROUNDS_SHOWN_MAX; slot++) {
        *n += x->responses[slot];
        *close += x->close[slot];
    }
}

static bool speaks(const cleaning_options *o, uint64_t n, uint64_t close) {
    __extension__ typedef unsigned __int128 wide;
    return (wide)close * o->cutoff_den > (wide)n * o->cutoff_num;
}

static void write_round(json_writer *w, const moment *m, const witnesses *l, uint32_t round) {
    uint64_t authors = 0, speakers = 0, n, close;
    for (size_t i = 0; i < l->count; i++) {
        in_round(&l->items[i], round, &n, &close);
        if (n < m->graph->cleaning.clean_min) continue;
        authors++;
        speakers += speaks(&m->graph->cleaning, n, close);
    }
    json_begin_object(w);
    json_field(w, "round", u64, round);
    json_field(w, "authors", u64, authors);
    json_field(w, "speakers", u64, speakers);
    json_end_object(w);
}

static void write_witnesses(json_writer *w, const moment *m, const witnesses *l, uint32_t round) {
    json_begin_array(w);
    for (size_t i = 0; i < l->count && i < AUTHORS_SHOWN_MAX; i++) {
        uint64_t n, close;
        const user_row *u = moment_user(m, l->items[i].user);
        in_round(&l->items[i], round, &n, &close);
        json_begin_object(w);
        json_field(w, "id", id, l->items[i].id);
        json_field(w, "username", text, u == NULL ? TEXT("") : strings_get(m->names, u->username));
        json_field(w, "responses", u64, n);
        json_field(w, "close", u64, close);
        json_field(w, "speaks", bool,
                   n >= m->graph->cleaning.clean_min && speaks(&m->graph->cleaning, n, close));
        json_end_object(w);
    }
    json_end_array(w);
}

static int by_all(const void *a, const void *b) {
    const witness *x = a, *y = b;
    if (x->all != y->all) return x->all > y->all ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static status write_evidence(json_writer *w, const moment *m, uint32_t place_number,
                             const place *at, place_judgement j) {
    witnesses l = {0};
    if (!find_witnesses(m, place_number, &l)) {
        free(l.items);
        return STATUS_NO_MEMORY;
    }
    count_responses(m, at, &l);
    if (l.count > 0) qsort(l.items, l.count, sizeof(l.items[0]), by_all);
    uint32_t rounds = moment_rounds(m);
    uint32_t last = j.round != 0 ? j.round : rounds + 1;
    if (last > ROUNDS_SHOWN_MAX) last = ROUNDS_SHOWN_MAX;
    json_key(w, "evidence");
    json_begin_array(w);
    for (uint32_t round = 1; round <= last; round++) write_round(w, m, &l, round);
    json_end_array(w);
    json_key(w, "authors");
    write_witnesses(w, m, &l, last);
    free(l.items);
    return STATUS_OK;
}

/* The number of a place that responses know; the readers' side has no index of places. */
static bool number_of(const moment *m, const place *p, uint32_t *number) {
    for (*number = 0; next_place(m, number) != NULL; (*number)++) {
        const place *held = places_get(m->places, *number);
        if (place_compare(held, p) == 0) return true;
    }
    return false;
}

status explain_answer(const moment *m, const query_params *p, json_writer *w) {
    buffer reasons = {0};
    place found;
    uint32_t number;
    status s = STATUS_OK;
    bool is_place = places_explain(m->places, text_trim(p->text), &found, &reasons);
    json_key(w, "data");
    json_begin_object(w);
    json_field(w, "text", text, p->text);
    json_key(w, "geocoder");
    json_put_raw(w, buffer_text(&reasons));
    json_key(w, "place");
    write_place(w, is_place ? &found : NULL);
    json_field(w, "map_point", bool, is_place &&place_is_map_point(&found));
    if (is_place && place_is_map_point(&found) && number_of(m, &found, &number)) {
        place_judgement j = moment_judge(m, number);
        json_field(w, "verdict", string, place_verdict_text(j.verdict));
        json_key(w, "round");
        j.round == 0 ? json_put_null(w) : json_put_u64(w, j.round);
        s = write_evidence(w, m, number, &found, j);
    } else {
        json_key(w, "verdict");
        json_put_null(w);
        json_key(w, "round");
        json_put_null(w);
        json_key(w, "evidence");
        json_put_raw(w, TEXT("[]"));
        json_key(w, "authors");
        json_put_raw(w, TEXT("[]"));
    }
    json_end_object(w);
    if (reasons.failed) s = STATUS_NO_MEMORY;
    buffer_deinit(&reasons);
    return s;
}
