/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/buffer.h"
#include "pipeline/sources/sse_lines.h"

static void take_all(sse_lines *l, buffer *out) {
    assert_true(buffer_reserve(out, l->whole_bytes + 1));
    size_t count = l->whole_bytes;
    sse_lines_take(l, out->bytes + out->count);
    out->count += count;
}

static void push_all(sse_lines *l, text t, size_t piece, buffer *out) {
    for (size_t at = 0; at < t.count; at += piece) {
        text part = text_slice(t, at, at + piece);
        if (sse_lines_push(l, part)) continue;
        take_all(l, out);
        assert_true(sse_lines_push(l, part));
    }
}

/* Cut everywhere, it gives the same lines. */
static void expect(const char *events, const char *expected) {
    for (size_t piece = 1; piece <= strlen(events); piece++) {
        sse_lines l;
        buffer out = {0};
        assert_int_equal(sse_lines_init(&l), STATUS_OK);
        push_all(&l, text_of(events), piece, &out);
        take_all(&l, &out);
        buffer_add_byte(&out, '\0');
        assert_string_equal(out.bytes, expected);
        buffer_deinit(&out);
        sse_lines_deinit(&l);
    }
}

static void an_event_becomes_a_line_however_it_is_cut(void **state) {
    (void)state;
    expect("event: update\ndata: {\"id\":\"1\"}\n\n",
           "{\"mastodon\":{\"payload\":{\"id\":\"1\"},\"event\":\"update\"}}\n");
    expect("data:{}\nevent:status.update\n\nevent: delete\ndata: 103\n\n",
           "{\"mastodon\":{\"payload\":{},\"event\":\"status.update\"}}\n"
           "{\"mastodon\":{\"payload\":\"103\",\"event\":\"delete\"}}\n");
}

static void lines_end_in_three_ways(void **state) {
    static const char *const line = "{\"mastodon\":{\"payload\":{},\"event\":\"a\"}}\n";
    (void)state;
    expect("event:a\r\ndata:{}\r\n\r\n", line);
    expect("event:a\rdata:{}\r\r", line);
    expect("event:a\ndata:{}\r\n\n", line);
}

static void data_over_several_lines_are_one_payload(void **state) {
    (void)state;
    expect("event:a\ndata: {\"x\":\ndata: 1}\n\n",
           "{\"mastodon\":{\"payload\":{\"x\": 1},\"event\":\"a\"}}\n");
    expect("data\ndata:\ndata: {\ndata:}\n\n", "{\"mastodon\":{\"payload\":{ },\"event\":\"\"}}\n");
}

static void what_is_no_object_is_a_json_string(void **state) {
    (void)state;
    expect("event: filters_changed\ndata: undefined\n\n",
           "{\"mastodon\":{\"payload\":\"undefined\",\"event\":\"filters_changed\"}}\n");
    expect("data: a\"b\\c\td\x7F\n\n",
           "{\"mastodon\":{\"payload\":\"a\\\"b\\\\c\\u0009d\\u007f\",\"event\":\"\"}}\n");
}

static void comments_other_fields_and_what_has_no_data_leave_nothing(void **state) {
    (void)state;
    expect(":thump\n\n:)\n\n: event: x\n\n", "");
    expect("event: update\n\n", "");
    expect("event: update\ndata:\n\n", "");
    expect("id: 5\nretry: 10\nfoo\nevents: x\ndatas: {}\n\n", "");
    expect("event:a\n:thump\ndata:{}\n\ndata:{}\n\n",
           "{\"mastodon\":{\"payload\":{},\"event\":\"a\"}}\n"
           "{\"mastodon\":{\"payload\":{},\"event\":\"\"}}\n"); /* No event lends its name. */
}

static void a_name_that_is_no_name_is_left_out(void **state) {
    (void)state;
    expect("event: a\",\"x\":\"\ndata: {}\n\n", "{\"mastodon\":{\"payload\":{},\"event\":\"\"}}\n");
    expect("event: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\ndata: {}\n\n",
           "{\"mastodon\":{\"payload\":{},\"event\":\"\"}}\n");
    expect("event: a\nevent: b\ndata: {}\n\n", "{\"mastodon\":{\"payload\":{},\"event\":\"b\"}}\n");
}

