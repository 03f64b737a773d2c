/* SPDX-License-Identifier: MIT */
/* fail_alloc -- makes one allocation fail, so that a test can fail each in turn.
 *
 * Unit tests are linked with --wrap for malloc, calloc, realloc, aligned_alloc,
 * posix_memalign, strdup, strndup and pthread_create, which counts as one: calls from dunlin's C
 * code pass through here, those inside shared libraries do not.  One counter for all threads. */
#ifndef DUNLIN_TESTS_SUPPORT_FAIL_ALLOC_H
#define DUNLIN_TESTS_SUPPORT_FAIL_ALLOC_H

#include "pipeline/base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* DUNLIN_FAIL_ALLOC=N in the environment does so before main ("N+": with all after it), and
 * DUNLIN_COUNT_ALLOC=FILE writes how many there were. */

/* The allocation after the next `after` ones fails, and with `all_after` every one
 * after it too, until fail_alloc_end. */
void fail_alloc_begin(uint64_t after, bool all_after);
/* How many have failed since fail_alloc_begin. */
uint64_t fail_alloc_end(void);

/* Runs `step` again and again, failing its first allocation, then its second, ...,
 * once alone and once with all that follow, until a run meets no failure.  Every run
 * must give STATUS_NO_MEMORY, or STATUS_OK where it can do without; the last must
 * give STATUS_OK.  Returns how many allocations were failed; 0 and a message on
 * stderr when a run gave another status, or when there were more than `most`. */
uint64_t torture(status (*step)(void *context), void *context, uint64_t most);

#endif
