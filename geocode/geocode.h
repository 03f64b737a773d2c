/* SPDX-License-Identifier: MIT */
/* geocode -- words and coordinates to places.  A library on its own. */
#ifndef DUNLIN_GEOCODE_GEOCODE_H
#define DUNLIN_GEOCODE_GEOCODE_H

#include "pipeline/base/buffer.h"
#include "pipeline/base/status.h"

typedef enum { PLACE_CITY, PLACE_REGION, PLACE_COUNTRY, PLACE_COORDINATES, PLACE_OTHER } place_kind;
const char *place_kind_text(place_kind k); /* "city", "region", ... */

/* Coordinates and name together say which place it is: no two of the gazetteer have both
 * the same.  A city and the region around it may share a point under two names, and so may
 * a place of --places and one of the gazetteer: these are two places. */
typedef struct {
    place_kind kind;
    int32_t lat_e7, lon_e7; /* 1e-7 degree. */
    int32_t area_e4;        /* Of its box, in 1e-4 square degree; a city's is 400. */
    char country[3];        /* ISO 3166-1 alpha-2 and a NUL, or "". */
    float confidence;       /* 0 to 1: the chance that it is where the person is. */
    text name;              /* Borrowed from the gazetteer, or from the given text. */
} place;

/* A place makes a map point if its box has at most 10 square degrees. */
#define MAP_POINT_AREA_E4_MAX 100000
static inline bool place_is_map_point(const place *p) {
    return p->area_e4 <= MAP_POINT_AREA_E4_MAX;
}

typedef struct gazetteer gazetteer;

/* The gazetteer built into the program, mapped with it: nothing is loaded. */
status gazetteer_builtin(gazetteer **result);
status gazetteer_open(const char *path, gazetteer **result); /* Maps the file. */
void gazetteer_close(gazetteer *g);                          /* NULL is allowed. */

/* Finds the place that a profile location such as "Köln, DE" names.  `location` is
 * UTF-8 (bad bytes are tolerated) and is not kept.  False when nothing fits; *found
 * is then untouched.  found->name is borrowed from the gazetteer, or is empty for
 * coordinates.  Any number of threads may ask one gazetteer. */
bool gazetteer_find(const gazetteer *g, text location, place *found);

/* The same with its reasons, as one JSON object: the parts of the text, what each
 * could be, what was chosen and why, or why nothing was. */
void gazetteer_explain(const gazetteer *g, text location, buffer *json);

/* --places: a table of strings that wins over the gazetteer.  Lines of
 * string TAB lat TAB lon TAB area (degrees, square degrees). */
typedef struct place_table place_table;
/* On STATUS_BAD_FORMAT *line is the line and *why says what is wrong with it. */
status place_table_load(const char *path, place_table **result, uint64_t *line, const char **why);
void place_table_free(place_table *t); /* NULL is allowed. */
/* Compares bytes after trimming Unicode White_Space at both ends, without folding.
 * Of strings with equal coordinates the least in bytes names the place; area_e4 is
 * the string's own; kind is PLACE_OTHER, country "", confidence 1. */
bool place_table_find(const place_table *t, text location, place *found);

#endif
