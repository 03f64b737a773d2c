/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_GEOCODE_COMPILE_MODEL_H
#define DUNLIN_GEOCODE_COMPILE_MODEL_H

#include "geocode/compile/fold_build.h"
#include "geocode/gazetteer_file.h"
#include "pipeline/base/arena.h"

/* model -- the gazetteer while it is compiled.  Places are numbered as in the file:
 * countries, first-level regions, second-level regions, cities.  A tool that runs at
 * build and ends: what fails is said on stderr and ends it (see die). */

typedef struct {
    text code; /* "US", "US.CA", "US.CA.037", or a city's GeoNames id. */
    text name;
    int32_t lat_e7, lon_e7, area_e4;
    uint64_t population;
    uint64_t guessed_people; /* Where nobody counted them: see guess_people. */
    uint32_t parent;
    uint16_t country;
    uint8_t kind;
    uint8_t seat;    /* 1 to 4: a city is the seat of a region of that level. */
    int8_t reach;    /* Points of a country, see data/geocode/countries.tsv. */
    bool is_section; /* A part of a city: its people are the city's. */
    bool is_empty;   /* A region without a city: it has no coordinates. */
} model_place;

typedef struct {
    uint64_t hash;
    uint32_t place, flags;
    uint8_t longest; /* For a prefix: tokens of the longest name that begins so. */
} model_name;

typedef struct {
    arena *strings;
    fold_build *fold_data;
    fold_table fold;
    model_place *places;
    size_t place_count, place_capacity;
    size_t country_count, region_count; /* Countries; countries and regions. */
    model_name *names;
    size_t name_count, name_capacity;
} model;

_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

void model_init(model *m);
void model_deinit(model *m);
text model_keep(model *m, text t); /* A copy that lives as long as the model. */
model_place *model_add_place(model *m, model_place p);
/* The country or region with this code; false when there is none. */
bool model_find_region(const model *m, text code, uint32_t *number);
/* Adds the name in all ways to write it.  Nothing for a name without letters. */
void model_add_name(model *m, uint32_t number, text name, uint32_t flags);
/* Adds the keys of the name, each with one letter left out. */
void model_add_typos(model *m, uint32_t number, text name);

uint16_t country_letters(text code); /* 0 when it is no code. */
/* What it weighs in a choice: see place_row. */
uint8_t place_weight(const model *m, const model_place *p);

/* The sources, in this order.  `folder` is where npm put the packages. */
void read_countries(model *m, const char *folder);
void read_regions(model *m, const char *folder);
void read_areas(model *m, const char *data_folder); /* Our own list of them. */
void read_cities(model *m, const char *folder);
void read_more_cities(model *m, const char *folder); /* What the first list lacks. */
void read_country_names(model *m, const char *folder);
void read_translations(model *m, const char *locale_folder); /* Debian's catalogues. */
void read_territories(model *m, const char *data_folder);    /* Once regions are measured. */
void read_reach(model *m, const char *data_folder);
void read_own_lists(model *m, const char *data_folder);

void measure_regions(model *m); /* Population, coordinates and box from the cities. */
/* A seat of a region whose people nobody counted has as many as the middle one of the
 * country's seats of that level that somebody did. */
void guess_people(model *m);
/* No two places have one name and one point: who meets them tells them apart by these. */
void separate_twins(model *m);
void write_gazetteer(model *m, const char *path);

/* All of a file, with a NUL that does not count; ends the tool when it cannot. */
text read_all(const char *path);
/* Takes a field up to `separator` or the end off *rest; false when it is used up. */
bool next_field(text *rest, char separator, text *field);

/* The next string of a JSON text, unescaped into `out` (which is cleared first);
 * *is_key tells whether a colon follows.  False at the end. */
bool next_json_string(text *rest, buffer *out, bool *is_key);

#endif
