/* SPDX-License-Identifier: MIT */
#include "tests/support/fail_alloc.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Atomic int64_t left = -1; /* Allocations until one fails; below 0: none will. */
static _Atomic bool all_follow;
static _Atomic uint64_t failures;

static bool fails(void) {
    /* At rest nothing is written, so that threads do not fight for the line. */
    if (atomic_load_explicit(&left, memory_order_relaxed) < 0) return false;
    int64_t now = atomic_fetch_sub(&left, 1);
    if (now > 0) return false;
    if (now < 0) return false; /* Another thread had the last one. */
    if (atomic_load(&all_follow)) atomic_store(&left, 0);
    atomic_fetch_add(&failures, 1);
    errno = ENOMEM;
    return true;
}

void fail_alloc_begin(uint64_t after, bool all_after) {
    atomic_store(&failures, 0);
    atomic_store(&all_follow, all_after);
    atomic_store(&left, (int64_t)after);
}

uint64_t fail_alloc_end(void) {
    atomic_store(&left, -1);
    return atomic_load(&failures);
}

static bool failed_run(status (*step)(void *), void *context, uint64_t after, bool all_after,
                       uint64_t *failed) {
    fail_alloc_begin(after, all_after);
    status s = step(context);
    *failed = fail_alloc_end();
    bool good = s == STATUS_OK || (s == STATUS_NO_MEMORY && *failed > 0);
    if (!good)
        (void)fprintf(stderr, "torture: allocation %llu%s, %llu failed: %s\n",
                      (unsigned long long)after + 1, all_after ? " and all after it" : "",
                      (unsigned long long)*failed, status_text(s));
    return good;
}

uint64_t torture(status (*step)(void *context), void *context, uint64_t most) {
    for (uint64_t after = 0; after <= most; after++) {
        uint64_t once, all;
        if (!failed_run(step, context, after, false, &once)) return 0;
        if (!failed_run(step, context, after, true, &all)) return 0;
        if (once == 0 && all == 0) return after;
    }
    (void)fprintf(stderr, "torture: more than %llu allocations\n", (unsigned long long)most);
    return 0;
}

/* The linker sends every call of `name` to __wrap_name, and __real_name to libc. */
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
void *__real_aligned_alloc(size_t alignment, size_t bytes);
int __real_posix_memalign(void **result, size_t alignment, size_t bytes);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t most);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);
int __wrap_posix_memalign(void **result, size_t alignment, size_t bytes);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t most);

void *__wrap_malloc(size_t bytes) {
    return fails() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes) {
    return fails() ? NULL : __real_calloc(count, bytes);
}

void *__wrap_realloc(void *old, size_t bytes) {
    return fails() ? NULL : __real_realloc(old, bytes);
}

void *__wrap_aligned_alloc(size_t alignment, size_t bytes) {
    return fails() ? NULL : __real_aligned_alloc(alignment, bytes);
}

int __wrap_posix_memalign(void **result, size_t alignment, size_t bytes) {
    return fails() ? ENOMEM : __real_posix_memalign(result, alignment, bytes);
}

char *__wrap_strdup(const char *s) {
    return fails() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t most) {
    return fails() ? NULL : __real_strndup(s, most);
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
