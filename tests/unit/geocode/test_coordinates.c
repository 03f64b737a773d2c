/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "geocode/coordinates.h"

static void assert_at(const char *t, int32_t lat_e7, int32_t lon_e7) {
    int32_t lat, lon;
    if (!coordinates_find(text_of(t), &lat, &lon)) fail_msg("%s: no coordinates", t);
    assert_int_equal(lat, lat_e7);
    assert_int_equal(lon, lon_e7);
}

static void two_numbers_with_fractions_are_coordinates(void **state) {
    (void)state;
    assert_at("40.7,-73.9", 407000000, -739000000);
    assert_at("\xC3\x9CT: 37.5508116,126.8843256", 375508116, 1268843256);
    assert_at("iPhone: 51.507351,-0.127758", 515073510, -1277580);
    assert_at("T: +40.5 -73.25 ", 405000000, -732500000);
    assert_at("(1.5; 2.5)", 15000000, 25000000);
    assert_at("1.5/2.5", 15000000, 25000000);
    assert_at("flat 4.5m, 40.75, 3.25", 407500000, 32500000);
}

static void sides_of_the_world_count(void **state) {
    (void)state;
    assert_at("40.5\xC2\xB0 N, 74.25\xC2\xB0 W", 405000000, -742500000);
    assert_at("33.5S 151.25E", -335000000, 1512500000);
    assert_at("151.25\xC2\xB0"
              "E, 33.5\xC2\xB0S",
              -335000000, 1512500000);
    assert_at("1.5e, 2.5n", 25000000, 15000000);
}

static void degrees_have_minutes_and_seconds(void **state) {
    (void)state;
    assert_at("40\xC2\xB0"
              "42'N 74\xC2\xB0"
              "0'W",
              407000000, -740000000);
    assert_at("40 42 46 N, 74 0 21 W", 407127778, -740058333);
    assert_at("40\xC2\xB0"
              "42\xE2\x80\xB2"
              "46\xE2\x80\xB3N74\xC2\xB0"
              "0\xE2\x80\xB2"
              "21.6\xE2\x80\xB3W",
              407127778, -740060000);
    assert_at("HQ: N 40\xC2\xB0 42.77' W 74\xC2\xB0 0.36'", 407128333, -740060000);
    assert_at("74:00:21W / 40:42:46N", 407127778, -740058333);
    assert_at("33\xC2\xB0S 151\xC2\xB0"
              "E",
              -330000000, 1510000000);
}

static void angles_without_letters_or_beyond_the_poles_are_none(void **state) {
    (void)state;
    static const char *const others[] = {
        "40 N 74 W",       "40 42, 74 0",      "1200 S 400 W",    "91 0 N, 10 0 E",
        "40 61 N, 10 0 E", "40 42 N",          "40 42 N, 10 0 N", "40 42 Nice, 10 0 East",
        "0 0 N, 0 0 E",    "x40 42 N, 10 0 E", "10 0 E, N 40 42", "10 181 E"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        int32_t lat, lon;
        if (coordinates_find(text_of(others[i]), &lat, &lon))
            fail_msg("%s: %d %d", others[i], lat, lon);
    }
}

static void two_numbers_that_can_only_be_the_other_way_are_exchanged(void **state) {
    (void)state;
    assert_at("151.2,-33.8", -338000000, 1512000000);
    assert_at("-122.4194,37.7749", 377749000, -1224194000);
}

static void other_numbers_are_none(void **state) {
    (void)state;
    static const char *const others[] = {"",         "40,-73",         "0.0,0.0",   "95.5,200.5",
                                         "4.5",      "1.5 apples 2.5", "v1.5.2.5",  "1.5,,2.5",
                                         "a1.5,2.5", "1.,2.",          ".5,.5",     "3.5 million",
                                         "1.52.5",   "1.5and2.5",      "24.12.2011"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        int32_t lat, lon;
        if (coordinates_find(text_of(others[i]), &lat, &lon))
            fail_msg("%s: %d %d", others[i], lat, lon);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_numbers_with_fractions_are_coordinates),
        cmocka_unit_test(sides_of_the_world_count),
        cmocka_unit_test(degrees_have_minutes_and_seconds),
        cmocka_unit_test(angles_without_letters_or_beyond_the_poles_are_none),
        cmocka_unit_test(two_numbers_that_can_only_be_the_other_way_are_exchanged),
        cmocka_unit_test(other_numbers_are_none),
    };
    return cmocka_run_group_tests_name("coordinates", tests, NULL, NULL);
}
