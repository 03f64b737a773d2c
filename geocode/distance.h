/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_GEOCODE_DISTANCE_H
#define DUNLIN_GEOCODE_DISTANCE_H

#include <stdint.h>

#define DISTANCE_CLOSE_KM_MAX  200.0  /* Below it two places are close. */
#define DISTANCE_MEDIUM_KM_MAX 2000.0 /* Below it medium, from it on far. */

typedef enum { DISTANCE_CLOSE, DISTANCE_MEDIUM, DISTANCE_FAR } distance_class;
const char *distance_class_text(distance_class c); /* "close", "medium", "far" */

/* Kilometres between two points on the WGS-84 ellipsoid, given in 1e-7 degree, by
 * Lambert's formula for long lines: measured within 1 m of the geodesic below 400 km
 * and within 10 m below 3,000 km, so both limits are judged to 10 m; farther, within
 * 0.2 km, and within 20 km for nearly opposite points.
 * Symmetric to the last bit, 0 for equal points and at a pole for any longitude;
 * any longitudes are taken modulo 360 degrees.  Latitudes within +-90 degrees. */
double distance_km(int32_t lat1_e7, int32_t lon1_e7, int32_t lat2_e7, int32_t lon2_e7);

distance_class distance_class_of(double km);

#endif
