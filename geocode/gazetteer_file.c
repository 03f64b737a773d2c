/* SPDX-License-Identifier: MIT */
#include "geocode/gazetteer_file.h"

#include <stdlib.h>
#include <string.h>

#include "geocode/distance.h"
#include "pipeline/base/hash.h"

static const struct {
    uint32_t item_bytes, count_min;
} section_shapes[SECTION_COUNT] = {
    [SECTION_FOLD_BLOCKS] = {2, FOLD_BLOCK_COUNT},
    [SECTION_FOLD_PAGES] = {4, 256},
    [SECTION_FOLD_EXPANSIONS] = {4, 1},
    [SECTION_SLOTS] = {sizeof(name_slot), 1},
    [SECTION_POSTINGS] = {4, 1},
    [SECTION_PLACES] = {sizeof(place_row), 1},
    [SECTION_AREAS] = {4, 0},
    [SECTION_STRINGS] = {1, 1},
    [SECTION_GRID] = {4, GRID_CELLS + 1},
    [SECTION_GRID_CITIES] = {4, 0},
    [SECTION_COUNTRIES] = {4, 26 * 26},
    [SECTION_TYPO_BITS] = {8, TYPO_BIT_COUNT / 64},
};

uint64_t gazetteer_checksum(const char *bytes, uint64_t byte_count) {
    uint64_t sum = byte_count;
    for (; byte_count >= 8; bytes += 8, byte_count -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        sum = (sum ^ word) * 0x9FB21C651E98DF25ULL;
        sum ^= sum >> 29;
    }
    return hash_mix(sum);
}

static status check_header(const gazetteer_header *h, uint64_t byte_count) {
    if (byte_count < sizeof *h || memcmp(h->magic, GAZETTEER_MAGIC, 8) != 0)
        return STATUS_BAD_FORMAT;
    if (h->version != GAZETTEER_VERSION || h->section_count != SECTION_COUNT)
        return STATUS_BAD_FORMAT;
    if (h->file_bytes != byte_count) return STATUS_BAD_DATA;
    for (int i = 0; i < SECTION_COUNT; i++) {
        uint64_t offset = h->sections[i].offset, count = h->sections[i].count;
        if (offset % 8 != 0 || offset > byte_count || count > UINT32_MAX ||
            count < section_shapes[i].count_min ||
            count * section_shapes[i].item_bytes > byte_count - offset)
            return STATUS_BAD_DATA;
    }
    return STATUS_OK;
}

status gazetteer_attach(gazetteer *g, const char *bytes, uint64_t byte_count) {
    const gazetteer_header *h = (const gazetteer_header *)(const void *)bytes;
    status s = check_header(h, byte_count);
    if (s != STATUS_OK) return s;
#define SECTION(name) ((const void *)(bytes + h->sections[SECTION_##name].offset))
#define COUNT(name)   ((uint32_t)h->sections[SECTION_##name].count)
    *g = (gazetteer){.bytes = bytes,
                     .byte_count = byte_count,
                     .fold = {SECTION(FOLD_BLOCKS), SECTION(FOLD_PAGES), SECTION(FOLD_EXPANSIONS)},
                     .slots = SECTION(SLOTS),
                     .postings = SECTION(POSTINGS),
                     .places = SECTION(PLACES),
                     .areas = SECTION(AREAS),
                     .strings = SECTION(STRINGS),
                     .grid = SECTION(GRID),
                     .grid_cities = SECTION(GRID_CITIES),
                     .countries = SECTION(COUNTRIES),
                     .typo_bits = SECTION(TYPO_BITS),
                     .slot_count = COUNT(SLOTS),
                     .posting_count = COUNT(POSTINGS),
                     .place_count = COUNT(PLACES),
                     .area_count = COUNT(AREAS),
                     .string_bytes = COUNT(STRINGS),
                     .grid_city_count = COUNT(GRID_CITIES)};
    return STATUS_OK;
}

static bool fold_is_sound(const gazetteer *g, const gazetteer_header *h) {
    uint64_t page_count = h->sections[SECTION_FOLD_PAGES].count / 256;
    uint64_t expansion_count = h->sections[SECTION_FOLD_EXPANSIONS].count;
    for (uint32_t i = 0; i < FOLD_BLOCK_COUNT; i++)
        if (g->fold.page_of_block[i] >= page_count) return false;
    for (uint64_t i = 0; i < page_count * 256; i++) {
        uint32_t entry = g->fold.pages[i];
        if ((entry & FOLD_EXPANDS) != 0 && FOLD_CODE(entry) + FOLD_EXPANSION_MAX >= expansion_count)
            return false;
    }
    return true;
}

static bool slots_are_sound(const gazetteer *g) {
    uint32_t free_count = 0;
    for (uint32_t i = 0; i < g->slot_count; i++) {
        free_count += g->slots[i].value == 0;
        if (SLOT_POSTING(g->slots[i].value) >= g->posting_count) return false;
    }
    for (uint32_t i = 0; i < g->posting_count; i++)
        if (POSTING_PLACE(g->postings[i]) >= g->place_count) return false;
    return free_count > 0 && (g->postings[g->posting_count - 1] & POSTING_LAST) != 0;
}

