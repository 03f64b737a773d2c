/* SPDX-License-Identifier: MIT */
/* The parts of the live stream that need no network: lines and waiting times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/buffer.h"
#include "pipeline/base/random.h"
#include "pipeline/sources/x_stream_backoff.h"
#include "pipeline/sources/x_stream_lines.h"

static void take_into(x_lines *l, buffer *out) {
    assert_true(buffer_reserve(out, l->whole_bytes + 1));
    size_t count = l->whole_bytes;
    x_lines_take(l, out->bytes + out->count);
    out->count += count;
}

static void lines_come_out_whole_however_they_are_cut(void **state) {
    (void)state;
    const text sent = TEXT("{\"a\":1}\r\n\r\n\n{\"b\":\"x\\ny\"}\n \r\n{\"c\":3}\r\n");
    const text given = TEXT("{\"a\":1}\r\n{\"b\":\"x\\ny\"}\n{\"c\":3}\r\n");
    random_source r = {11};
    for (int round = 0; round < 2000; round++) {
        x_lines l;
        buffer out = {0};
        assert_int_equal(x_lines_init(&l), STATUS_OK);
        for (size_t at = 0; at < sent.count;) {
            size_t count = 1 + random_below(&r, round < 10 ? 1 : 20);
            assert_true(x_lines_push(&l, text_slice(sent, at, at + count)));
            at += count;
            if (random_below(&r, 3) == 0) take_into(&l, &out);
        }
        take_into(&l, &out);
        assert_true(text_equal(buffer_text(&out), given));
        assert_int_equal(l.count, 0);
        buffer_deinit(&out);
        x_lines_deinit(&l);
    }
}

static void push_letters(x_lines *l, size_t count) {
    static char letters[X_PUSH_BYTES_MAX];
    memset(letters, 'x', sizeof letters);
    while (count > 0) {
        size_t part = count < sizeof letters ? count : sizeof letters;
        assert_true(x_lines_push(l, (text){letters, part}));
        count -= part;
    }
}

static void a_line_over_the_limit_is_dropped_and_the_next_one_is_not(void **state) {
    (void)state;
    x_lines l;
    buffer out = {0};
    assert_int_equal(x_lines_init(&l), STATUS_OK);
    push_letters(&l, X_LINE_BYTES_MAX);
    assert_true(x_lines_push(&l, TEXT("\n")));
    assert_int_equal(l.whole_bytes, X_LINE_BYTES_MAX + 1);
    take_into(&l, &out);
    out.count = 0;
    push_letters(&l, X_LINE_BYTES_MAX + 1);
    assert_true(x_lines_push(&l, TEXT("\nshort\n")));
    take_into(&l, &out);
    push_letters(&l, 5 * (size_t)X_LINE_BYTES_MAX);
    assert_true(x_lines_push(&l, TEXT("x\r\nend\n")));
    take_into(&l, &out);
    assert_true(text_equal(buffer_text(&out), TEXT("short\nend\n")));
    assert_int_equal(l.lines_too_long, 2);
    buffer_deinit(&out);
    x_lines_deinit(&l);
}

static void a_full_buffer_takes_nothing_until_its_lines_are_taken(void **state) {
    (void)state;
    x_lines l;
    buffer out = {0};
    char line[1000];
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\n';
    assert_int_equal(x_lines_init(&l), STATUS_OK);
    size_t pushed = 0;
    while (x_lines_push(&l, (text){line, sizeof line})) pushed++;
    assert_true(pushed * sizeof line > X_LINE_BYTES_MAX);
    take_into(&l, &out);
    assert_int_equal(out.count, pushed * sizeof line);
    assert_true(x_lines_push(&l, (text){line, sizeof line}));
    buffer_deinit(&out);
    x_lines_deinit(&l);
}

static void what_a_connection_leaves_of_a_line_is_dropped_and_counted(void **state) {
    (void)state;
    x_lines l;
    buffer out = {0};
    assert_int_equal(x_lines_init(&l), STATUS_OK);
    assert_true(x_lines_push(&l, TEXT("whole\nhal")));
    x_lines_cut(&l);
    assert_true(x_lines_push(&l, TEXT("new\n\r")));
    x_lines_cut(&l); /* The beginning of a keep-alive is no loss. */
    take_into(&l, &out);
    assert_true(text_equal(buffer_text(&out), TEXT("whole\nnew\n")));
    assert_int_equal(l.lines_partial, 1);
    buffer_deinit(&out);
    x_lines_deinit(&l);
}

