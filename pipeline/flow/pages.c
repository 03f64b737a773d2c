/* SPDX-License-Identifier: MIT */
#include "pipeline/flow/pages.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LARGE_PAGE = 2 << 20, LARGE_BYTES_MIN = 4 << 20 };

static void *large(size_t bytes) {
    size_t whole = (bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
    void *memory = aligned_alloc(LARGE_PAGE, whole);
    if (memory != NULL) (void)madvise(memory, whole, MADV_HUGEPAGE); /* Refused: small ones do. */
    return memory;
}

void *pages_resize(void *old, size_t old_bytes, size_t bytes) {
    if (bytes < LARGE_BYTES_MIN) return realloc(old, bytes);
    void *memory = large(bytes);
    if (memory == NULL) return NULL;
    if (old != NULL) memcpy(memory, old, old_bytes < bytes ? old_bytes : bytes);
    free(old);
    return memory;
}

void *pages_zeroed(size_t bytes) {
    if (bytes < LARGE_BYTES_MIN) return calloc(1, bytes);
    void *memory = large(bytes);
    if (memory != NULL) memset(memory, 0, bytes);
    return memory;
}
