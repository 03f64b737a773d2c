/* SPDX-License-Identifier: MIT */
#include "pipeline/flow/flow.h"
#include "pipeline/flow/view.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/flow_held.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define EDGE_ROW(X) X(u32, from) X(u32, to) X(i64, length)
FLOW_ROW(edge, EDGE_ROW)
FLOW_SCHEMA(edge, EDGE_ROW)
#define REACHED_ROW(X) X(u32, node) X(u32, distance)
FLOW_ROW(reached, REACHED_ROW)
FLOW_SCHEMA(reached, REACHED_ROW)
#define ROUND_ROW(X) X(u32, node) X(u32, distance) X(u32, iteration)
FLOW_ROW(round_row, ROUND_ROW)
FLOW_SCHEMA(round_row, ROUND_ROW)
#define TOTAL_ROW(X) X(u32, from) X(u32, edges) X(i64, sum) X(i64, longest) X(i64, shortest)
FLOW_ROW(total, TOTAL_ROW)
FLOW_SCHEMA(total, TOTAL_ROW)
#define WIDE_ROW(X)                                                                                \
    X(i128, a) X(u64, b) X(u16, c) X(u16, d) X(u8, e) X(u8, f) X(u8, g) X(u8, h) X(i128, i)
FLOW_ROW(wide, WIDE_ROW)
FLOW_SCHEMA(wide, WIDE_ROW)

static void push(flow_table *t, uint32_t from, uint32_t to, int64_t length, int64_t weight) {
    assert_int_equal(flow_push(t, &(edge){from, to, length}, weight), STATUS_OK);
}

static void offsets_follow_the_struct(void **state) {
    (void)state;
    assert_int_equal(edge_schema.columns[2].offset, offsetof(edge, length));
    assert_int_equal(wide_schema.columns[1].offset, offsetof(wide, b));
    assert_int_equal(wide_schema.columns[6].offset, offsetof(wide, g));
    assert_int_equal(wide_schema.columns[8].offset, offsetof(wide, i));
}

static void a_group_keeps_count_sum_max_and_min(void **state) {
    (void)state;
    flow *f = flow_new(1);
    held h = {.row_bytes = sizeof(total)};
    flow_table *edges = flow_input(f, "edges", &edge_schema);
    flow_table *totals = flow_group(
        edges, FLOW_BY("from"), &total_schema,
        FLOW_REDUCERS({FLOW_COUNT, "edges", NULL}, {FLOW_SUM, "sum", "length"},
                      {FLOW_MAX, "longest", "length"}, {FLOW_MIN, "shortest", "length"}));
    flow_output(totals, hold, &h);
    push(edges, 1, 2, -5, 1);
    push(edges, 1, 3, 7, 1);
    push(edges, 2, 3, 9, 1);
    commit(f);
    assert_int_equal(h.count, 2);
    assert_int_equal(weight_of(&h, &(total){1, 2, 2, 7, -5}), 1);
    assert_int_equal(weight_of(&h, &(total){2, 1, 9, 9, 9}), 1);
    push(edges, 1, 3, 7, -1);
    push(edges, 1, 4, 7, 1);
    commit(f);
    assert_int_equal(h.changes, 2); /* The group shows the same. */
    push(edges, 1, 4, 7, -1);
    push(edges, 2, 3, 9, -1);
    commit(f);
    assert_int_equal(h.count, 1);
    assert_int_equal(weight_of(&h, &(total){1, 1, -5, -5, -5}), 1);
    flow_free(f);
}

static void a_row_taken_back_before_it_came_is_an_error_until_it_comes(void **state) {
    (void)state;
    flow *f = flow_new(1);
    held h = {.row_bytes = sizeof(edge)};
    flow_table *edges = flow_input(f, "edges", &edge_schema);
    flow_output(flow_distinct(edges), hold, &h);
    push(edges, 1, 2, 3, -1);
    commit(f);
    assert_int_equal(h.count, 0);
    assert_int_equal(flow_error_count(f), 1);
    push(edges, 1, 2, 3, 2);
    commit(f);
    assert_int_equal(h.count, 1);
    assert_int_equal(flow_error_count(f), 0);
    flow_free(f);
}

