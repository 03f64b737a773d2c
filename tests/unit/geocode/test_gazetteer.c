/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "geocode/gazetteer_file.h"
#include "pipeline/base/random.h"
#include "tests/support/fail_alloc.h"

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

static place find(const gazetteer *g, const char *location) {
    place p;
    assert_true(gazetteer_find(g, text_of(location), &p));
    return p;
}

static void a_city_has_a_box_of_a_fifth_of_a_degree(void **state) {
    place p = find(*state, "Berlin");
    assert_int_equal(p.area_e4, 400);
    assert_true(place_is_map_point(&p));
}

static void a_large_region_makes_no_map_point_and_a_small_one_does(void **state) {
    place texas = find(*state, "Texas"), france = find(*state, "France");
    place bali = find(*state, "Bali"), singapore = find(*state, "Singapore");
    assert_false(place_is_map_point(&texas));
    assert_false(place_is_map_point(&france));
    assert_true(place_is_map_point(&bali));
    assert_true(place_is_map_point(&singapore));
    assert_int_equal(france.kind, PLACE_COUNTRY);
}

/* The box of a country on both sides of the date line goes over the line. */
static void a_box_goes_the_short_way_round(void **state) {
    place fiji = find(*state, "Fiji");
    assert_true(fiji.area_e4 < 50 * 10000);
}

static void nothing_found_leaves_the_place_untouched(void **state) {
    place p, before;
    memset(&p, 0x5A, sizeof p);
    before = p;
    assert_false(gazetteer_find(*state, TEXT("Hogwarts"), &p));
    assert_false(gazetteer_find(*state, TEXT(""), &p));
    assert_false(gazetteer_find(*state, (text){NULL, 0}, &p));
    assert_memory_equal(&p, &before, sizeof p);
}

static void a_region_beside_a_city_raises_the_confidence(void **state) {
    place alone = find(*state, "Springfield"), supported = find(*state, "Springfield, Missouri");
    assert_true(supported.confidence > alone.confidence);
    assert_true(find(*state, "Cartagena").confidence <
                find(*state, "Cartagena, Colombia").confidence);
}

static void bad_bytes_are_tolerated(void **state) {
    char found[100];
    describe(*state, TEXT("\xFF\xC3, Berlin \xF0\x9F"), found, sizeof found);
    assert_string_equal(found, "city DE Berlin");
    describe(*state, TEXT("\0Berlin\0"), found, sizeof found);
    assert_string_equal(found, "city DE Berlin");
    random_source r = {5};
    for (int i = 0; i < 20000; i++) {
        char bytes[64];
        place p;
        for (size_t k = 0; k < sizeof bytes; k += 8) {
            uint64_t word = random_next(&r);
            memcpy(bytes + k, &word, 8);
        }
        (void)gazetteer_find(*state, (text){bytes, random_below(&r, sizeof bytes)}, &p);
    }
}

static void a_text_of_any_length_is_read(void **state) {
    size_t count = 1 << 20;
    char *long_text = malloc(count), found[100];
    assert_non_null(long_text);
    for (size_t i = 0; i < count; i++) long_text[i] = i < 8 ? "Berlin, "[i] : 'x';
    describe(*state, (text){long_text, count}, found, sizeof found);
    assert_string_equal(found, "city DE Berlin");
    for (size_t i = 0; i < count; i++) long_text[i] = "Paris, "[i % 7];
    describe(*state, (text){long_text, count}, found, sizeof found);
    assert_string_equal(found, "city FR Paris");
    free(long_text);
}

typedef struct {
    const gazetteer *g;
    uint64_t sum;
} asker;

static void *ask(void *context) {
    static const char *const locations[] = {"Köln, DE", "東京都渋谷区", "40.7,-73.9", "Mobile, AL"};
    asker *a = context;
    for (size_t i = 0; i < 2000; i++) {
        place p = {0};
        (void)gazetteer_find(a->g, text_of(locations[i % 4]), &p);
        a->sum = hash_mix(a->sum + (uint64_t)(uint32_t)p.lat_e7);
    }
    return NULL;
}

