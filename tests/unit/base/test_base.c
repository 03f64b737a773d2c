/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/arena.h"
#include "pipeline/base/idmap.h"
#include "pipeline/base/json.h"
#include "pipeline/base/log.h"
#include "pipeline/base/queue.h"
#include "pipeline/base/random.h"
#include "pipeline/base/status.h"
#include "pipeline/base/times.h"

static void trimming_removes_unicode_white_space_at_both_ends_only(void **state) {
    (void)state;
    text t = text_trim(TEXT("\xE3\x80\x80 \xC2\xA0 K\xC3\xB6ln\xC2\xA0 DE \xE2\x80\x83\n"));
    assert_true(text_equal(t, TEXT("K\xC3\xB6ln\xC2\xA0 DE")));
    assert_int_equal(text_trim(TEXT(" \t\r\n")).count, 0);
    assert_true(text_equal(text_trim(TEXT("a\xA0")), TEXT("a\xA0"))); /* Not UTF-8: stays. */
    t = TEXT("a\x80\x80\x80\x80\x80");
    assert_true(text_equal(text_trim(t), t));
    assert_true(
        text_equal(text_trim(TEXT("\xE2\x80\x8B")), TEXT("\xE2\x80\x8B"))); /* U+200B is none. */
}

static void utf8_is_judged_like_the_standard(void **state) {
    (void)state;
    static const char *const bad[] = {"\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82",
                                      "\x80",     "\xFF",         "\xF0\x80\x80\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(utf8_valid(text_of(bad[i])));
    assert_true(utf8_valid(TEXT("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x82\xEF\xBF\xBD")));
    for (uint32_t c = 1; c < 0x110000; c += 37) {
        char out[4];
        size_t count = utf8_put(c, out), at = 0;
        if (c >= 0xD800 && c <= 0xDFFF) continue;
        assert_int_equal(utf8_next((text){out, count}, &at), c);
        assert_int_equal(at, count);
    }
}

static void a_time_survives_writing_and_reading(void **state) {
    (void)state;
    random_source r = {7};
    char out[TIME_TEXT_BYTES];
    for (int i = 0; i < 10000; i++) {
        int64_t ms = (int64_t)random_below(&r, 253402300800000), back;
        time_to_text(ms, out);
        assert_true(time_from_rfc3339(text_of(out), &back));
        assert_int_equal(ms, back);
    }
    int64_t ms;
    assert_true(time_from_twitter(TEXT("Wed Oct 10 20:19:24 +0000 2018"), &ms));
    assert_int_equal(ms, 1539202764000);
    assert_true(time_from_rfc3339(TEXT("2018-10-10T22:19:24.5+02:00"), &ms));
    assert_int_equal(ms, 1539202764500);
    assert_true(time_from_rfc3339(TEXT("2016-12-31T23:59:60Z"), &ms));
    assert_false(time_from_rfc3339(TEXT("2018-02-29T00:00:00Z"), &ms));
    assert_false(time_from_rfc3339(TEXT("2018-02-28T24:00:00Z"), &ms));
    assert_false(time_from_twitter(TEXT("Wed Oct 10 20:19:24 +00000 201"), &ms));
    assert_int_equal(minute_of(-1), -1);
    time_to_text(INT64_MIN, out);
    assert_string_equal(out, "0000-01-01T00:00:00.000Z");
    time_to_text(INT64_MAX, out);
    assert_string_equal(out, "9999-12-31T23:59:59.999Z");
}

static void json_escapes_whatever_could_break_out(void **state) {
    (void)state;
    buffer out = {0};
    json_writer w = json_to(&out);
    json_begin_object(&w);
    json_field(&w, "t", text, TEXT("\"\\\r\n\b\f\t\v\x01</script>\xE2\x80\xA8\x7F\xFF\xC3\xA9"));
    json_field(&w, "n", double, 0.1);
    json_field(&w, "id", id, UINT64_MAX);
    json_key(&w, "a");
    json_begin_array(&w);
    json_put_i64(&w, INT64_MIN);
    json_put_null(&w);
    json_put_bool(&w, true);
    json_end_array(&w);
    json_end_object(&w);
    buffer_add_byte(&out, '\0');
    assert_string_equal(
        out.bytes, "{\"t\":\"\\\"\\\\\\r\\n\\b\\f\\t\\u000b\\u0001\\u003c/script>\\u2028\\u007f"
                   "\xEF\xBF\xBD\xC3\xA9\",\"n\":0.1,\"id\":\"18446744073709551615\","
                   "\"a\":[-9223372036854775808,null,true]}");
    buffer_deinit(&out);
}

static void a_double_is_written_in_its_shortest_form(void **state) {
    (void)state;
    char out[32];
    random_source r = {3};
    double_to_text(-0.0, out);
    assert_string_equal(out, "0");
    double_to_text(0.3, out);
    assert_string_equal(out, "0.3");
    double_to_text(123456789, out);
    assert_string_equal(out, "123456789");
    double_to_text(DBL_MAX * 2, out);
    assert_string_equal(out, "null");
    for (int i = 0; i < 10000; i++) {
        uint64_t bits = random_next(&r);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (value != value || value - value != 0) continue;
        double_to_text(value, out);
        assert_true(strtod(out, NULL) == value);
    }
}

static void a_terminal_never_gets_a_control_character(void **state) {
    (void)state;
    buffer out = {0};
    terminal_escape(&out, TEXT("a\x1B[2J\r\n\xC2\x9B\xE2\x80\xAE\xFF\xC3\xA9"));
    buffer_add_byte(&out, '\0');
    assert_string_equal(out.bytes, "a\\x1B[2J\\x0D\\x0A\\x9B\\u202E\\xFF\xC3\xA9");
    buffer_deinit(&out);
}

static void an_idmap_numbers_ids_in_the_order_of_their_coming(void **state) {
    (void)state;
    idmap *m = idmap_new(42);
    uint32_t number;
    for (uint32_t i = 0; i < 200000; i++) {
        assert_true(idmap_add(m, hash_mix(i), &number));
        assert_int_equal(number, i);
    }
    assert_true(idmap_add(m, hash_mix(77), &number));
    assert_int_equal(number, 77);
    assert_true(idmap_find(m, hash_mix(199999), &number));
    assert_int_equal(idmap_id(m, number), hash_mix(199999));
    assert_false(idmap_find(m, hash_mix(200000), &number));
    assert_int_equal(idmap_count(m), 200000);
    idmap_free(m);
}

static void an_arena_gives_back_everything_at_once(void **state) {
    (void)state;
    arena *a = arena_new(1024);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++) assert_non_null(arena_take(a, 100));
        assert_true(text_equal(arena_copy(a, TEXT("dunlin")), TEXT("dunlin")));
        if (round > 0) assert_true(arena_bytes(a) < 20000);
        arena_reset(a);
    }
    assert_non_null(arena_take(a, 1 << 20));
    arena_reset(a);
    assert_true(arena_bytes(a) < 20000);
    arena_free(a);
}

