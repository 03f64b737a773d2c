/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "pipeline/queries/decay.h"

static void a_weight_is_the_power_of_two_cut_off_at_its_last_bit(void **state) {
    (void)state;
    for (decay_speed speed = DECAY_5M; speed < DECAY_COUNT; speed++) {
        decay d;
        decay_init(&d, speed);
        for (uint32_t age = 0; age < 40 * d.half_life_minutes; age++) {
            long double exact =
                exp2l(32 - (long double)(age % d.half_life_minutes) / d.half_life_minutes);
            uint64_t halvings = age / d.half_life_minutes;
            uint64_t expected = halvings < 33 ? (uint64_t)floorl(exact) >> halvings : 0;
            assert_int_equal(decay_weight(&d, age), expected);
        }
        assert_int_equal(decay_weight(&d, 0), (uint64_t)1 << 32);
        assert_int_equal(decay_weight(&d, d.half_life_minutes), (uint64_t)1 << 31);
        assert_int_equal(decay_weight(&d, UINT32_MAX), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_weight_is_the_power_of_two_cut_off_at_its_last_bit),
    };
    return cmocka_run_group_tests_name("decay", tests, NULL, NULL);
}
