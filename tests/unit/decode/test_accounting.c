/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/base/buffer.h"
#include "pipeline/decode/accounting.h"
#include "pipeline/decode/dead_letter.h"
#include "pipeline/decode/decode.h"
#include "pipeline/decode/file_accounts.h"
#include "pipeline/decode/rejected.h"
#include "tests/support/fail_alloc.h"

static record_batch *decode(text bytes) {
    decoder *d = decoder_new();
    record_batch *b = record_batch_new();
    source_chunk *c = source_chunk_new(bytes.count);
    assert_true(d != NULL && b != NULL && c != NULL);
    memcpy(c->bytes, bytes.bytes, bytes.count);
    c->count = bytes.count;
    c->first_line = 1;
    assert_int_equal(decoder_run(d, c, b), STATUS_OK);
    source_chunk_free(c);
    decoder_free(d);
    return b;
}

static const char mixed[] = "{\"delete\":{\"status\":{\"id\":1}}}\n\nx\n{\"delete\":{\"status\":{"
                            "\"id\":2}}}\n[]\n{\"x\":1}\n"
                            "{\"created_at\":\"Wed Oct 10 20:19:24 +0000 "
                            "2018\",\"id\":12,\"text\":\"a\",\"user\":{\"id\":7}}\n"
                            "{\"created_at\":\"Wed Oct 10 20:19:24 +0000 "
                            "2018\",\"id\":12,\"text\":\"\\ud800\",\"user\":{\"id\":7}}\n"
                            "\"\xFF\"\n{\"delete\":{}}";

static void every_item_is_counted_once(void **state) {
    (void)state;
    record_batch *b = decode(text_of(mixed));
    accounting a = {0};
    buffer out = {0};
    accounting_add(&a, b);
    accounting_write_json(&a, &out);
    buffer_add_byte(&out, '\0');
    assert_string_equal(out.bytes,
                        "{\"items\":10,\"accepted\":1,\"repaired\":1,\"ignored\":5,\"rejected\":3,"
                        "\"ignored_by\":{\"blank\":1,\"delete\":2,\"empty_array\":1,\"unknown\":1},"
                        "\"rejected_by\":{\"invalid_json\":1,\"not_an_object\":1,\"no_id\":1},"
                        "\"repaired_by\":{\"lone_surrogate\":1}}\n");
    accounting_add(&a, b);
    assert_int_equal(a.items, 20);
    assert_int_equal(a.by_reason[REASON_DELETE], 4);
    buffer_deinit(&out);
    record_batch_free(b);
}

static void the_most_that_limit_notices_say_was_missed_is_kept(void **state) {
    (void)state;
    record_batch *b = decode(TEXT("{\"limit\":{\"track\":5}}\n{\"limit\":{\"track\":\"12\"}}\n"
                                  "{\"limit\":{\"track\":9}}\n{\"limit\":{}}\n"));
    accounting a = {0};
    accounting_add(&a, b);
    assert_int_equal(a.by_reason[REASON_LIMIT], 4);
    assert_int_equal(a.missed, 12);
    record_batch_free(b);
}

static const char *any_name(tweet_source *self, uint32_t file) {
    (void)self;
    return file == 0 ? "a \"file\"" : "other";
}

static text read_back(const char *path, buffer *out) {
    FILE *f = fopen(path, "r");
    int c;
    assert_non_null(f);
    buffer_clear(out);
    while ((c = getc(f)) != EOF) buffer_add_byte(out, (char)c);
    (void)fclose(f);
    return buffer_text(out);
}

