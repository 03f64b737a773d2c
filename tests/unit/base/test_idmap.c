/* SPDX-License-Identifier: MIT */
/* Numbers that are given back and used again, while others look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "pipeline/base/hash.h"
#include "pipeline/base/idmap.h"
#include "pipeline/base/random.h"

enum { IDS = 300, STEPS = 60000, BATCHES = 3 };

/* What is held, by plain arrays, and the batches of the dead that readers still see. */
typedef struct {
    idmap *ids;
    uint32_t number[IDS], holders[IDS];
    uint32_t ended_at[IDS]; /* The step in which the last holder went. */
    bool is_known[IDS];
    idmap_dead *batches[BATCHES];
    uint32_t began_at[BATCHES];
} world;

static void check(const world *w, uint32_t i) {
    uint32_t number;
    if (!w->is_known[i]) return;
    assert_true(idmap_find(w->ids, hash_mix(i), &number));
    assert_int_equal(number, w->number[i]);
    assert_int_equal(idmap_id(w->ids, number), hash_mix(i));
}

static void hold(world *w, uint32_t i) {
    uint32_t number;
    assert_true(idmap_add(w->ids, hash_mix(i), &number));
    if (w->is_known[i]) assert_int_equal(number, w->number[i]);
    for (uint32_t k = 0; k < IDS && !w->is_known[i]; k++)
        if (w->is_known[k]) assert_int_not_equal(number, w->number[k]);
    w->is_known[i] = true;
    w->number[i] = number;
    w->holders[i]++;
    idmap_hold(w->ids, number);
}

/* The oldest batch ends: what had no holder since it was taken may be gone. */
static void end_epoch(world *w, uint32_t step) {
    if (w->batches[0] != NULL) idmap_end_dead(w->ids, w->batches[0]);
    for (uint32_t i = 0; i < IDS; i++)
        if (w->holders[i] == 0 && w->ended_at[i] <= w->began_at[0]) w->is_known[i] = false;
    memmove(w->batches, w->batches + 1, sizeof w->batches - sizeof w->batches[0]);
    memmove(w->began_at, w->began_at + 1, sizeof w->began_at - sizeof w->began_at[0]);
    w->batches[BATCHES - 1] = idmap_take_dead(w->ids);
    w->began_at[BATCHES - 1] = step;
}

static void numbers_stay_while_they_are_held_and_for_who_saw_them(void **state) {
    world w = {.ids = idmap_new(7)};
    random_source r = {1};
    (void)state;
    for (uint32_t step = 1; step < STEPS; step++) {
        uint32_t i = (uint32_t)random_below(&r, IDS);
        if (random_below(&r, 5) < 2 && w.holders[i] < 3) {
            hold(&w, i);
        } else if (w.holders[i] > 0) {
            idmap_drop(w.ids, w.number[i]);
            if (--w.holders[i] == 0) w.ended_at[i] = step;
        }
        if (random_below(&r, 50) == 0) end_epoch(&w, step);
        check(&w, (uint32_t)random_below(&r, IDS));
    }
    assert_true(idmap_count(w.ids) <= IDS); /* Used again, or there would be thousands. */
    for (int i = 0; i < BATCHES; i++)
        if (w.batches[i] != NULL) idmap_end_dead(w.ids, w.batches[i]);
    idmap_free(w.ids);
}

static void what_has_gone_is_not_found(void **state) {
    idmap *m = idmap_new(7);
    uint32_t number, again;
    (void)state;
    for (uint64_t id = 1; id <= 3000; id++) {
        assert_true(idmap_add(m, id, &number));
        idmap_hold(m, number);
    }
    for (uint32_t i = 0; i < 3000; i += 2) idmap_drop(m, i);
    idmap_end_dead(m, idmap_take_dead(m));
    assert_null(idmap_take_dead(m));
    for (uint64_t id = 1; id <= 3000; id++) {
        assert_int_equal(idmap_find(m, id, &number), id % 2 == 0);
        if (id % 2 == 0) assert_int_equal(number, id - 1);
    }
    size_t bytes = idmap_bytes(m);
    for (uint64_t id = 4001; id <= 5500; id++) {
        assert_true(idmap_add(m, id, &again));
        assert_true(again % 2 == 0 && idmap_id(m, again) == id);
    }
    assert_int_equal(idmap_count(m), 3000);
    assert_int_equal(idmap_bytes(m), bytes);
    idmap_free(m);
}

/* Even ids stay, odd ones come and go: who looks for an even one finds it, always. */
typedef struct {
    idmap *ids;
    atomic_bool is_over;
    atomic_uint misses;
} shared;

static void *look(void *context) {
    shared *s = context;
    random_source r = {3};
    uint32_t number;
    while (!atomic_load(&s->is_over))
        if (!idmap_find(s->ids, random_below(&r, 500) * 2, &number) ||
            idmap_id(s->ids, number) % 2 != 0)
            atomic_fetch_add(&s->misses, 1);
    return NULL;
}

static void readers_miss_nothing_while_others_go(void **state) {
    shared s = {.ids = idmap_new(7)};
    pthread_t thread;
    uint32_t number;
    (void)state;
    for (uint64_t i = 0; i < 500; i++) assert_true(idmap_add(s.ids, i * 2, &number));
    assert_int_equal(pthread_create(&thread, NULL, look, &s), 0);
    for (int round = 0; round < 300; round++) {
        for (uint64_t i = 0; i < 200; i++) {
            assert_true(idmap_add(s.ids, i * 2 + 1 + (uint64_t)round * 1000, &number));
            idmap_hold(s.ids, number);
            idmap_drop(s.ids, number);
        }
        idmap_end_dead(s.ids, idmap_take_dead(s.ids));
    }
    atomic_store(&s.is_over, true);
    (void)pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&s.misses), 0);
    assert_true(idmap_count(s.ids) <= 700);
    idmap_free(s.ids);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_stay_while_they_are_held_and_for_who_saw_them),
        cmocka_unit_test(what_has_gone_is_not_found),
        cmocka_unit_test(readers_miss_nothing_while_others_go),
    };
    return cmocka_run_group_tests_name("idmap", tests, NULL, NULL);
}
