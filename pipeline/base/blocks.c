/* SPDX-License-Identifier: MIT */
#include "pipeline/base/blocks.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_BITS = 12, BLOCK_ITEMS = 1 << BLOCK_BITS };

void blocks_init(blocks *b, size_t item_bytes) {
    *b = (blocks){.item_bytes = item_bytes};
}

void blocks_deinit(blocks *b) {
    for (size_t i = 0; i < b->block_count; i++) free(b->blocks[i]);
    free(b->blocks);
    blocks_init(b, b->item_bytes);
}

static bool grow(blocks *b, size_t block) {
    size_t count = b->block_count == 0 ? 16 : b->block_count;
    while (count <= block) count *= 2;
    unsigned char **grown = realloc(b->blocks, count * sizeof(*grown));
    if (grown == NULL) return false;
    memset(grown + b->block_count, 0, (count - b->block_count) * sizeof(*grown));
    b->blocks = grown;
    b->block_count = count;
    return true;
}

void *blocks_make(blocks *b, uint32_t number) {
    size_t block = number >> BLOCK_BITS;
    if (block >= b->block_count && !grow(b, block)) return NULL;
    if (b->blocks[block] == NULL) {
        b->blocks[block] = calloc(BLOCK_ITEMS, b->item_bytes);
        if (b->blocks[block] == NULL) return NULL;
        b->blocks_held++;
    }
    return b->blocks[block] + (number & (BLOCK_ITEMS - 1)) * b->item_bytes;
}

void *blocks_find(const blocks *b, uint32_t number) {
    size_t block = number >> BLOCK_BITS;
    if (block >= b->block_count || b->blocks[block] == NULL) return NULL;
    return b->blocks[block] + (number & (BLOCK_ITEMS - 1)) * b->item_bytes;
}

size_t blocks_bytes(const blocks *b) {
    return b->block_count * sizeof(*b->blocks) + b->blocks_held * BLOCK_ITEMS * b->item_bytes;
}
