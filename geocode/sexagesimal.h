/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_GEOCODE_SEXAGESIMAL_H
#define DUNLIN_GEOCODE_SEXAGESIMAL_H

#include "pipeline/base/text.h"

/* Finds a latitude and a longitude written in degrees and minutes, with or without
 * seconds: "40°42'N 74°0'W", "40 42 46 N, 74 0 21 W", "N 40° 42.77' W 74° 0.36'", in 1e-7
 * degrees.  Each needs its letter, N, S, E or W, before or behind it; a degree without
 * minutes needs its sign. */
bool sexagesimal_find(text t, int64_t *lat_e7, int64_t *lon_e7);

#endif