static void an_upsert_retracts_the_row_before(void **state) {
    (void)state;
    flow *f = flow_new(1);
    held h = {.row_bytes = sizeof(edge)};
    flow_table *edges = flow_input_keyed(f, "edges", &edge_schema, FLOW_BY("from", "to"));
    flow_output(edges, hold, &h);
    flow_upsert(edges, &(edge){1, 2, 3});
    flow_upsert(edges, &(edge){1, 2, 4});
    flow_upsert(edges, &(edge){1, 3, 5});
    commit(f);
    assert_int_equal(h.changes, 2);
    assert_int_equal(weight_of(&h, &(edge){1, 2, 4}), 1);
    flow_remove(edges, &(edge){1, 3, 0});
    flow_remove(edges, &(edge){9, 9, 0});
    flow_upsert(edges, &(edge){1, 2, 6});
    commit(f);
    assert_int_equal(h.count, 1);
    assert_int_equal(weight_of(&h, &(edge){1, 2, 6}), 1);
    flow_free(f);
}

static bool two_steps(const void *left, const void *right, void *out, void *context) {
    const edge *a = left, *b = right;
    (void)context;
    *(edge *)out = (edge){a->from, b->to, a->length + b->length};
    return a->from != b->to;
}

static void a_join_of_a_table_with_itself_meets_every_pair_once(void **state) {
    (void)state;
    flow *f = flow_new(1);
    held h = {.row_bytes = sizeof(edge)};
    flow_table *edges = flow_input(f, "edges", &edge_schema);
    flow_output(
        flow_join(edges, FLOW_BY("to"), edges, FLOW_BY("from"), &edge_schema, two_steps, NULL),
        hold, &h);
    push(edges, 1, 2, 10, 1);
    push(edges, 2, 3, 5, 2);
    push(edges, 2, 1, 5, 1);
    commit(f);
    assert_int_equal(h.count, 1);
    assert_int_equal(weight_of(&h, &(edge){1, 3, 15}), 2);
    push(edges, 3, 4, 1, 1);
    push(edges, 2, 3, 5, -2);
    push(edges, 2, 3, 6, 1);
    commit(f);
    assert_int_equal(h.count, 2);
    assert_int_equal(weight_of(&h, &(edge){1, 3, 16}), 1);
    assert_int_equal(weight_of(&h, &(edge){2, 4, 7}), 1);
    flow_free(f);
}

static bool keep_left(const void *left, const void *right, void *out, void *context) {
    (void)right;
    (void)context;
    *(edge *)out = *(const edge *)left;
    return true;
}

/* 40 rows meet 40 rows, six times over: 40 rows of weight 40^6, not 40^7 products. */
static void joins_of_joins_do_not_multiply(void **state) {
    enum { ROWS = 40, JOINS = 6 };
    (void)state;
    flow *f = flow_new(1);
    held h = {.row_bytes = sizeof(edge)};
    flow_table *edges = flow_input(f, "edges", &edge_schema), *all = edges;
    for (int i = 0; i < JOINS; i++)
        all =
            flow_join(all, FLOW_BY("from"), edges, FLOW_BY("from"), &edge_schema, keep_left, NULL);
    flow_output(all, hold, &h);
    for (uint32_t i = 0; i < ROWS; i++) push(edges, 1, i, 0, 1);
    commit(f);
    assert_int_equal(h.count, ROWS);
    assert_int_equal(weight_of(&h, &(edge){1, 7, 0}), 4096000000);
    flow_free(f);
}

static bool step_on(const void *left, const void *right, void *out, void *context) {
    const reached *r = left;
    const edge *e = right;
    (void)context;
    *(reached *)out = (reached){e->to, r->distance + (uint32_t)e->length};
    return true;
}

