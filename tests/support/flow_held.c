/* SPDX-License-Identifier: MIT */
#include "tests/support/flow_held.h"

#include "pipeline/flow/weight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t place_of(const held *h, const void *row) {
    size_t i = 0;
    while (i < h->count && memcmp(h->rows[i], row, h->row_bytes) != 0) i++;
    return i;
}

void hold(const void *row, int64_t weight, void *held_rows) {
    held *h = held_rows;
    size_t i = place_of(h, row);
    h->changes++;
    if (i == HELD_ROWS_MAX) abort();
    if (i == h->count) {
        memcpy(h->rows[i], row, h->row_bytes);
        h->weights[i] = 0;
        h->count++;
    }
    h->weights[i] = weight_plus(h->weights[i], weight);
    if (h->weights[i] != 0) return;
    h->count--;
    memcpy(h->rows[i], h->rows[h->count], sizeof h->rows[i]);
    h->weights[i] = h->weights[h->count];
}

int64_t weight_of(const held *h, const void *row) {
    size_t i = place_of(h, row);
    return i == h->count ? 0 : h->weights[i];
}

void commit(flow *f) {
    const char *why;
    status s = flow_check(f, &why);
    if (s == STATUS_OK) s = flow_commit(f);
    if (s == STATUS_OK) return;
    fprintf(stderr, "flow: %s: %s\n", status_text(s), why);
    abort();
}
