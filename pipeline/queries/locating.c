/* SPDX-License-Identifier: MIT */
/* locating -- where each response comes from and goes to.
 *
 * As a batch: users' places by the geocoder; responses of one person to one author
 * as a pair; pairs of which both ends make map points; and, summed, an author's
 * responses from one place ("cells"), on which cleaning works: the same answer as
 * on single responses for far less work.  A user who moves takes their pairs along. */
#include "geocode/distance.h"
#include "pipeline/queries/graph.h"

static const char *to_home(const void *row, flow_emitter *e, void *context) {
    const user_row *u = row;
    home_row home = {.user = u->user, .location = u->location};
    bool makes_point;
    if (places_find(context, u->location, &home.place, &makes_point) && makes_point)
        flow_emit(e, &home);
    return NULL;
}

static bool with_responder(const void *left, const void *right, void *out, void *context) {
    const pair_row *pair = left;
    const home_row *home = right;
    half_located_row *half = out;
    (void)context;
    half->influence = pair->influence;
    half->author = pair->author;
    half->responses = pair->responses;
    half->place_b = home->place;
    half->location_b = home->location;
    return true;
}

static bool with_author(const void *left, const void *right, void *out, void *context) {
    const half_located_row *half = left;
    const home_row *home = right;
    const graph *g = context;
    located_row *located = out;
    const place *a = places_get(g->places, home->place);
    const place *b = places_get(g->places, half->place_b);
    located->influence = half->influence;
    located->author = half->author;
    located->place_a = home->place;
    located->place_b = half->place_b;
    located->responses = half->responses;
    located->distance =
        (uint16_t)distance_class_of(distance_km(a->lat_e7, a->lon_e7, b->lat_e7, b->lon_e7));
    located->evidence = !g->cleaning.other_strings || home->location != half->location_b;
    return true;
}

static const char *to_ends(const void *row, flow_emitter *e, void *context) {
    const cell_row *c = row;
    (void)context;
    flow_emit(e, &(place_total_row){c->influence, c->responses, c->place_a, 1});
    flow_emit(e, &(place_total_row){0, 0, c->place_b, 1});
    return NULL;
}

void locating_build(graph *g) {
    g->t.homes = flow_name(flow_flat_map(g->users, &home_row_schema, to_home, g->places), "places");
    g->t.pairs =
        flow_name(flow_group(g->t.responses, FLOW_BY("author", "responder"), &pair_row_schema,
                             FLOW_REDUCERS({FLOW_COUNT, "responses", NULL},
                                           {FLOW_SUM, "influence", "weight"})),
                  "pairs");
    flow_table *half =
        flow_name(flow_join(g->t.pairs, FLOW_BY("responder"), g->t.homes, FLOW_BY("user"),
                            &half_located_row_schema, with_responder, NULL),
                  "half located");
    flow_table *located = flow_name(flow_join(half, FLOW_BY("author"), g->t.homes, FLOW_BY("user"),
                                              &located_row_schema, with_author, g),
                                    "located");
    g->t.cells = flow_name(
        flow_group(located, FLOW_BY("author", "place_a", "place_b", "distance", "evidence"),
                   &cell_row_schema,
                   FLOW_REDUCERS({FLOW_SUM, "responses", "responses"},
                                 {FLOW_SUM, "influence", "influence"})),
        "cells");
    g->t.place_totals = flow_name(
        flow_group(flow_flat_map(g->t.cells, &place_total_row_schema, to_ends, NULL),
                   FLOW_BY("place"), &place_total_row_schema,
                   FLOW_REDUCERS({FLOW_SUM, "responses", "responses"},
                                 {FLOW_SUM, "influence", "influence"}, {FLOW_COUNT, "ends", NULL})),
        "place totals");
}
