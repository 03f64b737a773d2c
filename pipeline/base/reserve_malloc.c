/* SPDX-License-Identifier: MIT */
/* The program's way to memory, once more where a reserve was held: see reserve.h.  The linker
 * sends every call of `name` in dunlin's C code to __wrap_name, and __real_name to libc.  Unit
 * tests have tests/support/fail_alloc.c in its place. */
#include "pipeline/base/reserve.h"

#include <stdlib.h>

// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);

void *__wrap_malloc(size_t bytes) {
    void *memory = __real_malloc(bytes);
    return memory == NULL && reserve_open() ? __real_malloc(bytes) : memory;
}

void *__wrap_calloc(size_t count, size_t bytes) {
    void *memory = __real_calloc(count, bytes);
    return memory == NULL && reserve_open() ? __real_calloc(count, bytes) : memory;
}

void *__wrap_realloc(void *old, size_t bytes) {
    void *memory = __real_realloc(old, bytes);
    if (memory != NULL || bytes == 0) return memory; /* realloc(old, 0) has freed it. */
    return reserve_open() ? __real_realloc(old, bytes) : NULL;
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
