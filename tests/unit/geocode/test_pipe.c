/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "geocode/pipe.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/opened.h"

static gazetteer *g;

static int open_builtin(void **state) {
    (void)state;
    return gazetteer_builtin(&g) == STATUS_OK ? 0 : -1;
}

static int close_gazetteer(void **state) {
    (void)state;
    gazetteer_close(g);
    return 0;
}

static place_table *table_of(const char *lines) {
    place_table *t;
    uint64_t line;
    const char *why;
    assert_int_equal(load_places(text_of(lines), &t, &line, &why), STATUS_OK);
    return t;
}

/* What the pipe writes for `input`; the caller frees it. */
static char *piped(const place_table *t, bool json_strings, const char *input, size_t count) {
    char *output = NULL;
    size_t output_count = 0;
    FILE *in =
        count == 0 ? fopen("/dev/null", "r") : fmemopen((void *)(uintptr_t)input, count, "r");
    FILE *out = open_memstream(&output, &output_count);
    assert_true(in != NULL && out != NULL);
    assert_int_equal(geocode_pipe(g, t, json_strings, in, out, true), STATUS_OK);
    fclose(in);
    fclose(out);
    return output;
}

static void assert_piped(const place_table *t, bool json_strings, text input, const char *output) {
    char *found = piped(t, json_strings, input.bytes, input.count);
    assert_string_equal(found, output);
    free(found);
}

#define BERLIN                                                                                     \
    "{\"name\":\"Berlin\",\"kind\":\"city\",\"country\":\"DE\",\"lat\":52.52437,\"lon\":13.41053," \
    "\"area\":0.04,\"confidence\":0.801}\n"

static void every_line_has_its_line(void **state) {
    (void)state;
    assert_piped(NULL, false, TEXT("Berlin\n\nHogwarts\r\nBerlin"), BERLIN "null\nnull\n" BERLIN);
    assert_piped(NULL, false, TEXT("\n"), "null\n");
    assert_piped(NULL, false, TEXT(""), "");
    assert_piped(NULL, false, TEXT("Berlin\0\n\xFF\n"), BERLIN "null\n");
}

static void json_strings_are_unescaped_and_what_is_none_gives_null(void **state) {
    (void)state;
    assert_piped(NULL, true, TEXT("\"B\\u0065rlin\"\n"), BERLIN);
    assert_piped(NULL, true, TEXT(" \"Berlin\\n\" \n"), BERLIN);
    assert_piped(NULL, true,
                 TEXT("\"\\ud83d\\uDE00 Berlin\"\nBerlin\n\"Berlin\n"
                      "\"Ber\"lin\"\n\"\\u00e\"\n\"\\x\"\n\"\\\"\n\"\"\n\n"),
                 BERLIN "null\nnull\nnull\nnull\nnull\nnull\nnull\nnull\n");
}

static void the_table_wins_over_the_gazetteer(void **state) {
    (void)state;
    place_table *t = table_of("Berlin\t1.5\t2\t12\nHogwarts\t57\t-4\t0.04\n");
    assert_piped(t, false, TEXT(" Berlin \nHogwarts\nberlin\n"),
                 "{\"name\":\"Berlin\",\"kind\":\"other\",\"country\":\"\",\"lat\":1.5,\"lon\":2,"
                 "\"area\":12,\"confidence\":1}\n"
                 "{\"name\":\"Hogwarts\",\"kind\":\"other\",\"country\":\"\",\"lat\":57,\"lon\":-4,"
                 "\"area\":0.04,\"confidence\":1}\n" BERLIN);
    place found;
    assert_false(geocode_find(NULL, t, TEXT("berlin"), &found));
    assert_true(geocode_find(NULL, t, TEXT("Berlin"), &found));
    assert_false(geocode_find(NULL, NULL, TEXT("Berlin"), &found));
    place_table_free(t);
}

static void coordinates_are_named_by_the_text(void **state) {
    (void)state;
    char *found = piped(NULL, false, "\xC3\x9CT: 40.7,-73.9\n", 16);
    assert_non_null(strstr(found, "{\"name\":\"\xC3\x9CT: 40.7,-73.9\",\"kind\":\"coordinates\","
                                  "\"country\":\"US\",\"lat\":40.7,\"lon\":-73.9,\"area\":0,"));
    free(found);
}

static json_t *explained(const char *location) {
    buffer b = {0};
    gazetteer_explain(g, text_of(location), &b);
    assert_false(b.failed);
    json_t *explanation = json_loadb(b.bytes, b.count, 0, NULL);
    assert_non_null(explanation);
    buffer_deinit(&b);
    return explanation;
}

static const char *string_of(const json_t *object, const char *key) {
    const char *value = json_string_value(json_object_get(object, key));
    assert_non_null(value);
    return value;
}

