/* SPDX-License-Identifier: MIT */
#include "pipeline/gen/world.h"

#include <stdlib.h>
#include <string.h>

/* Homes are numbered: cities, then the other words that profiles hold. */
typedef struct {
    const char *words;
    int32_t lat_e4, lon_e4;
    uint16_t area; /* Square degrees; AREA_POINT: a point; AREA_NONE: no place. */
    uint16_t weight;
} other_home;

enum { AREA_NONE = 0, AREA_POINT = 1, CITY_AREA_E4 = 400 };

/* The towns of the chain.  Few live there; most who write their names are elsewhere,
 * and some write `words`, which the table of places takes for the town. */
typedef struct {
    const char *town, *words;
    int32_t lat_e4, lon_e4;
} chain_town;

static const chain_town chain[CHAIN_TOWNS] = {
    {"Mogocha", "turn on notifications", 537333, 1197667},
    {"Yerofey Pavlovich", "follow me back", 539631, 1219581},
    {"Skovorodino", "in your timeline", 539833, 1239333},
    {"Magdagachi", "somewhere over the rainbow", 534540, 1258093},
    {"Sivaki, Russia", "between two lines", 526343, 1267478},
    {"Svobodny", "wherever the wind goes", 513753, 1281410},
};

static const other_home others[] = {
    /* Taken for a point far from everywhere: LONELY_WORDS of them, first. */
    {"in my own little world", -503000, 690000, AREA_POINT, 4},
    {"behind you", -371000, -122900, AREA_POINT, 4},
    {"under a blanket fort", 733000, -560000, AREA_POINT, 3},
    {"the upside down", -250000, -1301000, AREA_POINT, 3},
    {"at the end of the sofa", 80000, -1090000, AREA_POINT, 3},
    {"on a cloud, probably", 281800, -1774000, AREA_POINT, 3},
    /* Known, and too large for a point. */
    {"USA", 397600, -985000, 1500, 40},
    {"Brasil", -142400, -531800, 850, 25},
    {"England", 523600, -11700, 19, 25},
    {"Indonesia", -25000, 1180000, 800, 15},
    {"California", 367800, -1194200, 95, 20},
    {"Europe", 540000, 150000, 3000, 6},
    /* No place at all. */
    {"", 0, 0, AREA_NONE, 500},
    {"Worldwide", 0, 0, AREA_NONE, 30},
    {"she/her", 0, 0, AREA_NONE, 30},
    {"he/him", 0, 0, AREA_NONE, 20},
    {"they/them", 0, 0, AREA_NONE, 10},
    {"Earth, mostly", 0, 0, AREA_NONE, 14},
    {"the internet", 0, 0, AREA_NONE, 14},
    {"<3 everywhere <3", 0, 0, AREA_NONE, 8},
    {"ask me nicely", 0, 0, AREA_NONE, 8},
    {"17 | tea | sleep", 0, 0, AREA_NONE, 12},
    {"404 not found", 0, 0, AREA_NONE, 10},
    {"\xE2\x9C\xA8 dreaming \xE2\x9C\xA8", 0, 0, AREA_NONE, 10},
    {"busy with my cat", 0, 0, AREA_NONE, 8},
};

enum { OTHER_COUNT = sizeof others / sizeof others[0], CHAIN_WEIGHT = 2 };

static const other_home *other_of(const world *w, uint32_t home) {
    size_t first = city_count + CHAIN_TOWNS;
    return home < first || home >= w->home_count ? NULL : &others[home - first];
}

static uint64_t bits_of(const world *w, uint64_t person, uint64_t purpose) {
    return hash_mix(w->seed ^ hash_mix(person * 16 + purpose));
}
enum { BITS_MOVE, BITS_MOVE_TO, BITS_VARIANT, BITS_FOLLOWERS, BITS_TWEETS, BITS_NAME, BITS_LANG };

/* ---- Homes ---- */

status world_init(world *w, uint64_t seed, uint64_t people, int64_t start_ms, int64_t duration_ms) {
    uint32_t count = (uint32_t)city_count + CHAIN_TOWNS + OTHER_COUNT;
    *w = (world){seed, people, start_ms, duration_ms, count, 0, NULL};
    w->weight_until = malloc(count * sizeof *w->weight_until);
    if (w->weight_until == NULL) return STATUS_NO_MEMORY;
    for (uint32_t home = 0; home < count; home++) {
        const other_home *o = other_of(w, home);
        w->weight_sum += world_home_is_city(w, home) ? cities[home].weight
                         : o                         ? o->weight
                                                     : CHAIN_WEIGHT;
        w->weight_until[home] = w->weight_sum;
    }
    return STATUS_OK;
}

void world_deinit(world *w) {
    free(w->weight_until);
}

uint32_t world_chain_home(const world *w, uint32_t town) {
    (void)w;
    return (uint32_t)city_count + town;
}
uint32_t world_lonely_home(const world *w, uint32_t number) {
    return world_chain_home(w, CHAIN_TOWNS) + number;
}
bool world_home_is_city(const world *w, uint32_t home) {
    (void)w;
    return home < city_count;
}