static void a_weight_too_large_to_be_joined_is_an_error_until_it_is_not(void **state) {
    (void)state;
    flow *f = flow_new(1);
    flow_table *edges = flow_input(f, "edges", &edge_schema);
    flow_table *roots = flow_input(f, "roots", &reached_schema);
    held h = {.row_bytes = sizeof(reached)};
    flow_output(
        flow_join(roots, FLOW_BY("node"), edges, FLOW_BY("from"), &reached_schema, step_on, NULL),
        hold, &h);
    push(edges, 1, 2, 1, INT32_MAX);
    flow_push(roots, &(reached){1, 0}, -INT32_MAX);
    commit(f);
    assert_int_equal(flow_error_count(f), 0);
    assert_int_equal(weight_of(&h, &(reached){2, 1}), -(int64_t)INT32_MAX * INT32_MAX);
    push(edges, 1, 2, 1, INT64_MAX);
    commit(f);
    assert_int_equal(flow_error_count(f), 1);
    push(edges, 1, 2, 1, -INT64_MAX);
    commit(f);
    assert_int_equal(flow_error_count(f), 0);
    assert_int_equal(weight_of(&h, &(reached){2, 1}), -(int64_t)INT32_MAX * INT32_MAX);
    flow_free(f);
}

static void an_anti_join_keeps_what_meets_nothing(void **state) {
    (void)state;
    flow *f = flow_new(1);
    held h = {.row_bytes = sizeof(edge)};
    flow_table *edges = flow_input(f, "edges", &edge_schema);
    flow_table *bad = flow_input(f, "bad", &reached_schema);
    flow_output(flow_anti_join(edges, FLOW_BY("to"), bad, FLOW_BY("node")), hold, &h);
    push(edges, 1, 2, 3, 1);
    push(edges, 2, 3, 4, 1);
    flow_push(bad, &(reached){2, 0}, 1);
    flow_push(bad, &(reached){2, 7}, 1);
    commit(f);
    assert_int_equal(h.count, 1);
    assert_int_equal(weight_of(&h, &(edge){2, 3, 4}), 1);
    flow_push(bad, &(reached){2, 7}, -1);
    commit(f);
    assert_int_equal(h.count, 1);
    flow_push(bad, &(reached){2, 0}, -1);
    commit(f);
    assert_int_equal(h.count, 2);
    flow_free(f);
}

static void a_top_shows_the_first_rows_of_each_group(void **state) {
    (void)state;
    flow *f = flow_new(1);
    held h = {.row_bytes = sizeof(edge)};
    flow_table *edges = flow_input(f, "edges", &edge_schema);
    flow_output(flow_top(edges, FLOW_BY("from"), FLOW_BY("-length"), 2), hold, &h);
    push(edges, 1, 4, -3, 1);
    push(edges, 1, 5, 8, 1);
    push(edges, 1, 3, 8, 1);
    push(edges, 2, 1, 1, 1);
    commit(f);
    assert_int_equal(h.count, 3);
    assert_int_equal(weight_of(&h, &(edge){1, 4, -3}), 0);
    push(edges, 1, 5, 8, -1);
    commit(f);
    assert_int_equal(weight_of(&h, &(edge){1, 4, -3}), 1);
    push(edges, 1, 9, 9, 2);
    commit(f);
    assert_int_equal(h.count, 2);
    assert_int_equal(weight_of(&h, &(edge){1, 9, 9}), 2);
    flow_free(f);
}

