/* SPDX-License-Identifier: MIT */
/* meant -- what the words of a question name in a moment: languages, people, places. */
#ifndef DUNLIN_PIPELINE_QUERIES_MEANT_H
#define DUNLIN_PIPELINE_QUERIES_MEANT_H

#include "pipeline/queries/moment.h"

/* A language that a known tweet is in; false: none is. */
bool meant_lang(const moment *m, text lang, uint32_t *number);
/* An id, or a username with or without @ in any ASCII case, of several the one with the least
 * id; NO_NUMBER: nobody.  One pass over all people for all names. */
void meant_people(const moment *m, const text *names, uint32_t *numbers, size_t count);

/* Bits of the numbers of places; NULL: no memory. */
uint64_t *meant_places_named(const moment *m, text wanted); /* As query_filter.place says. */
uint64_t *meant_places_in(const moment *m, text country);
uint64_t *meant_places_inside(const moment *m, const query_box *box);

#endif
