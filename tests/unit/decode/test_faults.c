/* SPDX-License-Identifier: MIT */
/* Damaged dumps: whatever the bytes, nothing crashes, and every item is accepted,
 * repaired, ignored or rejected.  The samples are made up: tests/samples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/decode/accounting.h"
#include "pipeline/decode/decode.h"
#include "pipeline/sources/files_items.h"

enum { SAMPLE_BYTES = 65536, CHUNK_BYTES = 256 * 1024 };

/* Every place is damaged in the release build alone: sanitizers take ten times as long,
 * and look at every so manieth. */
static size_t step = 23;

static const int64_t latest_ms = 1798761600000; /* 2027-01-01 */
static uint64_t cases;

typedef struct {
    decoder *decoder;
    record_batch *batch;
    buffer bytes;
} fixture;

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof(*f));
    f->decoder = decoder_new();
    f->batch = record_batch_new();
    decoder_set_latest(f->decoder, latest_ms);
    decoder_set_geo(f->decoder, true);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    decoder_free(f->decoder);
    record_batch_free(f->batch);
    buffer_deinit(&f->bytes);
    free(f);
    return 0;
}

static status read_text(void *context, char *to, size_t count, size_t *got, bool *is_ready) {
    text *left = context;
    *got = left->count < count ? left->count : count;
    if (*got > 0) memcpy(to, left->bytes, *got);
    *left = text_slice(*left, *got, left->count);
    *is_ready = true;
    return STATUS_OK;
}

/* Bytes as a file would be read; each item must be counted once. */
static accounting run(fixture *f, text bytes) {
    accounting sums = {0};
    item_splitter *s = item_splitter_new(read_text, &bytes, CHUNK_BYTES);
    source_chunk *c;
    uint64_t next_line = 0;
    while (item_splitter_next(s, &c) == STATUS_OK) {
        assert_true(c->first_line >= next_line);
        record_batch_clear(f->batch);
        assert_int_equal(decoder_run(f->decoder, c, f->batch), STATUS_OK);
        accounting_add(&sums, f->batch);
        if (f->batch->item_count > 0)
            next_line = f->batch->items[f->batch->item_count - 1].line + 1;
        source_chunk_free(c);
    }
    item_splitter_free(s);
    uint64_t sum = 0, reasons = 0;
    for (int o = 0; o < ITEM_OUTCOMES; o++) sum += sums.outcomes[o];
    for (reason r = REASON_ACCEPTED; r < REASON_COUNT; r++) reasons += sums.by_reason[r];
    assert_int_equal(sum, sums.items);
    assert_int_equal(reasons, sums.items);
    cases++;
    return sums;
}

