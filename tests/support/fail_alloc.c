/* SPDX-License-Identifier: MIT */
#include "tests/support/fail_alloc.h"

#include "pipeline/base/reserve.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Atomic int64_t left = -1; /* Allocations until one fails; below 0: none will. */
static _Atomic bool all_follow;
static _Atomic uint64_t failures;

static _Atomic bool counts; /* For DUNLIN_COUNT_ALLOC. */
static _Atomic uint64_t calls;

static bool fails_once(void) {
    if (atomic_load_explicit(&counts, memory_order_relaxed)) atomic_fetch_add(&calls, 1);
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

/* A thread with a reserve asks twice, as in the program: see pipeline/base/reserve.h. */
static bool fails(void) {
    return fails_once() && (!reserve_open() || fails_once());
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

/* ---- From outside: see tests/torture/alloc.py ---- */

static void write_count(void) {
    FILE *f = fopen(getenv("DUNLIN_COUNT_ALLOC"), "we");
    if (f == NULL) return;
    (void)fprintf(f, "%llu\n", (unsigned long long)atomic_load(&calls));
    (void)fclose(f);
}

/* Before main: what the environment asks for, of the whole program. */
__attribute__((constructor)) static void read_environment(void) {
    const char *after = getenv("DUNLIN_FAIL_ALLOC");
    if (getenv("DUNLIN_COUNT_ALLOC") != NULL) {
        atomic_store(&counts, true);
        (void)atexit(write_count);
    }
    if (after != NULL) fail_alloc_begin(strtoull(after, NULL, 10), strchr(after, '+') != NULL);
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
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);

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

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument) {
    return fails() ? EAGAIN : __real_pthread_create(thread, attributes, start, argument);
}

char *__wrap_strndup(const char *s, size_t most) {
    return fails() ? NULL : __real_strndup(s, most);
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
