/* SPDX-License-Identifier: MIT */
/* Differences of means with their intervals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "pipeline/queries/welch.h"

static double density(double t, double freedom) {
    return exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2)) / sqrt(freedom * acos(-1)) *
           pow(1 + t * t / freedom, -(freedom + 1) / 2);
}

/* How much of Student's t lies between 0 and t, by Simpson's rule. */
static double share_up_to(double t, double freedom) {
    enum { STEPS = 20000 };
    double sum = density(0, freedom) + density(t, freedom), step = t / STEPS;
    for (int i = 1; i < STEPS; i++) sum += (i % 2 == 1 ? 4 : 2) * density(i * step, freedom);
    return sum * step / 3;
}

static void an_interval_holds_95_percent_of_students_t(void **state) {
    (void)state;
    for (uint64_t freedom = 1; freedom <= 200; freedom++) {
        /* Without any spread the second sample adds no freedom. */
        const welch_sample a = {freedom + 1, 0.25, 0.5}, b = {2, 0.05, 0};
        double low, high;
        assert_true(welch_interval(&a, &b, &low, &high));
        assert_true(fabs((low + high) / 2 - 0.2) < 1e-12);
        double t = (high - low) / 2 / (0.5 / sqrt((double)freedom + 1));
        assert_true(fabs(share_up_to(t, (double)freedom) - 0.475) < 2e-8);
    }
}

/* By hand: va = 4 / 8, vb = 1 / 5, v = 0.7^2 / (0.25 / 7 + 0.04 / 4) = 10.7, so 10. */
static void unequal_variances_share_their_freedom(void **state) {
    const welch_sample a = {8, 1, 2}, b = {5, 0.5, 1};
    double low, high;
    (void)state;
    assert_true(welch_interval(&a, &b, &low, &high));
    double half = 2.2281388520 * sqrt(0.7);
    assert_true(fabs(low - (0.5 - half)) < 1e-9);
    assert_true(fabs(high - (0.5 + half)) < 1e-9);
}

static void too_few_values_or_no_spread_give_none(void **state) {
    const welch_sample one = {1, 1, 0}, same = {9, 1, 0}, some = {9, 1, 1};
    double low, high;
    (void)state;
    assert_false(welch_interval(&one, &some, &low, &high));
    assert_false(welch_interval(&some, &one, &low, &high));
    assert_false(welch_interval(&same, &same, &low, &high));
    assert_true(welch_interval(&same, &some, &low, &high));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interval_holds_95_percent_of_students_t),
        cmocka_unit_test(unequal_variances_share_their_freedom),
        cmocka_unit_test(too_few_values_or_no_spread_give_none),
    };
    return cmocka_run_group_tests_name("welch", tests, NULL, NULL);
}
