/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/suggest.h"
#include "server/options/options.h"

enum { WORDS_MAX = 16 };

/* Reads words separated by blanks; the text of the problem, "" when there is none.
 * *o must be ended by options_deinit. */
static const char *read_line(const char *line, options *o) {
    static char words[512], problem[512];
    static char *argv[WORDS_MAX + 1];
    int argc = 1;
    buffer b = {0};
    assert_true(strlen(line) < sizeof words);
    memcpy(words, line, strlen(line) + 1);
    argv[0] = (char[]){"dunlin"};
    for (char *at = strtok(words, " "); at != NULL; at = strtok(NULL, " ")) argv[argc++] = at;
    bool good = options_read(argc, argv, o, &b);
    assert_true(good == (b.count == 0));
    assert_true(b.count < sizeof problem);
    if (b.count > 0) memcpy(problem, b.bytes, b.count);
    problem[b.count] = '\0';
    buffer_deinit(&b);
    return problem;
}

static void expect_problem(const char *line, const char *problem) {
    options o;
    assert_string_equal(read_line(line, &o), problem);
    options_deinit(&o);
}

static void options_may_stand_anywhere(void **state) {
    options o;
    (void)state;
    assert_string_equal(read_line("--strict replay a.json --out=dir - b.json -q", &o), "");
    assert_string_equal(o.command->name, "replay");
    assert_int_equal(o.operand_count, 3);
    assert_string_equal(o.operands[0], "a.json");
    assert_string_equal(o.operands[1], "-");
    assert_string_equal(o.operands[2], "b.json");
    assert_true(o.strict && o.quiet && !o.verbose);
    assert_string_equal(o.out, "dir");
    options_deinit(&o);
}

static void two_dashes_end_the_options(void **state) {
    options o;
    (void)state;
    assert_string_equal(read_line("geocode -- --strict -x", &o), "");
    assert_int_equal(o.operand_count, 2);
    assert_string_equal(o.operands[0], "--strict");
    options_deinit(&o);
}

static void letters_join_and_take_what_follows(void **state) {
    options o;
    (void)state;
    assert_string_equal(read_line("replay -vqodir f", &o), "");
    assert_true(o.verbose && o.quiet);
    assert_string_equal(o.out, "dir");
    options_deinit(&o);
    assert_string_equal(read_line("serve f -p 0", &o), "");
    assert_int_equal(o.port, 0);
    assert_true(o.port_given);
    options_deinit(&o);
}

static void a_file_alone_is_opened(void **state) {
    options o;
    (void)state;
    assert_string_equal(read_line("dump.jsonl --port 0", &o), "");
    assert_string_equal(o.command->name, "open");
    assert_string_equal(o.operands[0], "dump.jsonl");
    options_deinit(&o);
}

static void defaults_are_those_of_the_table(void **state) {
    options o;
    (void)state;
    assert_string_equal(read_line("replay f", &o), "");
    assert_int_equal(o.clean_min, 80);
    assert_true(o.clean_cutoff == 0.005);
    assert_string_equal(o.clean_evidence, "all");
    assert_int_equal(o.epoch, 16384);
    assert_int_equal(o.decoders, 0);
    assert_string_equal(o.bind, "127.0.0.1");
    assert_int_equal(o.port, 8400);
    assert_true(options_speed(&o) == 0);
    options_deinit(&o);
    assert_string_equal(read_line("replay f --speed 2.5", &o), "");
    assert_true(options_speed(&o) == 2.5);
    options_deinit(&o);
}

static void what_is_wrong_says_what_why_and_what_to_do(void **state) {
    (void)state;
    expect_problem("serve --prot 1", "--prot: no such option: did you mean --port?");
    expect_problem("replay f --clean-c 1",
                   "--clean-c: no such option: did you mean --clean-cutoff?");
    expect_problem("replay f --zzzzzz", "--zzzzzz: no such option: dunlin --help lists them");
    expect_problem("replay f -z", "-z: no such option: dunlin --help lists them");
    expect_problem("replay f --out", "--out: its value is missing: give a PATH");
    expect_problem("replay f --out=", "--out: an empty value: give a PATH");
    expect_problem("replay f --strict=yes", "--strict: it takes no value: write --strict alone");
    expect_problem("serve f --port 65536", "--port: 65536: give a whole number from 0 to 65535");
    expect_problem("serve f --port -1", "--port: -1: give a whole number from 0 to 65535");
    expect_problem("replay f --clean-cutoff nan", "--clean-cutoff: nan: give a number from 0 to 1");
    expect_problem("replay f --clean-evidence some",
                   "--clean-evidence: some: give one of all|other-strings");
    expect_problem("replay f --speed -1", "--speed: -1: give a number such as 60, or max");
    expect_problem("geocode x --port 1",
                   "--port: not an option of geocode: see dunlin geocode --help");
    expect_problem("inspect", "inspect: FILE... is missing: see dunlin inspect --help");
    expect_problem("gen x", "x: gen takes no operands: see dunlin gen --help");
}

