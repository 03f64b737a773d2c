/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/options/config.h"
#include "server/options/options_table.h"

/* "section.key=value,value;..." of a file, or its problem. */
static const char *read_all(const char *file) {
    static char result[1024];
    arena *memory = arena_new(256);
    buffer problem = {0}, out = {0};
    config_reader r = config_of(text_of(file), memory, &problem);
    config_setting s;
    while (config_next(&r, &s)) {
        buffer_add(&out, s.section);
        buffer_add_byte(&out, '.');
        buffer_add(&out, s.key);
        for (size_t i = 0; i < s.value_count; i++)
            buffer_add_format(&out, "%s%s", i == 0 ? "=" : ",", s.values[i]);
        buffer_add_byte(&out, ';');
    }
    assert_int_equal(r.has_failed, problem.count > 0);
    text t = r.has_failed ? buffer_text(&problem) : buffer_text(&out);
    (void)snprintf(result, sizeof result, "%.*s", (int)t.count, t.count > 0 ? t.bytes : "");
    buffer_deinit(&problem);
    buffer_deinit(&out);
    arena_free(memory);
    return result;
}

static void settings_are_names_and_values(void **state) {
    (void)state;
    assert_string_equal(read_all(""), "");
    assert_string_equal(read_all("port = 8401"), ".port=8401;");
    assert_string_equal(read_all("\xEF\xBB\xBF# all\r\n\r\nport=8401 # mine\r\n\tspeed = \"60\"\n"),
                        ".port=8401;.speed=60;");
    assert_string_equal(read_all("a = 'C:\\no'\nb = \"q\\\" \\u00e9\\n\""),
                        ".a=C:\\no;.b=q\" \xC3\xA9\n;");
    assert_string_equal(read_all("host = [ \"a\", 'b' ,]\n[ replay ]\ndecoders = 2\n[]"),
                        "4: a section must be [NAME] alone");
    assert_string_equal(read_all("host = [ \"a\", 'b' ,]\n[ replay ]\ndecoders = 2"),
                        ".host=a,b;replay.decoders=2;");
    assert_string_equal(read_all("host = []"), ".host;");
}

static void a_wrong_line_is_named(void **state) {
    (void)state;
    assert_string_equal(read_all("port 1"), "1: = is missing: write name = value");
    assert_string_equal(read_all("\n\nport ="), "3: the value is missing: write name = value");
    assert_string_equal(read_all("a = \"x"), "1: a text without its closing quote: add it");
    assert_string_equal(read_all("a = \"x\\"), "1: a text without its closing quote: add it");
    assert_string_equal(read_all("a = \"\\q\""),
                        "1: an escape that is none: write \\\\ for a backslash, or '...'");
    assert_string_equal(read_all("a = \"\\u0000\""),
                        "1: an escape that is none: write \\\\ for a backslash, or '...'");
    assert_string_equal(read_all("a = [\"x\""), "1: a list without its end: add ] in this line");
    assert_string_equal(read_all("a = b c"), "1: more than a value: put texts in quotes");
    assert_string_equal(read_all("= b"), "1: a line must be name = value, [section] or # comment");
    assert_string_equal(read_all("a = \"\xFF\""), "1: not text in UTF-8: save the file as such");
}

/* ---- As options ---- */

static char path[64];

static void write_file(const char *content) {
    (void)snprintf(path, sizeof path, "/tmp/dunlin-config-%d", (int)getpid());
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs(content, f);
    (void)fclose(f);
}

static bool read_words(int argc, char **argv, options *o, buffer *problem) {
    bool good = options_read(argc, argv, o, problem);
    buffer_add_byte(problem, '\0');
    return good;
}

