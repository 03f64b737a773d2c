/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "geocode/geocode.h"

static int open_builtin(void **state) {
    gazetteer *g;
    if (gazetteer_builtin(&g) != STATUS_OK) return -1;
    *state = g;
    return 0;
}

static int close_gazetteer(void **state) {
    gazetteer_close(*state);
    return 0;
}

static void describe(const gazetteer *g, text location, char *out, size_t capacity) {
    place p;
    if (!gazetteer_find(g, location, &p)) {
        snprintf(out, capacity, "nothing");
    } else if (p.kind == PLACE_COORDINATES) {
        snprintf(out, capacity, "coordinates %s %.10g %.10g", p.country, p.lat_e7 / 1e7,
                 p.lon_e7 / 1e7);
    } else {
        snprintf(out, capacity, "%s %s %.*s", place_kind_text(p.kind), p.country, (int)p.name.count,
                 p.name.bytes);
    }
}

/* Blank lines and comments skipped; false at the end. */
static bool next_line(FILE *in, char *line, size_t capacity) {
    while (fgets(line, (int)capacity, in) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '\0' && line[0] != '#') return true;
    }
    return false;
}

static void every_case_in_geocode_case_holds(void **state) {
    char title[500], location[500], expected[500], found[500];
    int failed = 0, count = 0;
    FILE *in = fopen("tests/cases/geocode.case", "r");
    assert_non_null(in);
    while (next_line(in, title, sizeof title)) {
        assert_true(next_line(in, location, sizeof location));
        assert_true(next_line(in, expected, sizeof expected));
        describe(*state, text_of(location), found, sizeof found);
        count++;
        if (strcmp(found, expected) == 0) continue;
        failed++;
        print_error("%s\n  %s\n  should be: %s\n  is:        %s\n", title, location, expected,
                    found);
    }
    fclose(in);
    print_message("           %d cases\n", count);
    assert_int_equal(failed, 0);
    assert_true(count > 50);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_in_geocode_case_holds),
    };
    return cmocka_run_group_tests_name("gazetteer", tests, open_builtin, close_gazetteer);
}
