/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_BASE_SUGGEST_H
#define DUNLIN_PIPELINE_BASE_SUGGEST_H

#include "pipeline/base/text.h"

/* "Did you mean": the name nearest to what was written, for options, commands,
 * parameters and their values.  Start with {.wanted = ...}, offer every name, read
 * `best`: NULL when none is near. */
typedef struct {
    text wanted;
    const char *best; /* Borrowed from the offer. */
    unsigned distance;
} suggestion;

void suggest(suggestion *s, const char *name);
/* Letters to insert, delete, replace or swap (neighbours) to make b of a; texts of
 * more than 40 bytes are far from everything. */
unsigned edit_distance(text a, text b);

#endif