/* A parent comes before its child, or ends soon: so no chain of parents has a circle. */
static bool parent_is_sound(const gazetteer *g, uint32_t number) {
    uint32_t parent = g->places[number].parent;
    if (parent == NO_PARENT || parent < number) return true;
    for (int i = 0; i < PARENTS_MAX && parent < g->area_count; i++)
        parent = g->places[parent].parent;
    return parent == NO_PARENT;
}

static bool places_are_sound(const gazetteer *g) {
    if (g->area_count > g->place_count) return false;
    for (uint32_t i = 0; i < g->place_count; i++) {
        const place_row *p = &g->places[i];
        if (!parent_is_sound(g, i)) return false;
        if (p->kind > PLACE_OTHER || (p->kind != PLACE_CITY) != (i < g->area_count)) return false;
        if (p->name >= g->string_bytes ||
            g->string_bytes - p->name <= (unsigned char)g->strings[p->name])
            return false;
    }
    return true;
}

static bool grid_is_sound(const gazetteer *g) {
    for (uint32_t i = 0; i < GRID_CELLS; i++)
        if (g->grid[i] > g->grid[i + 1]) return false;
    if (g->grid[GRID_CELLS] > g->grid_city_count) return false;
    for (uint32_t i = 0; i < g->grid_city_count; i++)
        if (g->grid_cities[i] >= g->place_count) return false;
    for (uint32_t i = 0; i < 26 * 26; i++)
        if (g->countries[i] > g->place_count) return false;
    return true;
}

status gazetteer_check(const gazetteer *g) {
    const gazetteer_header *h = (const gazetteer_header *)(const void *)g->bytes;
    uint64_t sum = gazetteer_checksum(g->bytes + sizeof *h, g->byte_count - sizeof *h);
    bool is_sound = sum == h->checksum && fold_is_sound(g, h) && slots_are_sound(g) &&
                    places_are_sound(g) && grid_is_sound(g);
    return is_sound ? STATUS_OK : STATUS_BAD_DATA;
}

uint32_t gazetteer_slot(const gazetteer *g, uint64_t name_hash) {
    uint32_t at = slot_of_hash(name_hash, g->slot_count), check = (uint32_t)name_hash;
    while (g->slots[at].value != 0) {
        if (g->slots[at].check == check) return g->slots[at].value;
        if (++at == g->slot_count) at = 0;
    }
    return 0;
}

text gazetteer_name(const gazetteer *g, uint32_t number) {
    const char *name = g->strings + g->places[number].name;
    return (text){name + 1, (unsigned char)name[0]};
}

int32_t gazetteer_area_e4(const gazetteer *g, uint32_t number) {
    return number < g->area_count ? g->areas[number] : CITY_AREA_E4;
}

bool gazetteer_is_in(const gazetteer *g, uint32_t number, uint32_t ancestor) {
    uint32_t at = g->places[number].parent;
    while (at != NO_PARENT && at != ancestor) at = g->places[at].parent;
    return at == ancestor;
}

bool gazetteer_country(const gazetteer *g, const char code[2], uint32_t *number) {
    unsigned first = (unsigned)(code[0] - 'A'), second = (unsigned)(code[1] - 'A');
    if (first > 25 || second > 25 || g->countries[first * 26 + second] == 0) return false;
    *number = g->countries[first * 26 + second] - 1;
    return true;
}

/* Around one point the degrees are as good as a plane's, each side with its length. */
typedef struct {
    int32_t lat_e7, lon_e7;
    double km_lat, km_lon; /* Of 1e-7 degree. */
    double nearest_km2;
} neighbourhood;

static void search_cell(const gazetteer *g, uint32_t cell, neighbourhood *n, uint32_t *city) {
    for (uint32_t at = g->grid[cell]; at < g->grid[cell + 1]; at++) {
        const place_row *p = &g->places[g->grid_cities[at]];
        int64_t lon = llabs((int64_t)p->lon_e7 - n->lon_e7);
        double x = (double)(lon > 1800000000 ? 3600000000 - lon : lon) * n->km_lon;
        double y = (double)((int64_t)p->lat_e7 - n->lat_e7) * n->km_lat;
        if (x * x + y * y >= n->nearest_km2) continue;
        n->nearest_km2 = x * x + y * y;
        *city = g->grid_cities[at];
    }
}

bool gazetteer_nearest_city(const gazetteer *g, int32_t lat_e7, int32_t lon_e7, uint32_t *city) {
    neighbourhood n = {lat_e7, lon_e7, 111.2e-7,
                       distance_km(lat_e7, 0, lat_e7, 10000000) / 10000000, 100.0 * 100.0};
    for (int i = 0; i < 9; i++) {
        int64_t lat = lat_e7 + (int64_t)(i / 3 - 1) * 10000000;
        int64_t lon = lon_e7 + (int64_t)(i % 3 - 1) * 10000000;
        if (lat < -900000000 || lat > 900000000) continue;
        lon = lon < -1800000000 ? lon + 3600000000 : lon > 1800000000 ? lon - 3600000000 : lon;
        search_cell(g, grid_cell((int32_t)lat, (int32_t)lon), &n, city);
    }
    return n.nearest_km2 < 100.0 * 100.0;
}