static void rejected_items_are_kept_with_file_line_and_reason(void **state) {
    (void)state;
    char path[] = "/tmp/dunlin-dead-XXXXXX";
    int fd = mkstemp(path);
    tweet_source source = {.file_name = any_name};
    record_batch *b = decode(text_of(mixed));
    dead_letter *d = NULL;
    buffer found = {0};
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(dead_letter_open(path, &d), STATUS_OK);
    assert_int_equal(dead_letter_add(d, b, &source), STATUS_OK);
    assert_int_equal(dead_letter_count(d), 3);
    dead_letter_close(d);
    assert_true(text_equal(
        read_back(path, &found),
        TEXT(
            "{\"file\":\"a \\\"file\\\"\",\"line\":3,\"reason\":\"invalid_json\",\"bytes\":\"x\"}\n"
            "{\"file\":\"a "
            "\\\"file\\\"\",\"line\":9,\"reason\":\"not_an_object\",\"bytes_base64\":\"Iv8i\"}\n"
            "{\"file\":\"a "
            "\\\"file\\\"\",\"line\":10,\"reason\":\"no_id\",\"bytes\":\"{\\\"delete\\\":{}}\"}"
            "\n")));
    size_t count = found.count;
    assert_int_equal(dead_letter_open(path, &d), STATUS_OK); /* A second run appends. */
    assert_int_equal(dead_letter_add(d, b, &source), STATUS_OK);
    dead_letter_close(d);
    assert_int_equal(read_back(path, &found).count, 2 * count);
    record_batch_free(b);
    buffer_deinit(&found);
    (void)unlink(path);
}

static void base64_pads_as_rfc_4648_says(void **state) {
    (void)state;
    char path[] = "/tmp/dunlin-dead-XXXXXX";
    int fd = mkstemp(path);
    tweet_source source = {.file_name = any_name};
    record_batch *b = decode(TEXT("\xFF\n\xFF\xFE\n\xFF\xFE\xFD\n\xFF\xFE\xFD\xFC"));
    dead_letter *d = NULL;
    buffer found = {0};
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(dead_letter_open(path, &d), STATUS_OK);
    assert_int_equal(dead_letter_add(d, b, &source), STATUS_OK);
    dead_letter_close(d);
    (void)read_back(path, &found);
    buffer_add_byte(&found, '\0');
    assert_non_null(strstr(found.bytes, "\"/w==\""));
    assert_non_null(strstr(found.bytes, "\"//4=\""));
    assert_non_null(strstr(found.bytes, "\"//79\""));
    assert_non_null(strstr(found.bytes, "\"//79/A==\""));
    record_batch_free(b);
    buffer_deinit(&found);
    (void)unlink(path);
}

static void a_full_disk_is_told(void **state) {
    (void)state;
    tweet_source source = {.file_name = any_name};
    record_batch *b = decode(text_of(mixed));
    dead_letter *d = NULL;
    assert_int_equal(dead_letter_open("/nowhere/at/all", &d), STATUS_CANNOT_OPEN);
    assert_int_equal(dead_letter_open("/dev/full", &d), STATUS_OK);
    assert_int_equal(dead_letter_add(d, b, &source), STATUS_CANNOT_WRITE);
    assert_int_equal(dead_letter_count(d), 0);
    dead_letter_close(d);
    dead_letter_close(NULL);
    record_batch_free(b);
}

typedef struct {
    dead_letter *to;
    const record_batch *batch;
} writer;

static void *write_batches(void *context) {
    writer *w = context;
    tweet_source source = {.file_name = any_name};
    for (int i = 0; i < 50; i++) (void)dead_letter_add(w->to, w->batch, &source);
    return NULL;
}

static void threads_do_not_mix_their_lines(void **state) {
    (void)state;
    char path[] = "/tmp/dunlin-dead-XXXXXX";
    int fd = mkstemp(path);
    record_batch *b = decode(text_of(mixed));
    pthread_t threads[4];
    buffer found = {0};
    writer w = {NULL, b};
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(dead_letter_open(path, &w.to), STATUS_OK);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_batches, &w), 0);
    for (int i = 0; i < 4; i++) (void)pthread_join(threads[i], NULL);
    assert_int_equal(dead_letter_count(w.to), 600);
    dead_letter_close(w.to);
    text t = read_back(path, &found);
    size_t lines = 0;
    for (size_t i = 0; i + 1 < t.count; i++)
        if (t.bytes[i] == '\n' && ++lines > 0) assert_int_equal(t.bytes[i + 1], '{');
    assert_int_equal(lines, 599);
    record_batch_free(b);
    buffer_deinit(&found);
    (void)unlink(path);
}

static const char *written(buffer *out) {
    buffer_add_byte(out, '\0');
    return out->bytes;
}

