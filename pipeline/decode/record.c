/* SPDX-License-Identifier: MIT */
#include "pipeline/decode/record.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/base/array.h"

/* A chunk of 256 KiB holds about this many bytes of texts; one block then does. */
#define BATCH_TEXT_BYTES (128 * 1024)

record_batch *record_batch_new(void) {
    record_batch *b = calloc(1, sizeof(*b));
    if (b == NULL) return NULL;
    b->memory = arena_new(BATCH_TEXT_BYTES);
    if (b->memory == NULL) {
        free(b);
        return NULL;
    }
    return b;
}

void record_batch_free(record_batch *b) {
    if (b == NULL) return;
    arena_free(b->memory);
    buffer_deinit(&b->frame);
    free(b->records);
    free(b->items);
    free(b);
}

void record_batch_clear(record_batch *b) {
    arena_reset(b->memory);
    b->record_count = b->item_count = 0;
    b->sequence = b->input_bytes = 0;
    b->receipt = NULL;
    buffer_clear(&b->frame);
}

record *record_batch_add(record_batch *b) {
    if (!ARRAY_ROOM(b->records, b->record_count, b->record_capacity, 64)) return NULL;
    return memset(&b->records[b->record_count++], 0, sizeof(record));
}

item *record_batch_add_item(record_batch *b) {
    if (!ARRAY_ROOM(b->items, b->item_count, b->item_capacity, 64)) return NULL;
    return memset(&b->items[b->item_count++], 0, sizeof(item));
}
