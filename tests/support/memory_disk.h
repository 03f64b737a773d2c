/* SPDX-License-Identifier: MIT */
/* memory_disk -- a disk for texts that a test can look at, and that fails when told to. */
#ifndef DUNLIN_TESTS_SUPPORT_MEMORY_DISK_H
#define DUNLIN_TESTS_SUPPORT_MEMORY_DISK_H

#include <stdatomic.h>

#include "pipeline/queries/strings.h"

enum { MEMORY_DISK_BLOCKS = 256 };

typedef struct {
    texts_disk base; /* First: pass &d->base. */
    _Atomic bool puts_fail, gets_fail;
    char *blocks[MEMORY_DISK_BLOCKS];
    size_t counts[MEMORY_DISK_BLOCKS];
} memory_disk;

void memory_disk_init(memory_disk *d);
void memory_disk_deinit(memory_disk *d);
bool memory_disk_has(const memory_disk *d, text t);

#endif
