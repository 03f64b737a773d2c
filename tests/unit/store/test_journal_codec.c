/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pipeline/store/forget_set.h"
#include "pipeline/store/packing.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/some_records.h"

enum { RECORDS = 300 };

static record_batch *made(uint64_t seed, size_t count) {
    random_source chance = {seed};
    record_batch *b = record_batch_new();
    assert_non_null(b);
    assert_true(some_records(&chance, count, b));
    return b;
}

static void assert_same(const record_batch *a, const record_batch *b) {
    assert_int_equal(a->record_count, b->record_count);
    for (size_t i = 0; i < a->record_count; i++)
        assert_true(some_records_equal(&a->records[i], &b->records[i]));
}

static void records_of_every_kind_come_back_as_they_were(void **state) {
    (void)state;
    journal_decoder d = {0};
    for (uint64_t seed = 1; seed <= 200; seed++) {
        record_batch *b = made(seed, seed % 7 == 0 ? 0 : RECORDS);
        store_tally tallies[] = {{ITEM_ACCEPTED, NULL, seed}, {ITEM_REJECTED, "no_id", 1ULL << 40}};
        buffer bytes = {0};
        assert_int_equal(journal_encode(b->records, b->record_count, tallies, 2, &bytes),
                         STATUS_OK);
        assert_int_equal(journal_decode(&d, buffer_text(&bytes)), STATUS_OK);
        assert_same(b, d.batch);
        assert_int_equal(d.tally_count, 2);
        assert_null(d.tallies[0].reason);
        assert_int_equal(d.tallies[0].count, seed);
        assert_int_equal(d.tallies[1].outcome, ITEM_REJECTED);
        assert_string_equal(d.tallies[1].reason, "no_id");
        assert_true(d.tallies[1].count == 1ULL << 40);
        buffer_deinit(&bytes);
        record_batch_free(b);
    }
    journal_decoder_deinit(&d);
}

static void extremes_of_numbers_come_back(void **state) {
    (void)state;
    journal_decoder d = {0};
    record_batch *b = record_batch_new();
    buffer bytes = {0};
    static const uint64_t ids[] = {UINT64_MAX, 0, 1, 1ULL << 63, UINT64_MAX - 1};
    static const int64_t times[] = {INT64_MIN, INT64_MAX, 0, -1, 1};
    for (size_t i = 0; i < 5; i++) {
        record *r = record_batch_add(b);
        r->fields = (1 << 14) - 1;
        r->version = i == 0 ? INT32_MIN : INT32_MAX;
        r->observed_ms = times[i], r->tweet.created_ms = times[4 - i];
        r->tweet.id = ids[i], r->tweet.author_id = ids[4 - i], r->tweet.quote_of = ids[i];
        r->tweet.score = i == 0 ? INT32_MIN : INT32_MAX;
    }
    assert_int_equal(journal_encode(b->records, 5, NULL, 0, &bytes), STATUS_OK);
    assert_int_equal(journal_decode(&d, buffer_text(&bytes)), STATUS_OK);
    assert_same(b, d.batch);
    buffer_deinit(&bytes);
    record_batch_free(b);
    journal_decoder_deinit(&d);
}

static void a_text_is_written_once(void **state) {
    (void)state;
    static const char said[] = "what a thousand retweets carry";
    record_batch *b = record_batch_new();
    buffer bytes = {0};
    for (int i = 0; i < 1000; i++) {
        record *r = record_batch_add(b);
        r->fields = TWEET_TEXT;
        r->tweet.text = text_of(said);
    }
    assert_int_equal(journal_encode(b->records, 1000, NULL, 0, &bytes), STATUS_OK);
    const char *at = memmem(bytes.bytes, bytes.count, said, sizeof said - 1);
    assert_non_null(at);
    assert_null(
        memmem(at + 1, bytes.count - (size_t)(at + 1 - bytes.bytes), said, sizeof said - 1));
    buffer_deinit(&bytes);
    record_batch_free(b);
}

