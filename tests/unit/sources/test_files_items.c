/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/buffer.h"
#include "pipeline/sources/files_csv.h"
#include "pipeline/sources/files_items.h"
#include "pipeline/sources/files_probe.h"

/* An input that arrives `piece` bytes at a time. */
typedef struct {
    text left;
    size_t piece;
    bool is_ready;
    status failure; /* At its end. */
} pieces;

static status read_piece(void *context, char *to, size_t count, size_t *got, bool *is_ready) {
    pieces *p = context;
    *got = p->left.count < count ? p->left.count : count;
    if (*got > p->piece) *got = p->piece;
    if (*got > 0) memcpy(to, p->left.bytes, *got);
    p->left = text_slice(p->left, *got, p->left.count);
    *is_ready = p->is_ready;
    return *got == 0 ? p->failure : STATUS_OK;
}

/* All chunks, each as "NUMBER:bytes" with "|" after it; "..." for a long middle. */
static const char *split(text input, size_t chunk_bytes, size_t piece, buffer *out) {
    pieces p = {input, piece, true, STATUS_OK};
    item_splitter *s = item_splitter_new(read_piece, &p, chunk_bytes);
    source_chunk *c = NULL;
    buffer_clear(out);
    while (item_splitter_next(s, &c) == STATUS_OK) {
        text t = {c->bytes, c->count};
        for (int i = 0; i < SOURCE_PADDING_BYTES; i++)
            assert_int_equal(c->bytes[c->count + (size_t)i], 0);
        buffer_add_format(out, "%llu:", (unsigned long long)c->first_line);
        buffer_add(out, t.count <= 200 ? t : TEXT("..."));
        if (t.count > 200) buffer_add_u64(out, t.count);
        buffer_add_byte(out, '|');
        source_chunk_free(c);
    }
    item_splitter_free(s);
    buffer_add_byte(out, '\0');
    return out->bytes;
}

static void assert_splits(const char *input, size_t count, const char *expected) {
    buffer out = {0};
    for (size_t piece = 1; piece < 80; piece += piece < 8 ? 1 : 24) {
        const char *found = split((text){input, count}, 4096, piece, &out);
        if (strcmp(found, expected) != 0) print_error("in pieces of %zu\n", piece);
        assert_string_equal(found, expected);
    }
    buffer_deinit(&out);
}
static void long_line(buffer *b, size_t count, const char *before, const char *after) {
    buffer_clear(b);
    buffer_add(b, text_of(before));
    for (size_t i = 0; i < count; i++) buffer_add_byte(b, 'a');
    buffer_add(b, text_of(after));
}

#define ASSERT_SPLITS(input, expected) assert_splits((input), sizeof(input) - 1, (expected))

static void lines_pass_as_they_are(void **state) {
    (void)state;
    ASSERT_SPLITS("", "");
    ASSERT_SPLITS("{}\n{\"a\":1}\r\n\n \nx", "1:{}\n{\"a\":1}\r\n\n \nx|");
    ASSERT_SPLITS("\n\n", "1:\n\n|");
    ASSERT_SPLITS("no json\n[1]\n", "1:no json\n[1]\n|");
    ASSERT_SPLITS("{}\n[1,\n2]\n", "1:{}\n[1,\n2]\n|"); /* Only a document's start is looked at. */
}

static void a_byte_order_mark_is_the_files_not_the_lines(void **state) {
    (void)state;
    ASSERT_SPLITS("\xEF\xBB\xBF{}\n", "1:{}\n|");
    ASSERT_SPLITS("\xEF\xBB\xBF[1]", "1:1\n|");
    ASSERT_SPLITS("\xEF\xBB\xBF", "");
    ASSERT_SPLITS("{}\n\xEF\xBB\xBF{}\n", "1:{}\n\xEF\xBB\xBF{}\n|");
}

