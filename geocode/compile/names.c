/* SPDX-License-Identifier: MIT */
/* names -- what countries, regions and cities are called.
 *
 * i18n-iso-countries has the countries' names in many languages; the catalogues of
 * Debian's libgeonames-common translate countries ("US"), regions ("US.CA") and
 * cities (their GeoNames ids); our own lists under data/ add what people write. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geocode/compile/model.h"
#include "geocode/decimal.h"

static bool remove_start(text *t, const char *start) {
    if (!text_starts_with(*t, text_of(start))) return false;
    *t = text_slice(*t, strlen(start), t->count);
    return true;
}

static bool remove_end(text *t, const char *end) {
    if (!text_ends_with(*t, text_of(end)) || t->count <= strlen(end)) return false;
    t->count -= strlen(end);
    return true;
}

/* "State of West Bengal", "Konya Province", "神奈川県": people leave the kind out. */
static bool remove_kind_of_region(text *t) {
    static const char *const starts[] = {
        "State of ",  "Province of ", "Provincia de ",  "Provincia di ",     "Departamento de ",
        "Región de ", "Region of ",   "Prefektur ",     "Provinsi ",         "Kabupaten ",
        "Kota ",      "Kab. ",        "Provincia del ", "Departamento del ", "City of ",
        "Estado de ", "County ",      "Comunidad de ",  "Province de ",      "Región del "};
    static const char *const ends[] = {" Province",
                                       " Region",
                                       " Prefecture",
                                       " Oblast",
                                       " Governorate",
                                       " Department",
                                       " District",
                                       " Municipality",
                                       " County",
                                       " Parish",
                                       " Voivodeship",
                                       " State",
                                       " Krai",
                                       " Republic",
                                       " Canton",
                                       " Regency",
                                       " City",
                                       "県",
                                       "縣",
                                       "府",
                                       "都",
                                       "省",
                                       "市",
                                       "州",
                                       "특별자치도",
                                       "광역시",
                                       "특별시",
                                       " 현",
                                       " 주",
                                       "자치구",
                                       " Ken",
                                       "-ken",
                                       " Autonomous Region"};
    text before = *t;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) remove_start(t, starts[i]);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        text shorter = *t;
        /* Two ideographs are left, or four letters. */
        if (remove_end(&shorter, ends[i]) && shorter.count >= 4) *t = shorter;
    }
    return t->count < before.count;
}

static void add_region_name(model *m, uint32_t number, text name, uint32_t flags) {
    if (m->places[number].is_empty) return;
    model_add_name(m, number, name, flags);
    /* A county of the United States is never called without the word. */
    bool is_county = text_starts_with(m->places[number].code, TEXT("US.")) &&
                     text_ends_with(name, TEXT(" County"));
    if (!is_county && remove_kind_of_region(&name)) model_add_name(m, number, name, flags);
    if (m->places[number].population >= 1000000) model_add_typos(m, number, name);
}

/* "US.CA", "CH.ZH", "IT.09.MI": the last part is what people write. */
static void add_region_code(model *m, uint32_t number) {
    text code = m->places[number].code;
    bool is_state = code.count == 5 &&
                    (text_starts_with(code, TEXT("US.")) || text_starts_with(code, TEXT("CH.")));
    bool is_province = code.count == 8 && text_starts_with(code, TEXT("IT."));
    /* Of all who write such codes most mean a state of the United States. */
    uint32_t flags = POSTING_ALTERNATE | POSTING_CODE;
    if (text_starts_with(code, TEXT("US."))) flags |= POSTING_OWN;
    if (is_state || is_province)
        add_region_name(m, number, text_slice(code, code.count - 2, code.count), flags);
}

static void read_language(model *m, const char *path, bool is_english) {
    text json = read_all(path), rest = json;
    buffer b = {0};
    bool is_key;
    uint32_t number = NO_PARENT;
    while (next_json_string(&rest, &b, &is_key)) {
        text t = buffer_text(&b);
        if (is_key) {
            if (t.count != 2 || !model_find_region(m, t, &number)) number = NO_PARENT;
        } else if (number != NO_PARENT) {
            model_place *p = &m->places[number];
            if (is_english && text_equal(p->name, p->code)) p->name = model_keep(m, t);
            model_add_name(m, number, t, is_english ? 0 : POSTING_ALTERNATE);
            if (is_english) model_add_typos(m, number, t);
        }
    }
    buffer_deinit(&b);
    free((char *)json.bytes);
}

static int is_json(const struct dirent *entry) {
    return text_ends_with(text_of(entry->d_name), TEXT(".json"));
}

