/* SPDX-License-Identifier: MIT */
#include "pipeline/flow/pages.h"

#include "pipeline/base/reserve.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef TEST_TINY
enum { LARGE_PAGE = 4096, LARGE_BYTES_MIN = 8192 };
#else
enum { LARGE_PAGE = 2 << 20, LARGE_BYTES_MIN = 4 << 20 };
#endif

static size_t whole_pages(size_t bytes) {
    return (bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
}

static uint8_t *map_bytes(size_t bytes) {
    void *all = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED && reserve_open())
        all = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return all == MAP_FAILED ? NULL : all;
}

/* Zeroed memory that begins where a large page does: as much again as one is asked for,
 * and what is before and behind given back. */
static uint8_t *map(size_t whole) {
    uint8_t *all = map_bytes(whole + LARGE_PAGE);
    if (all == NULL) return NULL;
    size_t before = (LARGE_PAGE - (uintptr_t)all % LARGE_PAGE) % LARGE_PAGE;
    if (before > 0) (void)munmap(all, before);
    (void)munmap(all + before + whole, LARGE_PAGE - before);
    (void)madvise(all + before, whole, MADV_HUGEPAGE); /* Refused: small ones do. */
    return all + before;
}

/* Moves whole pages; what they hold is not touched. */
static uint8_t *remap(uint8_t *old, size_t old_whole, size_t whole) {
    if (old_whole == whole) return old;
    if (mremap(old, old_whole, whole, 0) != MAP_FAILED) return old;
    uint8_t *to = map(whole);
    if (to == NULL) return NULL;
    if (mremap(old, old_whole, whole, MREMAP_MAYMOVE | MREMAP_FIXED, to) != MAP_FAILED) return to;
    (void)munmap(to, whole);
    return NULL;
}

void *pages_resize(void *old, size_t old_bytes, size_t bytes) {
    bool is_large = bytes >= LARGE_BYTES_MIN, was_large = old_bytes >= LARGE_BYTES_MIN;
    if (!is_large && !was_large) return realloc(old, bytes);
    if (is_large && was_large) return remap(old, whole_pages(old_bytes), whole_pages(bytes));
    void *memory = is_large ? map(whole_pages(bytes)) : malloc(bytes);
    if (memory == NULL) return NULL;
    if (old != NULL) memcpy(memory, old, old_bytes < bytes ? old_bytes : bytes);
    pages_free(old, old_bytes);
    return memory;
}

void *pages_zeroed(size_t bytes) {
    return bytes < LARGE_BYTES_MIN ? calloc(1, bytes) : map(whole_pages(bytes));
}

void pages_free(void *memory, size_t bytes) {
    if (bytes < LARGE_BYTES_MIN)
        free(memory);
    else if (memory != NULL)
        (void)munmap(memory, whole_pages(bytes));
}
