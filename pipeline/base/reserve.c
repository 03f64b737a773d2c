/* SPDX-License-Identifier: MIT */
#include "pipeline/base/reserve.h"

#include <sys/mman.h>

static _Thread_local struct {
    void *block;
    size_t bytes;
} mine;

bool reserve_fill(size_t bytes) {
    if (mine.bytes >= bytes) return true;
    void *block = mine.bytes == 0 ? mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                                  : mremap(mine.block, mine.bytes, bytes, MREMAP_MAYMOVE);
    if (block == MAP_FAILED) return false;
    mine.block = block;
    mine.bytes = bytes;
    return true;
}

size_t reserve_bytes(void) {
    return mine.bytes;
}

bool reserve_open(void) {
    if (mine.bytes == 0) return false;
    (void)munmap(mine.block, mine.bytes);
    mine.bytes = 0;
    return true;
}
