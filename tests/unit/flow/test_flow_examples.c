/* SPDX-License-Identifier: MIT */
/* The example programs print what they should, and the engine's README shows the
 * program that runs and what it prints. */
#include "pipeline/base/random.h"

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

/* Runs an example, with its argument behind its name, that was built beside this test. */
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

/* ---- PageRank against plain code ---- */

enum { NODES = 12, EPOCHS = 5, STEPS_MAX = 1000 };
typedef struct {
    unsigned edges[NODES][NODES]; /* How many. */
    uint64_t ranks[NODES];        /* 0: no such node. */
    char input[TEXT_MAX];
    size_t input_bytes;
} web;

static bool has_edge(const web *w, size_t node) {
    unsigned edges = 0;
    for (size_t i = 0; i < NODES; i++) edges += w->edges[node][i] + w->edges[i][node];
    return edges > 0;
}

static bool step_ranks(web *w) {
    uint64_t next[NODES] = {0};
    for (size_t to = 0; to < NODES; to++) next[to] = has_edge(w, to) ? 1000000 : 0;
    for (size_t from = 0; from < NODES; from++) {
        uint64_t degree = 0;
        for (size_t to = 0; to < NODES; to++) degree += w->edges[from][to];
        for (size_t to = 0; to < NODES; to++)
            if (w->edges[from][to] > 0)
                next[to] += w->edges[from][to] * (5 * w->ranks[from] / (6 * degree));
    }
    bool changes = memcmp(next, w->ranks, sizeof next) != 0;
    memcpy(w->ranks, next, sizeof next);
    return changes;
}

/* So many steps; 0: until nothing changes. */
static void rank_anew(web *w, int steps) {
    int done = 0;
    for (size_t i = 0; i < NODES; i++)
        w->ranks[i] = !has_edge(w, i) ? 0 : steps > 0 ? 6000000 : 1000000;
    while (step_ranks(w) && ++done < (steps > 0 ? steps : STEPS_MAX)) continue;
    assert_true(done < STEPS_MAX);
}

static void change_edge(web *w, random_source *r, bool removes) {
    size_t from = random_below(r, NODES), to = random_below(r, NODES);
    if (removes && w->edges[from][to] == 0) return;
    w->edges[from][to] += removes ? -1U : 1U;
    w->input_bytes += (size_t)snprintf(w->input + w->input_bytes, TEXT_MAX - w->input_bytes,
                                       "%c %zu %zu\\n", removes ? '-' : '+', from, to);
}

/* The ranks after the epoch that the text begins with; moves past it. */
static void add_up_epoch(const char **at, uint64_t ranks[NODES]) {
    unsigned node;
    unsigned long long rank;
    char sign;
    *at = strchr(*at, '\n') + 1;
    while (sscanf(*at, "%c %u %llu", &sign, &node, &rank) == 3 && sign != 'e') {
        assert_true(node < NODES);
        if (sign == '-') assert_int_equal(ranks[node], rank);
        ranks[node] = sign == '-' ? 0 : rank;
        *at = strchr(*at, '\n') + 1;
    }
}

static void ranks_follow(int steps) {
    static web w;
    static char output[TEXT_MAX];
    static uint64_t expected[EPOCHS][NODES];
    uint64_t ranks[NODES] = {0};
    char command[32];
    random_source r = {7};
    w = (web){0};
    for (size_t e = 0; e < EPOCHS; e++) {
        for (size_t i = 0; i < (e == 0 ? 30 : 20); i++) change_edge(&w, &r, e > 0 && i % 4 != 0);
        w.input_bytes += (size_t)snprintf(w.input + w.input_bytes, 3, "\\n");
        rank_anew(&w, steps);
        memcpy(expected[e], w.ranks, sizeof w.ranks);
    }
    snprintf(command, sizeof command, steps > 0 ? "pagerank %d" : "pagerank", steps);
    run_example(command, w.input, output);
    const char *at = output;
    for (size_t e = 0; e < EPOCHS; e++) {
        add_up_epoch(&at, ranks);
        assert_memory_equal(ranks, expected[e], sizeof ranks);
    }
    assert_string_equal(at, "epoch 6\n"); /* Nothing more, and at rest. */
}

static void page_ranks_come_to_rest_where_plain_code_does(void **state) {
    (void)state;
    ranks_follow(0);
}

static void page_ranks_after_some_steps_are_those_of_plain_code(void **state) {
    (void)state;
    ranks_follow(5);
    ranks_follow(1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_readme_shows_what_runs),
        cmocka_unit_test(shortest_paths_follow_the_edges),
        cmocka_unit_test(a_cycle_that_gets_shorter_for_ever_is_cut_and_reported),
        cmocka_unit_test(page_ranks_come_to_rest_where_plain_code_does),
        cmocka_unit_test(page_ranks_after_some_steps_are_those_of_plain_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