/* Every cut and many flips: refused, or read as something else, and never past the end. */
static void damaged_bytes_are_refused_or_read_safely(void **state) {
    (void)state;
    random_source chance = {7};
    journal_decoder d = {0};
    record_batch *b = made(3, 60);
    buffer bytes = {0};
    assert_int_equal(journal_encode(b->records, b->record_count, NULL, 0, &bytes), STATUS_OK);
    for (size_t cut = 0; cut < bytes.count; cut++) {
        char *own = malloc(cut + 1);
        assert_non_null(own);
        memcpy(own, bytes.bytes, cut);
        assert_int_equal(journal_decode(&d, (text){own, cut}), STATUS_BAD_DATA);
        free(own);
    }
    for (int i = 0; i < 5000; i++) {
        size_t at = (size_t)(random_unit(&chance) * (double)bytes.count);
        char was = bytes.bytes[at];
        bytes.bytes[at] = (char)random_next(&chance);
        status s = journal_decode(&d, buffer_text(&bytes));
        assert_true(s == STATUS_OK || s == STATUS_BAD_DATA);
        bytes.bytes[at] = was;
    }
    buffer_deinit(&bytes);
    record_batch_free(b);
    journal_decoder_deinit(&d);
}

static void what_is_packed_comes_back_and_a_flip_is_seen(void **state) {
    (void)state;
    buffer packed = {0}, plain = {0};
    char bytes[5000];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)(i % 37);
    assert_int_equal(packing_press((text){bytes, sizeof bytes}, &packed), STATUS_OK);
    assert_true(packed.count < sizeof bytes / 10);
    for (size_t i = 0; i < packed.count * 8; i++) {
        packed.bytes[i / 8] ^= (char)(1 << i % 8);
        buffer_clear(&plain);
        status s = packing_unpress(buffer_text(&packed), &plain);
        /* A bit that the format does not use may flip without a loss. */
        assert_true(s == STATUS_BAD_DATA ||
                    (plain.count == sizeof bytes && memcmp(plain.bytes, bytes, plain.count) == 0));
        packed.bytes[i / 8] ^= (char)(1 << i % 8);
    }
    buffer_clear(&plain);
    assert_int_equal(packing_unpress(buffer_text(&packed), &plain), STATUS_OK);
    assert_memory_equal(plain.bytes, bytes, sizeof bytes);
    buffer_deinit(&packed);
    buffer_deinit(&plain);
}

static void a_filter_finds_all_that_it_has(void **state) {
    (void)state;
    uint32_t hashes[1000], sought;
    buffer filter = {0};
    size_t wrong = 0;
    for (uint64_t i = 0; i < 1000; i++) hashes[i] = id_filter_hash(ID_OF_TWEET, i * 77);
    size_t count = id_filter_sort(hashes, 1000);
    id_filter_write(hashes, count, &filter);
    assert_true(filter.count < 5 * count);
    for (uint64_t i = 0; i < 2000; i++) {
        varint_reader r = varint_read(buffer_text(&filter));
        sought = id_filter_hash(i < 1000 ? ID_OF_TWEET : ID_OF_USER, i % 1000 * 77);
        bool is_met = id_filter_meets(&r, &sought, 1);
        assert_true(r.at == r.end);
        if (i < 1000) assert_true(is_met);
        wrong += i >= 1000 && is_met;
    }
    assert_true(wrong <= 1);
    buffer_deinit(&filter);
}

/* ---- forgetting in frames ---- */

static void read_all(const frame_row *row, record_batch *to, journal_decoder *d, buffer *room) {
    text bodies = buffer_text(&row->bodies);
    status s;
    while ((s = frame_open(&bodies, room, d)) == STATUS_OK)
        for (size_t i = 0; i < d->batch->record_count; i++) {
            record *r = record_batch_add(to);
            *r = d->batch->records[i];
            r->tweet.text = (text){NULL, 0}; /* It ends with its frame. */
        }
    assert_int_equal(s, STATUS_END);
}

static bool is_of(const record *r, uint64_t tweet, uint64_t user) {
    if (r->kind == RECORD_TWEET)
        return r->tweet.id == tweet ||
               ((r->fields & TWEET_AUTHOR) != 0 && r->tweet.author_id == user);
    return r->kind == RECORD_USER && r->user.id == user;
}

