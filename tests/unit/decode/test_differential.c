/* SPDX-License-Identifier: MIT */
/* Both parsers say the same of every line: of real ones where they are here, of our
 * own ones otherwise, and of lines damaged in ways that parsers differ about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/random.h"
#include "pipeline/decode/decode.h"
#include "pipeline/sources/files.h"
#include "tests/support/describe.h"
#include "tests/support/shared_data.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(TEST_TINY)
enum { MUTANTS = 5000, CHUNK_STEP = 5 };
#else
enum { MUTANTS = 100000, CHUNK_STEP = 1 };
#endif

typedef struct {
    decoder *fast, *strict;
    record_batch *batch;
    buffer by_fast, by_strict, mutant;
    uint64_t outcomes[ITEM_OUTCOMES];
} comparison;

static void comparison_init(comparison *c) {
    memset(c, 0, sizeof(*c));
    c->fast = decoder_new();
    c->strict = decoder_new();
    decoder_set_strict(c->strict, true);
    c->batch = record_batch_new();
}

static void comparison_deinit(comparison *c) {
    decoder_free(c->fast);
    decoder_free(c->strict);
    record_batch_free(c->batch);
    buffer_deinit(&c->by_fast);
    buffer_deinit(&c->by_strict);
    buffer_deinit(&c->mutant);
}

static void describe(comparison *c, decoder *d, const source_chunk *chunk, buffer *out) {
    record_batch_clear(c->batch);
    assert_int_equal(decoder_run(d, chunk, c->batch), STATUS_OK);
    buffer_clear(out);
    describe_batch(c->batch, out);
}

static void compare(comparison *c, const source_chunk *chunk) {
    describe(c, c->strict, chunk, &c->by_strict);
    describe(c, c->fast, chunk, &c->by_fast);
    for (size_t i = 0; i < c->batch->item_count; i++) c->outcomes[c->batch->items[i].outcome]++;
    if (text_equal(buffer_text(&c->by_fast), buffer_text(&c->by_strict))) return;
    print_error("line %.*s\nfast %.*s\nstrict %.*s\n", (int)chunk->count, chunk->bytes,
                (int)c->by_fast.count, c->by_fast.bytes, (int)c->by_strict.count,
                c->by_strict.bytes);
    fail();
}

/* ---- Damage ---- */

static void insert(buffer *b, size_t at, text t) {
    assert_true(buffer_reserve(b, t.count));
    memmove(b->bytes + at + t.count, b->bytes + at, b->count - at);
    memcpy(b->bytes + at, t.bytes, t.count);
    b->count += t.count;
}

static void cut(buffer *b, size_t begin, size_t end) {
    memmove(b->bytes + begin, b->bytes + end, b->count - end);
    b->count -= end - begin;
}

/* The place after a random `byte`; 0 when there is none. */
static size_t after_a(const buffer *b, random_source *r, char byte) {
    size_t from = (size_t)random_below(r, b->count);
    const char *found = memchr(b->bytes + from, byte, b->count - from);
    return found == NULL ? 0 : (size_t)(found - b->bytes) + 1;
}

static const char *const escapes[] = {"\\u0000",      "\\ud83d",
                                      "\\ude00",      "\\ud83d\\ude00",
                                      "\\u12",        "\\\\",
                                      "\\",           "\\x",
                                      "\\/",          "\\uD83D\\u0041",
                                      "\\\\u0000",    "\xFF",
                                      "\xED\xA0\x80", "\xC0\x80",
                                      "\xEF\xBB\xBF", "\x7F",
                                      "\x01",         "\t",
                                      "\xE2\x80\xA8", "\xF4\x90\x80\x80"};
static const char *const values[] = {"null",
                                     "true",
                                     "0",
                                     "-0",
                                     "1.0",
                                     "1e400",
                                     "-1e400",
                                     "1e-400",
                                     "9223372036854775807",
                                     "9223372036854775808",
                                     "-9223372036854775808",
                                     "-9223372036854775809",
                                     "18446744073709551615",
                                     "18446744073709551616",
                                     "1.5e+17",
                                     "01",
                                     "+1",
                                     ".5",
                                     "1.",
                                     "1e",
                                     "NaN",
                                     "nul",
                                     "\"\"",
                                     "\"12\"",
                                     "{}",
                                     "[]",
                                     "[[[]]]",
                                     "{\"id\":3}",
                                     "[{\"id\":3}]",
                                     "1E5",
                                     "123456789012345678901234567890.5"};
static const char *const members[] = {
    "\"id\":5,",           "\"id_str\":\"6\",", "\"user\":{\"id\":7},",
    "\"text\":\"other\",", "\"id\":null,",      "\"delete\":{\"status\":{\"id\":1}},",
    "\"version\":1,",      "\"data\":{},",      "\"\":1,",
    "\"statuses\":[],",    "\"id\":5",          ",",
    "\"\\u0069d\":8,"};
#define ANY(list, r) text_of(list[random_below((r), sizeof list / sizeof list[0])])

static void swap_value(buffer *b, random_source *r) {
    size_t begin = after_a(b, r, ':'), end = begin;
    if (begin == 0) return;
    while (end < b->count && strchr(",}]", b->bytes[end]) == NULL) end++;
    cut(b, begin, end);
    insert(b, begin, ANY(values, r));
}

