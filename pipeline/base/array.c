/* SPDX-License-Identifier: MIT */
#include "pipeline/base/array.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool array_grow(void *items, size_t *capacity, size_t item_bytes, size_t least) {
    void *old, *grown;
    size_t wanted = *capacity == 0 ? least : *capacity * 2;
    if (wanted > SIZE_MAX / item_bytes) return false;
    memcpy(&old, items, sizeof old); /* It is no void * to the compiler, but looks like one. */
    grown = realloc(old, wanted * item_bytes);
    if (grown == NULL) return false;
    memcpy(items, &grown, sizeof grown);
    *capacity = wanted;
    return true;
}
