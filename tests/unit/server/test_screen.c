/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "server/cli/screen.h"

static const char stats[] =
    "{\"data\":{\"items\":12,\"rejected\":1,\"tweets\":9,\"responses\":5,\"located\":2,\"clean\":1,"
    "\"users\":4,\"rate\":250.4,\"newest\":\"2012-07-04T12:00:00.000Z\","
    "\"source\":{\"state\":\"replaying\"}}}";
static const char tweets[] = "{\"data\":[{\"author_id\":\"1\",\"text\":\"one\\ntwo &amp; "
                             "\\u001b[2Jthree\",\"influence\":1234567.5,"
                             "\"responses\":3,\"received\":{\"n\":2,\"mean\":-0.5}}],"
                             "\"includes\":{\"users\":[{\"id\":\"1\",\"username\":\"ada\"}]}}";
static const char authors[] =
    "{\"data\":[{\"username\":"
    "\"\\u6771\\u4eac\\u6771\\u4eac\\u6771\\u4eac\\u6771\\u4eac\\u6771\\u4eac\","
    "\"place\":{\"name\":\"Tokyo\"},\"influence\":7.25,\"responses\":1,"
    "\"received\":{\"n\":0,\"mean\":null}}]}";
static const char timeline[] = "{\"data\":[{\"tweets\":1,\"positive\":1,\"negative\":0},{"
                               "\"tweets\":8,\"positive\":0,\"negative\":3}]}";

static void answer(buffer *b, const char *bytes) {
    buffer_add(b, text_of(bytes));
}

static screen_answers answers(void) {
    screen_answers a = {0};
    answer(&a.stats, stats);
    answer(&a.tweets, tweets);
    answer(&a.authors, authors);
    answer(&a.timeline, timeline);
    return a;
}

static void the_answers_become_lines(void **state) {
    screen_answers a = answers();
    screen_shape shape = {.columns = 80, .window = "15m"};
    buffer out = {0};
    (void)state;
    assert_int_equal(screen_draw(&a, &shape, &out), STATUS_OK);
    buffer_add_byte(&out, '\0');
    assert_string_equal(
        out.bytes,
        "dunlin replaying window 15m 250 records/s heard until 2012-07-04T12:00:00.000Z\n"
        "12 items, 1 rejected, 9 tweets, 5 responses, 2 located, 1 clean, 4 users\n"
        "tweets    \xE2\x96\x81\xE2\x96\x88\n"
        "\n"
        " influence responses   mood  tweet by          \n"
        "    1.23 M         3  -0.50  ada               one two & \\x1B[2Jthree\n"
        "\n"
        " influence responses   mood  author            place\n"
        "       7.2         1      -  \xE6\x9D\xB1\xE4\xBA\xAC\xE6\x9D\xB1\xE4\xBA\xAC\xE6\x9D\xB1"
        "\xE4\xBA\xAC\xE6\x9D\xB1\xE4\xBA\xAC\xE2\x80\xA6 Tokyo\n");
    buffer_deinit(&out);
    screen_answers_deinit(&a);
}

static void what_goes_on_is_one_line(void **state) {
    screen_answers a = answers();
    screen_shape shape = {.columns = 60, .window = "15m"};
    buffer out = {0};
    (void)state;
    answer(&a.alerts, "{\"data\":[{\"until\":null,\"words\":\"The rate \\u001b[2Jfell\"},"
                      "{\"until\":null,\"words\":\"x\"},"
                      "{\"until\":\"2012-07-04T12:00:00.000Z\",\"words\":\"over\"}]}");
    assert_int_equal(screen_draw(&a, &shape, &out), STATUS_OK);
    buffer_add_byte(&out, '\0');
    assert_non_null(strstr(out.bytes, "\n2 alerts, the newest: The rate \\x1B[2Jfell\n"));
    assert_null(strstr(out.bytes, "over"));
    buffer_clear(&out);
    buffer_clear(&a.alerts);
    answer(&a.alerts, "{\"data\":[{\"until\":\"t\",\"words\":\"over\"}]}");
    assert_int_equal(screen_draw(&a, &shape, &out), STATUS_OK);
    buffer_add_byte(&out, '\0');
    assert_null(strstr(out.bytes, "alert"));
    buffer_deinit(&out);
    screen_answers_deinit(&a);
}

static void nothing_is_wider_or_longer_than_the_terminal(void **state) {
    screen_answers a = answers();
    (void)state;
    for (unsigned rows = 4; rows < 12; rows++) {
        screen_shape shape = {.columns = 44, .rows = rows, .window = "all"};
        buffer out = {0};
        size_t end;
        unsigned lines = 0;
        assert_int_equal(screen_draw(&a, &shape, &out), STATUS_OK);
        for (text t = buffer_text(&out); text_find_byte(t, '\n', &end); lines++) {
            unsigned columns = 0;
            for (size_t at = 0; at < end;) columns += utf8_next(t, &at) >= 0x2E80 ? 2 : 1;
            assert_true(columns <= 44);
            t = text_slice(t, end + 1, t.count);
        }
        assert_true(lines < rows);
        buffer_deinit(&out);
    }
    screen_answers_deinit(&a);
}

static void answers_that_are_none_show_what_can_be_shown(void **state) {
    static const char *const bad[] = {"", "{", "[]", "{\"data\":7}", "null"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        screen_answers a = {0};
        screen_shape shape = {.columns = 80, .window = "all", .trouble = "no answer"};
        buffer out = {0};
        answer(&a.stats, bad[i]);
        answer(&a.tweets, bad[i]);
        assert_int_equal(screen_draw(&a, &shape, &out), i == 0 ? STATUS_OK : STATUS_BAD_FORMAT);
        buffer_add_byte(&out, '\0');
        assert_non_null(strstr(out.bytes, "no answer"));
        buffer_deinit(&out);
        screen_answers_deinit(&a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_answers_become_lines),
        cmocka_unit_test(what_goes_on_is_one_line),
        cmocka_unit_test(nothing_is_wider_or_longer_than_the_terminal),
        cmocka_unit_test(answers_that_are_none_show_what_can_be_shown),
    };
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
