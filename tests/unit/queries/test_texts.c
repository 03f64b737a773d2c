/* SPDX-License-Identifier: MIT */
/* Texts that memory need not hold: on a disk, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/random.h"
#include "pipeline/engine.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/memory_disk.h"

enum { TEXTS = 12000, TEXT_BYTES = 300, HELD_MAX = 1024 * 1024, CHUNK = 256 * 1024 };

typedef struct {
    memory_disk disk;
    texts *texts;
    uint32_t handles[TEXTS];
    texts_unloaded *late[1000]; /* Not given back yet: readers may be left. */
    size_t late_count;
    atomic_bool has_ended;
} world;

static text words_of(size_t i, char room[TEXT_BYTES + 1]) {
    int count = snprintf(room, TEXT_BYTES, "text %zu says %zu; ", i, i * i);
    for (; count < TEXT_BYTES - (int)(i % 100); count++)
        room[count] = (char)('a' + (i + (size_t)count) % 26);
    return (text){room, (size_t)count};
}

static bool is_right(const world *w, size_t i) {
    char room[TEXT_BYTES + 1];
    return text_equal(texts_get(w->texts, w->handles[i]), words_of(i, room));
}

static void unload(world *w) {
    texts_unloaded *batch;
    while ((batch = texts_take_unloaded(w->texts)) != NULL) texts_end_unloaded(batch);
}

static world *made(void) {
    char room[TEXT_BYTES + 1];
    world *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    memory_disk_init(&w->disk);
    w->texts = texts_new();
    assert_non_null(w->texts);
    assert_true(texts_set_disk(w->texts, &w->disk.base, HELD_MAX));
    for (size_t i = 0; i < TEXTS; i++) {
        assert_true(texts_add(w->texts, words_of(i, room), &w->handles[i]));
        if (i % 100 == 0) unload(w);
    }
    unload(w);
    return w;
}

static void ended(world *w) {
    texts_free(w->texts);
    memory_disk_deinit(&w->disk);
    free(w);
}

static size_t bytes_held(const world *w) {
    texts *empty = texts_new();
    assert_non_null(empty);
    size_t least = texts_bytes(empty) + 400000; /* What stands beside the chunks. */
    texts_free(empty);
    return texts_bytes(w->texts) > least ? texts_bytes(w->texts) - least : 0;
}

static void remove_text(world *w, size_t i) {
    texts_remove(w->texts, w->handles[i]);
    texts_dead *dead = texts_take_dead(w->texts);
    assert_non_null(dead);
    texts_end_dead(w->texts, dead);
}

/* ---- the tests ---- */

static void all_texts_come_back_and_memory_holds_few(void **state) {
    (void)state;
    world *w = made();
    assert_true(bytes_held(w) <= HELD_MAX + CHUNK);
    for (size_t i = 0; i < TEXTS; i++) {
        assert_true(is_right(w, i * 7919 % TEXTS));
        if (i % 50 == 0) unload(w);
        assert_true(bytes_held(w) <= TEXTS * TEXT_BYTES);
    }
    unload(w);
    assert_true(bytes_held(w) <= HELD_MAX + CHUNK);
    assert_true(texts_loads(w->texts) > 0);
    ended(w);
}

static void a_reader_leaves_memory_as_it_was(void **state) {
    (void)state;
    char room[TEXT_BYTES + 1];
    world *w = made();
    texts_reader *r = texts_reader_new(w->texts);
    size_t held = bytes_held(w);
    uint64_t loads = texts_loads(w->texts);
    assert_non_null(r);
    for (size_t i = 0; i < TEXTS; i++)
        assert_true(text_equal(texts_read(r, w->handles[i]), words_of(i, room)));
    for (size_t i = 0; i < TEXTS; i += 997)
        assert_true(
            text_equal(texts_read(r, w->handles[TEXTS - 1 - i]), words_of(TEXTS - 1 - i, room)));
    assert_int_equal(texts_read(r, 0).count, 0);
    assert_int_equal(bytes_held(w), held);
    assert_int_equal(texts_loads(w->texts), loads);
    unload(w);
    w->disk.gets_fail = true;
    texts_reader *none = texts_reader_new(w->texts);
    assert_int_equal(texts_read(none, w->handles[0]).count, 0);
    w->disk.gets_fail = false;
    assert_true(text_equal(texts_read(none, w->handles[0]), words_of(0, room)));
    texts_reader_free(none);
    texts_reader_free(r);
    ended(w);
}

static void what_is_used_stays(void **state) {
    (void)state;
    world *w = made();
    assert_true(is_right(w, 0));
    uint64_t loads = texts_loads(w->texts);
    for (size_t i = 1; i < TEXTS; i += 500) {
        assert_true(is_right(w, i));
        unload(w);
        assert_true(is_right(w, 0));
        unload(w);
    }
    assert_true(is_right(w, 0));
    /* Each chunk once, and not the first one again. */
    assert_true(texts_loads(w->texts) - loads <= TEXTS * TEXT_BYTES / CHUNK + 1);
    ended(w);
}

