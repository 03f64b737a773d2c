/* SPDX-License-Identifier: MIT */
/* store_run -- what tests of the store do again and again: epochs whose content follows
 * from their number, so that what is read back can be judged by itself.
 *
 * An epoch n is one frame: `n % 5 + 1` tweets of the ids n * 10 + 0..4 by user n, the
 * user, and an item each. */
#ifndef DUNLIN_TESTS_SUPPORT_STORE_RUN_H
#define DUNLIN_TESTS_SUPPORT_STORE_RUN_H

#include "pipeline/store/store.h"

enum { STORE_RUN_TIME_MS = 1000 }; /* Event time between two epochs. */

bool store_run_pack(uint64_t n, buffer *frame); /* False: no memory. */
status store_run_append(store *s, uint64_t n);

/* What was read. */
typedef struct {
    uint64_t epochs, first, last, records, items;
    uint64_t left_out; /* Numbers between two that are not next to each other. */
    bool is_wrong;     /* Out of order, twice, or of another content. */
    bool may_miss_records;
} store_run_found;
status store_run_read(store *s, store_run_found *found);

/* Waits until the store's thread has done all that was asked; false: not within a minute. */
bool store_run_settle(store *s);

#endif