static void threads_that_ask_at_once_get_the_same(void **state) {
    pthread_t threads[4];
    asker askers[4];
    int count = 0;
    for (int i = 0; i < 4; i++) askers[i] = (asker){*state, 0};
    while (count < 4 && pthread_create(&threads[count], NULL, ask, &askers[count]) == 0) count++;
    for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
    assert_int_equal(count, 4);
    for (int i = 1; i < 4; i++) assert_true(askers[i].sum == askers[0].sum);
}

static status find_with_memory_that_fails(void *context) {
    gazetteer *g;
    place p;
    (void)context;
    status s = gazetteer_builtin(&g);
    if (s == STATUS_OK && !gazetteer_find(g, TEXT("Wien, Österreich"), &p)) s = STATUS_NOT_FOUND;
    gazetteer_close(g);
    return s;
}

static void a_lookup_allocates_nothing(void **state) {
    (void)state;
    assert_int_equal(torture(find_with_memory_that_fails, NULL, 100), 1); /* The handle. */
}

static status open_bytes(const char *bytes, size_t count, gazetteer **g) {
    char path[] = "/tmp/dunlin-gazetteer-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, count), count);
    close(fd);
    status s = gazetteer_open(path, g);
    unlink(path);
    return s;
}

static void a_file_of_it_answers_like_the_one_built_in(void **state) {
    const gazetteer *builtin = *state;
    gazetteer *g;
    char found[100];
    assert_int_equal(open_bytes(builtin->bytes, builtin->byte_count, &g), STATUS_OK);
    describe(g, TEXT("Natal-RN"), found, sizeof found);
    assert_string_equal(found, "city BR Natal");
    gazetteer_close(g);
    gazetteer_close(NULL);
}

static void a_damaged_file_is_refused(void **state) {
    const gazetteer *builtin = *state;
    gazetteer *g;
    size_t count = builtin->byte_count;
    char *copy = malloc(count);
    assert_non_null(copy);
    memcpy(copy, builtin->bytes, count);
    assert_int_equal(open_bytes(copy, 0, &g), STATUS_BAD_FORMAT);
    assert_int_equal(open_bytes(copy, 20, &g), STATUS_BAD_FORMAT);
    assert_int_equal(open_bytes(copy, count - 8, &g), STATUS_BAD_DATA);
    copy[count / 2] ^= 1;
    assert_int_equal(open_bytes(copy, count, &g), STATUS_BAD_DATA);
    copy[count / 2] ^= 1;
    copy[offsetof(gazetteer_header, version)] ^= 1;
    assert_int_equal(open_bytes(copy, count, &g), STATUS_BAD_FORMAT);
    assert_null(g);
    assert_int_equal(gazetteer_open("/nonexistent", &g), STATUS_CANNOT_OPEN);
    assert_int_equal(gazetteer_open("/tmp", &g), STATUS_CANNOT_READ);
    free(copy);
}

/* Numbers that lead out of the file, under a checksum that is right. */
static void a_forged_file_is_refused(void **state) {
    const gazetteer *builtin = *state;
    gazetteer *g;
    size_t count = builtin->byte_count;
    char *copy = malloc(count);
    assert_non_null(copy);
    static const gazetteer_section sections[] = {
        SECTION_FOLD_BLOCKS, SECTION_SLOTS,       SECTION_POSTINGS, SECTION_PLACES,
        SECTION_GRID,        SECTION_GRID_CITIES, SECTION_COUNTRIES};
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        memcpy(copy, builtin->bytes, count);
        gazetteer_header *header = (gazetteer_header *)(void *)copy;
        memset(copy + header->sections[sections[i]].offset + 16, 0x7F, 64);
        header->checksum = gazetteer_checksum(copy + sizeof *header, count - sizeof *header);
        assert_int_equal(open_bytes(copy, count, &g), STATUS_BAD_DATA);
    }
    memcpy(copy, builtin->bytes, count); /* Two places, each in the other. */
    gazetteer_header *h = (gazetteer_header *)(void *)copy;
    place_row *rows = (place_row *)(void *)(copy + h->sections[SECTION_PLACES].offset);
    rows[0].parent = 1;
    rows[1].parent = 0;
    h->checksum = gazetteer_checksum(copy + sizeof *h, count - sizeof *h);
    assert_int_equal(open_bytes(copy, count, &g), STATUS_BAD_DATA);
    memcpy(copy, builtin->bytes, count);
    ((gazetteer_header *)(void *)copy)->sections[SECTION_SLOTS].count *= 2;
    assert_int_equal(open_bytes(copy, count, &g), STATUS_BAD_DATA);
    free(copy);
}