static void an_array_is_cut_into_its_elements(void **state) {
    (void)state;
    ASSERT_SPLITS("[{\"a\":[1,{}]},{\"b\":\"],[\\\"\"} ,3]",
                  "1:{\"a\":[1,{}]}\n{\"b\":\"],[\\\"\"} \n3\n|");
    ASSERT_SPLITS(" \n[\n  {\n    \"a\": 1\n  },\n  {}\n]\n", "1:{     \"a\": 1   }\n{} \n|");
    ASSERT_SPLITS("[]", "1:[]\n|");
    ASSERT_SPLITS("[ ]\n[1,2]\n{\"c\":1}\n\n", "1:[]\n1\n2\n|4:{\"c\":1}\n\n|");
}

static void so_are_the_statuses_of_a_search(void **state) {
    (void)state;
    ASSERT_SPLITS("{\"statuses\":[{\"a\":1},{\"a\":2}],\"search_metadata\":{\"q\":\"]}\\\"\"}}\n",
                  "1:{\"a\":1}\n{\"a\":2}\n|");
    ASSERT_SPLITS(
        "{\n \"search_metadata\": {\"n\": [1, \"}\"]},\n \"statuses\": [\n  {\"a\": 1}\n ]\n}\n",
        "1:{\"a\": 1}  \n|");
    ASSERT_SPLITS("{\"statuses\":[]}\n{\"statuses\":[1]}", "1:[]\n1\n|");
    ASSERT_SPLITS("{\"statuses\":{}}\n", "1:{\"statuses\":{}}\n|");
    ASSERT_SPLITS("{\"a\":{\"statuses\":[1]}}\n", "1:{\"a\":{\"statuses\":[1]}}\n|");
    ASSERT_SPLITS("{\"a\":\"cut off\n{\"statuses\":[1]}\n",
                  "1:{\"a\":\"cut off\n{\"statuses\":[1]}\n|");
}

static void what_is_no_array_is_seen_as_an_error(void **state) {
    (void)state;
    ASSERT_SPLITS("[", "1:[\n|");
    ASSERT_SPLITS("[1", "1:1\n|");
    ASSERT_SPLITS("[,1]", "1:,\n1\n|");
    ASSERT_SPLITS("[1 2", "1:1 2\n|");
    ASSERT_SPLITS("[{\"a\":\"b\nc\"}]\nd\n", "1:{\"a\":\"b\n|2:c\"}]\nd\n|");
    ASSERT_SPLITS("[{\"a\":\"b\\\nc\"}]\n", "1:{\"a\":\"b\\\n|2:c\"}]\n|");
    ASSERT_SPLITS("[1] x\ny", "1:1\n|2:x\ny|");
    ASSERT_SPLITS("{\"statuses\":[1],\"a\":\"b\n{}\n", "1:1\n|2:{}\n|");
}

static void objects_over_several_lines_or_several_on_one_are_items(void **state) {
    (void)state;
    ASSERT_SPLITS("{\n  \"a\": {\n    \"b\": \"}{\"\n  }\n}\n{\n  \"c\": 1\n}\n",
                  "1:{   \"a\": {     \"b\": \"}{\"   } }\n{   \"c\": 1 }\n|");
    ASSERT_SPLITS("{\n\"data\": [\n{\"id\": 1}\n]\n},\n{\n\"x\":{}}",
                  "1:{ \"data\": [ {\"id\": 1} ] }\n{ \"x\":{}}\n|");
    ASSERT_SPLITS("{\"a\":1}{\"b\":2} {\"c\":3}\n", "1:{\"a\":1}\n{\"b\":2}\n{\"c\":3}\n|");
    ASSERT_SPLITS("{\n \"a\": 1,\n", "1:{  \"a\": 1, \n|"); /* Cut off. */
    ASSERT_SPLITS("{\"a\":[1,\n{\"b\":2}\n{\"c\":3}\n", "1:{\"a\":[1,\n{\"b\":2}\n{\"c\":3}\n|");
    ASSERT_SPLITS("{\n \"a\": \"b\nc\"}\n", "1:{\n \"a\": \"b\nc\"}\n|");
    ASSERT_SPLITS("{no key = [\n  {\n", "1:{no key = [\n  {\n|");
}

