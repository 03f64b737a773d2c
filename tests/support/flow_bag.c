/* SPDX-License-Identifier: MIT */
#include "tests/support/flow_bag.h"

#include "pipeline/base/hash.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

FLOW_SCHEMA(item, ITEM_ROW)

void bag_free(bag *b) {
    free(b->entries);
    free(b->slots);
    *b = (bag){0};
}

void bag_clear(bag *b) {
    b->count = 0;
    if (b->slots != NULL) memset(b->slots, 0, (b->mask + 1U) * sizeof b->slots[0]);
}

static uint32_t slot_of(const bag *b, item row) {
    uint64_t h = hash_mix(row.a | (uint64_t)row.b << 32) ^ (uint64_t)row.c;
    uint32_t at = (uint32_t)hash_mix(h) & b->mask;
    while (b->slots[at] != 0 && memcmp(&b->entries[b->slots[at] - 1].row, &row, sizeof row) != 0)
        at = (at + 1) & b->mask;
    return at;
}

static void grow(bag *b) {
    b->capacity = b->capacity == 0 ? 16 : b->capacity * 2;
    b->mask = b->capacity * 2 - 1;
    b->entries = realloc(b->entries, b->capacity * sizeof b->entries[0]);
    free(b->slots);
    b->slots = calloc(b->mask + 1U, sizeof b->slots[0]);
    if (b->entries == NULL || b->slots == NULL) abort();
    for (uint32_t i = 0; i < b->count; i++) b->slots[slot_of(b, b->entries[i].row)] = i + 1;
}

void bag_add(bag *b, item row, int64_t weight) {
    if (weight == 0) return;
    if (b->count == b->capacity) grow(b);
    uint32_t at = slot_of(b, row);
    if (b->slots[at] == 0) {
        b->entries[b->count] = (bag_entry){row, 0};
        b->slots[at] = ++b->count;
    }
    b->entries[b->slots[at] - 1].weight += weight;
}

void bag_add_all(bag *to, const bag *from, int64_t sign) {
    for (uint32_t i = 0; i < from->count; i++)
        bag_add(to, from->entries[i].row, sign * from->entries[i].weight);
}

int64_t bag_weight(const bag *b, item row) {
    uint32_t slot = b->slots == NULL ? 0 : b->slots[slot_of(b, row)];
    return slot == 0 ? 0 : b->entries[slot - 1].weight;
}

uint32_t bag_rows(const bag *b) {
    uint32_t rows = 0;
    for (uint32_t i = 0; i < b->count; i++) rows += b->entries[i].weight != 0;
    return rows;
}

bool bag_equal(const bag *a, const bag *b) {
    if (bag_rows(a) != bag_rows(b)) return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (bag_weight(b, a->entries[i].row) != a->entries[i].weight) return false;
    return true;
}

void bag_print(const char *title, const bag *b) {
    printf("%s:", title);
    for (uint32_t i = 0; i < b->count; i++)
        if (b->entries[i].weight != 0)
            printf(" (%u %u %lld)x%lld", b->entries[i].row.a, b->entries[i].row.b,
                   (long long)b->entries[i].row.c, (long long)b->entries[i].weight);
    printf("\n");
}
