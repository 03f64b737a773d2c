/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_GEOCODE_PIPE_H
#define DUNLIN_GEOCODE_PIPE_H

#include <stdio.h>

#include "geocode/geocode.h"
#include "pipeline/base/json.h"

/* `dunlin geocode`: places for people and for scripts. */

/* The place of --places, else of the gazetteer; either may be NULL. */
bool geocode_find(const gazetteer *g, const place_table *t, text location, place *found);

/* {"name","kind","country","lat","lon","area","confidence"}; "name" is `location`
 * trimmed where the place has none.  null for NULL. */
void geocode_write(json_writer *w, const place *found, text location);
/* The same without braces, for an object with more in it. */
void geocode_write_fields(json_writer *w, const place *found, text location);

/* Reads a location a line and writes the JSON of its place, or null, for each, the
 * empty one included, until the end of `in`.  With json_strings a line is a JSON
 * string; one that is none gives null.  A line ends with LF; the last may lack it. */
status geocode_pipe(const gazetteer *g, const place_table *t, bool json_strings, FILE *in,
                    FILE *out, bool line_buffered);

/* A few lines for a terminal: the place, and why it was chosen, or why nothing was. */
void geocode_describe(const gazetteer *g, const place_table *t, text location, buffer *out);

#endif
