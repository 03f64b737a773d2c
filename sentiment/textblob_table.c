/* SPDX-License-Identifier: MIT */
#include "sentiment/textblob_table.h"

#include "pipeline/base/hash.h"

uint64_t textblob_hash(text key) {
    return hash_bytes(key.bytes, key.count, 0);
}

static size_t file_bytes(const textblob_header *h) {
    return sizeof *h + (size_t)h->entry_count * sizeof(textblob_entry) +
           (size_t)h->slot_count * sizeof(uint32_t);
}

status textblob_table_open(textblob_table *t, const void *bytes, size_t count) {
    const textblob_header *h = bytes;
    if (count < sizeof *h || h->magic != TEXTBLOB_MAGIC || file_bytes(h) != count ||
        h->slot_count == 0 || (h->slot_count & (h->slot_count - 1)) != 0)
        return STATUS_BAD_FORMAT;
    t->entries = (const textblob_entry *)(const void *)(h + 1);
    t->slots = (const uint32_t *)(const void *)(t->entries + h->entry_count);
    t->slot_mask = h->slot_count - 1;
    return STATUS_OK;
}

const textblob_entry *textblob_table_find(const textblob_table *t, text key) {
    uint64_t hash = textblob_hash(key);
    uint32_t tag = (uint32_t)(hash >> 32) & 0xFFFF0000u;
    for (uint32_t at = (uint32_t)hash & t->slot_mask; t->slots[at] != 0;
         at = (at + 1) & t->slot_mask) {
        if ((t->slots[at] & 0xFFFF0000u) != tag) continue;
        const textblob_entry *e = &t->entries[(t->slots[at] & 0xFFFF) - 1];
        if (text_equal((text){e->bytes, e->count}, key)) return e;
    }
    return NULL;
}
