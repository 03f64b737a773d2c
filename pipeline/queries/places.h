/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_QUERIES_PLACES_H
#define DUNLIN_PIPELINE_QUERIES_PLACES_H

#include "geocode/geocode.h"
#include "pipeline/queries/strings.h"

/* Places as dense numbers, and the place of each location string, found once a
 * string.  A place is its coordinates and its name.
 *
 * The engine thread finds; any thread may call places_get and places_of with what
 * it read from a snapshot that it still holds. */
typedef struct places places;

/* All borrowed; gazetteer and table may be NULL. */
places *places_new(const gazetteer *g, const place_table *table, const strings *names,
                   uint64_t hash_seed);
void places_free(places *p);
/* Engine thread: the place of a location, a handle of `names`.  False when it names
 * none.  `makes_point`: its box is small enough for the map. */
bool places_find(places *p, uint32_t location, uint32_t *place_number, bool *makes_point);
/* The handle is about to mean another string (strings_end_dead). */
void places_forget(uint32_t location, void *p);
/* Any thread: as found before. */
bool places_of(const places *p, uint32_t location, uint32_t *place_number, bool *makes_point);
/* Any thread: the place of any text, and the reasons as one JSON object.  *found's name
 * is borrowed from the gazetteer or the table. */
bool places_explain(const places *p, text location, place *found, buffer *reasons);
/* Any thread: what the table and the gazetteer make of a text; *found's name is theirs. */
bool places_look_up(const places *p, text location, place *found);
const place *places_get(const places *p, uint32_t place_number);
uint32_t places_count(const places *p); /* Any thread: numbers below it are places. */
/* What a place is called outside: the same wherever and whenever it is found. */
uint64_t place_id(const place *p);
/* By latitude, longitude, name: the order of answers, since numbers follow the order of
 * coming. */
int place_compare(const place *a, const place *b);
size_t places_bytes(const places *p);
bool places_ran_out(const places *p); /* Memory ran out in a find. */

#endif