static void a_removed_text_is_wiped_on_disk(void **state) {
    (void)state;
    char room[TEXT_BYTES + 1];
    world *w = made();
    for (size_t i = 10; i < 6000; i += 1200) {
        assert_true(memory_disk_has(&w->disk, words_of(i, room)));
        remove_text(w, i);
        assert_false(memory_disk_has(&w->disk, words_of(i, room)));
        unload(w);
        assert_false(memory_disk_has(&w->disk, words_of(i, room)));
        assert_true(is_right(w, i + 1));
    }
    ended(w);
}

static void a_chunk_without_texts_is_used_again(void **state) {
    (void)state;
    char room[TEXT_BYTES + 1];
    world *w = made();
    for (size_t i = 0; i < TEXTS; i++) texts_remove(w->texts, w->handles[i]);
    texts_end_dead(w->texts, texts_take_dead(w->texts));
    for (uint32_t i = 0; i < MEMORY_DISK_BLOCKS; i++) assert_null(w->disk.blocks[i]);
    for (size_t i = 0; i < TEXTS; i++) {
        assert_true(texts_add(w->texts, words_of(i, room), &w->handles[i]));
        assert_true(w->handles[i] >> 16 < TEXTS * TEXT_BYTES / CHUNK + 2);
        if (i % 100 == 0) unload(w);
    }
    for (size_t i = 0; i < TEXTS; i++) assert_true(is_right(w, i));
    ended(w);
}

static void a_full_disk_loses_no_text(void **state) {
    (void)state;
    char room[TEXT_BYTES + 1];
    world *w = made();
    uint32_t more[4000];
    w->disk.puts_fail = true;
    for (size_t i = 0; i < 4000; i++) {
        assert_true(texts_add(w->texts, words_of(i, room), &more[i]));
        unload(w);
    }
    assert_true(bytes_held(w) > 4 * CHUNK);
    for (size_t i = 0; i < 4000; i++)
        assert_true(text_equal(texts_get(w->texts, more[i]), words_of(i, room)));
    w->disk.puts_fail = false;
    unload(w);
    assert_true(bytes_held(w) <= HELD_MAX + CHUNK);
    for (size_t i = 0; i < 4000; i++)
        assert_true(text_equal(texts_get(w->texts, more[i]), words_of(i, room)));
    ended(w);
}

static void a_disk_that_cannot_be_read_gives_the_empty_text(void **state) {
    (void)state;
    world *w = made();
    w->disk.gets_fail = true;
    assert_int_equal(texts_get(w->texts, w->handles[3]).count, 0);
    assert_true(is_right(w, TEXTS - 1));
    remove_text(w, 3);
    w->disk.gets_fail = false;
    assert_true(is_right(w, 4));
    texts_dead *dead = texts_take_dead(w->texts); /* It waited until it could be read. */
    assert_non_null(dead);
    texts_end_dead(w->texts, dead);
    assert_null(texts_take_dead(w->texts));
    ended(w);
}

static void *read_by_chance(void *context) {
    world *w = context;
    random_source chance = {random_seed()};
    char room[TEXT_BYTES + 1];
    texts_reader *beside = texts_reader_new(w->texts);
    uintptr_t wrong = beside == NULL;
    while (wrong == 0 && !atomic_load(&w->has_ended))
        for (int i = 0; i < 50; i++) {
            size_t one = TEXTS / 2 + random_below(&chance, TEXTS / 2);
            size_t other = TEXTS / 2 + random_below(&chance, TEXTS / 2);
            wrong += !is_right(w, one);
            wrong += !text_equal(texts_read(beside, w->handles[other]), words_of(other, room));
        }
    texts_reader_free(beside);
    return (void *)wrong;
}

/* Readers read what is loaded and let go while texts they do not know are removed. */
static void readers_read_while_chunks_come_and_go(void **state) {
    (void)state;
    pthread_t readers[3];
    void *wrong;
    world *w = made();
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_by_chance, w), 0);
    for (size_t i = 0; i < 400; i++) {
        remove_text(w, i * 10);
        texts_unloaded *batch = texts_take_unloaded(w->texts);
        if (batch != NULL) w->late[w->late_count++] = batch;
    }
    atomic_store(&w->has_ended, true);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(readers[i], &wrong), 0);
        assert_null(wrong);
    }
    for (size_t i = 0; i < w->late_count; i++) texts_end_unloaded(w->late[i]);
    ended(w);
}

/* ---- facts ---- */

enum { TWEETS = 4000, BASE_MS = 1500000000 };