void read_country_names(model *m, const char *folder) {
    char path[4096];
    struct dirent **files;
    snprintf(path, sizeof path, "%s/i18n-iso-countries/langs", folder);
    int count = scandir(path, &files, is_json, alphasort);
    if (count < 1) die("%s: no languages", path);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/i18n-iso-countries/langs/%s", folder, files[i]->d_name);
        read_language(m, path, strcmp(files[i]->d_name, "en.json") == 0);
        free(files[i]);
    }
    free(files);
    for (uint32_t i = (uint32_t)m->country_count; i < m->region_count; i++) {
        add_region_name(m, i, m->places[i].name, 0);
        add_region_code(m, i);
    }
}

typedef struct {
    uint64_t id;
    uint32_t place;
} city_id;

static int by_id(const void *a, const void *b) {
    uint64_t x = ((const city_id *)a)->id, y = ((const city_id *)b)->id;
    return x < y ? -1 : x > y;
}

static city_id *sorted_cities(const model *m) {
    city_id *ids = malloc((m->place_count - m->region_count + 1) * sizeof *ids);
    if (ids == NULL) die("out of memory");
    for (size_t i = m->region_count; i < m->place_count; i++) {
        ids[i - m->region_count] = (city_id){.place = (uint32_t)i};
        text_to_u64(m->places[i].code, &ids[i - m->region_count].id);
    }
    qsort(ids, m->place_count - m->region_count, sizeof *ids, by_id);
    return ids;
}

static bool is_within(const model *m, uint32_t number, uint32_t region) {
    while (number != NO_PARENT && number != region) number = m->places[number].parent;
    return number == region;
}

/* "US.IL:Springfield", "GB.ENG/Kent": the place of this name with the most people. */
static bool find_by_name(const model *m, text code, size_t at, uint32_t *number) {
    uint32_t region;
    bool is_city = code.bytes[at] == ':', is_found = false;
    text name = text_slice(code, at + 1, code.count);
    if (!model_find_region(m, text_slice(code, 0, at), &region)) return false;
    size_t first = is_city ? m->region_count : m->country_count;
    size_t end = is_city ? m->place_count : m->region_count;
    for (size_t i = first; i < end; i++) {
        const model_place *p = &m->places[i];
        if (p->country != m->places[region].country || !text_equal(p->name, name) ||
            !is_within(m, (uint32_t)i, region) ||
            (is_found && p->population <= m->places[*number].population))
            continue;
        *number = (uint32_t)i;
        is_found = true;
    }
    return is_found;
}

static bool find_any(const model *m, const city_id *cities, text code, uint32_t *number) {
    city_id key = {0};
    size_t at;
    if (text_find_byte(code, ':', &at) || text_find_byte(code, '/', &at))
        return find_by_name(m, code, at, number);
    if (!text_to_u64(code, &key.id)) return model_find_region(m, code, number);
    const city_id *hit =
        bsearch(&key, cities, m->place_count - m->region_count, sizeof *cities, by_id);
    if (hit != NULL) *number = hit->place;
    return hit != NULL;
}

static uint32_t word_at(text t, uint64_t at) {
    uint32_t word;
    if (at + 4 > t.count) die("a catalogue of libgeonames-common is cut off");
    memcpy(&word, t.bytes + at, 4);
    return word;
}

static text string_at(text t, uint32_t table, uint32_t i) {
    uint32_t count = word_at(t, table + 8ULL * i), at = word_at(t, table + 8ULL * i + 4);
    if ((uint64_t)at + count > t.count) die("a catalogue of libgeonames-common is cut off");
    return text_slice(t, at, (size_t)at + count);
}

/* GNU gettext's binary catalogue: magic, revision, count, two tables of strings. */
static void read_catalogue(model *m, const city_id *cities, text t) {
    if (word_at(t, 0) != 0x950412DE) die("a catalogue of libgeonames-common is of no known kind");
    uint32_t count = word_at(t, 8), from = word_at(t, 12), to = word_at(t, 16), number;
    for (uint32_t i = 0; i < count; i++) {
        if (!find_any(m, cities, string_at(t, from, i), &number)) continue;
        text name = string_at(t, to, i);
        if (m->places[number].kind == PLACE_REGION)
            add_region_name(m, number, name, POSTING_ALTERNATE);
        else
            model_add_name(m, number, name, POSTING_ALTERNATE);
    }
}

static int is_locale(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

void read_translations(model *m, const char *locale_folder) {
    struct dirent **locales;
    char path[4096];
    int count = scandir(locale_folder, &locales, is_locale, alphasort), found = 0;
    city_id *cities = sorted_cities(m);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s/LC_MESSAGES/geonames.mo", locale_folder,
                 locales[i]->d_name);
        free(locales[i]);
        FILE *probe = fopen(path, "rb");
        if (probe == NULL) continue;
        fclose(probe);
        text catalogue = read_all(path);
        read_catalogue(m, cities, catalogue);
        free((char *)catalogue.bytes);
        found++;
    }
    if (count >= 0) free(locales);
    free(cities);
    if (found == 0) die("%s: no catalogues: is libgeonames-common installed?", locale_folder);
}