static void what_is_named_goes_and_nothing_else(bool knows_filters) {
    frame_row row = {.latest_ms = INT64_MIN}, made_anew = {.latest_ms = INT64_MIN};
    forget_set set = {0};
    journal_decoder d = {0};
    buffer room = {0};
    record_batch *kept = record_batch_new();
    uint64_t dropped, expected = 0, all = 0;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        record_batch *b = made(seed, RECORDS);
        assert_int_equal(frame_row_add(&row, b->records, b->record_count, NULL, 0), STATUS_OK);
        for (size_t i = 0; i < b->record_count; i++) expected += is_of(&b->records[i], 7, 9);
        all += b->record_count;
        record_batch_free(b);
    }
    assert_int_equal(forget_set_add(&set, ID_OF_TWEET, 7, 0), STATUS_OK);
    assert_int_equal(forget_set_add(&set, ID_OF_USER, 9, 0), STATUS_OK);
    frame_forgets f = forget_set_sort(&set);
    assert_true(frame_filters_meet(buffer_text(&row.filters), &f));
    assert_int_equal(frame_row_forget(knows_filters ? buffer_text(&row.filters) : TEXT(""),
                                      buffer_text(&row.bodies), &f, &made_anew, &dropped),
                     STATUS_OK);
    assert_true(expected > 0);
    assert_int_equal(dropped, expected);
    read_all(&made_anew, kept, &d, &room);
    assert_int_equal(kept->record_count, all - expected);
    for (size_t i = 0; i < kept->record_count; i++) assert_false(is_of(&kept->records[i], 7, 9));
    assert_false(frame_filters_meet(buffer_text(&made_anew.filters), &f));
    forget_set_deinit(&set);
    frame_row_deinit(&row);
    frame_row_deinit(&made_anew);
    record_batch_free(kept);
    journal_decoder_deinit(&d);
    buffer_deinit(&room);
}

static void records_that_are_named_are_taken_out(void **state) {
    (void)state;
    what_is_named_goes_and_nothing_else(true);
    what_is_named_goes_and_nothing_else(false);
}

/* ---- memory ---- */

static status pack_and_read(void *context) {
    record_batch *b = context;
    buffer bytes = {0}, room = {0};
    frame_row row = {.latest_ms = INT64_MIN}, anew = {.latest_ms = INT64_MIN};
    journal_decoder d = {0};
    forget_set set = {0};
    uint64_t dropped;
    status s = store_pack(b, &bytes);
    if (s == STATUS_OK) s = frame_row_add_written(&row, buffer_text(&bytes));
    for (uint64_t id = 0; id < 100 && s == STATUS_OK; id++)
        s = forget_set_add(&set, ID_OF_TWEET, id, 0);
    frame_forgets f = forget_set_sort(&set);
    text bodies = buffer_text(&row.bodies);
    if (s == STATUS_OK)
        s = frame_row_forget(buffer_text(&row.filters), bodies, &f, &anew, &dropped);
    if (s == STATUS_OK) s = frame_open(&bodies, &room, &d);
    if (s == STATUS_OK && d.batch->record_count != b->record_count) s = STATUS_BAD_DATA;
    forget_set_deinit(&set);
    journal_decoder_deinit(&d);
    frame_row_deinit(&row);
    frame_row_deinit(&anew);
    buffer_deinit(&bytes);
    buffer_deinit(&room);
    return s;
}

static void every_failed_allocation_is_survived(void **state) {
    (void)state;
    record_batch *b = made(11, 400);
    assert_true(torture(pack_and_read, b, 1000) > 10);
    record_batch_free(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_of_every_kind_come_back_as_they_were),
        cmocka_unit_test(extremes_of_numbers_come_back),
        cmocka_unit_test(a_text_is_written_once),
        cmocka_unit_test(damaged_bytes_are_refused_or_read_safely),
        cmocka_unit_test(what_is_packed_comes_back_and_a_flip_is_seen),
        cmocka_unit_test(a_filter_finds_all_that_it_has),
        cmocka_unit_test(records_that_are_named_are_taken_out),
        cmocka_unit_test(every_failed_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