static void a_loop_finds_shortest_paths_and_keeps_them(void **state) {
    (void)state;
    flow *f = flow_new(7);
    held h = {.row_bytes = sizeof(reached)}, rounds = {.row_bytes = sizeof(round_row)};
    flow_table *edges = flow_input(f, "edges", &edge_schema);
    flow_table *roots = flow_input(f, "roots", &reached_schema);
    flow_loop *l = flow_loop_begin(roots, 0);
    flow_table *steps = flow_join(flow_loop_variable(l), FLOW_BY("node"), edges, FLOW_BY("from"),
                                  &reached_schema, step_on, NULL);
    flow_table *next = flow_group(flow_concat(steps, roots), FLOW_BY("node"), &reached_schema,
                                  FLOW_REDUCERS({FLOW_MIN, "distance", "distance"}));
    flow_table *result = flow_loop_end(l, next);
    flow_output(result, hold, &h);
    flow_output(flow_loop_iterations(l, &round_row_schema), hold, &rounds);
    flow_push(roots, &(reached){1, 0}, 1);
    push(edges, 1, 2, 1, 1);
    push(edges, 2, 3, 1, 1);
    push(edges, 3, 4, 1, 1);
    push(edges, 4, 1, 1, 1);
    commit(f);
    assert_int_equal(h.count, 4);
    assert_int_equal(weight_of(&h, &(reached){4, 3}), 1);
    assert_int_equal(weight_of(&rounds, &(round_row){4, 3, 3}), 1);
    assert_int_equal(flow_loop_rounds(l), 3);
    assert_true(flow_loop_converged(l));
    push(edges, 1, 3, 1, 1);
    commit(f);
    assert_int_equal(weight_of(&h, &(reached){4, 2}), 1);
    push(edges, 1, 3, 1, -1);
    push(edges, 2, 3, 1, -1);
    commit(f);
    assert_int_equal(h.count, 2);
    flow_free(f);
}

static void a_sum_that_does_not_fit_is_an_error_until_it_does(void **state) {
    (void)state;
    flow *f = flow_new(1);
    held h = {.row_bytes = sizeof(reached)};
    flow_table *edges = flow_input(f, "edges", &edge_schema);
    flow_output(
        flow_group(edges, FLOW_NONE, &reached_schema,
                   FLOW_REDUCERS({FLOW_SUM, "distance", "length"}, {FLOW_COUNT, "node", NULL})),
        hold, &h);
    push(edges, 1, 2, INT64_MAX, 1);
    push(edges, 1, 2, INT64_MAX - 1, 1000000);
    commit(f);
    assert_int_equal(h.count, 0);
    assert_int_equal(flow_error_count(f), 1);
    push(edges, 1, 2, INT64_MAX - 1, -1000000); /* Sums past 64 bits come back exactly. */
    push(edges, 1, 2, INT64_MAX, -1);
    push(edges, 1, 2, 7, 1);
    commit(f);
    assert_int_equal(flow_error_count(f), 0);
    assert_int_equal(weight_of(&h, &(reached){1, 7}), 1);
    flow_free(f);
}

static bool fails_once_more(const void *left, const void *right, void *out, void *context) {
    (void)left;
    (void)right;
    (void)out;
    (void)context;
    return false;
}

static void a_wrong_graph_says_what_is_wrong(void **state) {
    const char *why;
    (void)state;
    flow *f = flow_new(1);
    flow_table *edges = flow_input(f, "edges", &edge_schema);
    flow_table *wrong = flow_join(edges, FLOW_BY("nowhere"), edges, FLOW_BY("to"), &edge_schema,
                                  fails_once_more, NULL);
    assert_non_null(flow_distinct(flow_concat(wrong, edges))); /* Goes on, to nothing. */
    assert_int_equal(flow_check(f, &why), STATUS_BAD_ARGUMENT);
    assert_string_equal(why, "a join whose keys do not match");
    assert_int_equal(flow_push(wrong, &(edge){1, 2, 3}, 1), STATUS_BAD_ARGUMENT);
    assert_int_equal(flow_commit(f), STATUS_BAD_ARGUMENT);
    flow_free(f);
    f = flow_new(1);
    flow_loop *l = flow_loop_begin(flow_input(f, "start", &reached_schema), 0);
    flow_output(flow_loop_variable(l), hold, NULL);
    assert_int_equal(flow_check(f, NULL), STATUS_BAD_ARGUMENT);
    flow_free(f);
}

