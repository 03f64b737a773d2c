/* SPDX-License-Identifier: MIT */
#include "geocode/find.h"

#include "geocode/confidence.h"
#include "geocode/coordinates.h"

static void fill_place(const gazetteer *g, uint32_t number, place *found) {
    const place_row *row = &g->places[number];
    *found = (place){.kind = (place_kind)row->kind,
                     .lat_e7 = row->lat_e7,
                     .lon_e7 = row->lon_e7,
                     .area_e4 = gazetteer_area_e4(g, number),
                     .country = {(char)(row->country & 255), (char)(row->country >> 8), 0},
                     .name = gazetteer_name(g, number)};
}

static bool find_coordinates(const gazetteer *g, text location, place *found) {
    int32_t lat_e7, lon_e7;
    uint32_t city;
    if (!coordinates_find(location, &lat_e7, &lon_e7)) return false;
    place p = {0};
    if (gazetteer_nearest_city(g, lat_e7, lon_e7, &city)) fill_place(g, city, &p);
    p.kind = PLACE_COORDINATES;
    p.lat_e7 = lat_e7;
    p.lon_e7 = lon_e7;
    p.area_e4 = 0;
    p.name = (text){NULL, 0};
    p.confidence = (float)CONFIDENCE_COORDINATES / 1000;
    *found = p;
    return true;
}

/* Reads once more where the letters could be meant another way. */
static bool is_worth_squeezing(const reading *r) {
    for (size_t i = 0; i + 2 < r->letter_count; i++) {
        const letter *l = &r->letters[i];
        if (l[1].class == FOLD_HYPHEN && l[0].class == FOLD_LETTER) return true;
        if (l[0].code == l[1].code && l[1].code == l[2].code && l[0].class == FOLD_LETTER)
            return true;
    }
    return false;
}

/* "Philadelpha, PA": the word that is unknown may name what lies in the region. */
static finding_way find_typos(const gazetteer *g, finding *f, finding_way way) {
    candidate chosen;
    size_t mention_count = f->read.mention_count;
    reading_add_typos(&f->read, g);
    if (f->read.mention_count == mention_count || !choose(&f->read, g, &chosen)) return way;
    if (way != WAY_NONE && !gazetteer_is_in(g, chosen.place, f->chosen.place)) return way;
    f->chosen = chosen;
    return WAY_TYPO;
}

static finding_way find_names(const gazetteer *g, text location, finding *f) {
    reading_of(&f->read, g, location, 0);
    if (choose(&f->read, g, &f->chosen)) {
        if (g->places[f->chosen.place].kind == PLACE_CITY) return WAY_PLAIN;
        return find_typos(g, f, WAY_PLAIN);
    }
    if (is_worth_squeezing(&f->read)) {
        reading_of(&f->read, g, location, READ_SQUEEZED | READ_JOINED);
        if (choose(&f->read, g, &f->chosen)) return WAY_SQUEEZED;
        reading_of(&f->read, g, location, 0);
    }
    return find_typos(g, f, WAY_NONE);
}

bool find_place(const gazetteer *g, text location, finding *f, place *found) {
    location = text_slice(location, 0, LOCATION_BYTES_MAX);
    f->way = WAY_COORDINATES;
    f->read.mention_count = f->read.token_count = 0;
    if (find_coordinates(g, location, found)) return true;
    f->way = find_names(g, location, f);
    if (f->way == WAY_NONE) return false;
    fill_place(g, f->chosen.place, found);
    found->confidence = (float)confidence_of(g, &f->chosen) / 1000;
    return true;
}
