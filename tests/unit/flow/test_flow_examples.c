/* SPDX-License-Identifier: MIT */
/* The example programs print what they should, and the engine's README shows the
 * program that runs and what it prints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { TEXT_MAX = 1 << 16 };

static void read_all(FILE *f, char *text) {
    assert_non_null(f);
    text[fread(text, 1, TEXT_MAX - 1, f)] = '\0';
}

static void read_file(const char *path, char *text) {
    FILE *f = fopen(path, "r");
    read_all(f, text);
    fclose(f);
}

/* Runs an example that was built beside this test. */
static void run_example(const char *name, const char *input, char *output) {
    char self[1024], command[4096];
    ssize_t bytes = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(bytes > 0);
    self[bytes] = '\0';
    char *end = strstr(self, "/tests/unit/");
    assert_non_null(end);
    *end = '\0';
    snprintf(command, sizeof command, "printf '%s' | %s/tests/examples/%s", input, self, name);
    FILE *f = popen(command, "r");
    read_all(f, output);
    assert_int_equal(pclose(f), 0);
}

/* The next block of README between lines that begin with ```, and its kind. */
static bool next_block(char **at, char **block, bool *is_code) {
    char *begin = strstr(*at, "```");
    if (begin == NULL) return false;
    *is_code = begin[3] == 'c';
    *block = strchr(begin, '\n') + 1;
    char *end = strstr(*block, "```");
    assert_non_null(end);
    *end = '\0';
    *at = end + 3;
    return true;
}

static void the_readme_shows_what_runs(void **state) {
    static char readme[TEXT_MAX], board[TEXT_MAX], paths[TEXT_MAX], output[TEXT_MAX];
    char *at = readme, *block, *printed = output;
    bool is_code;
    size_t codes = 0, outputs = 0;
    (void)state;
    read_file("pipeline/flow/README.md", readme);
    read_file("tests/examples/board.c", board);
    read_file("tests/examples/bellman_ford.c", paths);
    run_example("board", "", output);
    while (next_block(&at, &block, &is_code)) {
        if (is_code) {
            assert_true(strstr(board, block) != NULL || strstr(paths, block) != NULL);
            codes++;
        } else {
            assert_int_equal(strncmp(printed, block, strlen(block)), 0);
            printed += strlen(block);
            outputs++;
        }
    }
    assert_int_equal(codes, 3);
    assert_int_equal(outputs, 2);
    assert_string_equal(printed, ""); /* Nothing is left out. */
}

static void shortest_paths_follow_the_edges(void **state) {
    static char output[TEXT_MAX];
    (void)state;
    run_example("bellman_ford",
                "+ 0 1 4\\n+ 0 2 1\\n+ 2 1 2\\n+ 1 3 5\\n\\n" /* 3 by way of 2 and 1 */
                "- 2 1 2\\n\\n"                               /* now straight to 1 */
                "- 0 1 4\\n+ 0 9 1\\n\\n",                    /* 1 and 3 cannot be reached */
                output);
    assert_string_equal(output, "epoch 1\n+ 0 0\n+ 1 3\n+ 2 1\n+ 3 8\n"
                                "epoch 2\n- 1 3\n+ 1 4\n- 3 8\n+ 3 9\n"
                                "epoch 3\n- 1 4\n- 3 9\n+ 9 1\n"
                                "epoch 4\n");
}

static void a_cycle_that_gets_shorter_for_ever_is_cut_and_reported(void **state) {
    static char output[TEXT_MAX];
    (void)state;
    run_example("bellman_ford", "+ 0 1 1\\n+ 1 0 -2\\n\\n- 1 0 -2\\n", output);
    assert_string_equal(output, "epoch 1\n+ 0 -500\n+ 1 -498\n"
                                "epoch 2\n- 0 -500\n+ 0 0\n- 1 -498\n+ 1 1\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_readme_shows_what_runs),
        cmocka_unit_test(shortest_paths_follow_the_edges),
        cmocka_unit_test(a_cycle_that_gets_shorter_for_ever_is_cut_and_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