static void a_closed_queue_gives_what_is_left_and_then_nothing(void **state) {
    (void)state;
    int item[3];
    queue *q = queue_new(3);
    for (int i = 0; i < 3; i++) assert_true(queue_push(q, &item[i]));
    queue_close(q);
    assert_false(queue_push(q, &item[0]));
    for (int i = 0; i < 3; i++) assert_ptr_equal(queue_take(q, -1), &item[i]);
    assert_null(queue_take(q, -1));
    queue_free(q);
}

static void numbers_are_read_only_when_they_are_whole(void **state) {
    (void)state;
    uint64_t v;
    assert_true(text_to_u64(TEXT("18446744073709551615"), &v));
    assert_true(v == UINT64_MAX);
    assert_false(text_to_u64(TEXT("18446744073709551616"), &v));
    assert_false(text_to_u64(TEXT("-1"), &v));
    assert_false(text_to_u64(TEXT(""), &v));
    assert_string_equal(status_text(STATUS_NO_MEMORY), "out of memory");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trimming_removes_unicode_white_space_at_both_ends_only),
        cmocka_unit_test(utf8_is_judged_like_the_standard),
        cmocka_unit_test(a_time_survives_writing_and_reading),
        cmocka_unit_test(json_escapes_whatever_could_break_out),
        cmocka_unit_test(a_double_is_written_in_its_shortest_form),
        cmocka_unit_test(a_terminal_never_gets_a_control_character),
        cmocka_unit_test(an_idmap_numbers_ids_in_the_order_of_their_coming),
        cmocka_unit_test(an_arena_gives_back_everything_at_once),
        cmocka_unit_test(a_closed_queue_gives_what_is_left_and_then_nothing),
        cmocka_unit_test(numbers_are_read_only_when_they_are_whole),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
