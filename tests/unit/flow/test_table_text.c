/* SPDX-License-Identifier: MIT */
/* Tables as CSV and JSON lines: rows read back as they were written, and whatever else
 * comes is a row, a bad line with its number and reason, or nothing. */
#include "pipeline/flow/table_text.h"
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
#define ALL_ROW(X) X(i128, a) X(u64, b) X(i64, c) X(u32, d) X(i32, e) X(u16, f) X(u16, g) X(u32, h)
FLOW_ROW(all, ALL_ROW)
FLOW_SCHEMA(all, ALL_ROW)
#define BYTE_ROW(X) X(u8, small)
FLOW_ROW(byte, BYTE_ROW)
FLOW_SCHEMA(byte, BYTE_ROW)

static const flow_text csv = {FLOW_CSV, &edge_schema, false};
static const flow_text json = {FLOW_JSON_LINES, &edge_schema, false};

static status take_held(const void *row, int64_t weight, void *held_rows) {
    hold(row, weight, held_rows);
    return STATUS_OK;
}

/* Reads a text whole and in pieces of every size up to 9; all must give the same. */
typedef struct {
    held rows;
    flow_bad_line bad[16];
    size_t bad_count;
    flow_text_counts counts;
    status result;
} reading;

static reading read_in_pieces(const flow_text *t, const char *bytes, size_t count, size_t piece) {
    reading r = {.rows = {.row_bytes = t->schema->row_bytes}};
    flow_text_reader *reader = flow_text_reader_new(t, take_held, &r.rows);
    assert_non_null(reader);
    for (size_t at = 0; at < count; at += piece)
        r.result = flow_text_push(reader, bytes + at, count - at < piece ? count - at : piece);
    r.result = flow_text_end(reader);
    r.counts = flow_text_counted(reader);
    const flow_bad_line *bad = flow_text_bad_lines(reader, &r.bad_count);
    for (size_t i = 0; i < r.bad_count && i < 16; i++) r.bad[i] = bad[i];
    flow_text_reader_free(reader);
    return r;
}

static reading read_text(const flow_text *t, const char *bytes) {
    size_t count = strlen(bytes);
    reading whole = read_in_pieces(t, bytes, count, count + 1);
    for (size_t piece = 1; piece < 10; piece++) {
        reading r = read_in_pieces(t, bytes, count, piece);
        assert_int_equal(r.result, whole.result);
        assert_memory_equal(&r.rows, &whole.rows, sizeof r.rows);
        assert_memory_equal(r.bad, whole.bad, sizeof r.bad);
        assert_memory_equal(&r.counts, &whole.counts, sizeof r.counts);
    }
    return whole;
}

static void expect_bad(const reading *r, size_t i, uint64_t line, const char *reason,
                       const char *column) {
    assert_true(i < r->bad_count);
    assert_int_equal(r->bad[i].line, line);
    assert_string_equal(r->bad[i].reason, reason);
    if (column == NULL)
        assert_null(r->bad[i].column);
    else
        assert_string_equal(r->bad[i].column, column);
}

/* ---- Round trips ---- */