static void load(const char *name, buffer *out) {
    char path[128];
    (void)snprintf(path, sizeof path, "tests/samples/%s", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    buffer_clear(out);
    for (int c; (c = getc(file)) != EOF;) buffer_add_byte(out, (char)c);
    (void)fclose(file);
}

/* Lines of every kind, 64 KB of them. */
static void load_64k(buffer *out) {
    load("mixed.jsonl", out);
    size_t count = out->count;
    while (out->count < SAMPLE_BYTES) {
        assert_true(buffer_reserve(out, count));
        memcpy(out->bytes + out->count, out->bytes, count);
        out->count += count;
    }
    out->count = SAMPLE_BYTES;
}

static uint64_t count_lines(text t) {
    uint64_t count = t.count > 0 && t.bytes[t.count - 1] != '\n';
    for (size_t i = 0; i < t.count; i++) count += t.bytes[i] == '\n';
    return count;
}

/* ---- Every byte ---- */

static void lines_cut_at_any_byte_add_up(void **state) {
    fixture *f = *state;
    load_64k(&f->bytes);
    for (size_t end = 0; end < SAMPLE_BYTES; end += step) {
        text t = text_slice(buffer_text(&f->bytes), 0, end);
        assert_int_equal(run(f, t).items, count_lines(t));
    }
}

static void lines_with_any_byte_flipped_add_up(void **state) {
    fixture *f = *state;
    load_64k(&f->bytes);
    size_t first = (size_t)((char *)memchr(f->bytes.bytes, '\n', SAMPLE_BYTES) - f->bytes.bytes);
    for (size_t i = 0; i < SAMPLE_BYTES; i += step) {
        char flip = (char)(1 << i % 8);
        f->bytes.bytes[i] = (char)(f->bytes.bytes[i] ^ flip);
        accounting sums = run(f, buffer_text(&f->bytes));
        /* What the first line is tells what the file is. */
        if (i > first) assert_int_equal(sums.items, count_lines(buffer_text(&f->bytes)));
        f->bytes.bytes[i] = (char)(f->bytes.bytes[i] ^ flip);
    }
}

static const char *const samples[] = {"v1.jsonl",
                                      "v1-array.json",
                                      "v1-search.json",
                                      "v2-stream.jsonl",
                                      "v2-page.jsonl",
                                      "v2-page-indented.json",
                                      "v2-flat.jsonl",
                                      "demo.jsonl",
                                      "twarc-table.csv",
                                      "x-archive/tweets.js",
                                      "grailbird.js",
                                      "compliance.jsonl",
                                      "other-networks.jsonl",
                                      "mastodon.jsonl",
                                      "ids.txt"};
enum { SAMPLES = sizeof samples / sizeof samples[0] };

static void every_kind_cut_at_any_byte_adds_up(void **state) {
    fixture *f = *state;
    for (int i = 0; i < SAMPLES; i++) {
        load(samples[i], &f->bytes);
        for (size_t end = 0; end <= f->bytes.count; end += step)
            (void)run(f, text_slice(buffer_text(&f->bytes), 0, end));
    }
}

static void every_kind_with_any_byte_flipped_adds_up(void **state) {
    fixture *f = *state;
    for (int i = 0; i < SAMPLES; i++) {
        load(samples[i], &f->bytes);
        for (size_t at = 0; at < f->bytes.count; at += step) {
            f->bytes.bytes[at] = (char)(f->bytes.bytes[at] ^ (1 << at % 8));
            (void)run(f, buffer_text(&f->bytes));
            f->bytes.bytes[at] = (char)(f->bytes.bytes[at] ^ (1 << at % 8));
        }
    }
}

/* Zeros, as a crash leaves them in a file. */
static void every_kind_with_a_run_of_zeros_adds_up(void **state) {
    fixture *f = *state;
    buffer damaged = {0};
    for (int i = 0; i < SAMPLES; i++) {
        load(samples[i], &f->bytes);
        for (size_t at = 0; at < f->bytes.count; at += 31 * step) {
            buffer_clear(&damaged);
            buffer_add(&damaged, buffer_text(&f->bytes));
            for (size_t k = at; k < at + 64 && k < damaged.count; k++) damaged.bytes[k] = '\0';
            (void)run(f, buffer_text(&damaged));
        }
    }
    buffer_deinit(&damaged);
}

/* ---- Other characters, other ends of lines ---- */

static void add_utf16(buffer *out, text t) {
    for (size_t at = 0; at < t.count;) {
        uint32_t code = utf8_next(t, &at);
        if (code > 0xFFFF) {
            uint32_t high = 0xD800 + ((code - 0x10000) >> 10), low = 0xDC00 + (code & 0x3FF);
            const char pair[4] = {(char)high, (char)(high >> 8), (char)low, (char)(low >> 8)};
            buffer_add(out, (text){pair, 4});
        } else {
            const char unit[2] = {(char)code, (char)(code >> 8)};
            buffer_add(out, (text){unit, 2});
        }
    }
}

static void in_utf16_the_same_items_are_there_and_count_as_repaired(void **state) {
    fixture *f = *state;
    buffer wide = {0};
    for (int i = 0; i < SAMPLES; i++) {
        load(samples[i], &f->bytes);
        accounting plain = run(f, buffer_text(&f->bytes));
        buffer_clear(&wide);
        buffer_add(&wide, TEXT("\xFF\xFE"));
        add_utf16(&wide, buffer_text(&f->bytes));
        accounting found = run(f, buffer_text(&wide));
        assert_int_equal(found.items, plain.items);
        assert_int_equal(found.outcomes[ITEM_REPAIRED],
                         plain.outcomes[ITEM_ACCEPTED] + plain.outcomes[ITEM_REPAIRED]);
        for (size_t end = 0; end < wide.count; end += 7 * step)
            (void)run(f, text_slice(buffer_text(&wide), 0, end));
    }
    buffer_deinit(&wide);
}

static void a_byte_order_mark_and_carriage_returns_change_nothing(void **state) {
    fixture *f = *state;
    buffer other = {0};
    for (int i = 0; i < SAMPLES; i++) {
        load(samples[i], &f->bytes);
        accounting plain = run(f, buffer_text(&f->bytes));
        buffer_clear(&other);
        buffer_add(&other, TEXT("\xEF\xBB\xBF"));
        for (size_t k = 0; k < f->bytes.count; k++) {
            if (f->bytes.bytes[k] == '\n') buffer_add_byte(&other, '\r');
            buffer_add_byte(&other, f->bytes.bytes[k]);
        }
        accounting found = run(f, buffer_text(&other));
        assert_memory_equal(&found, &plain, sizeof plain);
    }
    buffer_deinit(&other);
}

/* ---- One thing at a time ---- */

#define USER           "\"user\":{\"id\":7,\"followers_count\":3,\"statuses_count\":4}"
#define AT             "\"created_at\":\"Wed Oct 10 20:19:24 +0000 2018\""
#define TWEET(members) "{\"id\":12,\"text\":\"a\"," AT "," members "," USER "}"
#define OF_TIME(time)  "{\"id\":12,\"text\":\"a\",\"created_at\":" time "," USER "}"

typedef struct {
    const char *line;
    reason expected;
} one_fault;

static const one_fault faults[] = {
    {TWEET("\"text\":\"caf\xE9 cr\xE8me\""), REASON_INVALID_UTF8}, /* Latin-1. */
    {TWEET("\"text\":\"\\ud83d\""), REASON_LONE_SURROGATE},
    {TWEET("\"text\":\"\\ude00\\ud83d\""), REASON_LONE_SURROGATE},
    {TWEET("\"text\":\"\\u0000\""), REASON_NUL_ESCAPE},
    {TWEET("\"text\":\"\xED\xA0\xBD\xED\xB8\x80\""), REASON_INVALID_UTF8}, /* CESU-8. */
    {TWEET("\"text\":\"\xC0\x80\""), REASON_INVALID_UTF8},
    {TWEET("\"text\":\"\x01\x1B[31m\""), REASON_CONTROL_CHARACTER},
    {TWEET("\"text\":\"\""), REASON_ACCEPTED},
    {TWEET("\"text\":\"\xE2\x80\xAE"
           "abc\xE2\x81\xA6\xE2\x81\xA9\""),
     REASON_ACCEPTED}, /* Bidi. */
    {TWEET("\"text\":\"\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7\""),
     REASON_ACCEPTED},
    {TWEET("\"text\":null"), REASON_ACCEPTED},
    {TWEET("\"id\":9007199254740993"), REASON_ACCEPTED},
    {TWEET("\"id\":9223372036854775808"), REASON_HUGE_NUMBER},
    {TWEET("\"id\":18446744073709551616"), REASON_NO_ID},
    {TWEET("\"id\":1.050118621198921728e18"), REASON_ROUNDED_ID},
    {TWEET("\"id\":12.0"), REASON_ACCEPTED},
    {TWEET("\"id\":1e400"), REASON_NO_ID},
    {TWEET("\"id\":-1"), REASON_NO_ID},
    {TWEET("\"favorite_count\":1e400"), REASON_HUGE_NUMBER},
    {TWEET("\"favorite_count\":NaN"), REASON_NOT_A_NUMBER},
    {TWEET("\"user\":{\"id\":7,\"followers_count\":-3,\"statuses_count\":-4}"), REASON_ACCEPTED},
    {TWEET("\"user\":{\"id\":7,\"followers_count\":0,\"statuses_count\":0}"), REASON_ACCEPTED},
    {"{\"id\":12,\"text\":\"a\"," USER "}", REASON_NO_TIME},
    {OF_TIME("\"1969-12-31T23:59:59Z\""), REASON_TIME_TOO_EARLY},
    {OF_TIME("\"Wed Dec 31 23:59:59 +0000 1969\""), REASON_TIME_TOO_EARLY},
    {OF_TIME("\"2038-01-19T03:14:08Z\""), REASON_TIME_TOO_LATE},
    {OF_TIME("\"2106-02-07T06:28:16Z\""), REASON_TIME_TOO_LATE},
    {OF_TIME("\"10000-01-01T00:00:00Z\""), REASON_NO_TIME},
    {OF_TIME("\"2016-12-31T23:59:60Z\""), REASON_ACCEPTED}, /* A leap second. */
    {OF_TIME("1539202764555"), REASON_ACCEPTED},
    {OF_TIME("1e400"), REASON_NO_TIME},
    {OF_TIME("-1"), REASON_NO_TIME},
    {OF_TIME("\"2018-02-30T00:00:00Z\""), REASON_NO_TIME},
    {TWEET("\"coordinates\":{\"type\":\"Point\",\"coordinates\":[-181,91]}"), REASON_ACCEPTED},
    {TWEET("\"geo\":{\"coordinates\":[-181,91]}"), REASON_ACCEPTED},
    {TWEET("\"coordinates\":{\"coordinates\":[NaN,NaN]}"), REASON_NOT_A_NUMBER},
    {TWEET("\"coordinates\":{\"coordinates\":[\"50\",\"7\"]}"), REASON_ACCEPTED},
    {TWEET("\"coordinates\":7"), REASON_ACCEPTED},
    {TWEET("\"retweeted_status\":" TWEET("\"x\":1")), REASON_ACCEPTED}, /* Of itself. */
    {TWEET("\"quoted_status_id\":12,\"in_reply_to_status_id\":12"), REASON_ACCEPTED},
    {TWEET("\"retweeted_status\":[]"), REASON_ACCEPTED},
    {TWEET("\"retweeted_status\":{}"), REASON_PART_DROPPED},
    {TWEET("\"entities\":[],\"extended_tweet\":{\"full_text\":[]}"), REASON_ACCEPTED},
    {TWEET("\"x\":1") " }", REASON_TRAILING_BYTES},
    {"\xEF\xBB\xBF" TWEET("\"x\":1"), REASON_ACCEPTED}, /* The file's own. */
    {"{\"id\":12", REASON_INVALID_JSON},
    {"'id'", REASON_INVALID_JSON},
    {"\"\"", REASON_NOT_AN_OBJECT},
    {"{}", REASON_UNKNOWN},
};

static void each_fault_has_its_reason(void **state) {
    fixture *f = *state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        accounting sums = run(f, text_of(faults[i].line));
        if (sums.by_reason[faults[i].expected] != 1) print_error("%s\n", faults[i].line);
        assert_int_equal(sums.by_reason[faults[i].expected], 1);
        assert_int_equal(sums.items, 1);
    }
}