static void only_errors_without_data_say_farewell(void **state) {
    (void)state;
    assert_true(x_line_is_disconnect(
        TEXT("{\"errors\":[{\"title\":\"operational-disconnect\",\"disconnect_type\":\"x\"}]}")));
    assert_true(x_line_is_disconnect(TEXT("{\"errors\" : [{\"data\":1}] }")));
    assert_false(x_line_is_disconnect(TEXT("{\"data\":{\"id\":\"1\"},\"errors\":[{}]}")));
    assert_false(x_line_is_disconnect(TEXT("{\"errors\":[{}],\"data\":{\"id\":\"1\"}}")));
    assert_false(x_line_is_disconnect(TEXT("{\"data\":{\"text\":\"say \\\"errors\\\":[\"}}")));
    assert_false(x_line_is_disconnect(TEXT("{\"tweet\":{\"errors\":1}}")));
    assert_false(x_line_is_disconnect(TEXT("{\"a\":\"errors\"}")));
    assert_false(x_line_is_disconnect(TEXT("\"errors\":\\")));
    assert_false(x_line_is_disconnect(TEXT("{\"errors\"")));
}

static void waiting_grows_by_the_rules_of_the_vendor(void **state) {
    (void)state;
    x_backoff b = {0};
    assert_int_equal(x_backoff_wait_ms(&b, X_END_ALIVE, 0, 0), 0);
    for (int64_t i = 1; i <= 80; i++)
        assert_int_equal(x_backoff_wait_ms(&b, X_END_NETWORK, 0, 0), i < 64 ? i * 250 : 16000);
    static const int64_t http_s[] = {5, 10, 20, 40, 80, 160, 320, 320, 320};
    for (size_t i = 0; i < sizeof http_s / sizeof http_s[0]; i++)
        assert_int_equal(x_backoff_wait_ms(&b, X_END_HTTP, 0, 0), http_s[i] * 1000);
    static const int64_t rate_s[] = {60, 120, 240, 480, 960, 960};
    for (size_t i = 0; i < sizeof rate_s / sizeof rate_s[0]; i++)
        assert_int_equal(x_backoff_wait_ms(&b, X_END_RATE, 0, 0), rate_s[i] * 1000);
    x_backoff_alive(&b);
    assert_int_equal(x_backoff_wait_ms(&b, X_END_ALIVE, 0, 0), 0);
    assert_int_equal(x_backoff_wait_ms(&b, X_END_NETWORK, 0, 0), 250);
    assert_int_equal(x_backoff_wait_ms(&b, X_END_HTTP, 0, 0), 5000);
    assert_int_equal(x_backoff_wait_ms(&b, X_END_RATE, 0, 0), 60000);
}

static void the_reset_of_a_rate_limit_is_waited_for(void **state) {
    (void)state;
    x_backoff b = {0};
    assert_int_equal(x_backoff_wait_ms(&b, X_END_RATE, 1000000, 1000000 + 700000), 700000);
    assert_int_equal(x_backoff_wait_ms(&b, X_END_RATE, 1000000, 1000000 + 700), 120000);
    assert_int_equal(x_backoff_wait_ms(&b, X_END_RATE, 1000000, 1), 240000);
    assert_int_equal(x_backoff_wait_ms(&b, X_END_RATE, 1000000, INT64_MAX / 2), 480000);
}

static void the_46th_request_within_15_minutes_waits(void **state) {
    (void)state;
    x_backoff b = {0};
    for (int64_t i = 0; i < X_CONNECTS_MAX; i++) {
        assert_int_equal(x_backoff_wait_ms(&b, X_END_ALIVE, i * 1000, 0), 0);
        x_backoff_asked(&b, i * 1000);
        x_backoff_alive(&b);
    }
    int64_t now_ms = X_CONNECTS_MAX * 1000;
    assert_int_equal(x_backoff_wait_ms(&b, X_END_ALIVE, now_ms, 0), X_CONNECTS_WINDOW_MS - now_ms);
    assert_int_equal(x_backoff_wait_ms(&b, X_END_ALIVE, X_CONNECTS_WINDOW_MS, 0), 0);
    x_backoff_asked(&b, X_CONNECTS_WINDOW_MS);
    assert_int_equal(x_backoff_wait_ms(&b, X_END_ALIVE, X_CONNECTS_WINDOW_MS, 0), 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_out_whole_however_they_are_cut),
        cmocka_unit_test(a_line_over_the_limit_is_dropped_and_the_next_one_is_not),
        cmocka_unit_test(a_full_buffer_takes_nothing_until_its_lines_are_taken),
        cmocka_unit_test(what_a_connection_leaves_of_a_line_is_dropped_and_counted),
        cmocka_unit_test(only_errors_without_data_say_farewell),
        cmocka_unit_test(waiting_grows_by_the_rules_of_the_vendor),
        cmocka_unit_test(the_reset_of_a_rate_limit_is_waited_for),
        cmocka_unit_test(the_46th_request_within_15_minutes_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
