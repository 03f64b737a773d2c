/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_BASE_BLOCKS_H
#define DUNLIN_PIPELINE_BASE_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An array by dense number that grows in blocks: nothing ever moves, so growing
 * costs no copy and pointers stay good.  Items start as zeros.  One thread. */
typedef struct {
    size_t item_bytes, block_count, blocks_held;
    unsigned char **blocks;
} blocks;

void blocks_init(blocks *b, size_t item_bytes);
void blocks_deinit(blocks *b);
/* The item of a number, made if it is not there yet; NULL: no memory. */
void *blocks_make(blocks *b, uint32_t number);
void *blocks_find(const blocks *b, uint32_t number); /* NULL when never made. */
size_t blocks_bytes(const blocks *b);

#endif
