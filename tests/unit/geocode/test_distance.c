/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "geocode/distance.h"
#include "pipeline/base/random.h"

#define PI 3.14159265358979323846

/* Geodesics by GeographicLib 2.1 (Karney, J. Geodesy 2013). */
static const struct {
    int32_t lat1, lon1, lat2, lon2;
    double km, within_km;
} geodesics[] = {
    {488534100, 23488000, 515085300, -1257400, 344.136719296, .01}, /* Paris, London */
    {407142700, -740059700, 340522300, -1182436800, 3944.411095163,
     .01}, /* New York, Los Angeles */
    {356895000, 1396917100, -338678500, 1512073200, 7792.827411429, .01},   /* Tokyo, Sydney */
    {-181415800, 1784421500, -138333300, -1717666700, 1151.028744746, .01}, /* date line */
    {0, 0, 0, 100000000, 1113.194907933, .01},                              /* along the equator */
    {900000000, 0, 0, 1234567890, 10001.965729313, .01},                    /* pole to equator */
    {900000000, 0, -900000000, 0, 20003.931458625, .02},                    /* pole to pole */
    {515085300, -1257400, 515085310, -1257400, 0.000111258, 1e-9},          /* neighbours */
    {487534100, 22488000, 489534100, 24488000, 26.647694805, .0001},        /* across a city */
    {46097100, -740817500, 12896700, 1038500700, 19315.639625158, .3},      /* nearly opposite */
};

static void known_geodesics_are_met(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof geodesics / sizeof *geodesics; i++) {
        double km =
            distance_km(geodesics[i].lat1, geodesics[i].lon1, geodesics[i].lat2, geodesics[i].lon2);
        if (!(fabs(km - geodesics[i].km) <= geodesics[i].within_km))
            fail_msg("line %zu: %.9f km, should be %.9f", i, km, geodesics[i].km);
    }
}

/* Vincenty (1975), inverse problem: another way to the geodesic, to 0.1 mm where it
 * converges; negative where it does not, near the opposite point. */
static double vincenty_km(double lat1, double lat2, double lon) {
    const double a = 6378.137, f = 1 / 298.257223563, b = a * (1 - f);
    double u1 = atan((1 - f) * tan(lat1)), u2 = atan((1 - f) * tan(lat2)), lambda = lon;
    for (int i = 0; i < 200; i++) {
        double x = cos(u2) * sin(lambda);
        double y = cos(u1) * sin(u2) - sin(u1) * cos(u2) * cos(lambda);
        double ss = hypot(x, y), cs = sin(u1) * sin(u2) + cos(u1) * cos(u2) * cos(lambda);
        if (ss == 0) return 0;
        double sigma = atan2(ss, cs), sa = cos(u1) * cos(u2) * sin(lambda) / ss, ca2 = 1 - sa * sa;
        double cm = ca2 > 0 ? cs - 2 * sin(u1) * sin(u2) / ca2 : 0;
        double c = f / 16 * ca2 * (4 + f * (4 - 3 * ca2)), before = lambda;
        lambda = lon + (1 - c) * f * sa * (sigma + c * ss * (cm + c * cs * (2 * cm * cm - 1)));
        if (fabs(lambda - before) > 1e-13) continue;
        double us = ca2 * (a * a - b * b) / (b * b);
        double big_a = 1 + us / 16384 * (4096 + us * (-768 + us * (320 - 175 * us)));
        double big_b = us / 1024 * (256 + us * (-128 + us * (74 - 47 * us)));
        double ds = big_b * ss *
                    (cm + big_b / 4 *
                              (cs * (2 * cm * cm - 1) -
                               big_b / 6 * cm * (4 * ss * ss - 3) * (4 * cm * cm - 3)));
        return b * big_a * (sigma - ds);
    }
    return -1;
}

static int32_t random_e7(random_source *r, int32_t limit) {
    return (int32_t)((int64_t)random_below(r, 2 * (uint64_t)limit + 1) - limit);
}