static void variables_set_to_arrays_are_archives(void **state) {
    (void)state;
    ASSERT_SPLITS("window.YTD.tweets.part0 = [\n  {\n    \"tweet\" : {}\n  },\n  {}\n]\n",
                  "1:{     \"tweet\" : {}   }\n{} \n|");
    ASSERT_SPLITS("Grailbird.data.tweets_2012_11 = \n [ {\"a\":1} ]", "1:{\"a\":1} \n|");
    ASSERT_SPLITS("var details =  {\n \"id\": 1\n};\n", "1:{  \"id\": 1 }\n|");
    ASSERT_SPLITS("window.YTD.a.part0 = []\nwindow.YTD.a.part1 = [1];\n", "1:[]\n1\n|");
    ASSERT_SPLITS("a = b\n", "1:a = b\n|");
    ASSERT_SPLITS("12 = [1]\n", "1:12 = [1]\n|");
}

static void note_owner(void *context, text name, buffer *members) {
    (void)context;
    if (text_starts_with(name, TEXT("window.YTD.tweets"))) buffer_add(members, TEXT("\"o\":{},"));
}

static void an_owner_is_named_in_each_object_of_an_archive(void **state) {
    (void)state;
    pieces p = {TEXT("window.YTD.tweets.part0 = [{\"a\":{\"b\":1}}, {\"c\":2},3]\n[{\"d\":4}]"), 1,
                true, STATUS_OK};
    item_splitter *s = item_splitter_new(read_piece, &p, 4096);
    source_chunk *c = NULL;
    item_splitter_set_owner(s, note_owner, NULL);
    assert_int_equal(item_splitter_next(s, &c), STATUS_OK);
    assert_true(text_equal((text){c->bytes, c->count},
                           TEXT("{\"o\":{},\"a\":{\"b\":1}}\n{\"o\":{},\"c\":2}\n3\n{\"d\":4}\n")));
    source_chunk_free(c);
    item_splitter_free(s);
}

static void a_table_becomes_lines_of_json(void **state) {
    (void)state;
    ASSERT_SPLITS(
        "id,text,author.name\n1,\"a \"\"b\"\",\nc\",d\r\n2,,\n",
        "2:{\"csv\":{\"id\":\"1\",\"text\":\"a \\\"b\\\",\\u000ac\",\"author.name\":\"d\"}}\n"
        "{\"csv\":{\"id\":\"2\"}}\n|");
    ASSERT_SPLITS(
        "\xEF\xBB\xBF\"id\";\"entities.urls\"\n1;\"[{\"\"url\"\":\"\"]\"\"}]\"\n2;[{'a'}]",
        "2:{\"csv\":{\"id\":\"1\",\"entities.urls\":[{\"url\":\"]\"}]}}\n"
        "{\"csv\":{\"id\":\"2\",\"entities.urls\":\"[{'a'}]\"}}\n|");
    ASSERT_SPLITS("tweet_id\ttext\n1\n1\t\\\t3\n\n",
                  "2:{\"csv\":{\"tweet_id\":\"1\"},\"bad_row\":\"not as many cells as columns\"}\n"
                  "{\"csv\":{\"tweet_id\":\"1\",\"text\":\"\\\\\"},\"bad_row\":\"not as many cells "
                  "as columns\"}\n\n|");
    ASSERT_SPLITS("id,text\n1,\"a\nb\n",
                  "2:{\"csv\":{\"id\":\"1\"},\"bad_row\":\"a quoted cell without an end\"}\n|");
    ASSERT_SPLITS("id", "");
    ASSERT_SPLITS("identity,text\n1,2\n", "1:identity,text\n1,2\n|");
}

