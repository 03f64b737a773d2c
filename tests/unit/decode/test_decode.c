/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/decode/decode.h"
#include "pipeline/decode/reasons.h"
#include "tests/support/describe.h"

static const int64_t latest_ms = 1798761600000; /* 2027-01-01 */

typedef struct {
    decoder *fast, *strict;
    record_batch *batch;
    buffer by_fast, by_strict;
} fixture;

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof(*f));
    f->fast = decoder_new();
    f->strict = decoder_new();
    decoder_set_strict(f->strict, true);
    decoder_set_latest(f->fast, latest_ms);
    decoder_set_latest(f->strict, latest_ms);
    f->batch = record_batch_new();
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    decoder_free(f->fast);
    decoder_free(f->strict);
    record_batch_free(f->batch);
    buffer_deinit(&f->by_fast);
    buffer_deinit(&f->by_strict);
    free(f);
    return 0;
}

/* Into a chunk of its own, which is gone before the records are looked at. */
static void run(decoder *d, text bytes, record_batch *out) {
    source_chunk *c = source_chunk_new(bytes.count);
    assert_non_null(c);
    memcpy(c->bytes, bytes.bytes, bytes.count);
    memset(c->bytes + bytes.count, 0, SOURCE_PADDING_BYTES);
    c->count = bytes.count;
    c->first_line = 1;
    record_batch_clear(out);
    assert_int_equal(decoder_run(d, c, out), STATUS_OK);
    source_chunk_free(c);
}

/* What both parsers make of it, which must be the same. */
static const char *describe(fixture *f, text bytes) {
    buffer_clear(&f->by_fast);
    buffer_clear(&f->by_strict);
    run(f->strict, bytes, f->batch);
    describe_batch(f->batch, &f->by_strict);
    run(f->fast, bytes, f->batch);
    describe_batch(f->batch, &f->by_fast);
    buffer_add_byte(&f->by_fast, '\0');
    buffer_add_byte(&f->by_strict, '\0');
    assert_string_equal(f->by_fast.bytes, f->by_strict.bytes);
    return f->by_fast.bytes;
}

static void every_case_in_decode_cases_holds(void **state) {
    FILE *file = fopen("tests/cases/decode.case", "r");
    char *lines[3] = {NULL, NULL, NULL};
    size_t room[3] = {0, 0, 0}, at = 0, cases = 0;
    assert_non_null(file);
    for (ssize_t count; (count = getline(&lines[at], &room[at], file)) > 0;) {
        if (lines[at][0] == '#' || (at == 0 && lines[at][0] == '\n')) continue;
        lines[at][count - 1] = '\0';
        at = (at + 1) % 3;
        if (at != 0) continue;
        cases++;
        if (strcmp(describe(*state, text_of(lines[1])), lines[2]) != 0)
            print_error("%s\n", lines[0]);
        assert_string_equal(describe(*state, text_of(lines[1])), lines[2]);
    }
    assert_int_equal(at, 0);
    assert_true(cases > 60);
    for (size_t i = 0; i < 3; i++) free(lines[i]);
    (void)fclose(file);
}

#define TWEET(text_bytes)                                                                          \
    "{\"created_at\":\"Wed Oct 10 20:19:24 +0000 "                                                 \
    "2018\",\"id\":12,\"user\":{\"id\":7},\"text\":\"" text_bytes "\"}"
#define READ "tweet 12 author=7 at 2018-10-10T20:19:24.000Z text="