static void distances_up_to_3000_km_are_within_10_m_of_the_geodesic(void **state) {
    (void)state;
    random_source r = {1};
    static const double limits_km[] = {400, 3000, 17000}, worst_km_max[] = {.001, .010, .200};
    double worst_km[3] = {0};
    for (int i = 0; i < 300000; i++) {
        int32_t reach = i % 3 == 0 ? 18000000 : i % 3 == 1 ? 200000000 : 900000000;
        int32_t lat1 = random_e7(&r, 900000000), lon1 = random_e7(&r, 1800000000);
        int64_t lat2 = (int64_t)lat1 + random_e7(&r, reach);
        int64_t lon2 = (int64_t)lon1 + random_e7(&r, reach);
        if (lat2 > 900000000 || lat2 < -900000000 || lon2 > INT32_MAX || lon2 < INT32_MIN) continue;
        double exact = vincenty_km(lat1 * PI / 1.8e9, (double)lat2 * PI / 1.8e9,
                                   ((double)lon2 - lon1) * PI / 1.8e9);
        if (exact < 0) continue;
        double error = fabs(distance_km(lat1, lon1, (int32_t)lat2, (int32_t)lon2) - exact);
        for (int k = 0; k < 3; k++)
            if (exact < limits_km[k] && error > worst_km[k]) worst_km[k] = error;
    }
    for (int k = 0; k < 3; k++) {
        print_message("           up to %5.0f km: at most %.2f m off\n", limits_km[k],
                      worst_km[k] * 1000);
        assert_true(worst_km[k] < worst_km_max[k]);
    }
}

static void exchanging_the_ends_changes_no_bit(void **state) {
    (void)state;
    random_source r = {2};
    for (int i = 0; i < 100000; i++) {
        int32_t a = random_e7(&r, 900000000), b = random_e7(&r, 1800000000);
        int32_t c = random_e7(&r, 900000000), d = random_e7(&r, 1800000000);
        double there = distance_km(a, b, c, d), back = distance_km(c, d, a, b);
        assert_memory_equal(&there, &back, sizeof there);
    }
}

/* All bits of 100,000 distances in one number: any compiler, libc or processor that
 * rounds one of them otherwise changes it. */
static void all_machines_get_the_same_bits(void **state) {
    (void)state;
    random_source r = {3};
    uint64_t all = 0;
    for (int i = 0; i < 100000; i++) {
        int32_t a = random_e7(&r, 900000000), b = random_e7(&r, 1800000000);
        int32_t c = random_e7(&r, 900000000), d = random_e7(&r, 1800000000);
        double km = distance_km(a, b, c, d);
        uint64_t bits;
        memcpy(&bits, &km, sizeof bits);
        all = hash_mix(all ^ bits);
    }
    if (all != UINT64_C(0xC47D6E7034A34954))
        fail_msg("the bits are 0x%016llX", (unsigned long long)all);
}

static void equal_points_and_the_pole_are_at_0(void **state) {
    (void)state;
    assert_true(distance_km(525200000, 134050000, 525200000, 134050000) == 0);
    assert_true(distance_km(0, 1800000000, 0, -1800000000) == 0);
    assert_true(distance_km(900000000, 0, 900000000, 1000000000) < 1e-9);
    double opposite = distance_km(0, 0, 0, 1800000000);
    assert_true(opposite > 20003 && opposite < 20038);
}

static void classes_change_at_200_and_2000_km(void **state) {
    (void)state;
    assert_int_equal(distance_class_of(0), DISTANCE_CLOSE);
    assert_int_equal(distance_class_of(199.99999999), DISTANCE_CLOSE);
    assert_int_equal(distance_class_of(200), DISTANCE_MEDIUM);
    assert_int_equal(distance_class_of(1999.9999999), DISTANCE_MEDIUM);
    assert_int_equal(distance_class_of(2000), DISTANCE_FAR);
    assert_string_equal(distance_class_text(DISTANCE_MEDIUM), "medium");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_geodesics_are_met),
        cmocka_unit_test(distances_up_to_3000_km_are_within_10_m_of_the_geodesic),
        cmocka_unit_test(exchanging_the_ends_changes_no_bit),
        cmocka_unit_test(all_machines_get_the_same_bits),
        cmocka_unit_test(equal_points_and_the_pole_are_at_0),
        cmocka_unit_test(classes_change_at_200_and_2000_km),
    };
    return cmocka_run_group_tests_name("distance", tests, NULL, NULL);
}
