/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/meant.h"

#include "pipeline/queries/bits.h"
#include "pipeline/queries/shapes.h"
#include <string.h>

bool meant_lang(const moment *m, text lang, uint32_t *number) {
    /* Languages are few: a handle is found by looking at those that occur. */
    const lang_row *row;
    for (uint32_t key = 0; (row = flow_view_next(m->snapshot, m->graph->lang_view, &key)) != NULL;
         key++) {
        *number = row->lang;
        if (text_equal(strings_get(m->langs, row->lang), lang)) return true;
    }
    return false;
}

/* What is said without the @ that may be before it. */
static text name_of(text who) {
    return text_starts_with(who, TEXT("@")) ? text_slice(who, 1, who.count) : who;
}

static void offer_person(const moment *m, const user_row *u, text who, uint32_t *number) {
    const idmap *ids = m->graph->user_ids;
    if (!text_equal_caseless(strings_get(m->names, u->username), name_of(who))) return;
    if (*number == NO_NUMBER || idmap_id(ids, u->user) < idmap_id(ids, *number)) *number = u->user;
}

void meant_people(const moment *m, const text *names, uint32_t *numbers, size_t count) {
    const user_row *u;
    uint64_t id;
    size_t by_name = 0;
    for (size_t i = 0; i < count; i++) {
        numbers[i] = NO_NUMBER;
        if (!text_to_u64(names[i], &id))
            by_name++;
        else if (!idmap_find(m->graph->user_ids, id, &numbers[i]))
            numbers[i] = NO_NUMBER;
    }
    for (uint32_t key = 0;
         by_name > 0 && (u = flow_view_next(m->snapshot, m->graph->user_view, &key)) != NULL; key++)
        for (size_t i = 0; i < count; i++)
            if (!text_to_u64(names[i], &id)) offer_person(m, u, names[i], &numbers[i]);
}

/* By its id, as places/top gives it, or by its name. */
static bool is_called(const place *p, text wanted) {
    char room[PLACE_NAME_ROOM], id[PLACE_ID_ROOM];
    return text_equal_caseless(place_name(p, room), wanted) ||
           (wanted.count == PLACE_ID_ROOM - 1 && text_equal(place_id_text(p, id), wanted));
}

uint64_t *meant_places_named(const moment *m, text wanted) {
    uint32_t count = places_count(m->places);
    uint64_t *bits = bits_new(count);
    place found;
    bool any = false;
    for (uint32_t i = 0; bits != NULL && i < count; i++)
        if (is_called(places_get(m->places, i), wanted)) {
            bits_set(bits, i);
            any = true;
        }
    if (bits == NULL || any || !places_look_up(m->places, wanted, &found)) return bits;
    for (uint32_t i = 0; i < count; i++)
        if (place_compare(places_get(m->places, i), &found) == 0) bits_set(bits, i);
    return bits;
}

/* The code of the country that is meant; false when it is none. */
static bool country_meant(const moment *m, text said, char code[3]) {
    place found;
    if (said.count == 2 && (unsigned char)said.bytes[0] < 0x80) {
        for (size_t i = 0; i < 2; i++) code[i] = (char)(said.bytes[i] & ~0x20);
        code[2] = '\0';
        return true;
    }
    if (!places_look_up(m->places, said, &found) || found.kind != PLACE_COUNTRY) return false;
    memcpy(code, found.country, 3);
    return code[0] != '\0';
}

uint64_t *meant_places_in(const moment *m, text said) {
    uint32_t count = places_count(m->places);
    uint64_t *bits = bits_new(count);
    char code[3];
    if (bits == NULL || !country_meant(m, said, code)) return bits;
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(places_get(m->places, i)->country, code) == 0) bits_set(bits, i);
    return bits;
}

static bool is_inside(const place *p, const query_box *b) {
    if (!place_is_map_point(p) || p->lat_e7 < b->south_e7 || p->lat_e7 > b->north_e7) return false;
    bool east_of_west = p->lon_e7 >= b->west_e7, west_of_east = p->lon_e7 <= b->east_e7;
    return b->west_e7 <= b->east_e7 ? east_of_west && west_of_east : east_of_west || west_of_east;
}

uint64_t *meant_places_inside(const moment *m, const query_box *box) {
    uint32_t count = places_count(m->places);
    uint64_t *bits = bits_new(count);
    for (uint32_t i = 0; bits != NULL && i < count; i++)
        if (is_inside(places_get(m->places, i), box)) bits_set(bits, i);
    return bits;
}
