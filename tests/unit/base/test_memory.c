/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "pipeline/base/arena.h"
#include "pipeline/base/array.h"
#include "pipeline/base/buffer.h"
#include "pipeline/base/hash.h"
#include "pipeline/base/idmap.h"
#include "pipeline/base/queue.h"
#include "tests/support/fail_alloc.h"

enum { ALLOCATIONS_MAX = 1000 };

static status fill_an_arena(void *context) {
    (void)context;
    status s = STATUS_OK;
    arena *a = arena_new(64);
    if (a == NULL) return STATUS_NO_MEMORY;
    for (int i = 0; i < 20; i++)
        if (arena_copy(a, TEXT("a name of some length")).bytes == NULL) s = STATUS_NO_MEMORY;
    if (arena_take(a, 1 << 16) == NULL) s = STATUS_NO_MEMORY;
    arena_reset(a);
    arena_free(a);
    return s;
}

static status fill_a_buffer(void *context) {
    buffer b = {0};
    (void)context;
    for (int i = 0; i < 500; i++) buffer_add_format(&b, "%d of many", i);
    status s = b.failed ? STATUS_NO_MEMORY : STATUS_OK;
    buffer_deinit(&b);
    return s;
}

static status fill_an_idmap(void *context) {
    (void)context;
    idmap *m = idmap_new(1);
    if (m == NULL) return STATUS_NO_MEMORY;
    status s = STATUS_OK;
    uint32_t number, count = 0;
    for (uint64_t id = 0; id < 5000; id++) {
        if (!idmap_add(m, hash_mix(id), &number)) {
            s = STATUS_NO_MEMORY;
            continue;
        }
        count++;
        idmap_hold(m, number);
        if (id % 8 == 0) idmap_drop(m, number); /* Fails softly: it keeps its holder. */
    }
    idmap_dead *dead = idmap_take_dead(m);
    if (dead != NULL) idmap_end_dead(m, dead);
    /* A refused id leaves no trace. */
    if (idmap_count(m) != count) s = STATUS_BAD_DATA;
    idmap_free(m);
    return s;
}

/* Without room all is as before: what was put in is there, and its place is the same. */
static status fill_an_array(void *context) {
    (void)context;
    uint32_t *items = NULL;
    size_t count = 0, capacity = 0;
    status s = STATUS_OK;
    for (uint32_t i = 0; i < 100; i++) {
        const uint32_t *before = items;
        size_t capacity_before = capacity;
        if (ARRAY_ROOM(items, count, capacity, 3))
            items[count++] = i;
        else if (items != before || capacity != capacity_before)
            s = STATUS_BAD_DATA;
        else if (s == STATUS_OK)
            s = STATUS_NO_MEMORY;
    }
    for (size_t i = 1; i < count; i++)
        if (items[i - 1] >= items[i]) s = STATUS_BAD_DATA;
    if (s == STATUS_OK && (count != 100 || capacity != 192))
        s = STATUS_BAD_DATA; /* 3, 6, 12, ... */
    free(items);
    return s;
}

static status use_a_queue(void *context) {
    (void)context;
    queue *q = queue_new(4);
    if (q == NULL) return STATUS_NO_MEMORY;
    bool right = queue_push(q, q) && queue_take(q, -1) == q;
    queue_free(q);
    return right ? STATUS_OK : STATUS_BAD_DATA;
}

static void every_part_of_base_survives_every_failed_allocation(void **state) {
    (void)state;
    assert_in_range(torture(fill_an_arena, NULL, ALLOCATIONS_MAX), 3, ALLOCATIONS_MAX);
    assert_in_range(torture(fill_an_array, NULL, ALLOCATIONS_MAX), 7, ALLOCATIONS_MAX);
    assert_in_range(torture(fill_a_buffer, NULL, ALLOCATIONS_MAX), 2, ALLOCATIONS_MAX);
    assert_in_range(torture(fill_an_idmap, NULL, ALLOCATIONS_MAX), 2, ALLOCATIONS_MAX);
    assert_in_range(torture(use_a_queue, NULL, ALLOCATIONS_MAX), 1, ALLOCATIONS_MAX);
}

static status ignores_failure(void *context) {
    (void)context;
    buffer b = {0};
    buffer_add(&b, TEXT("x"));
    status s = b.failed ? STATUS_BAD_DATA : STATUS_OK;
    buffer_deinit(&b);
    return s;
}

static void torture_reports_a_step_that_hides_a_failed_allocation(void **state) {
    (void)state;
    assert_int_equal(torture(ignores_failure, NULL, ALLOCATIONS_MAX), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_of_base_survives_every_failed_allocation),
        cmocka_unit_test(torture_reports_a_step_that_hides_a_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