static bool has_reason(const json_t *explanation, const char *part) {
    size_t i;
    json_t *reason;
    json_array_foreach(json_object_get(explanation, "reasons"), i, reason) {
        if (strstr(json_string_value(reason), part) != NULL) return true;
    }
    return false;
}

static void an_explanation_says_what_was_chosen_and_why(void **state) {
    (void)state;
    json_t *e = explained("Paris, Texas");
    assert_string_equal(string_of(e, "kind"), "city");
    assert_string_equal(string_of(e, "country"), "US");
    assert_true(json_is_number(json_object_get(e, "lat")));
    assert_true(json_is_number(json_object_get(e, "confidence")));
    assert_int_equal(json_array_size(json_object_get(e, "parts")), 2);
    assert_true(has_reason(e, "\"Paris\" is a city: Paris, Texas, United States of America."));
    assert_true(has_reason(e, "A region that it lies in is named too."));
    assert_true(has_reason(e, "other places have the name"));
    json_decref(e);
}

static void an_explanation_says_why_nothing_was_chosen(void **state) {
    (void)state;
    static const struct {
        const char *location, *reason;
    } cases[] = {
        {"turn our notifications on", "\" is on the list of what is no place."},
        {"", "The text has no letters."},
        {"qwrtzpsdfg", "No part of it is in the gazetteer."},
        {"qwrtzpsdfg", "10 letters of the text say nothing"},
        {"Bath", "that is too unlikely"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *e = explained(cases[i].location);
        assert_string_equal(string_of(e, "kind"), "none");
        if (!has_reason(e, cases[i].reason)) fail_msg("%s: %s", cases[i].location, cases[i].reason);
        json_decref(e);
    }
}

static void an_explanation_names_how_the_text_was_read(void **state) {
    (void)state;
    static const struct {
        const char *location, *reason;
    } cases[] = {
        {"40.7,-73.9", "The text holds coordinates."},
        {"Johanessburg", "The word is one letter away from its name."},
        {"Houstonnn", "Repeated letters or hyphens were taken out."},
        {"NYC", "own list"},
        {"TX", "It is abbreviated so."},
        {"Bath, England", "also a common word"},
        {"Muenchen", "It is one of its other names."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *e = explained(cases[i].location);
        if (!has_reason(e, cases[i].reason)) fail_msg("%s: %s", cases[i].location, cases[i].reason);
        json_decref(e);
    }
}

static void a_description_for_a_terminal_moves_no_cursor(void **state) {
    (void)state;
    buffer b = {0};
    geocode_describe(g, NULL, TEXT("Berlin \x1B[2J"), &b);
    buffer_add_byte(&b, '\0');
    assert_non_null(strstr(b.bytes, "Berlin  city in DE, 52.5244 13.4105, 0.04 square degrees"));
    assert_non_null(strstr(b.bytes, "  \"Berlin\" is a city: Berlin"));
    buffer_clear(&b);
    geocode_describe(g, NULL, TEXT("40.5,3.25 \x1B[2J\xC2\x9B"), &b);
    assert_null(memchr(b.bytes, '\x1B', b.count));
    buffer_add_byte(&b, '\0');
    assert_non_null(strstr(b.bytes, "\\x1B[2J\\x9B  coordinates in ES"));
    buffer_clear(&b);
    geocode_describe(g, NULL, TEXT("Hogwarts"), &b);
    buffer_add_byte(&b, '\0');
    assert_non_null(strstr(b.bytes, "no place\n"));
    buffer_deinit(&b);
}

static status explain_with_memory_that_fails(void *context) {
    buffer b = {0};
    (void)context;
    gazetteer_explain(g, TEXT("Paris, Texas"), &b);
    geocode_describe(g, NULL, TEXT("Hogwarts / Bath"), &b);
    status s = b.failed ? STATUS_NO_MEMORY : STATUS_OK;
    buffer_deinit(&b);
    return s;
}

static void an_explanation_survives_every_failed_allocation(void **state) {
    (void)state;
    assert_true(torture(explain_with_memory_that_fails, NULL, 1000) > 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_has_its_line),
        cmocka_unit_test(json_strings_are_unescaped_and_what_is_none_gives_null),
        cmocka_unit_test(the_table_wins_over_the_gazetteer),
        cmocka_unit_test(coordinates_are_named_by_the_text),
        cmocka_unit_test(an_explanation_says_what_was_chosen_and_why),
        cmocka_unit_test(an_explanation_says_why_nothing_was_chosen),
        cmocka_unit_test(an_explanation_names_how_the_text_was_read),
        cmocka_unit_test(an_explanation_survives_every_failed_allocation),
        cmocka_unit_test(a_description_for_a_terminal_moves_no_cursor),
    };
    return cmocka_run_group_tests_name("geocode pipe", tests, open_builtin, close_gazetteer);
}