static uint32_t home_at(const world *w, uint64_t weight) {
    uint32_t low = 0, high = w->home_count - 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (w->weight_until[middle] > weight) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

uint32_t world_any_home(const world *w, random_source *r) {
    return home_at(w, random_below(r, w->weight_sum));
}
uint32_t world_any_city(const world *w, random_source *r) {
    return home_at(w, random_below(r, w->weight_until[city_count - 1]));
}

uint32_t world_home(const world *w, uint64_t person) {
    return (uint32_t)(person % w->home_count);
}

/* ---- People ---- */

static uint64_t people_at(const world *w, uint32_t home) {
    uint64_t weight = w->weight_until[home] - (home > 0 ? w->weight_until[home - 1] : 0);
    return 4 + w->people * weight / w->weight_sum;
}

static uint64_t authors_at(const world *w, uint32_t home) {
    return 1 + people_at(w, home) / 40;
}

/* The lower the number, the more they write: the square of an even chance. */
uint64_t world_anybody(const world *w, uint32_t home, random_source *r) {
    double chance = random_unit(r);
    uint64_t number = (uint64_t)(chance * chance * (double)people_at(w, home));
    return number * w->home_count + home;
}

uint64_t world_author(const world *w, uint32_t home, random_source *r) {
    double chance = random_unit(r);
    uint64_t number = (uint64_t)(chance * chance * chance * (double)authors_at(w, home));
    return number * w->home_count + home;
}

/* One in 64 of those who live in a city moves to another, once. */
static uint32_t home_at_time(const world *w, uint64_t person, int64_t at_ms) {
    uint32_t home = world_home(w, person);
    uint64_t bits = bits_of(w, person, BITS_MOVE);
    if (!world_home_is_city(w, home) || bits % 64 != 0) return home;
    int64_t after_ms = (int64_t)(bits >> 8) % (w->duration_ms > 0 ? w->duration_ms : 1);
    if (at_ms - w->start_ms < after_ms) return home;
    return (uint32_t)(bits_of(w, person, BITS_MOVE_TO) % city_count);
}

/* min(2^n, limit) with the chance 2^-(n+1): the tail that followers have. */
static uint64_t heavy_tail(uint64_t bits, unsigned most) {
    unsigned n = bits == 0 ? 63 : (unsigned)__builtin_ctzll(bits);
    return UINT64_C(1) << (n < most ? n : most);
}

uint64_t world_followers(const world *w, uint64_t person, int64_t at_ms) {
    uint64_t bits = bits_of(w, person, BITS_FOLLOWERS), home = world_home(w, person);
    bool is_author = person / w->home_count < authors_at(w, (uint32_t)home);
    uint64_t followers = (30 + bits % 70) * heavy_tail(bits >> 8, 18) * (is_author ? 24 : 1);
    uint64_t minutes = (uint64_t)(at_ms - w->start_ms) / 60000;
    return bits % 97 == 0 ? 0 : followers + followers * minutes / 100000;
}

uint64_t world_tweets(const world *w, uint64_t person, int64_t at_ms) {
    uint64_t bits = bits_of(w, person, BITS_TWEETS);
    uint64_t minutes = (uint64_t)(at_ms - w->start_ms) / 60000;
    return bits % 101 == 0 ? 0 : (100 + bits % 900) * heavy_tail(bits >> 12, 8) + minutes / 60;
}

uint64_t person_id(uint64_t person) {
    return 10000 + person * 3;
}

gen_lang world_lang(const world *w, uint64_t person) {
    uint32_t home = world_home(w, person);
    bool writes_english = bits_of(w, person, BITS_LANG) % 5 == 0;
    return world_home_is_city(w, home) && !writes_english ? cities[home].lang : LANG_EN;
}

/* ---- Names ---- */

static const char *const syllables[32] = {"ka",  "lo",  "mi",  "ra",  "te",  "su",  "no",  "vi",
                                          "el",  "an",  "jo",  "ki",  "da",  "be",  "zo",  "ry",
                                          "ma",  "li",  "ta",  "ne",  "fa",  "go",  "hu",  "is",
                                          "per", "sol", "lin", "mar", "ton", "wen", "ash", "oak"};

static void add_string(buffer *out, const char *s) {
    buffer_add(out, text_of(s));
}

void world_username(const world *w, uint64_t person, buffer *out) {
    uint64_t bits = bits_of(w, person, BITS_NAME);
    for (int i = 0; i < 3; i++, bits >>= 5) add_string(out, syllables[bits % 32]);
    buffer_add_byte(out, '_');
    buffer_add_u64(out, person); /* No two people have one name. */
}

void world_name(const world *w, uint64_t person, buffer *out) {
    uint64_t bits = bits_of(w, person, BITS_NAME);
    for (int word = 0; word < 2; word++) {
        size_t first = out->count;
        for (int i = 0; i < 2; i++, bits >>= 5) add_string(out, syllables[bits % 32]);
        if (!out->failed) out->bytes[first] = (char)(out->bytes[first] - 'a' + 'A');
        if (word == 0) buffer_add_byte(out, ' ');
    }
    if (bits % 11 == 0) add_string(out, " \xF0\x9F\x8C\xBB");
}

/* ---- Locations ---- */

enum {
    VARIANT_PLAIN,
    VARIANT_COUNTRY,
    VARIANT_LOWER,
    VARIANT_BLANKS,
    VARIANT_NATIVE,
    VARIANT_COORDINATES,
    VARIANT_COUNT
};

static void add_lower(buffer *out, const char *s) {
    for (; *s != '\0'; s++)
        buffer_add_byte(out, (char)(*s >= 'A' && *s <= 'Z' ? *s + ('a' - 'A') : *s));
}

static void add_degrees(buffer *out, int32_t e4) {
    if (e4 < 0) buffer_add_byte(out, '-');
    uint32_t units = (uint32_t)(e4 < 0 ? -(int64_t)e4 : e4);
    buffer_add_u64(out, units / 10000);
    buffer_add_byte(out, '.');
    for (uint32_t digit = 1000; digit > 0; digit /= 10)
        buffer_add_byte(out, (char)('0' + units / digit % 10));
}

static void add_city(buffer *out, const city *c, int variant) {
    switch (variant) {
    case VARIANT_COUNTRY:
        add_string(out, c->name);
        add_string(out, ", ");
        add_string(out, c->country);
        break;
    case VARIANT_LOWER: add_lower(out, c->name); break;
    case VARIANT_BLANKS:
        add_string(out, " \xC2\xA0");
        add_string(out, c->name);
        add_string(out, "  ");
        break;
    case VARIANT_COORDINATES:
        add_string(out, "\xC3\x9CT: ");
        add_degrees(out, c->lat_e4);
        buffer_add_byte(out, ',');
        add_degrees(out, c->lon_e4);
        break;
    default: add_string(out, variant == VARIANT_NATIVE && c->native != NULL ? c->native : c->name);
    }
}

/* Of 16 who live in a city: how they write it. */
static const uint8_t variants[16] = {
    VARIANT_PLAIN,   VARIANT_PLAIN,   VARIANT_PLAIN,   VARIANT_PLAIN,
    VARIANT_PLAIN,   VARIANT_COUNTRY, VARIANT_COUNTRY, VARIANT_COUNTRY,
    VARIANT_COUNTRY, VARIANT_LOWER,   VARIANT_LOWER,   VARIANT_BLANKS,
    VARIANT_NATIVE,  VARIANT_NATIVE,  VARIANT_NATIVE,  VARIANT_COORDINATES};

void world_location(const world *w, uint64_t person, int64_t at_ms, buffer *out) {
    uint32_t home = home_at_time(w, person, at_ms);
    uint64_t bits = bits_of(w, person, BITS_VARIANT);
    const other_home *o = other_of(w, home);
    if (world_home_is_city(w, home)) {
        add_city(out, &cities[home], variants[bits % 16]);
    } else if (o != NULL) {
        add_string(out, o->words);
    } else {
        /* By number, not by chance: each town has people of both kinds among its first. */
        const chain_town *t = &chain[home - city_count];
        add_string(out, person / w->home_count % 3 == 2 ? t->words : t->town);
    }
}

static void add_place(buffer *out, int32_t lat_e4, int32_t lon_e4, uint32_t area_e4) {
    buffer_add_byte(out, '\t');
    add_degrees(out, lat_e4);
    buffer_add_byte(out, '\t');
    add_degrees(out, lon_e4);
    buffer_add_byte(out, '\t');
    add_degrees(out, (int32_t)area_e4);
    buffer_add_byte(out, '\n');
}

static void add_city_places(buffer *out, const city *c) {
    for (int variant = 0; variant < VARIANT_COUNT; variant++) {
        if (variant == VARIANT_BLANKS || (variant == VARIANT_NATIVE && c->native == NULL)) continue;
        add_city(out, c, variant);
        add_place(out, c->lat_e4, c->lon_e4, CITY_AREA_E4);
    }
}

status world_write_places(const world *w, FILE *out) {
    buffer lines = {0};
    (void)w;
    for (size_t i = 0; i < city_count; i++) add_city_places(&lines, &cities[i]);
    for (size_t i = 0; i < 2 * CHAIN_TOWNS; i++) {
        const chain_town *t = &chain[i / 2];
        add_string(&lines, i % 2 == 0 ? t->town : t->words);
        add_place(&lines, t->lat_e4, t->lon_e4, CITY_AREA_E4);
    }
    for (const other_home *o = others; o < others + OTHER_COUNT; o++) {
        if (o->area == AREA_NONE) continue;
        add_string(&lines, o->words);
        add_place(&lines, o->lat_e4, o->lon_e4,
                  o->area == AREA_POINT ? CITY_AREA_E4 : o->area * 10000U);
    }
    status s = lines.failed ? STATUS_NO_MEMORY : STATUS_OK;
    if (s == STATUS_OK && fwrite(lines.bytes, 1, lines.count, out) != lines.count)
        s = STATUS_CANNOT_WRITE;
    buffer_deinit(&lines);
    return s;
}
