/* SPDX-License-Identifier: MIT */
/* The one test the engine may never fail: incremental equals recomputed.  PROGRAMS in
 * the environment sets how many random programs run, SEED the first one's seed. */
#include "tests/support/flow_program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { PROGRAMS_DEFAULT = 3000, PLANTED_MAX = 1000 };

static uint64_t number(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text == NULL || *text == '\0' ? otherwise : strtoull(text, NULL, 10);
}

static void report(const program_totals *t) {
    static const char *const names[] = {
#define X(name, text) text,
        PROGRAM_OPS(X)
#undef X
    };
    printf("%llu programs, %llu with a loop, %llu epochs, %llu changes, %.1f %% retractions\n",
           (unsigned long long)t->programs, (unsigned long long)t->loops,
           (unsigned long long)t->epochs, (unsigned long long)t->changes,
           100.0 * (double)t->retractions / (double)t->changes);
    printf("iterations: %llu in all, %u at most, %llu epochs cut by a limit\n",
           (unsigned long long)t->iterations, t->rounds_max, (unsigned long long)t->cut_by_limit);
    printf("%llu programs end early: their weights pass 2^28\noperators:",
           (unsigned long long)t->cut_by_weight);
    for (size_t i = 0; i < OP_COUNT; i++)
        printf(" %s %llu%s", names[i], (unsigned long long)t->ops[i],
               i + 1 == OP_COUNT ? "\n" : ",");
}

static void incremental_equals_recomputed(void **state) {
    uint64_t first = number("SEED", 1), count = number("PROGRAMS", PROGRAMS_DEFAULT), bad = 0;
    program_totals totals = {0};
    (void)state;
    /* For each program that ends early one more runs. */
    for (uint64_t i = 0; i < count + totals.cut_by_weight && bad < 3; i++)
        bad += !program_check(first + i, false, true, &totals);
    report(&totals);
    assert_int_equal(bad, 0);
}

/* A product that falls into an iteration that has some waiting is dropped. */
static void a_planted_mistake_is_found(void **state) {
    uint64_t found = 0;
    program_totals totals = {0};
    (void)state;
    for (uint64_t seed = 1; seed <= PLANTED_MAX; seed++) {
        if (program_check(seed, true, false, &totals)) continue;
        if (found++ == 0)
            printf("the planted mistake is found by program %llu\n", (unsigned long long)seed);
    }
    printf("%llu of %d programs find it\n", (unsigned long long)found, PLANTED_MAX);
    assert_true(found > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(incremental_equals_recomputed),
        cmocka_unit_test(a_planted_mistake_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