static void the_environment_gives_what_the_line_does_not(void **state) {
    options o;
    (void)state;
    assert_int_equal(setenv("DUNLIN_PORT", "99", 1), 0);
    assert_int_equal(setenv("DUNLIN_HOST", "a.example", 1), 0);
    assert_string_equal(read_line("serve f", &o), "");
    assert_int_equal(o.port, 99);
    assert_string_equal(o.hosts.values[0], "a.example");
    options_deinit(&o);
    assert_string_equal(read_line("serve f --port 7 --host b --host c", &o), "");
    assert_int_equal(o.port, 7);
    assert_int_equal(o.hosts.count, 2);
    assert_string_equal(o.hosts.values[1], "c");
    options_deinit(&o);
    assert_string_equal(read_line("replay f", &o), ""); /* It has no port. */
    options_deinit(&o);
    assert_int_equal(setenv("DUNLIN_PORT", "x", 1), 0);
    expect_problem("serve f",
                   "DUNLIN_PORT: x in the environment: give a whole number from 0 to 65535");
    assert_int_equal(unsetenv("DUNLIN_PORT") | unsetenv("DUNLIN_HOST"), 0);
}

static void sources_are_given_one_by_one_and_only_those_there_are(void **state) {
    options o;
    (void)state;
    assert_string_equal(read_line("serve f --source x", &o), "");
    assert_int_equal(o.sources.count, 1);
    assert_int_equal(o.operand_count, 1);
    assert_true(option_names_have(&o.sources, "x"));
    assert_false(option_names_have(&o.sources, "y"));
    options_deinit(&o);
    assert_int_equal(setenv("DUNLIN_SOURCE", "x", 1), 0);
    assert_string_equal(read_line("serve f", &o), "");
    assert_int_equal(o.sources.count, 1);
    options_deinit(&o);
    assert_string_equal(read_line("serve f --source x", &o), ""); /* The line wins. */
    assert_int_equal(o.sources.count, 1);
    options_deinit(&o);
    assert_int_equal(unsetenv("DUNLIN_SOURCE"), 0);
    buffer problem = {0};
    char *words[] = {"dunlin", "serve", "f", "--source", "z"};
    assert_false(options_read(5, words, &o, &problem));
    assert_true(text_starts_with(buffer_text(&problem), TEXT("--source: z: give one of x")));
    buffer_deinit(&problem);
    options_deinit(&o);
}

static void secrets_are_no_options(void **state) {
    (void)state;
    for (size_t i = 0; i < command_count; i++) {
        buffer help = {0};
        options_write_help(&commands[i], &help);
        buffer_add_byte(&help, '\0');
        assert_null(strstr(help.bytes, "--token "));
        assert_null(strstr(help.bytes, "--x-token "));
        buffer_deinit(&help);
    }
}

static void help_has_examples_first_and_a_line_for_every_option(void **state) {
    (void)state;
    for (size_t i = 0; i < command_count; i++) {
        buffer help = {0};
        options_write_help(&commands[i], &help);
        buffer_add_byte(&help, '\0');
        const char *examples = strstr(help.bytes, "\nExamples:\n  "),
                   *usage = strstr(help.bytes, "\nUsage: dunlin "),
                   *list = strstr(help.bytes, "\nOptions:\n");
        assert_true(examples != NULL && examples < usage && usage < list);
        for (const char *line = list + 10; *line != '\0'; line = strchr(line, '\n') + 1) {
            const char *text_begin = line + 43;
            assert_true(strcspn(line, "\n") > 47);
            assert_memory_equal(line + 6, "--", 2);
            assert_true(text_begin[-1] == ' ' && text_begin[0] != ' ');
        }
        buffer_deinit(&help);
    }
}

static void help_and_version_need_nothing_else(void **state) {
    options o;
    (void)state;
    assert_string_equal(read_line("replay --help", &o), "");
    assert_true(o.help);
    options_deinit(&o);
    assert_string_equal(read_line("help replay", &o), "");
    assert_true(o.help);
    assert_string_equal(o.command->name, "replay");
    options_deinit(&o);
    assert_string_equal(read_line("-V", &o), "");
    assert_true(o.version && o.command == NULL);
    options_deinit(&o);
}

static void distance_counts_letters(void **state) {
    (void)state;
    assert_int_equal(edit_distance(TEXT("limit"), TEXT("limit")), 0);
    assert_int_equal(edit_distance(TEXT("limt"), TEXT("limit")), 1);
    assert_int_equal(edit_distance(TEXT("prot"), TEXT("port")), 1);
    assert_int_equal(edit_distance(TEXT("kitten"), TEXT("sitting")), 3);
    assert_int_equal(edit_distance(TEXT(""), TEXT("abc")), 3);
    suggestion s = {.wanted = TEXT("xyz")};
    suggest(&s, "limit");
    assert_null(s.best);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_may_stand_anywhere),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(letters_join_and_take_what_follows),
        cmocka_unit_test(a_file_alone_is_opened),
        cmocka_unit_test(defaults_are_those_of_the_table),
        cmocka_unit_test(what_is_wrong_says_what_why_and_what_to_do),
        cmocka_unit_test(the_environment_gives_what_the_line_does_not),
        cmocka_unit_test(sources_are_given_one_by_one_and_only_those_there_are),
        cmocka_unit_test(secrets_are_no_options),
        cmocka_unit_test(help_has_examples_first_and_a_line_for_every_option),
        cmocka_unit_test(help_and_version_need_nothing_else),
        cmocka_unit_test(distance_counts_letters),
    };
    (void)setenv("DUNLIN_CONFIG", "/dev/null", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
