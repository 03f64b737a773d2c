/* SPDX-License-Identifier: MIT */
#include "sentiment/lexicon.h"

#include <string.h>

#include "pipeline/base/hash.h"

uint64_t lexicon_hash(text key) {
    return hash_bytes(key.bytes, key.count, 0);
}

static size_t file_bytes(const lexicon_header *h) {
    return sizeof *h + (size_t)h->slot_count * sizeof(uint32_t) +
           (size_t)h->word_count * sizeof(lexicon_word) +
           (size_t)h->emoji_count * sizeof(lexicon_emoji) +
           ((size_t)h->page_count << EMOJI_PAGE_BITS) * sizeof(uint16_t) +
           ((EMOJI_CODE_POINT_MAX + 1) >> EMOJI_PAGE_BITS) + h->text_bytes;
}

status lexicon_open(lexicon *l, const void *bytes, size_t count) {
    const lexicon_header *h = bytes;
    if (count < sizeof *h || h->magic != LEXICON_MAGIC || file_bytes(h) != count ||
        h->slot_count == 0 || (h->slot_count & (h->slot_count - 1)) != 0)
        return STATUS_BAD_FORMAT;
    /* Each part's size keeps the next one aligned: the widest come first. */
    l->words = (const lexicon_word *)(const void *)(h + 1);
    l->slots = (const uint32_t *)(const void *)(l->words + h->word_count);
    l->emoji = (const lexicon_emoji *)(const void *)(l->slots + h->slot_count);
    l->pages = (const uint16_t *)(const void *)(l->emoji + h->emoji_count);
    l->page_of = (const uint8_t *)(l->pages + ((size_t)h->page_count << EMOJI_PAGE_BITS));
    l->descriptions = (const char *)(l->page_of + ((EMOJI_CODE_POINT_MAX + 1) >> EMOJI_PAGE_BITS));
    l->slot_mask = h->slot_count - 1;
    return STATUS_OK;
}

const lexicon_word *lexicon_find(const lexicon *l, text key) {
    uint64_t hash = lexicon_hash(key);
    uint32_t tag = (uint32_t)(hash >> 32) & 0xFFFF0000u;
    for (uint32_t at = (uint32_t)hash & l->slot_mask; l->slots[at] != 0;
         at = (at + 1) & l->slot_mask) {
        if ((l->slots[at] & 0xFFFF0000u) != tag) continue;
        const lexicon_word *w = &l->words[(l->slots[at] & 0xFFFF) - 1];
        if (text_equal((text){w->bytes, w->count}, key)) return w;
    }
    return NULL;
}