static void a_table_that_was_refused_can_be_freed(void **state) {
    const char *why;
    (void)state;
    flow *f = flow_new(1);
    flow_table *t = flow_input_keyed(f, "edges", &edge_schema, FLOW_BY("nowhere"));
    flow_check(f, &why);
    assert_string_equal(why, "a key column that is not in the row");
    assert_int_equal(flow_upsert(t, &(edge){1, 2, 3}), STATUS_BAD_ARGUMENT);
    flow_free(f);
    f = flow_new(1);
    flow_loop *l = flow_loop_begin(flow_input(f, "start", &reached_schema), 0);
    flow_loop_end(l, flow_distinct(flow_loop_variable(l)));
    flow_loop_iterations(l, &edge_schema);
    assert_int_equal(flow_check(f, NULL), STATUS_BAD_ARGUMENT);
    flow_free(f);
}

static void a_table_that_was_refused_has_no_view(void **state) {
    (void)state;
    flow *f = flow_new(1);
    flow_table *edges = flow_input(f, "edges", &edge_schema);
    flow_table *wrong = flow_join(edges, FLOW_BY("nowhere"), edges, FLOW_BY("to"), &edge_schema,
                                  fails_once_more, NULL);
    flow_views *views = flow_views_new(f);
    assert_null(flow_table_schema(wrong));
    assert_null(flow_view_new(views, wrong, "from"));
    assert_null(flow_scan_new(views, wrong, "from", "to"));
    assert_int_equal(flow_check(f, NULL), STATUS_BAD_ARGUMENT);
    flow_free(f);
    flow_views_free(views);
}

static status stop(uint64_t epoch, void *context) {
    *(uint64_t *)context = epoch;
    return epoch == 2 ? STATUS_STOPPED : STATUS_OK;
}

static void counters_and_hooks_follow_the_epochs(void **state) {
    uint64_t seen = 0;
    (void)state;
    flow *f = flow_new(1);
    flow_table *edges = flow_name(flow_input(f, "edges", &edge_schema), "ways");
    flow_name(flow_distinct(edges), "set of ways");
    flow_on_commit(f, stop, &seen);
    push(edges, 1, 2, 3, 2);
    push(edges, 1, 3, 3, 1);
    commit(f);
    flow_counters c = flow_operator_counters(f, 1);
    assert_int_equal(flow_operator_count(f), 2);
    assert_string_equal(c.name, "set of ways");
    assert_string_equal(c.kind, "distinct");
    assert_int_equal(c.rows_in, 2);
    assert_int_equal(c.rows_out, 2);
    assert_int_equal(c.epoch_changes, 2);
    assert_int_equal(c.rows_held, 2);
    assert_true(c.bytes_held > 0 && c.bytes_held <= flow_bytes_held(f));
    assert_int_equal(c.inputs[0], flow_operator_counters(f, 0).id);
    assert_int_equal(seen, 1);
    assert_int_equal(flow_commit(f), STATUS_STOPPED);
    assert_int_equal(flow_operator_counters(f, 1).epoch_changes, 0);
    assert_int_equal(flow_epoch(f), 2);
    flow_free(f);
}

static bool no_far(const void *row, void *context) {
    (void)context;
    return ((const reached *)row)->distance < 30;
}

/* Every kind of operator, in a loop and outside, over two epochs. */
static status build_and_step(void *context) {
    flow *f = flow_new(3);
    if (f == NULL) return STATUS_NO_MEMORY;
    held h = {.row_bytes = sizeof(reached)}, t = {.row_bytes = sizeof(edge)};
    flow_table *edges = flow_input_keyed(f, "edges", &edge_schema, FLOW_BY("from", "to"));
    flow_table *roots = flow_input(f, "roots", &reached_schema);
    flow_loop *l = flow_loop_begin(roots, 20);
    flow_table *steps = flow_join(flow_loop_variable(l), FLOW_BY("node"), edges, FLOW_BY("from"),
                                  &reached_schema, step_on, NULL);
    flow_table *near = flow_filter(flow_concat(steps, roots), no_far, NULL);
    flow_table *least = flow_group(near, FLOW_BY("node"), &reached_schema,
                                   FLOW_REDUCERS({FLOW_MIN, "distance", "distance"}));
    flow_table *result = flow_loop_end(l, flow_top(least, FLOW_NONE, FLOW_BY("distance"), 50));
    flow_output(flow_anti_join(result, FLOW_BY("node"), roots, FLOW_BY("node")), hold, &h);
    flow_output(flow_top(edges, FLOW_BY("from"), FLOW_BY("-length"), 1), hold, &t);
    flow_loop_iterations(l, &round_row_schema);
    (void)context;
    status s = flow_check(f, NULL);
    for (uint32_t e = 0; e < 2 && s == STATUS_OK; e++) {
        if (s == STATUS_OK) s = flow_push(roots, &(reached){e, 0}, 1);
        for (uint32_t i = 0; i < 40 && s == STATUS_OK; i++)
            s = flow_upsert(edges, &(edge){i % 7, i % 11, e + i});
        if (s == STATUS_OK) s = flow_commit(f);
    }
    flow_free(f);
    return s;
}

