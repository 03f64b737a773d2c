/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_TESTS_SUPPORT_FLOW_BAG_H
#define DUNLIN_TESTS_SUPPORT_FLOW_BAG_H

#include "pipeline/flow/flow.h"

/* The one kind of rows that random programs have, and multisets of them: what a
 * naive evaluation needs and no more.  Out of memory ends the test. */

#define ITEM_ROW(X) X(u32, a) X(u32, b) X(i64, c)
FLOW_ROW(item, ITEM_ROW)

typedef struct {
    item row;
    int64_t weight;
} bag_entry;

typedef struct {
    bag_entry *entries;
    uint32_t *slots; /* Of entries, + 1. */
    uint32_t count, capacity, mask;
} bag;

void bag_free(bag *b);
void bag_clear(bag *b);
void bag_add(bag *b, item row, int64_t weight);
void bag_add_all(bag *to, const bag *from, int64_t sign);
int64_t bag_weight(const bag *b, item row);
bool bag_equal(const bag *a, const bag *b);
uint32_t bag_rows(const bag *b); /* Of weight other than 0. */
void bag_print(const char *title, const bag *b);

#endif
