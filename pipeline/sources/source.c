/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/source.h"

#include <stdlib.h>
#include <string.h>

source_chunk *source_chunk_new(size_t capacity) {
    if (capacity > SIZE_MAX - SOURCE_PADDING_BYTES) return NULL;
    source_chunk *c = calloc(1, sizeof(*c));
    if (c == NULL) return NULL;
    c->bytes = malloc(capacity + SOURCE_PADDING_BYTES);
    if (c->bytes == NULL) {
        free(c);
        return NULL;
    }
    memset(c->bytes + capacity, 0, SOURCE_PADDING_BYTES);
    c->capacity = capacity;
    return c;
}

void source_chunk_free(source_chunk *c) {
    if (c == NULL) return;
    if (c->receipt != NULL) c->receipt->done(c->receipt, STATUS_STOPPED, 0);
    free(c->bytes);
    free(c);
}

bool source_is_spent(const source_state *s) {
    static const double most = 0.9999; /* Sums of cents are seldom exact. */
    if (s->budget_usd <= 0) return false;
    return s->spent_usd >= s->budget_usd * most ||
           (s->state != NULL && strcmp(s->state, SOURCE_BUDGET_REACHED) == 0);
}
