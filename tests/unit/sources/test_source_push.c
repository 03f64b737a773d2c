/* SPDX-License-Identifier: MIT */
/* A source that is fed from outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <string.h>

#include "pipeline/decode/record.h"
#include "pipeline/sources/source_push.h"
#include "tests/support/fail_alloc.h"

typedef struct {
    source_receipt receipt;
    int done_count;
    status result;
} told;

static void on_counted(source_receipt *self, const struct record_batch *b) {
    (void)self, (void)b;
}

static void on_done(source_receipt *self, status s, uint64_t epoch) {
    told *t = (told *)self;
    (void)epoch;
    t->done_count++;
    t->result = s;
}

static status offer_for(tweet_source *s, size_t bytes, told *t, source_push_room *room) {
    buffer b = {0};
    if (!buffer_reserve(&b, bytes)) return STATUS_NO_MEMORY;
    memset(b.bytes, 'x', bytes);
    b.count = bytes;
    if (t != NULL) *t = (told){.receipt = {on_counted, on_done}};
    status result = source_push_offer(s, &b, t == NULL ? NULL : &t->receipt, room);
    assert_true((result == STATUS_OK) == (b.bytes == NULL));
    buffer_deinit(&b);
    return result;
}

static status offer(tweet_source *s, size_t bytes, told *t) {
    return offer_for(s, bytes, t, NULL);
}

/* What a body of so many bytes, for which there is none, finds. */
static void expect_room(tweet_source *s, size_t bytes, size_t bodies_left, size_t bytes_left) {
    source_push_room room;
    assert_int_equal(offer_for(s, bytes, NULL, &room), STATUS_NOT_POSSIBLE);
    assert_int_equal(room.bodies, bodies_left);
    assert_int_equal(room.bytes, bytes_left);
}

static void chunks_come_in_order_with_zeros_behind_them(void **state) {
    tweet_source *s;
    source_chunk *c;
    told t;
    (void)state;
    assert_int_equal(source_push(&s), STATUS_OK);
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 1; i <= SOURCE_PUSH_CHUNKS_MAX; i++)
            assert_int_equal(offer(s, i * 100, &t), STATUS_OK);
        for (size_t i = 1; i <= SOURCE_PUSH_CHUNKS_MAX; i++) {
            assert_int_equal(s->next(s, &c), STATUS_OK);
            assert_int_equal(c->count, i * 100);
            assert_int_equal(c->sequence, round * SOURCE_PUSH_CHUNKS_MAX + i - 1);
            assert_int_equal(c->first_line, 1);
            assert_int_equal(c->origin, ORIGIN_PUSH);
            assert_ptr_equal(c->receipt, &t.receipt);
            c->receipt = NULL; /* It goes on with the batch. */
            for (size_t k = 0; k < SOURCE_PADDING_BYTES; k++)
                assert_int_equal(c->bytes[c->count + k], 0);
            source_chunk_free(c);
        }
    }
    source_state now;
    s->state(s, &now);
    assert_string_equal(now.kind, "push");
    assert_string_equal(now.state, "live");
    assert_int_equal(now.bytes_read, 3 * 100 * 16 * 17 / 2);
    s->close(s);
    assert_int_equal(t.done_count, 0); /* It went with its chunk. */
}

static void what_finds_no_room_is_refused(void **state) {
    tweet_source *s;
    source_chunk *c;
    (void)state;
    assert_int_equal(source_push(&s), STATUS_OK);
    for (size_t i = 0; i < SOURCE_PUSH_CHUNKS_MAX; i++)
        assert_int_equal(offer(s, 1, NULL), STATUS_OK);
    expect_room(s, 1, 0, SOURCE_PUSH_BYTES_MAX - SOURCE_PUSH_CHUNKS_MAX);
    assert_int_equal(s->next(s, &c), STATUS_OK);
    source_chunk_free(c);
    assert_int_equal(offer(s, 1, NULL), STATUS_OK);
    s->close(s);
    assert_int_equal(source_push(&s), STATUS_OK);
    assert_int_equal(offer(s, SOURCE_PUSH_BYTES_MAX + 1, NULL), STATUS_OK);
    expect_room(s, 1, SOURCE_PUSH_CHUNKS_MAX - 1, 0);
    s->close(s);
    assert_int_equal(source_push(&s), STATUS_OK);
    assert_int_equal(offer(s, 100, NULL), STATUS_OK);
    expect_room(s, SOURCE_PUSH_BYTES_MAX, SOURCE_PUSH_CHUNKS_MAX - 1, SOURCE_PUSH_BYTES_MAX - 100);
    s->close(s);
}

static void who_waits_at_the_stop_is_told_so(void **state) {
    tweet_source *s;
    source_chunk *c;
    told all[3], late;
    (void)state;
    assert_int_equal(source_push(&s), STATUS_OK);
    for (size_t i = 0; i < 3; i++) assert_int_equal(offer(s, 10, &all[i]), STATUS_OK);
    s->stop(s);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(all[i].done_count, 1);
        assert_int_equal(all[i].result, STATUS_STOPPED);
    }
    assert_int_equal(offer(s, 10, &late), STATUS_STOPPED);
    assert_int_equal(late.done_count, 0);
    assert_int_equal(s->next(s, &c), STATUS_STOPPED);
    s->stop(s);
    s->close(s);
    assert_int_equal(all[0].done_count, 1);
}

static void *read_to_the_end(void *context) {
    tweet_source *s = context;
    source_chunk *c;
    uintptr_t bytes = 0;
    while (s->next(s, &c) == STATUS_OK) {
        bytes += c->count;
        source_chunk_free(c);
    }
    return (void *)bytes; /* NOLINT(performance-no-int-to-ptr) */
}

static void a_reader_waits_for_what_others_bring(void **state) {
    tweet_source *s;
    pthread_t reader;
    void *bytes;
    size_t given = 0;
    (void)state;
    assert_int_equal(source_push(&s), STATUS_OK);
    assert_int_equal(pthread_create(&reader, NULL, read_to_the_end, s), 0);
    while (given < 1000) given += offer(s, 7, NULL) == STATUS_OK ? 1 : 0;
    source_state now;
    do s->state(s, &now);
    while (now.bytes_read < 7000);
    s->stop(s);
    assert_int_equal(pthread_join(reader, &bytes), 0);
    assert_int_equal((uintptr_t)bytes, 7000);
    s->close(s);
}

static status push_and_read(void *context) {
    tweet_source *s;
    source_chunk *c = NULL;
    (void)context;
    status result = source_push(&s);
    if (result != STATUS_OK) return result;
    result = offer(s, 1000, NULL);
    if (result == STATUS_OK) result = s->next(s, &c);
    source_chunk_free(c);
    s->close(s);
    return result;
}

static void it_survives_every_failed_allocation(void **state) {
    (void)state;
    assert_true(torture(push_and_read, NULL, 100) >= 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_come_in_order_with_zeros_behind_them),
        cmocka_unit_test(what_finds_no_room_is_refused),
        cmocka_unit_test(who_waits_at_the_stop_is_told_so),
        cmocka_unit_test(a_reader_waits_for_what_others_bring),
        cmocka_unit_test(it_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