static void repeat(buffer *b, const char *unit, int times) {
    for (int i = 0; i < times; i++) buffer_add(b, text_of(unit));
}

/* A line of `times` units between two ends. */
static accounting run_many(fixture *f, const char *before, const char *unit, int times,
                           const char *after) {
    buffer_clear(&f->bytes);
    buffer_add(&f->bytes, text_of(before));
    repeat(&f->bytes, unit, times);
    buffer_add(&f->bytes, text_of(after));
    return run(f, buffer_text(&f->bytes));
}

static void much_of_one_thing_has_its_reason_too(void **state) {
    fixture *f = *state;
    const char *const text_begin = "{\"id\":12," AT "," USER ",\"text\":\"";
    const char *const tags =
        "{\"id\":12,\"text\":\"a\"," AT "," USER ",\"entities\":{\"hashtags\":[";
    accounting a = run_many(f, text_begin, "\xCC\x81", 280, "\"}");
    assert_int_equal(a.by_reason[REASON_ACCEPTED], 1);
    a = run_many(f, tags, "{\"text\":\"t\"},", 100000, "{}]}}");
    assert_int_equal(a.by_reason[REASON_ACCEPTED], 1);
    assert_int_equal(f->batch->records[0].tweet.hashtags.count, 199999);
    a = run_many(f, text_begin, "0123456789", 1000000, "\"}\n{}\n"); /* 10 MB. */
    assert_int_equal(a.by_reason[REASON_TOO_LARGE], 1);
    assert_int_equal(a.by_reason[REASON_UNKNOWN], 1);
    a = run_many(f, "{\"a\":", "[", 10000, "");
    assert_int_equal(a.by_reason[REASON_INVALID_JSON] + a.by_reason[REASON_TOO_DEEP], 1);
    a = run_many(f, "{\"a\":", "{\"a\":", 10000, "1");
    assert_int_equal(a.items, 1);
    a = run_many(f, "", "[", 10000, "");
    assert_int_equal(a.items, 1);
    a = run_many(f, "", TWEET("\"x\":1") "\n", 1000, "");
    assert_int_equal(a.by_reason[REASON_ACCEPTED], 1000);
    a = run_many(f, "", "\n", 100000, "");
    assert_int_equal(a.by_reason[REASON_BLANK], 100000);
    a = run_many(f, "", "{\"a\":1}", 10000, "");
    assert_int_equal(a.by_reason[REASON_UNKNOWN], 10000);
    a = run_many(f, "id,text\n", "\"", 99999, "");
    assert_int_equal(a.by_reason[REASON_CSV_ROW], 1);
    a = run_many(f, "id", ",a", 9999, "\n1");
    assert_int_equal(a.by_reason[REASON_CSV_ROW], 1);
}

static void say_how_many(void **state) {
    (void)state;
    print_message("%llu damaged inputs\n", (unsigned long long)cases);
    assert_true(cases * step > 190000);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(int argc, char *argv[]) {
    if (argc > 0 && strstr(argv[0], "/release/") != NULL) step = 1;
    const struct CMUnitTest tests[] = {
        TEST(lines_cut_at_any_byte_add_up),
        TEST(lines_with_any_byte_flipped_add_up),
        TEST(every_kind_cut_at_any_byte_adds_up),
        TEST(every_kind_with_any_byte_flipped_adds_up),
        TEST(every_kind_with_a_run_of_zeros_adds_up),
        TEST(in_utf16_the_same_items_are_there_and_count_as_repaired),
        TEST(a_byte_order_mark_and_carriage_returns_change_nothing),
        TEST(each_fault_has_its_reason),
        TEST(much_of_one_thing_has_its_reason_too),
        cmocka_unit_test(say_how_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