static void the_command_line_wins_over_the_environment_over_the_file(void **state) {
    options o;
    buffer problem = {0}, shown = {0};
    (void)state;
    write_file("port = 1\nclients = 2\nbind = \"::1\"\nhost = [\"one\"]\nsource = [\"x\", "
               "\"mastodon\"]\n[replay]\nepoch = 9\n");
    (void)setenv("DUNLIN_CLIENTS", "3", 1);
    char *words[] = {"dunlin", "serve", "--config", path, "--port", "4", "-", NULL};
    bool good = read_words(7, words, &o, &problem);
    (void)unsetenv("DUNLIN_CLIENTS");
    assert_string_equal(problem.bytes, "");
    assert_true(good);
    assert_int_equal(o.port, 4);
    assert_int_equal(o.clients, 3);
    assert_string_equal(o.bind, "::1");
    assert_string_equal(o.hosts.values[0], "one");
    assert_int_equal(o.sources.count, 2);
    assert_true(option_names_have(&o.sources, "mastodon"));
    assert_int_equal(o.epoch, 16384);
    options_write_config(&o, &shown);
    buffer_add_byte(&shown, '\0');
    assert_non_null(strstr(shown.bytes, "port = 4  # --port\n"));
    assert_non_null(strstr(shown.bytes, "clients = 3  # DUNLIN_CLIENTS\n"));
    assert_non_null(strstr(shown.bytes, "bind = \"::1\"  # /tmp/dunlin-config-"));
    assert_non_null(strstr(shown.bytes, "epoch = 16384  # default\n"));
    buffer_deinit(&shown);
    buffer_deinit(&problem);
    options_deinit(&o);
    (void)unlink(path);
}

static void expect_wrong(const char *file, const char *what) {
    options o;
    buffer problem = {0};
    write_file(file);
    char *words[] = {"dunlin", "serve", "--config", path, "-", NULL};
    assert_false(read_words(5, words, &o, &problem));
    assert_true(o.config_is_wrong);
    assert_string_equal(problem.bytes + strlen(path), what);
    buffer_deinit(&problem);
    options_deinit(&o);
    (void)unlink(path);
}

static void a_wrong_setting_is_told_with_its_line(void **state) {
    (void)state;
    expect_wrong("\nprt = 1", ":2: prt: no such setting: did you mean port?");
    expect_wrong("port = x", ":1: port: give a whole number from 0 to 65535");
    expect_wrong("port = [\"1\"]", ":1: port: give a whole number from 0 to 65535");
    expect_wrong("places-only = 1", ":1: places-only: give true or false");
    expect_wrong("[srve]\nport = 1", ":2: srve: no such command: did you mean serve?");
    expect_wrong("[replay]\nport = 1",
                 ":2: port: not a setting of this command: move it above the sections");
    expect_wrong("out = \"x\"", ":1: out: no such setting: dunlin COMMAND --help lists them");
    expect_wrong("port 1", ":1: = is missing: write name = value");
}

static void a_settings_file_reads_what_was_written(void **state) {
    options o, again;
    buffer problem = {0}, shown = {0};
    (void)state;
    char *words[] = {"dunlin",   "serve",    "--host", "a\"\\b", "--places-only", "--speed", "2.5",
                     "--source", "mastodon", "-",      NULL};
    assert_true(read_words(10, words, &o, &problem));
    options_write_config(&o, &shown);
    buffer_add_byte(&shown, '\0');
    write_file(shown.bytes);
    char *with[] = {"dunlin", "serve", "--config", path, "-", NULL};
    assert_true(read_words(5, with, &again, &problem));
    assert_string_equal(again.hosts.values[0], "a\"\\b");
    assert_true(again.places_only);
    assert_int_equal(again.sources.count, 1);
    assert_string_equal(again.sources.values[0], "mastodon");
    assert_string_equal(again.speed, "2.5");
    assert_int_equal(again.clients, o.clients);
    buffer_deinit(&shown);
    buffer_deinit(&problem);
    options_deinit(&o);
    options_deinit(&again);
    (void)unlink(path);
}

static void the_help_comes_even_with_a_wrong_file(void **state) {
    options o;
    buffer problem = {0};
    (void)state;
    write_file("prt = 1");
    char *words[] = {"dunlin", "serve", "--config", path, "--help", NULL};
    assert_true(read_words(5, words, &o, &problem));
    assert_true(o.help);
    buffer_deinit(&problem);
    options_deinit(&o);
    (void)unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_names_and_values),
        cmocka_unit_test(a_wrong_line_is_named),
        cmocka_unit_test(the_command_line_wins_over_the_environment_over_the_file),
        cmocka_unit_test(a_wrong_setting_is_told_with_its_line),
        cmocka_unit_test(a_settings_file_reads_what_was_written),
        cmocka_unit_test(the_help_comes_even_with_a_wrong_file),
    };
    (void)setenv("DUNLIN_CONFIG", "/dev/null", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
