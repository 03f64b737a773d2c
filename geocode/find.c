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

/* Ways to read once more where the letters could be meant another way.  A guess at the
 * letters takes a name that is all of its part and sure beyond doubt. */
static const struct {
    bool (*read)(reading *r, const gazetteer *g, const reading *plain);
    finding_way way;
    int points_min, letters_min;
} second_readings[] = {{reading_squeezed, WAY_SQUEEZED, 0, 0},
                       {reading_unmasked, WAY_UNMASKED, 80, 2},
                       {reading_singled, WAY_SQUEEZED, 80, 5}};

static finding_way find_again(const gazetteer *g, finding *f) {
    reading r;
    candidate chosen;
    for (size_t i = 0; i < sizeof second_readings / sizeof *second_readings; i++) {
        if (!second_readings[i].read(&r, g, &f->read) || !choose(&r, g, &chosen)) continue;
        const mention *m = &r.mentions[chosen.mention];
        if (second_readings[i].points_min > 0 &&
            (!m->is_whole || m->letter_count < second_readings[i].letters_min ||
             chosen.score < second_readings[i].points_min))
            continue;
        f->read = r;
        reading_moved(&f->read);
        f->chosen = chosen;
        return second_readings[i].way;
    }
    return WAY_NONE;
}

/* "Philadelpha, PA": the word that is unknown may name what lies in the region. */
static finding_way find_typos(const gazetteer *g, finding *f, finding_way way) {
    candidate chosen;
    if (!reading_may_have_typos(&f->read)) return way;
    reading r = f->read;
    reading_moved(&r);
    if (!reading_add_typos(&r, g) || !choose(&r, g, &chosen)) return way;
    if (way != WAY_NONE && !gazetteer_is_in(g, chosen.place, f->chosen.place)) return way;
    f->read = r;
    reading_moved(&f->read);
    f->chosen = chosen;
    return WAY_TYPO;
}

static finding_way find_names(const gazetteer *g, text location, finding *f) {
    reading_of(&f->read, g, location, 0);
    if (choose(&f->read, g, &f->chosen)) {
        if (g->places[f->chosen.place].kind == PLACE_CITY) return WAY_PLAIN;
        return find_typos(g, f, WAY_PLAIN);
    }
    finding_way way = find_again(g, f);
    return way != WAY_NONE ? way : find_typos(g, f, WAY_NONE);
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