static record tweet(size_t i, size_t says, int64_t at, char room[TEXT_BYTES + 1]) {
    record r = {.kind = RECORD_TWEET,
                .fields = TWEET_AUTHOR | TWEET_CREATED | TWEET_TEXT | TWEET_FOLLOWERS | TWEET_LANG,
                .observed_ms = BASE_MS * 1000LL + at};
    r.tweet = (tweet_record){.id = i + 1,
                             .author_id = i % 50 + 1,
                             .created_ms = BASE_MS * 1000LL,
                             .text = words_of(says, room),
                             .lang = TEXT("xx"),
                             .followers = (uint64_t)at,
                             .heard = true};
    return r;
}

static void tell(engine *e, size_t shift, int64_t at) {
    char room[TEXT_BYTES + 1];
    for (size_t i = 0; i < TWEETS; i++) {
        record r = tweet(i, i + shift, at, room);
        assert_int_equal(engine_apply(e, &r), STATUS_OK);
        if (i % 500 == 499) assert_int_equal(engine_commit(e), STATUS_OK);
    }
}

static engine *new_engine(texts_disk *disk, const sentiment_model *model) {
    engine_options o = {.model = model,
                        .cleaning = {2, 300000000, 1000000000, false},
                        .hash_seed = 5,
                        .readers = true,
                        .texts_disk = disk,
                        .texts_held_max = 1};
    engine *e;
    assert_int_equal(engine_new(&o, &e, NULL), STATUS_OK);
    return e;
}

static text text_of_tweet(const moment *m, uint32_t number) {
    const tweet_row *row = moment_tweet(m, number);
    assert_non_null(row);
    return texts_get(m->texts, row->text);
}

static void assert_same_texts(engine *a, engine *b) {
    const moment *m = engine_acquire(a), *n = engine_acquire(b);
    for (uint32_t i = 0; i < TWEETS; i++)
        assert_true(text_equal(text_of_tweet(m, i), text_of_tweet(n, i)));
    engine_release(m);
    engine_release(n);
}

static void texts_on_disk_change_no_answer_and_equal_ones_stay_unread(void **state) {
    (void)state;
    memory_disk disk;
    sentiment_model *model;
    memory_disk_init(&disk);
    assert_int_equal(sentiment_model_builtin(&model), STATUS_OK);
    engine *with = new_engine(&disk.base, model), *without = new_engine(NULL, model);
    tell(with, 0, 0), tell(without, 0, 0);
    assert_int_equal(texts_loads(engine_present(with)->texts), 0);
    tell(with, 0, 0), tell(without, 0, 0); /* The same again. */
    tell(with, 0, 9), tell(without, 0, 9); /* Later, with other counts. */
    assert_int_equal(texts_loads(engine_present(with)->texts), 0);
    assert_same_texts(with, without);
    uint64_t loads = texts_loads(engine_present(with)->texts);
    assert_true(loads > 0);
    tell(with, 1, 9), tell(without, 1, 9); /* Another text at the same time: bytes decide. */
    assert_true(texts_loads(engine_present(with)->texts) > loads);
    assert_same_texts(with, without);
    tell(with, 2, 12), tell(without, 2, 12);
    assert_same_texts(with, without);
    engine_free(with);
    engine_free(without);
    sentiment_model_free(model);
    memory_disk_deinit(&disk);
}

/* ---- memory ---- */

static status live_a_life(void *context) {
    char room[TEXT_BYTES + 1];
    memory_disk disk;
    uint32_t handles[2000];
    (void)context;
    memory_disk_init(&disk);
    texts *t = texts_new();
    status s = t != NULL && texts_set_disk(t, &disk.base, 1) ? STATUS_OK : STATUS_NO_MEMORY;
    for (size_t i = 0; i < 2000 && s == STATUS_OK; i++)
        if (!texts_add(t, words_of(i, room), &handles[i])) s = STATUS_NO_MEMORY;
    texts_unloaded *batch = s == STATUS_OK ? texts_take_unloaded(t) : NULL;
    if (batch != NULL) texts_end_unloaded(batch);
    for (size_t i = 0; i < 2000 && s == STATUS_OK; i += 100)
        if (texts_get(t, handles[i]).count == 0)
            s = STATUS_NO_MEMORY; /* It cannot be loaded now. */
    texts_free(t);
    memory_disk_deinit(&disk);
    return s;
}

static void every_failed_allocation_is_survived(void **state) {
    (void)state;
    assert_true(torture(live_a_life, NULL, 1000) > 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_texts_come_back_and_memory_holds_few),
        cmocka_unit_test(a_reader_leaves_memory_as_it_was),
        cmocka_unit_test(what_is_used_stays),
        cmocka_unit_test(a_removed_text_is_wiped_on_disk),
        cmocka_unit_test(a_chunk_without_texts_is_used_again),
        cmocka_unit_test(a_full_disk_loses_no_text),
        cmocka_unit_test(a_disk_that_cannot_be_read_gives_the_empty_text),
        cmocka_unit_test(readers_read_while_chunks_come_and_go),
        cmocka_unit_test(texts_on_disk_change_no_answer_and_equal_ones_stay_unread),
        cmocka_unit_test(every_failed_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
