/* SPDX-License-Identifier: MIT */
/* distance -- kilometres on the ellipsoid.
 *
 * Lambert (1942): take the angle sigma between the two points on the sphere of
 * reduced latitudes, then correct it to first order in the flattening.
 *
 * Only +, -, *, / and sqrt are used, which IEEE 754 rounds alike everywhere, and no
 * function of libm, whose last bit differs between versions and processors: a pair
 * at a limit is on the same side of it on every machine.  Half sines and half
 * cosines are each a sum of positive terms, so nothing cancels, neither for
 * neighbours nor for opposite points. */
#include "geocode/distance.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define PI                3.14159265358979323846
#define RADIANS_PER_E7    (PI / 1800000000)
#define EQUATOR_RADIUS_KM 6378.137
#define FLATTENING        (1 / 298.257223563)
#define CIRCLE_E7         3600000000LL

typedef struct {
    double sine, cosine;
} direction; /* A point of the unit circle. */

static double square(double x) {
    return x * x;
}

/* Taylor's series, x - x^3/3! + ... (or 1 - x^2/2! + ...), from the last term on;
 * for |x| <= pi/4 the first term left out is below 1e-19. */
static double series(double x2, int last) {
    double sum = 1;
    for (int n = last; n > 1; n -= 2) sum = 1 - sum * x2 / (n * (n - 1));
    return sum;
}

/* Of an angle of at most 90 degrees either way. */
static direction direction_of(double e7) {
    bool steep = fabs(e7) > 450000000;
    double x = (steep ? 900000000 - fabs(e7) : e7) * RADIANS_PER_E7;
    direction d = {x * series(x * x, 17), series(x * x, 18)};
    if (steep) d = (direction){e7 < 0 ? -d.cosine : d.cosine, d.sine};
    return d;
}

/* The angle in [0, pi/2] with the tangent y/x; both >= 0, one of them > 0. */
static double angle_of(double y, double x) {
    double t = y < x ? y / x : x / y;
    /* Twice half the angle: then t <= tan(pi/16) and eleven terms do. */
    t = t / (1 + sqrt(1 + t * t));
    t = t / (1 + sqrt(1 + t * t));
    double sum = 0;
    for (int n = 23; n > 0; n -= 2) sum = 1.0 / n - sum * t * t;
    return y < x ? 4 * t * sum : PI / 2 - 4 * t * sum;
}

static direction reduced_latitude(int32_t lat_e7) {
    direction d = direction_of(lat_e7);
    d.sine *= 1 - FLATTENING;
    double length = sqrt(square(d.sine) + square(d.cosine));
    return (direction){d.sine / length, d.cosine / length};
}

/* Half of the shorter way round, 0 to 90 degrees: whole numbers lose nothing. */
static direction half_longitude_between(int32_t a_e7, int32_t b_e7) {
    int64_t between = llabs((int64_t)a_e7 - b_e7) % CIRCLE_E7;
    if (between > CIRCLE_E7 / 2) between = CIRCLE_E7 - between;
    return direction_of((double)between / 2);
}

double distance_km(int32_t lat1_e7, int32_t lon1_e7, int32_t lat2_e7, int32_t lon2_e7) {
    direction b1 = reduced_latitude(lat1_e7), b2 = reduced_latitude(lat2_e7);
    direction half_lon = half_longitude_between(lon1_e7, lon2_e7);
    double cosines = b1.cosine * b2.cosine, across = square(b1.cosine - b2.cosine);
    /* p is half the sum, q half the difference of the reduced latitudes. */
    double sin2_p = (across + square(b1.sine + b2.sine)) / 4;
    double sin2_q = (across + square(b1.sine - b2.sine)) / 4;
    double sin2_half = sin2_q + cosines * square(half_lon.sine); /* Of sigma / 2. */
    double cos2_half = sin2_p + cosines * square(half_lon.cosine);
    if (!(sin2_half > 0)) return 0;
    double sigma = 2 * angle_of(sqrt(sin2_half), sqrt(cos2_half));
    double sin_sigma = 2 * sqrt(sin2_half * cos2_half);
    double y = (sigma + sin_sigma) * (1 - sin2_p) * sin2_q / sin2_half, x = 0;
    if (cos2_half > 0) x = (sigma - sin_sigma) * sin2_p * (1 - sin2_q) / cos2_half;
    return EQUATOR_RADIUS_KM * (sigma - FLATTENING / 2 * (x + y));
}

distance_class distance_class_of(double km) {
    if (km < DISTANCE_CLOSE_KM_MAX) return DISTANCE_CLOSE;
    return km < DISTANCE_MEDIUM_KM_MAX ? DISTANCE_MEDIUM : DISTANCE_FAR;
}

const char *distance_class_text(distance_class c) {
    static const char *const texts[] = {"close", "medium", "far"};
    return texts[c];
}