static void a_quoted_cell_without_an_end_costs_no_more_than_a_cell(void **state) {
    (void)state;
    buffer in = {0}, out = {0};
    long_line(&in, CSV_CELL_BYTES_MAX + 10, "id,text\n1,\"b\n", "\n2,c\n");
    assert_string_equal(split(buffer_text(&in), 300, 4096, &out),
                        "2:{\"csv\":{\"id\":\"1\"},\"bad_row\":\"a quoted cell without an end\"}\n"
                        "{\"csv\":{\"id\":\"2\",\"text\":\"c\"}}\n|");
    buffer_deinit(&in);
    buffer_deinit(&out);
}

static void utf16_is_translated_and_marked(void **state) {
    (void)state;
    static const char little[] =
        "\xFF\xFE{\0\"\0\xE9\0\"\0:\0\"\0\x3D\xD8\0\xDE\"\0}\0\n\0\x3D\xD8";
    static const char big[] = "\0[\0\"\x20\xAC\0\"\0]";
    ASSERT_SPLITS(little, "1:{\"\xC3\xA9\":\"\xF0\x9F\x98\x80\"}\n\xEF\xBF\xBD|");
    assert_splits(big, sizeof big - 1, "1:\"\xE2\x82\xAC\"\n|");
    pieces p = {{big, sizeof big - 1}, 100, true, STATUS_OK};
    item_splitter *s = item_splitter_new(read_piece, &p, 4096);
    source_chunk *c = NULL;
    assert_int_equal(item_splitter_next(s, &c), STATUS_OK);
    assert_true(c->was_utf16);
    source_chunk_free(c);
    item_splitter_free(s);
}

static void chunks_end_with_a_line_and_count_on(void **state) {
    (void)state;
    buffer in = {0}, out = {0};
    for (int i = 0; i < 10; i++) buffer_add(&in, TEXT("{\"a\":\"0123456789\"}\n"));
    assert_string_equal(
        split(buffer_text(&in), 64, 1000, &out),
        "1:{\"a\":\"0123456789\"}\n{\"a\":\"0123456789\"}\n{\"a\":\"0123456789\"}\n|"
        "4:{\"a\":\"0123456789\"}\n{\"a\":\"0123456789\"}\n{\"a\":\"0123456789\"}\n|"
        "7:{\"a\":\"0123456789\"}\n{\"a\":\"0123456789\"}\n{\"a\":\"0123456789\"}\n"
        "{\"a\":\"0123456789\"}\n|");
    buffer_deinit(&in);
    buffer_deinit(&out);
}

static void a_line_over_the_limit_is_cut_and_read_past(void **state) {
    (void)state;
    buffer in = {0}, out = {0};
    long_line(&in, SOURCE_LINE_BYTES_MAX, "x\n", "\n");
    assert_string_equal(split(buffer_text(&in), 300, 4096, &out), "1:x\n|2:...4194305|");
    long_line(&in, (size_t)2 * SOURCE_LINE_BYTES_MAX, "x\n", "\ny\n");
    assert_string_equal(split(buffer_text(&in), 300, 4096, &out), "1:x\n|2:...4194305|3:y\n|");
    long_line(&in, (size_t)5 * SOURCE_LINE_BYTES_MAX, "x\n", "");
    assert_string_equal(split(buffer_text(&in), 300, 4096, &out), "1:x\n|2:...4194305|");
    long_line(&in, (size_t)3 * SOURCE_LINE_BYTES_MAX, "[1,\"", "\",2]");
    assert_string_equal(split(buffer_text(&in), 300, 4096, &out), "1:...4194308|3:2\n|");
    buffer_deinit(&in);
    buffer_deinit(&out);
}

static void a_slow_pipe_gives_what_it_has(void **state) {
    (void)state;
    pieces p = {TEXT("{\"a\":1}\n{\"b\""), 12, false, STATUS_OK};
    item_splitter *s = item_splitter_new(read_piece, &p, 4096);
    source_chunk *c = NULL;
    assert_int_equal(item_splitter_next(s, &c), STATUS_OK);
    assert_true(text_equal((text){c->bytes, c->count}, TEXT("{\"a\":1}\n")));
    source_chunk_free(c);
    item_splitter_free(s);
}