static void an_event_over_the_limit_is_dropped_and_the_next_one_is_not(void **state) {
    (void)state;
    for (size_t piece = 1000; piece <= SSE_PUSH_BYTES_MAX; piece += SSE_PUSH_BYTES_MAX - 1000) {
        sse_lines l;
        buffer in = {0}, out = {0};
        assert_int_equal(sse_lines_init(&l), STATUS_OK);
        buffer_add(&in, TEXT("event:update\ndata: {\"x\":\""));
        for (int i = 0; i < SSE_EVENT_BYTES_MAX; i++) buffer_add_byte(&in, 'x');
        buffer_add(&in, TEXT("\"}\n\nevent:update\ndata: {}\n\n"));
        push_all(&l, buffer_text(&in), piece, &out);
        take_all(&l, &out);
        assert_true(text_equal(buffer_text(&out),
                               TEXT("{\"mastodon\":{\"payload\":{},\"event\":\"update\"}}\n")));
        assert_int_equal(l.events_too_long, 1);
        buffer_deinit(&in);
        buffer_deinit(&out);
        sse_lines_deinit(&l);
    }
}

static void a_full_block_takes_nothing_until_its_lines_are_taken(void **state) {
    static const char event[8] = {'d', 'a', 't', 'a', ':', 1, '\n', '\n'};
    static char control[SSE_PUSH_BYTES_MAX];
    sse_lines l;
    buffer out = {0};
    int pushes = 0;
    (void)state;
    assert_int_equal(sse_lines_init(&l), STATUS_OK);
    for (size_t i = 0; i + 8 <= sizeof control; i += 8) memcpy(control + i, event, sizeof event);
    while (sse_lines_push(&l, (text){control, sizeof control})) pushes++;
    assert_in_range(pushes, 1, 100);
    size_t count = l.count;
    assert_int_equal(l.whole_lines, pushes * (SSE_PUSH_BYTES_MAX / 8));
    assert_false(sse_lines_push(&l, (text){control, sizeof control}));
    assert_int_equal(l.count, count);
    take_all(&l, &out);
    assert_true(sse_lines_push(&l, (text){control, sizeof control}));
    buffer_deinit(&out);
    sse_lines_deinit(&l);
}

static void what_a_connection_leaves_of_an_event_is_dropped_and_counted(void **state) {
    static const struct {
        const char *left;
        uint64_t partial;
    } cases[] = {
        {"", 0},           {":thump\n", 0},        {":th", 0},        {"\n\n", 0},      {"ev", 1},
        {"event: upd", 1}, {"event: update\n", 1}, {"data: {\"i", 1}, {"data: {}\n", 1}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sse_lines l;
        buffer out = {0};
        assert_int_equal(sse_lines_init(&l), STATUS_OK);
        assert_true(sse_lines_push(&l, text_of(cases[i].left)));
        sse_lines_cut(&l);
        assert_int_equal(l.events_partial, cases[i].partial);
        assert_true(sse_lines_push(&l, TEXT("data:{}\n\n")));
        take_all(&l, &out);
        assert_true(text_equal(buffer_text(&out),
                               TEXT("{\"mastodon\":{\"payload\":{},\"event\":\"\"}}\n")));
        buffer_deinit(&out);
        sse_lines_deinit(&l);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_becomes_a_line_however_it_is_cut),
        cmocka_unit_test(lines_end_in_three_ways),
        cmocka_unit_test(data_over_several_lines_are_one_payload),
        cmocka_unit_test(what_is_no_object_is_a_json_string),
        cmocka_unit_test(comments_other_fields_and_what_has_no_data_leave_nothing),
        cmocka_unit_test(a_name_that_is_no_name_is_left_out),
        cmocka_unit_test(an_event_over_the_limit_is_dropped_and_the_next_one_is_not),
        cmocka_unit_test(a_full_block_takes_nothing_until_its_lines_are_taken),
        cmocka_unit_test(what_a_connection_leaves_of_an_event_is_dropped_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
