/* SPDX-License-Identifier: MIT */
#include "pipeline/flow/later.h"

#include <stdlib.h>

static void batch_end(batch *b) {
    if (b != NULL) batch_deinit(b);
    free(b);
}

void later_drop(later *l) {
    for (size_t i = l->least; i < l->batch_count && l->waiting > 0; i++) {
        l->waiting -= l->batches[i] != NULL;
        batch_end(l->batches[i]);
        l->batches[i] = NULL;
    }
    l->least = 0;
}

void later_deinit(later *l) {
    later_drop(l);
    free(l->batches);
    *l = (later){0};
}

static bool reserve(later *l, uint32_t iteration) {
    if (iteration < l->batch_count) return true;
    size_t count = iteration + 1U + l->batch_count / 2;
    batch **grown = realloc(l->batches, count * sizeof(batch *));
    if (grown == NULL) return false;
    memset(grown + l->batch_count, 0, (count - l->batch_count) * sizeof(batch *));
    l->batches = grown;
    l->batch_count = count;
    return true;
}

batch *later_at(later *l, uint32_t iteration, size_t row_bytes) {
    if (!reserve(l, iteration)) return NULL;
    batch *b = l->batches[iteration];
    if (b != NULL) return b;
    b = malloc(sizeof *b);
    if (b == NULL) return NULL;
    batch_init(b, row_bytes);
    l->batches[iteration] = b;
    if (l->waiting++ == 0 || iteration < l->least) l->least = iteration;
    return b;
}

bool later_has(const later *l, uint32_t iteration) {
    return iteration < l->batch_count && l->batches[iteration] != NULL;
}

bool later_take(later *l, uint32_t iteration, batch *to) {
    if (!later_has(l, iteration)) return false;
    batch *b = l->batches[iteration];
    batch_append(to, b, 1);
    batch_end(b);
    l->batches[iteration] = NULL;
    l->waiting--;
    while (l->waiting > 0 && l->batches[l->least] == NULL) l->least++;
    return true;
}

uint32_t later_next(const later *l, uint32_t from) {
    if (l->waiting == 0) return ITERATION_NONE;
    for (size_t i = from > l->least ? from : l->least; i < l->batch_count; i++)
        if (l->batches[i] != NULL) return (uint32_t)i;
    return ITERATION_NONE;
}

size_t later_bytes(const later *l) {
    size_t bytes = l->batch_count * sizeof l->batches[0];
    for (size_t i = 0; i < l->batch_count; i++)
        if (l->batches[i] != NULL) bytes += sizeof(batch) + batch_bytes(l->batches[i]);
    return bytes;
}