static void a_failure_is_told_after_what_was_good(void **state) {
    (void)state;
    pieces p = {TEXT("{\"a\":1}\n{\"b\""), 100, true, STATUS_BAD_DATA};
    item_splitter *s = item_splitter_new(read_piece, &p, 4096);
    source_chunk *c = NULL;
    assert_int_equal(item_splitter_next(s, &c), STATUS_OK);
    assert_int_equal(c->count, 12);
    source_chunk_free(c);
    assert_int_equal(item_splitter_next(s, &c), STATUS_BAD_DATA);
    item_splitter_free(s);
}

static void assert_time(text line, int64_t expected) {
    int64_t ms = 0;
    if (!json_probe_time(line, &ms)) ms = -1;
    assert_int_equal(ms, expected);
}

static void the_time_of_a_line_is_found_wherever_it_stands(void **state) {
    (void)state;
    assert_time(TEXT("{\"created_at\":\"Wed Oct 10 20:19:24 +0000 2018\"}"), 1539202764000);
    assert_time(
        TEXT("{\"user\":{\"created_at\":\"Wed Oct 10 20:19:24 +0000 2010\"},\"x\":[{\"a\":\"}\"}],"
             "\"created_at\" : \"Wed Oct 10 20:19:24 +0000 2018\"}"),
        1539202764000);
    assert_time(TEXT("{\"created_at\":\"Wed Oct 10 20:19:24 +0000 "
                     "2018\",\"timestamp_ms\":\"1539202764555\"}"),
                1539202764555);
    assert_time(TEXT("{\"includes\":{\"created_at\":\"2020-01-01T00:00:00Z\"},\"data\":{\"a\":{},"
                     "\"created_at\":\"2018-10-10T20:19:24.000Z\"}}\n"),
                1539202764000);
    assert_time(TEXT("{\"tweet\":{\"created_at\":\"2018-10-10T20:19:24.000Z\"}}"), 1539202764000);
    assert_time(TEXT("{\"delete\":{\"status\":{},\"timestamp_ms\":\"1539202764555\"}}"),
                1539202764555);
    assert_time(TEXT("{\"created_at\":1539202764555}"), 1539202764555);
    assert_time(TEXT("{\"delete\":{\"status\":{\"id\":1}}}"), -1);
    assert_time(TEXT("{\"created_at\":\"soon\"}"), -1);
    assert_time(TEXT("{\"created_at\":"), -1);
    assert_time(TEXT("{\"created_at"), -1);
    assert_time(TEXT("[]"), -1);
    assert_time(TEXT(""), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_pass_as_they_are),
        cmocka_unit_test(a_byte_order_mark_is_the_files_not_the_lines),
        cmocka_unit_test(an_array_is_cut_into_its_elements),
        cmocka_unit_test(so_are_the_statuses_of_a_search),
        cmocka_unit_test(what_is_no_array_is_seen_as_an_error),
        cmocka_unit_test(objects_over_several_lines_or_several_on_one_are_items),
        cmocka_unit_test(variables_set_to_arrays_are_archives),
        cmocka_unit_test(an_owner_is_named_in_each_object_of_an_archive),
        cmocka_unit_test(a_table_becomes_lines_of_json),
        cmocka_unit_test(a_quoted_cell_without_an_end_costs_no_more_than_a_cell),
        cmocka_unit_test(utf16_is_translated_and_marked),
        cmocka_unit_test(chunks_end_with_a_line_and_count_on),
        cmocka_unit_test(a_line_over_the_limit_is_cut_and_read_past),
        cmocka_unit_test(a_slow_pipe_gives_what_it_has),
        cmocka_unit_test(a_failure_is_told_after_what_was_good),
        cmocka_unit_test(the_time_of_a_line_is_found_wherever_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