static void the_last_rejected_items_can_be_looked_at(void **state) {
    (void)state;
    tweet_source source = {.file_name = any_name};
    record_batch *b = decode(text_of(mixed));
    rejected *r = rejected_new();
    buffer out = {0};
    json_writer w = json_to(&out);
    assert_non_null(r);
    rejected_add(r, b, &source);
    rejected_write_json(r, 2, &w);
    assert_string_equal(
        written(&out),
        "[{\"file\":\"a "
        "\\\"file\\\"\",\"line\":10,\"reason\":\"no_id\",\"bytes\":\"{\\\"delete\\\":{}}\"},"
        "{\"file\":\"a "
        "\\\"file\\\"\",\"line\":9,\"reason\":\"not_an_object\",\"bytes\":\"\\\"\xEF\xBF\xBD\\\"\"}"
        "]");
    for (int i = 0; i < 90; i++) rejected_add(r, b, &source);
    buffer_clear(&out);
    w = json_to(&out);
    rejected_write_json(r, SIZE_MAX, &w);
    size_t count = 0;
    for (const char *at = written(&out); (at = strstr(at, "\"reason\"")) != NULL; at++) count++;
    assert_int_equal(count, REJECTED_KEPT_MAX);
    rejected_free(r);
    rejected_free(NULL);
    record_batch_free(b);
    buffer_deinit(&out);
}

static const char *long_name(tweet_source *self, uint32_t file) {
    (void)self;
    (void)file;
    static char name[400];
    (void)snprintf(name, sizeof name, "%0300d/end", 0);
    return name;
}

static void a_long_rejected_item_is_cut_between_characters(void **state) {
    (void)state;
    tweet_source source = {.file_name = long_name};
    buffer bytes = {0}, out = {0};
    for (int i = 0; i < 400; i++) buffer_add(&bytes, TEXT("\xE2\x82\xAC")); /* Euro signs. */
    record_batch *b = decode(buffer_text(&bytes));
    rejected *r = rejected_new();
    json_writer w = json_to(&out);
    assert_non_null(r);
    rejected_add(r, b, &source);
    rejected_write_json(r, 1, &w);
    assert_null(strstr(written(&out), "\xEF\xBF\xBD"));
    assert_non_null(strstr(out.bytes, "0/end\",\"line\":1"));
    assert_true(out.count > REJECTED_BYTES_MAX);
    rejected_free(r);
    record_batch_free(b);
    buffer_deinit(&bytes);
    buffer_deinit(&out);
}

static status count_files(void *context) {
    tweet_source source = {.file_name = any_name};
    record_batch *b = context;
    file_accounts *f = file_accounts_new();
    status s = f == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    for (uint32_t file = 0; file < 4 && s == STATUS_OK; file += 3) {
        for (size_t i = 0; i < b->item_count; i++) b->items[i].file = file;
        s = file_accounts_add(f, b, &source);
    }
    buffer out = {0};
    json_writer w = json_to(&out);
    if (s == STATUS_OK) file_accounts_write_json(f, &w);
    if (s == STATUS_OK && out.failed) s = STATUS_NO_MEMORY;
    if (s == STATUS_OK) {
        buffer_add_byte(&out, '\0');
        if (!out.failed)
            assert_string_equal(out.bytes,
                                "[{\"name\":\"a \\\"file\\\"\",\"items\":10,\"accepted\":1,"
                                "\"repaired\":1,\"ignored\":5,\"rejected\":3},"
                                "{\"name\":\"other\",\"items\":10,\"accepted\":1,"
                                "\"repaired\":1,\"ignored\":5,\"rejected\":3}]");
    }
    buffer_deinit(&out);
    file_accounts_free(f);
    return s;
}

static void each_file_has_its_own_account(void **state) {
    (void)state;
    record_batch *b = decode(text_of(mixed));
    assert_true(torture(count_files, b, 100) > 0);
    file_accounts_free(NULL);
    record_batch_free(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_is_counted_once),
        cmocka_unit_test(the_most_that_limit_notices_say_was_missed_is_kept),
        cmocka_unit_test(rejected_items_are_kept_with_file_line_and_reason),
        cmocka_unit_test(base64_pads_as_rfc_4648_says),
        cmocka_unit_test(a_full_disk_is_told),
        cmocka_unit_test(the_last_rejected_items_can_be_looked_at),
        cmocka_unit_test(a_long_rejected_item_is_cut_between_characters),
        cmocka_unit_test(each_file_has_its_own_account),
        cmocka_unit_test(threads_do_not_mix_their_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
