/* SPDX-License-Identifier: MIT */
/* array -- arrays that grow by one item at a time: a pointer, a count and a capacity. */
#ifndef DUNLIN_PIPELINE_BASE_ARRAY_H
#define DUNLIN_PIPELINE_BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/* True when there is room for one item more: the array (a pointer, which may move; NULL and 0
 * at first, free() in the end) has become `least` items long, or twice as long as it was, if
 * it was full.  False: no memory, and all is as before.  What is new is not set to anything. */
#define ARRAY_ROOM(items, count, capacity, least)                                                  \
    ((count) < (capacity) || array_grow(&(items), &(capacity), sizeof *(items), (least)))

/* Of ARRAY_ROOM; `items` is the address of the pointer. */
bool array_grow(void *items, size_t *capacity, size_t item_bytes, size_t least);

#endif
