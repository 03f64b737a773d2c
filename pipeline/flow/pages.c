/* SPDX-License-Identifier: MIT */
#include "pipeline/flow/pages.h"

#include <stdint.h>
#include <sys/mman.h>

enum { PAGE_BYTES = 4096, LARGE_BYTES_MIN = 2 << 20 };

void pages_prefer_large(void *memory, size_t bytes) {
    if (memory == NULL || bytes < LARGE_BYTES_MIN) return;
    uintptr_t begin = ((uintptr_t)memory + PAGE_BYTES - 1) & ~(uintptr_t)(PAGE_BYTES - 1);
    size_t whole = (bytes - (begin - (uintptr_t)memory)) & ~(size_t)(PAGE_BYTES - 1);
    (void)madvise((void *)begin, whole, MADV_HUGEPAGE); /* Refused: it works as well. */
}