/* Calls `add` with the fields of each line that is neither empty nor a comment. */
static void read_list(model *m, const char *data_folder, const char *name, int field_count,
                      void (*add)(model *m, const text *fields, const void *more),
                      const void *more) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", data_folder, name);
    text file = read_all(path), rest = file;
    for (text line; next_field(&rest, '\n', &line);) {
        text fields[5];
        int count = 0;
        if (line.count == 0 || line.bytes[0] == '#') continue;
        for (text left = line; count < 5 && next_field(&left, '\t', &fields[count]);) count++;
        if (count != field_count) die("%s: %.*s: fields", path, (int)line.count, line.bytes);
        add(m, fields, more);
    }
    free((char *)file.bytes);
}

/* names separated by "|", country, latitude, longitude, square degrees */
static void add_area(model *m, const text *f, const void *more) {
    int64_t lat, lon, area;
    bool is_exact;
    uint32_t country;
    (void)more;
    text names = f[0], name;
    if (!model_find_region(m, f[1], &country) || !degrees_read(f[2], &lat) ||
        !degrees_read(f[3], &lon) || !decimal_read(f[4], 4, &area, &is_exact))
        die("areas.tsv: %.*s", (int)names.count, names.bytes);
    next_field(&names, '|', &name);
    model_add_place(m, (model_place){.code = TEXT("...."),
                                     .name = model_keep(m, name),
                                     .lat_e7 = (int32_t)lat,
                                     .lon_e7 = (int32_t)lon,
                                     .area_e4 = (int32_t)area,
                                     .population = 3000000,
                                     .parent = country,
                                     .country = m->places[country].country,
                                     .kind = PLACE_REGION});
    do {
        model_add_name(m, (uint32_t)m->place_count - 1, name, POSTING_OWN | POSTING_ALTERNATE);
    } while (next_field(&names, '|', &name));
}

void read_areas(model *m, const char *data_folder) {
    read_list(m, data_folder, "areas.tsv", 5, add_area, NULL);
    m->region_count = m->place_count;
}

/* country, points */
static void add_reach(model *m, const text *f, const void *more) {
    uint32_t country;
    int64_t points;
    bool is_exact;
    (void)more;
    if (!model_find_region(m, f[0], &country) || !decimal_read(f[1], 0, &points, &is_exact))
        die("countries.tsv: %.*s", (int)f[0].count, f[0].bytes);
    m->places[country].reach = (int8_t)points;
}

void read_reach(model *m, const char *data_folder) {
    read_list(m, data_folder, "countries.tsv", 2, add_reach, NULL);
}

/* country, the country that it belongs to */
static void add_territory(model *m, const text *f, const void *more) {
    uint32_t territory, owner;
    (void)more;
    if (!model_find_region(m, f[0], &territory) || !find_any(m, NULL, f[1], &owner))
        die("territories.tsv: %.*s", (int)f[0].count, f[0].bytes);
    m->places[territory].parent = owner;
}

void read_territories(model *m, const char *data_folder) {
    read_list(m, data_folder, "territories.tsv", 2, add_territory, NULL);
}

/* names separated by "|", code of the place, how: "name", "code" or "abbr" */
static void add_alias(model *m, const text *f, const void *cities) {
    uint32_t number;
    text names = f[0];
    if (!find_any(m, cities, f[1], &number))
        die("%.*s: no place %.*s", (int)names.count, names.bytes, (int)f[1].count, f[1].bytes);
    uint32_t flags = POSTING_ALTERNATE;
    if (!text_equal(f[2], TEXT("code"))) flags |= POSTING_OWN;
    if (!text_equal(f[2], TEXT("name"))) flags |= POSTING_CODE;
    for (text name; next_field(&names, '|', &name);) model_add_name(m, number, name, flags);
}

/* how, phrase */
static void add_word(model *m, const text *f, const void *more) {
    (void)more;
    uint32_t flags = text_equal(f[0], TEXT("never"))    ? POSTING_NEVER
                     : text_equal(f[0], TEXT("filler")) ? POSTING_FILLER
                     : text_equal(f[0], TEXT("common")) ? POSTING_COMMON
                                                        : 0;
    if (flags == 0) die("words.tsv: %.*s: never, filler or common", (int)f[0].count, f[0].bytes);
    model_add_name(m, 0, f[1], flags);
}

void read_own_lists(model *m, const char *data_folder) {
    city_id *cities = sorted_cities(m);
    static const char *const lists[] = {"aliases.tsv", "nicknames.tsv", "old-names.tsv",
                                        "states.tsv", "dialing.tsv"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        read_list(m, data_folder, lists[i], 3, add_alias, cities);
    read_list(m, data_folder, "words.tsv", 2, add_word, NULL);
    free(cities);
}
