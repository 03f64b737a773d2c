/* SPDX-License-Identifier: MIT */
#include "pipeline/flow/pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MB = 1 << 20 };

static void fill(uint8_t *bytes, size_t begin, size_t end) {
    for (size_t i = begin; i < end; i += 4096) bytes[i] = (uint8_t)(i / 4096 * 7);
}

static void assert_filled(const uint8_t *bytes, size_t end) {
    for (size_t i = 0; i < end; i += 4096) assert_int_equal(bytes[i], (uint8_t)(i / 4096 * 7));
}

/* From small pages to large ones, on with these, and back. */
static void what_was_there_stays_at_any_size(void **state) {
    static const size_t sizes[] = {1,      4096,    3 * MB,  4 * MB,      4 * MB + 1,
                                   9 * MB, 10 * MB, 64 * MB, 64 * MB + 1, 6 * MB,
                                   3 * MB, 5 * MB,  4097};
    uint8_t *memory = NULL;
    size_t had = 0;
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        memory = pages_resize(memory, had, sizes[i]);
        assert_non_null(memory);
        assert_filled(memory, had < sizes[i] ? had : sizes[i]);
        fill(memory, 0, sizes[i]);
        had = sizes[i];
    }
    pages_free(memory, had);
}

static void zeroed_memory_is_zero(void **state) {
    static const size_t sizes[] = {8, 4096, 4 * MB, 7 * MB + 8};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint8_t *memory = pages_zeroed(sizes[i]);
        for (size_t j = 0; j < sizes[i]; j += 8) assert_int_equal(memory[j], 0);
        memset(memory, 1, sizes[i]);
        pages_free(memory, sizes[i]);
    }
    pages_free(NULL, 0);
    pages_free(NULL, 64 * MB);
}

static void memory_that_cannot_be_had_changes_nothing(void **state) {
    static const size_t sizes[] = {4096, 8 * MB};
    size_t far_too_much = SIZE_MAX / 2 / (2 * MB) * (2 * MB);
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint8_t *memory = pages_resize(NULL, 0, sizes[i]);
        fill(memory, 0, sizes[i]);
        assert_null(pages_resize(memory, sizes[i], far_too_much));
        assert_filled(memory, sizes[i]);
        pages_free(memory, sizes[i]);
    }
    assert_null(pages_zeroed(far_too_much));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_there_stays_at_any_size),
        cmocka_unit_test(zeroed_memory_is_zero),
        cmocka_unit_test(memory_that_cannot_be_had_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
