/* SPDX-License-Identifier: MIT */
/* gen -- a conversation that never took place, from a seed.
 *
 * The same options give the same bytes on every machine.  Lines come in the order in
 * which a stream would bring them; memory does not grow with their number. */
#ifndef DUNLIN_PIPELINE_GEN_GEN_H
#define DUNLIN_PIPELINE_GEN_GEN_H

#include "pipeline/base/status.h"
#include "pipeline/base/text.h"

#include <stdio.h>

typedef enum {
    GEN_DEMO, /* {"tweet":{...},"includes":{...}}, an X v2 stream line but for a name. */
    GEN_V1,   /* Twitter's v1.1 stream, with delete notices between. */
} gen_format;
bool gen_format_from(text t, gen_format *format); /* "demo", "v1". */

#define GEN_LINES_DEFAULT       60000
#define GEN_START_MS_DEFAULT    1341360000000 /* 2012-07-04T00:00:00Z */
#define GEN_DURATION_MS_DEFAULT 172800000     /* Two days. */

/* {0} gives the defaults. */
typedef struct {
    uint64_t seed;
    uint64_t lines;      /* To write, deletes and doubles included; 0: the default. */
    int64_t start_ms;    /* Of the first tweet; 0: the default. */
    int64_t duration_ms; /* To the last tweet; 0: the default. */
    gen_format format;
} gen_options;

/* Writes the lines to `out` and, unless `places` is NULL, the table that
 * `replay --places` reads, one line for each location string in use that is a place,
 * and for the non-places that a careless geocoder takes for one: with it, and
 * --places-only, places fall in each of six rounds of cleaning from 20,000 lines on.
 * STATUS_CANNOT_WRITE, STATUS_BAD_ARGUMENT (a negative time), STATUS_NO_MEMORY. */
status gen_run(const gen_options *o, FILE *out, FILE *places);

#endif