static void comes_back(flow_text_format format, bool has_weights) {
    flow_text t = {format, &all_schema, has_weights};
    flow_i128 most = (((flow_i128)1 << 126) - 1) * 2 + 1;
    all rows[] = {
        {0, 0, 0, 0, 0, 0, 0, 0},
        {most, UINT64_MAX, INT64_MAX, UINT32_MAX, INT32_MAX, UINT16_MAX, 1, 7},
        {-most - 1, 1, INT64_MIN, 0, INT32_MIN, 0, UINT16_MAX, 9},
    };
    int64_t weights[] = {1, INT64_MIN, INT64_MAX};
    held expected = {.row_bytes = sizeof(all)};
    buffer out = {0};
    flow_text_header(&t, &out);
    for (size_t i = 0; i < 3; i++) {
        flow_text_row(&t, &rows[i], weights[i], &out);
        hold(&rows[i], has_weights ? weights[i] : 1, &expected);
    }
    buffer_add_byte(&out, '\0');
    reading r = read_text(&t, out.bytes);
    assert_int_equal(r.result, STATUS_OK);
    assert_int_equal(r.counts.rows, 3);
    assert_int_equal(r.counts.bad, 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(weight_of(&r.rows, &rows[i]), weight_of(&expected, &rows[i]));
    buffer_deinit(&out);
}

static void every_row_reads_back_as_it_was_written(void **state) {
    (void)state;
    comes_back(FLOW_CSV, false);
    comes_back(FLOW_CSV, true);
    comes_back(FLOW_JSON_LINES, false);
    comes_back(FLOW_JSON_LINES, true);
}

static void what_is_written_is_plain(void **state) {
    flow_text weighed = {FLOW_CSV, &edge_schema, true};
    flow_text members = {FLOW_JSON_LINES, &edge_schema, true};
    buffer out = {0};
    (void)state;
    flow_text_header(&weighed, &out);
    flow_text_row(&weighed, &(edge){1, 2, -3}, -1, &out);
    flow_text_header(&members, &out);
    flow_text_row(&members, &(edge){1, 2, -3}, -1, &out);
    flow_text_row(&json, &(edge){4, 5, 6}, 1, &out);
    buffer_add_byte(&out, '\0');
    assert_string_equal(out.bytes, "from,to,length,_weight\r\n1,2,-3,-1\r\n"
                                   "{\"from\":1,\"to\":2,\"length\":-3,\"_weight\":-1}\n"
                                   "{\"from\":4,\"to\":5,\"length\":6}\n");
    buffer_deinit(&out);
}

static status push_row(const void *row, int64_t weight, void *input) {
    return flow_push(input, row, weight);
}

static void a_table_is_read_into_a_graph_and_written_from_it(void **state) {
    flow_text weighed = {FLOW_CSV, &edge_schema, true};
    held h = {.row_bytes = sizeof(edge)};
    const char *bytes = "from,to,length,_weight\n1,2,3,2\n4,5,6,1\n1,2,3,-1\n";
    (void)state;
    flow *f = flow_new(1);
    flow_table *edges = flow_input(f, "edges", &edge_schema);
    flow_output(edges, hold, &h);
    flow_text_reader *reader = flow_text_reader_new(&weighed, push_row, edges);
    assert_int_equal(flow_text_push(reader, bytes, strlen(bytes)), STATUS_OK);
    assert_int_equal(flow_text_end(reader), STATUS_OK);
    commit(f);
    assert_int_equal(h.count, 2);
    assert_int_equal(weight_of(&h, &(edge){1, 2, 3}), 1);
    flow_text_reader_free(reader);
    flow_free(f);
}

/* ---- What others write ---- */

static void a_csv_may_have_other_columns_orders_quotes_and_newlines(void **state) {
    (void)state;
    reading r = read_text(&csv, "\xEF\xBB\xBF\"length\",name,from,to,\r\n"
                                "-3,\"Ann \"\"the, comma\"\"\r\nand a newline\",1,\"2\",\r\n"
                                "\r\n"
                                "7,5\" tall,0002,3,x");
    assert_int_equal(r.result, STATUS_OK);
    assert_int_equal(r.counts.bad, 0);
    assert_int_equal(r.counts.rows, 2);
    assert_int_equal(weight_of(&r.rows, &(edge){1, 2, -3}), 1);
    assert_int_equal(weight_of(&r.rows, &(edge){2, 3, 7}), 1);
}

static void a_json_line_may_have_other_members_of_any_kind(void **state) {
    (void)state;
    reading r = read_text(
        &json, "\xEF\xBB\xBF { \"a\" : [1, -2.5e+3, {\"b\": [], \"c\": {}}, null, true, false] ,\t"
               "\"fr\\u006fm\": 1, \"to\":\"2\", \"\\ud83d\\ude00\":\"\\\"\\\\\\n\","
               "\"length\":-3 } \r\n\n"
               "{\"from\":4,\"to\":5,\"length\":6}");
    assert_int_equal(r.counts.bad, 0);
    assert_int_equal(r.counts.rows, 2);
    assert_int_equal(weight_of(&r.rows, &(edge){1, 2, -3}), 1);
    assert_int_equal(weight_of(&r.rows, &(edge){4, 5, 6}), 1);
}

static void a_csv_says_which_lines_are_bad_and_why(void **state) {
    (void)state;
    reading r = read_text(&csv, "from,to,length\n"
                                "1,2,3\n"
                                "1,2\n"
                                "1,2,3,4\n"
                                "1,2,three\n"
                                "-1,2,3\n"
                                "4294967296,2,3\n"
                                "1,,3\n"
                                "\"1\"x,2,3\n"
                                "1,2,99999999999999999999999999999999999999999\n"
                                "1,2,1.0\n"
                                "=1,2,3\n"
                                "1,2,-\n"
                                "1,2,4\n"
                                "1,2,\"5\n");
    assert_int_equal(r.result, STATUS_OK);
    assert_int_equal(r.counts.rows, 2);
    assert_int_equal(r.counts.bad, 12);
    expect_bad(&r, 0, 3, "fewer values than columns", NULL);
    expect_bad(&r, 1, 4, "more values than columns", NULL);
    expect_bad(&r, 2, 5, "not a whole number", "length");
    expect_bad(&r, 3, 6, "a number that does not fit its column", "from");
    expect_bad(&r, 4, 7, "a number that does not fit its column", "from");
    expect_bad(&r, 5, 8, "not a whole number", "to");
    expect_bad(&r, 6, 9, "text behind a quoted value", NULL);
    expect_bad(&r, 7, 10, "a number that does not fit its column", "length");
    expect_bad(&r, 8, 11, "not a whole number", "length");
    expect_bad(&r, 9, 12, "not a whole number", "from");
    expect_bad(&r, 10, 13, "not a whole number", "length");
    expect_bad(&r, 11, 15, "a quote that is not closed", NULL);
}

static void json_lines_say_which_are_bad_and_why(void **state) {
    (void)state;
    reading r = read_text(&json, "{\"from\":1,\"to\":2,\"length\":3}\n"
                                 "[1,2,3]\n"
                                 "{\"from\":1,\"to\":2,\"length\":3}x\n"
                                 "{\"from\":1,\"to\":2}\n"
                                 "{\"from\":1,\"to\":2,\"length\":null}\n"
                                 "{\"from\":1,\"to\":2,\"length\":3,\"from\":1}\n"
                                 "{\"from\":1,\"to\":2,\"length\":3e2}\n"
                                 "{\"from\":1,\"to\":2,\"length\":03}\n"
                                 "{\"from\":\"x\",\"to\":2,\"length\":3}\n"
                                 "{\"from\":1,\"to\":2,\"length\":3,}\n"
                                 "{\"from\":1,\"to\":2,\"length\":[3}\n"
                                 "{\"from\":-1,\"to\":2,\"length\":3}\n"
                                 "{\"from\":1,\"to\":2,\"length\":3");
    assert_int_equal(r.counts.rows, 1);
    assert_int_equal(r.counts.bad, 12);
    expect_bad(&r, 0, 2, "not a JSON object", NULL);
    expect_bad(&r, 1, 3, "not a JSON object", NULL);
    expect_bad(&r, 2, 4, "a column is missing", "length");
    expect_bad(&r, 3, 5, "not a whole number", "length");
    expect_bad(&r, 4, 6, "a column is there twice", "from");
    expect_bad(&r, 5, 7, "not a whole number", "length");
    expect_bad(&r, 6, 8, "not a JSON object", NULL);
    expect_bad(&r, 7, 9, "not a whole number", "from");
    expect_bad(&r, 8, 10, "not a JSON object", NULL);
    expect_bad(&r, 9, 11, "not a JSON object", NULL);
    expect_bad(&r, 10, 12, "a number that does not fit its column", "from");
    expect_bad(&r, 11, 13, "not a JSON object", NULL);
}

static void a_csv_of_another_table_is_refused(void **state) {
    flow_text weighed = {FLOW_CSV, &edge_schema, true};
    (void)state;
    reading r = read_text(&csv, "from,length\n1,2\n");
    assert_int_equal(r.result, STATUS_BAD_FORMAT);
    assert_int_equal(r.counts.rows, 0);
    expect_bad(&r, 0, 1, "a column is missing", "to");
    r = read_text(&csv, "\nfrom,to,length,to\n1,2,3,4\n");
    assert_int_equal(r.result, STATUS_BAD_FORMAT);
    expect_bad(&r, 0, 2, "a column is there twice", "to");
    r = read_text(&weighed, "from,to,length\n1,2,3\n");
    assert_int_equal(r.result, STATUS_BAD_FORMAT);
    expect_bad(&r, 0, 1, "a column is missing", "_weight");
    r = read_text(&csv, "from,to,length,\"\n");
    assert_int_equal(r.result, STATUS_BAD_FORMAT);
    expect_bad(&r, 0, 1, "a quote that is not closed", NULL);
    r = read_text(&csv, "");
    assert_int_equal(r.result, STATUS_OK);
    assert_int_equal(r.counts.rows + r.counts.bad, 0);
}

/* ---- Hostile input ---- */

/* `first`, so many times `repeated`, `last`. */
static reading read_long(const flow_text *t, const char *first, char repeated, size_t times,
                         const char *last) {
    buffer all_bytes = {0};
    buffer_add(&all_bytes, text_of(first));
    for (size_t i = 0; i < times; i++) buffer_add_byte(&all_bytes, repeated);
    buffer_add(&all_bytes, text_of(last));
    reading whole = read_in_pieces(t, all_bytes.bytes, all_bytes.count, all_bytes.count);
    reading pieces = read_in_pieces(t, all_bytes.bytes, all_bytes.count, 997);
    assert_memory_equal(&whole.rows, &pieces.rows, sizeof whole.rows);
    assert_memory_equal(&whole.bad, &pieces.bad, sizeof whole.bad);
    buffer_deinit(&all_bytes);
    return whole;
}

static void a_line_without_end_is_one_bad_line(void **state) {
    (void)state;
    reading r = read_long(&csv, "from,to,length\n1,2,", '3', 1 << 20, "\n4,5,6\n");
    assert_int_equal(r.counts.rows, 1);
    expect_bad(&r, 0, 2, "a line over 65,536 bytes", NULL);
    r = read_long(&json, "{\"", 'x', FLOW_LINE_BYTES_MAX, "\":1}\n");
    assert_int_equal(r.counts.bad, 1);
    expect_bad(&r, 0, 1, "a line over 65,536 bytes", NULL);
    r = read_long(&csv, "", 'x', 1 << 20, "\n1,2,3\n");
    assert_int_equal(r.result, STATUS_BAD_FORMAT);
}

static void a_quote_that_nobody_closes_ends_with_the_longest_line(void **state) {
    (void)state;
    reading r = read_long(&csv, "from,to,length\n1,2,\"", '\n', FLOW_LINE_BYTES_MAX, "4,5,6\n");
    assert_int_equal(r.counts.rows, 1);
    assert_int_equal(r.counts.bad, 1);
    assert_int_equal(weight_of(&r.rows, &(edge){4, 5, 6}), 1);
}

static void json_of_any_depth_is_refused_without_a_crash(void **state) {
    (void)state;
    reading r = read_long(&json, "{\"x\":", '[', 60000, "\n{\"from\":1,\"to\":2,\"length\":3}\n");
    assert_int_equal(r.counts.rows, 1);
    expect_bad(&r, 0, 1, "not a JSON object", NULL);
}

static void of_many_bad_lines_the_first_are_kept_and_all_counted(void **state) {
    flow_text t = {FLOW_JSON_LINES, &byte_schema, false};
    size_t count;
    held rows = {.row_bytes = sizeof(byte)};
    (void)state;
    flow_text_reader *reader = flow_text_reader_new(&t, take_held, &rows);
    for (int i = 0; i < FLOW_BAD_LINES_MAX + 7; i++)
        assert_int_equal(flow_text_push(reader, "{}\n", 3), STATUS_OK);
    assert_int_equal(flow_text_counted(reader).bad, FLOW_BAD_LINES_MAX + 7);
    const flow_bad_line *bad = flow_text_bad_lines(reader, &count);
    assert_int_equal(count, FLOW_BAD_LINES_MAX);
    assert_int_equal(bad[count - 1].line, FLOW_BAD_LINES_MAX);
    flow_text_reader_free(reader);
}

static status refuse_the_second(const void *row, int64_t weight, void *context) {
    (void)row;
    (void)weight;
    return ++*(int *)context == 2 ? STATUS_STOPPED : STATUS_OK;
}

static void the_taker_can_end_the_reading(void **state) {
    int taken = 0;
    const char *bytes = "from,to,length\n1,2,3\n1,2,3\n1,2,3\n";
    (void)state;
    flow_text_reader *reader = flow_text_reader_new(&csv, refuse_the_second, &taken);
    assert_int_equal(flow_text_push(reader, bytes, strlen(bytes)), STATUS_STOPPED);
    assert_int_equal(flow_text_push(reader, bytes, strlen(bytes)), STATUS_STOPPED);
    assert_int_equal(flow_text_end(reader), STATUS_STOPPED);
    assert_int_equal(taken, 2);
    flow_text_reader_free(reader);
}

/* ---- Failed allocations ---- */

static status write_and_read(void *context) {
    const flow_text *t = context;
    held rows = {.row_bytes = sizeof(edge)};
    buffer out = {0};
    flow_text_header(t, &out);
    for (uint32_t i = 0; i < 20; i++) flow_text_row(t, &(edge){i, 2, 3}, 1, &out);
    for (int i = 0; i < 20; i++) buffer_add(&out, TEXT("bad\n"));
    status s = out.failed ? STATUS_NO_MEMORY : STATUS_OK;
    flow_text_reader *reader = flow_text_reader_new(t, take_held, &rows);
    if (reader == NULL) s = STATUS_NO_MEMORY;
    if (s == STATUS_OK) s = flow_text_push(reader, out.bytes, out.count);
    if (s == STATUS_OK) s = flow_text_end(reader);
    flow_text_reader_free(reader);
    buffer_deinit(&out);
    return s;
}

static void survives_every_failed_allocation(void **state) {
    (void)state;
    assert_true(torture(write_and_read, (void *)(uintptr_t)&csv, 1000) > 0);
    assert_true(torture(write_and_read, (void *)(uintptr_t)&json, 1000) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_reads_back_as_it_was_written),
        cmocka_unit_test(what_is_written_is_plain),
        cmocka_unit_test(a_table_is_read_into_a_graph_and_written_from_it),
        cmocka_unit_test(a_csv_may_have_other_columns_orders_quotes_and_newlines),
        cmocka_unit_test(a_json_line_may_have_other_members_of_any_kind),
        cmocka_unit_test(a_csv_says_which_lines_are_bad_and_why),
        cmocka_unit_test(json_lines_say_which_are_bad_and_why),
        cmocka_unit_test(a_csv_of_another_table_is_refused),
        cmocka_unit_test(a_line_without_end_is_one_bad_line),
        cmocka_unit_test(a_quote_that_nobody_closes_ends_with_the_longest_line),
        cmocka_unit_test(json_of_any_depth_is_refused_without_a_crash),
        cmocka_unit_test(of_many_bad_lines_the_first_are_kept_and_all_counted),
        cmocka_unit_test(the_taker_can_end_the_reading),
        cmocka_unit_test(survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
