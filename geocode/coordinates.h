/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_GEOCODE_COORDINATES_H
#define DUNLIN_GEOCODE_COORDINATES_H

#include "pipeline/base/text.h"

/* Finds a latitude and a longitude written as numbers: "ÜT: 40.7,-73.9",
 * "iPhone: 51.507351,-0.127758", "40.7128° N, 74.0060° W".  Each needs a fraction; two
 * numbers that can only be meant in the other order are exchanged; 0,0, which means
 * that a device did not know, is none.  Or in degrees and minutes: see sexagesimal.h. */
bool coordinates_find(text t, int32_t *lat_e7, int32_t *lon_e7);

#endif
