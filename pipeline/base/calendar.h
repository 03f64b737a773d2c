/* SPDX-License-Identifier: MIT */
/* calendar -- things by time, taken out again in order when their time has come.
 *
 * Items wait in buckets of a minute; only those of minutes that have come are put in
 * order.  What an item's time is at present is asked when its minute comes: one that
 * moved meanwhile is put where it belongs, one that has gone is dropped.  So a change
 * of time to a later one costs nothing; for an earlier one the item is added again.
 * Cost: 8 bytes an item and what a bucket has spare; O(1), and O(log items of a minute)
 * when it is taken.  One thread. */
#ifndef DUNLIN_PIPELINE_BASE_CALENDAR_H
#define DUNLIN_PIPELINE_BASE_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    struct calendar_bucket *slots;
    struct calendar_entry *heap;
    size_t slot_count, used, heap_count, heap_capacity, held_bytes;
    int64_t opened; /* Minutes up to this one are in the heap. */
} calendar;

#define CALENDAR_NEVER INT64_MAX

void calendar_init(calendar *c);
void calendar_deinit(calendar *c);
bool calendar_add(calendar *c, int64_t ms, uint64_t item); /* False: no memory. */
/* The time of an item now; CALENDAR_NEVER: it need not come. */
typedef int64_t calendar_time(uint64_t item, void *context);
/* Takes out an item whose time is at or before `ms`; false when there is none.  *failed:
 * there was no memory, and items may be lost. */
bool calendar_take(calendar *c, int64_t ms, calendar_time *time_of, void *context, uint64_t *item,
                   bool *failed);
size_t calendar_bytes(const calendar *c);

#endif