#ifndef TEST_TINY /* With tiny limits every batch is a large one, and those take scratch. */
static void count_rows(const void *row, int64_t weight, void *rows) {
    (void)row;
    *(int64_t *)rows += weight;
}

/* The same keys come and go in turn: once all have been seen, epochs take no memory. */
static void a_steady_state_allocates_nothing(void **state) {
    enum { WARM = 60, STEADY = 30, KEYS = 50 };
    int64_t rows = 0;
    status s = STATUS_OK;
    (void)state;
    flow *f = flow_new(5);
    flow_table *edges = flow_input_keyed(f, "edges", &edge_schema, FLOW_BY("from", "to"));
    flow_table *totals = flow_group(
        edges, FLOW_BY("from"), &total_schema,
        FLOW_REDUCERS({FLOW_COUNT, "edges", NULL}, {FLOW_SUM, "sum", "length"},
                      {FLOW_MAX, "longest", "length"}, {FLOW_MIN, "shortest", "length"}));
    flow_output(flow_top(totals, FLOW_NONE, FLOW_BY("-sum"), 3), count_rows, &rows);
    flow_output(
        flow_join(edges, FLOW_BY("to"), edges, FLOW_BY("from"), &edge_schema, two_steps, NULL),
        count_rows, &rows);
    for (uint32_t e = 0; e < WARM + STEADY && s == STATUS_OK; e++) {
        if (e == WARM) fail_alloc_begin(0, true);
        for (uint32_t i = 0; i < KEYS && s == STATUS_OK; i++)
            s = flow_upsert(edges, &(edge){i % 8, i % 9, (i + e) % 3});
        if (s == STATUS_OK) s = flow_commit(f);
    }
    uint64_t failed = fail_alloc_end();
    flow_free(f);
    assert_int_equal(failed, 0);
    assert_int_equal(s, STATUS_OK);
    assert_true(rows > 0);
}
#endif

static void survives_every_failed_allocation(void **state) {
    (void)state;
    assert_true(torture(build_and_step, NULL, 5000) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_follow_the_struct),
        cmocka_unit_test(a_group_keeps_count_sum_max_and_min),
        cmocka_unit_test(a_row_taken_back_before_it_came_is_an_error_until_it_comes),
        cmocka_unit_test(an_upsert_retracts_the_row_before),
        cmocka_unit_test(a_join_of_a_table_with_itself_meets_every_pair_once),
        cmocka_unit_test(joins_of_joins_do_not_multiply),
        cmocka_unit_test(an_anti_join_keeps_what_meets_nothing),
        cmocka_unit_test(a_top_shows_the_first_rows_of_each_group),
        cmocka_unit_test(a_loop_finds_shortest_paths_and_keeps_them),
        cmocka_unit_test(a_sum_that_does_not_fit_is_an_error_until_it_does),
        cmocka_unit_test(a_weight_too_large_to_be_joined_is_an_error_until_it_is_not),
        cmocka_unit_test(a_wrong_graph_says_what_is_wrong),
        cmocka_unit_test(a_table_that_was_refused_can_be_freed),
        cmocka_unit_test(a_table_that_was_refused_has_no_view),
        cmocka_unit_test(counters_and_hooks_follow_the_epochs),
#ifndef TEST_TINY
        cmocka_unit_test(a_steady_state_allocates_nothing),
#endif
        cmocka_unit_test(survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
