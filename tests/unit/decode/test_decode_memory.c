/* SPDX-License-Identifier: MIT */
/* Decoding and reading files with every allocation failing once: jansson's too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/base/log.h"
#include "pipeline/decode/accounting.h"
#include "pipeline/decode/decode.h"
#include "pipeline/sources/files.h"
#include "tests/support/fail_alloc.h"

enum { ALLOCATIONS_MAX = 5000 };

static const char lines[] =
    "{\"created_at\":\"Wed Jul 04 12:00:00 +0000 2012\",\"id_str\":\"11\",\"id\":11,\"text\":\"a "
    "wader\","
    "\"user\":{\"id_str\":\"1\",\"id\":1,\"screen_name\":\"ada\",\"name\":\"Ada\",\"location\":"
    "\"Texel\","
    "\"followers_count\":5,\"statuses_count\":9}}\n"
    "{\"created_at\":\"Wed Jul 04 12:00:01 +0000 "
    "2012\",\"id_str\":\"12\",\"id\":12,\"text\":\"RT\","
    "\"user\":{\"id_str\":\"2\",\"id\":2,\"screen_name\":\"bob\",\"followers_count\":5,\"statuses_"
    "count\":9},"
    "\"retweeted_status\":{\"created_at\":\"Wed Jul 04 11:00:00 +0000 "
    "2012\",\"id_str\":\"10\",\"id\":10,"
    "\"text\":\"caf\\u00e9\",\"entities\":{\"hashtags\":[{\"text\":\"one\"},{\"text\":\"two\"}]},"
    "\"user\":{\"id_str\":\"3\",\"id\":3,\"screen_name\":\"eve\"}}}\n"
    "{\"delete\":{\"status\":{\"id_str\":\"11\",\"user_id_str\":\"1\"},\"timestamp_ms\":"
    "\"1341403300000\"}}\n"
    "{\"data\":{\"id\":\"20\",\"author_id\":\"4\",\"created_at\":\"2012-07-04T12:00:00.000Z\","
    "\"text\":\"hm\","
    "\"referenced_tweets\":[{\"type\":\"quoted\",\"id\":\"10\"}]},\"includes\":{\"users\":[{\"id\":"
    "\"4\","
    "\"username\":\"dan\",\"public_metrics\":{\"followers_count\":1,\"tweet_count\":2}}],"
    "\"tweets\":[]}}\n"
    "{\"id_str\":\"13\",\"text\":\"lone \\ud800 surrogate\",\"user\":{\"id_str\":\"1\"},"
    "\"created_at\":\"Wed Jul 04 12:00:02 +0000 2012\"}\n"
    "{\"id\":\"14\",\"created_at\":\"2022-12-23T10:00:00.000Z\",\"content\":\"<p>a <a "
    "href=https://a.example>link</a></p>\",\"tags\":[{\"name\":\"one\"},{\"name\":\"two\"}],"
    "\"account\":{\"id\":\"5\",\"acct\":\"fay\",\"fields\":[{\"name\":\"Ort\",\"value\":\"Bonn\"}]}"
    ","
    "\"reblog\":{\"id\":\"15\",\"created_at\":\"2022-12-23T10:00:00.000Z\",\"content\":\"b\","
    "\"account\":{\"id\":\"6\"}}}\n"
    "{\"broken\": \n"
    "\n";

static source_chunk *chunk_of_lines(void) {
    source_chunk *c = source_chunk_new(sizeof lines);
    if (c == NULL) return NULL;
    memcpy(c->bytes, lines, sizeof lines - 1);
    c->count = sizeof lines - 1;
    c->first_line = 1;
    return c;
}

/* Seven items and a blank one, whenever decoding says that it is done. */
static status decode_lines(void *context) {
    const bool *is_strict = context;
    accounting sums = {0};
    source_chunk *c = chunk_of_lines();
    record_batch *b = record_batch_new();
    decoder *d = decoder_new();
    status s = STATUS_NO_MEMORY;
    if (c != NULL && b != NULL && d != NULL) {
        decoder_set_strict(d, *is_strict);
        s = decoder_run(d, c, b);
    }
    if (s == STATUS_OK) accounting_add(&sums, b);
    if (s == STATUS_OK && (sums.items != 8 || sums.outcomes[ITEM_ACCEPTED] != 4 ||
                           sums.outcomes[ITEM_REPAIRED] != 1 || sums.outcomes[ITEM_REJECTED] != 1))
        s = STATUS_BAD_DATA;
    decoder_free(d);
    record_batch_free(b);
    source_chunk_free(c);
    return s;
}

static void a_line_is_never_misjudged_for_lack_of_memory(void **state) {
    (void)state;
    bool is_strict = false;
    assert_in_range(torture(decode_lines, &is_strict, ALLOCATIONS_MAX), 5, ALLOCATIONS_MAX);
    is_strict = true;
    assert_in_range(torture(decode_lines, &is_strict, ALLOCATIONS_MAX), 5, ALLOCATIONS_MAX);
}

/* Reads the file to its end; what could not be read for lack of memory is an error. */
static status read_file(void *context) {
    const char *path = context;
    tweet_source *source;
    source_files_options o = {.chunk_bytes = 300};
    status s = source_files(&path, 1, &o, &source);
    if (s != STATUS_OK) return s;
    size_t bytes = 0;
    source_chunk *c;
    while ((s = source->next(source, &c)) == STATUS_OK) {
        bytes += c->count;
        source_chunk_free(c);
    }
    source->close(source);
    if (s == STATUS_END) s = bytes >= sizeof lines - 2 ? STATUS_OK : STATUS_BAD_DATA;
    return s;
}

static void a_file_is_read_whole_or_said_not_to_be(void **state) {
    (void)state;
    char path[] = "/tmp/dunlin-memory-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, lines, sizeof lines - 1), sizeof lines - 1);
    (void)close(fd);
    uint64_t failed = torture(read_file, path, ALLOCATIONS_MAX);
    (void)unlink(path);
    assert_in_range(failed, 5, ALLOCATIONS_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_never_misjudged_for_lack_of_memory),
        cmocka_unit_test(a_file_is_read_whole_or_said_not_to_be),
    };
    log_set_level(LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