static void bytes_that_are_not_utf8_are_repaired(void **state) {
    assert_string_equal(describe(*state, TEXT(TWEET("a\xFF"
                                                    "b\xE2\x82"))),
                        "repaired invalid_utf8 / " READ "\"a\xEF\xBF\xBD"
                        "b\xEF\xBF\xBD\xEF\xBF\xBD\"");
    assert_string_equal(
        describe(*state, TEXT(TWEET("\xED\xA0\xBD\xED\xB8\x80"))),
        "repaired invalid_utf8 / " READ
        "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void control_bytes_are_repaired(void **state) {
    fixture *f = *state;
    assert_string_equal(describe(f, TEXT(TWEET("a\x01"))),
                        "repaired control_character / " READ "\"a\\u0001\"");
    assert_string_equal(describe(f, TEXT(TWEET("a\tb"))),
                        "repaired control_character / " READ "\"a\\tb\"");
    assert_string_equal(describe(f, TEXT(TWEET("a\0b"))),
                        "repaired control_character / " READ "\"a\xEF\xBF\xBD"
                        "b\"");
    assert_string_equal(describe(f, TEXT("\0\0\0" TWEET("a") "\0\0")),
                        "repaired control_character / " READ "\"a\"");
    assert_string_equal(describe(f, TEXT("\0\0\0")), "rejected invalid_json");
}

static void a_byte_order_mark_inside_the_file_is_repaired(void **state) {
    assert_string_equal(describe(*state, TEXT("\xEF\xBB\xBF" TWEET("a"))),
                        "repaired byte_order_mark / " READ "\"a\"");
    assert_string_equal(describe(*state, TEXT("\xEF\xBB\xBF")), "rejected invalid_json");
}

static void what_follows_a_value_is_cut_unless_it_is_another(void **state) {
    fixture *f = *state;
    assert_string_equal(describe(f, TEXT(TWEET("a") ",")),
                        "repaired trailing_bytes / " READ "\"a\"");
    assert_string_equal(describe(f, TEXT(TWEET("a") " junk\xFF}]\"")),
                        "repaired trailing_bytes / " READ "\"a\"");
    assert_string_equal(describe(f, TEXT(TWEET("a") TWEET("b"))), "rejected invalid_json");
    assert_string_equal(describe(f, TEXT("}" TWEET("b"))), "rejected invalid_json");
}

static void a_backslash_that_escapes_nothing_stands_for_itself(void **state) {
    fixture *f = *state;
    assert_string_equal(describe(f, TEXT(TWEET("a\\'b\\x"))),
                        "repaired bad_escape / " READ "\"a\\\\'b\\\\x\"");
    assert_string_equal(describe(f, TEXT(TWEET("\\u12"))),
                        "repaired bad_escape / " READ "\"\\\\u12\"");
    assert_string_equal(describe(f, TEXT("{\"text\":\"\\")), "rejected invalid_json");
}

static void lines_end_in_lf_or_crlf_and_blank_ones_are_items(void **state) {
    fixture *f = *state;
    assert_string_equal(describe(f, TEXT("\n{\"limit\":{}}\r\n \t\r\n{\"limit\":{}}")),
                        "ignored blank // ignored limit // ignored blank // ignored limit");
    for (size_t i = 0; i < 4; i++) assert_int_equal(f->batch->items[i].line, i + 1);
    assert_string_equal(describe(f, TEXT("")), "");
    assert_string_equal(describe(f, TEXT("{\"limit\":{}}\n")), "ignored limit");
}

static void a_rejected_line_keeps_its_bytes_once(void **state) {
    fixture *f = *state;
    assert_string_equal(describe(f, TEXT("[1, 2]\nx")), "rejected not_an_object // rejected "
                                                        "not_an_object // rejected invalid_json");
    assert_true(text_equal(f->batch->items[0].bytes, TEXT("[1, 2]")));
    assert_int_equal(f->batch->items[1].bytes.count, 0);
    assert_true(text_equal(f->batch->items[2].bytes, TEXT("x")));
    assert_int_equal(f->batch->items[2].line, 2);
}

static void a_chunk_gives_its_numbers_to_the_batch(void **state) {
    fixture *f = *state;
    char bytes[SOURCE_PADDING_BYTES + 8] = "x\ny";
    source_chunk c = {
        .bytes = bytes, .count = 3, .file = 4, .first_line = 100, .sequence = 9, .input_bytes = 77};
    record_batch_clear(f->batch);
    assert_int_equal(decoder_run(f->fast, &c, f->batch), STATUS_OK);
    assert_int_equal(f->batch->sequence, 9);
    assert_int_equal(f->batch->input_bytes, 77);
    assert_int_equal(f->batch->items[1].file, 4);
    assert_int_equal(f->batch->items[1].line, 101);
}

/* A line whose notice holds `depth` arrays in one another, in one object. */
static text nested(buffer *b, size_t depth) {
    buffer_clear(b);
    buffer_add(b, TEXT("{\"limit\":"));
    for (size_t i = 1; i < depth; i++) buffer_add_byte(b, '[');
    for (size_t i = 1; i < depth; i++) buffer_add_byte(b, ']');
    buffer_add_byte(b, '}');
    return buffer_text(b);
}

static void nesting_has_a_limit(void **state) {
    buffer b = {0};
    assert_string_equal(describe(*state, nested(&b, 64)), "ignored limit");
    assert_string_equal(describe(*state, nested(&b, 65)), "rejected too_deep");
    assert_string_equal(describe(*state, nested(&b, 100000)), "rejected too_deep");
    buffer_deinit(&b);
}

static void lines_have_a_limit(void **state) {
    buffer b = {0};
    buffer_add(&b, TEXT("{\"limit\":\""));
    while (b.count < LINE_BYTES_MAX - 2) buffer_add_byte(&b, 'a');
    buffer_add(&b, TEXT("\"}"));
    assert_int_equal(b.count, LINE_BYTES_MAX);
    assert_string_equal(describe(*state, buffer_text(&b)), "ignored limit");
    buffer_add(&b, TEXT(" \n{\"limit\":1}"));
    assert_string_equal(describe(*state, buffer_text(&b)), "rejected too_large // ignored limit");
    buffer_deinit(&b);
}

static void embedded_tweets_may_nest_as_deep_as_json_may(void **state) {
    buffer b = {0};
    for (int i = 0; i < 62; i++)
        buffer_add_format(&b,
                          "{\"id\":%d,\"created_at\":\"Wed Oct 10 20:19:24 +0000 2018\","
                          "\"user\":{\"id\":7},\"quoted_status\":",
                          i + 1);
    buffer_add(&b, TEXT("null"));
    for (int i = 0; i < 62; i++) buffer_add_byte(&b, '}');
    (void)describe(*state, buffer_text(&b));
    assert_int_equal(((fixture *)*state)->batch->record_count, 62);
    buffer_deinit(&b);
}

static void a_batch_is_used_again_without_growing(void **state) {
    fixture *f = *state;
    size_t held = 0;
    for (int i = 0; i < 100; i++) {
        run(f->fast, TEXT(TWEET("again") "\n[1,2]\n"), f->batch);
        if (i == 1) held = arena_bytes(f->batch->memory);
    }
    assert_int_equal(arena_bytes(f->batch->memory), held);
    assert_int_equal(f->batch->item_count, 3);
}

static void reasons_are_found_by_their_keys(void **state) {
    (void)state;
    char key[] = "scrub_geo";
    assert_int_equal(reason_find(NULL), REASON_ACCEPTED);
    assert_int_equal(reason_find(key), REASON_SCRUB_GEO);
    assert_int_equal(reason_find("no such"), REASON_COUNT);
    for (reason r = REASON_ACCEPTED; r < REASON_COUNT; r++)
        assert_int_equal(reason_find(reason_key(r)), r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_case_in_decode_cases_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bytes_that_are_not_utf8_are_repaired, set_up, tear_down),
        cmocka_unit_test_setup_teardown(control_bytes_are_repaired, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_byte_order_mark_inside_the_file_is_repaired, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_follows_a_value_is_cut_unless_it_is_another, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_backslash_that_escapes_nothing_stands_for_itself, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(lines_end_in_lf_or_crlf_and_blank_ones_are_items, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_rejected_line_keeps_its_bytes_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_chunk_gives_its_numbers_to_the_batch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nesting_has_a_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_have_a_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(embedded_tweets_may_nest_as_deep_as_json_may, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_batch_is_used_again_without_growing, set_up, tear_down),
        cmocka_unit_test(reasons_are_found_by_their_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