static void the_file_is_whole_and_small(void **state) {
    const gazetteer *g = *state;
    assert_int_equal(gazetteer_check(g), STATUS_OK);
    assert_true(g->byte_count <= 32000000);
}

static const gazetteer *sorted_gazetteer;

static int by_place_and_name(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    const place_row *p = &sorted_gazetteer->places[x], *q = &sorted_gazetteer->places[y];
    if (p->lat_e7 != q->lat_e7) return p->lat_e7 < q->lat_e7 ? -1 : 1;
    if (p->lon_e7 != q->lon_e7) return p->lon_e7 < q->lon_e7 ? -1 : 1;
    return text_compare(gazetteer_name(sorted_gazetteer, x), gazetteer_name(sorted_gazetteer, y));
}

static void no_two_places_have_one_name_and_one_point(void **state) {
    const gazetteer *g = sorted_gazetteer = *state;
    uint32_t *order = malloc(g->place_count * sizeof *order);
    assert_non_null(order);
    for (uint32_t i = 0; i < g->place_count; i++) order[i] = i;
    qsort(order, g->place_count, sizeof *order, by_place_and_name);
    for (uint32_t i = 1; i < g->place_count; i++)
        if (by_place_and_name(&order[i - 1], &order[i]) == 0)
            fail_msg("%.*s", (int)gazetteer_name(g, order[i]).count,
                     gazetteer_name(g, order[i]).bytes);
    free(order);
}

static void an_explanation_says_which_of_several_places_counts(void **state) {
    buffer json = {0};
    gazetteer_explain(*state, TEXT("London / NYC"), &json);
    assert_false(json.failed);
    buffer_add_byte(&json, '\0');
    assert_non_null(strstr(json.bytes, "The text names other places as well"));
    assert_non_null(strstr(json.bytes, "Of several the first counts."));
    buffer_clear(&json);
    gazetteer_explain(*state, TEXT("London, UK"), &json);
    buffer_add_byte(&json, '\0');
    assert_null(strstr(json.bytes, "other places as well"));
    buffer_deinit(&json);
}

static void a_sure_name_has_more_confidence_than_a_guess(void **state) {
    place sure = find(*state, "Philadelphia"), typo = find(*state, "Philidelphia");
    place words = find(*state, "chillin wit jesus in paris"), paris = find(*state, "Paris");
    assert_true(sure.confidence > typo.confidence);
    assert_true(paris.confidence > words.confidence);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_in_geocode_case_holds),
        cmocka_unit_test(a_city_has_a_box_of_a_fifth_of_a_degree),
        cmocka_unit_test(a_large_region_makes_no_map_point_and_a_small_one_does),
        cmocka_unit_test(a_box_goes_the_short_way_round),
        cmocka_unit_test(nothing_found_leaves_the_place_untouched),
        cmocka_unit_test(a_region_beside_a_city_raises_the_confidence),
        cmocka_unit_test(bad_bytes_are_tolerated),
        cmocka_unit_test(a_text_of_any_length_is_read),
        cmocka_unit_test(threads_that_ask_at_once_get_the_same),
        cmocka_unit_test(a_lookup_allocates_nothing),
        cmocka_unit_test(a_file_of_it_answers_like_the_one_built_in),
        cmocka_unit_test(a_damaged_file_is_refused),
        cmocka_unit_test(a_forged_file_is_refused),
        cmocka_unit_test(the_file_is_whole_and_small),
        cmocka_unit_test(no_two_places_have_one_name_and_one_point),
        cmocka_unit_test(an_explanation_says_which_of_several_places_counts),
        cmocka_unit_test(a_sure_name_has_more_confidence_than_a_guess),
    };
    return cmocka_run_group_tests_name("gazetteer", tests, open_builtin, close_gazetteer);
}
