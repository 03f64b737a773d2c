/* SPDX-License-Identifier: MIT */
/* reserve -- room held back for work that must not stop half done.
 *
 * A thread fills its reserve before it begins such work.  When an allocation of that thread
 * fails, its reserve goes back to the system and the allocation is tried once more, so the
 * work gets through; the next piece is begun when the reserve is full again.  Each thread has
 * its own, of addresses only: nothing is touched.
 *
 * Who allocates need not know: the program's malloc, calloc and realloc (reserve_malloc.c, by
 * the linker's --wrap) ask reserve_open, as do flow's pages. */
#ifndef DUNLIN_PIPELINE_BASE_RESERVE_H
#define DUNLIN_PIPELINE_BASE_RESERVE_H

#include <stdbool.h>
#include <stddef.h>

/* Holds at least so many bytes from now on.  False: the system has no room for them; what was
 * held before is still held. */
bool reserve_fill(size_t bytes);
size_t reserve_bytes(void); /* Held by this thread. */
/* Gives back what this thread holds.  True: there was something, so trying again may help. */
bool reserve_open(void);

#endif