static void mutate(buffer *b, random_source *r) {
    size_t at = (size_t)random_below(r, b->count), other = (size_t)random_below(r, b->count);
    switch (random_below(r, 8)) {
    case 0: b->bytes[at] = (char)(b->bytes[at] ^ (1 << random_below(r, 8))); break;
    case 1: b->bytes[at] = (char)random_below(r, 256); break;
    case 2: b->count = at; break;
    case 3: cut(b, at < other ? at : other, at < other ? other : at); break;
    case 4: insert(b, after_a(b, r, '{'), ANY(members, r)); break;
    case 5: insert(b, at, ANY(escapes, r)); break;
    case 6: insert(b, after_a(b, r, '"'), ANY(escapes, r)); break;
    default: swap_value(b, r);
    }
}

static void compare_mutants(comparison *c, text line, random_source *r, uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        buffer_clear(&c->mutant);
        buffer_add(&c->mutant, line);
        for (uint64_t k = 0; k <= random_below(r, 3) && c->mutant.count > 0; k++)
            mutate(&c->mutant, r);
        assert_true(buffer_reserve(&c->mutant, SOURCE_PADDING_BYTES));
        memset(c->mutant.bytes + c->mutant.count, 0, SOURCE_PADDING_BYTES);
        compare(c, &(source_chunk){.bytes = c->mutant.bytes, .count = c->mutant.count});
    }
}

static void report(const comparison *c, const char *what) {
    print_message("%s: %llu accepted, %llu repaired, %llu ignored, %llu rejected alike\n", what,
                  (unsigned long long)c->outcomes[ITEM_ACCEPTED],
                  (unsigned long long)c->outcomes[ITEM_REPAIRED],
                  (unsigned long long)c->outcomes[ITEM_IGNORED],
                  (unsigned long long)c->outcomes[ITEM_REJECTED]);
}

/* ---- The lines ---- */

static void damaged_lines_of_our_own_are_read_alike(void **state) {
    FILE *file = fopen("tests/cases/decode.case", "r");
    char *line = NULL;
    size_t room = 0, at = 0;
    random_source random = {2};
    comparison c;
    (void)state;
    assert_non_null(file);
    comparison_init(&c);
    for (ssize_t count; (count = getline(&line, &room, file)) > 0;) {
        if (line[0] == '#' || (at == 0 && line[0] == '\n')) continue;
        if (at == 1) compare_mutants(&c, (text){line, (size_t)count - 1}, &random, MUTANTS / 250);
        at = (at + 1) % 3;
    }
    report(&c, "damaged lines of our own");
    for (int i = 0; i < ITEM_OUTCOMES; i++) assert_true(c.outcomes[i] > 20);
    comparison_deinit(&c);
    free(line);
    (void)fclose(file);
}

static void compare_lines(comparison *c, const source_chunk *chunk, random_source *r,
                          uint64_t one_in) {
    for (size_t at = 0; at < chunk->count;) {
        const char *newline = memchr(chunk->bytes + at, '\n', chunk->count - at);
        size_t end = newline == NULL ? chunk->count : (size_t)(newline - chunk->bytes);
        if (end > at && random_below(r, one_in) == 0)
            compare_mutants(c, (text){chunk->bytes + at, end - at}, r, 4);
        at = end + 1;
    }
}

static tweet_source *open_data(void **state) {
    static char path[SHARED_DATA_PATH_BYTES];
    const char *paths[] = {shared_data("tweets", path)};
    tweet_source *source = NULL;
    (void)state;
    if (paths[0] == NULL) skip();
    assert_int_equal(source_files(paths, 1, NULL, &source), STATUS_OK);
    return source;
}

static void real_lines_are_read_alike(void **state) {
    tweet_source *source = open_data(state);
    source_chunk *chunk;
    comparison c;
    comparison_init(&c);
    while (source->next(source, &chunk) == STATUS_OK) {
        if (chunk->sequence % CHUNK_STEP == 0) compare(&c, chunk);
        source_chunk_free(chunk);
    }
    report(&c, "real lines");
    assert_true(c.outcomes[ITEM_ACCEPTED] > 1000);
    comparison_deinit(&c);
    source->close(source);
}

static void damaged_real_lines_are_read_alike(void **state) {
    tweet_source *source = open_data(state);
    source_chunk *chunk;
    random_source random = {3};
    comparison c;
    comparison_init(&c);
    /* About 53,000 lines: four mutants of every other one are more than 100,000. */
    while (source->next(source, &chunk) == STATUS_OK) {
        compare_lines(&c, chunk, &random, MUTANTS < 100000 ? 100 : 2);
        source_chunk_free(chunk);
    }
    report(&c, "damaged real lines");
    assert_true(c.outcomes[ITEM_ACCEPTED] > 10 && c.outcomes[ITEM_REJECTED] > 10);
    comparison_deinit(&c);
    source->close(source);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_lines_of_our_own_are_read_alike),
        cmocka_unit_test(real_lines_are_read_alike),
        cmocka_unit_test(damaged_real_lines_are_read_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
