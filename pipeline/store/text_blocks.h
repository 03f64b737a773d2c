/* SPDX-License-Identifier: MIT */
/* text_blocks -- blocks of text by number, in a nameless file that ends with its process.
 *
 * A block lies, packed, where its number says; what it does not need of its place is a
 * hole, which takes no disk.  Any thread. */
#ifndef DUNLIN_PIPELINE_STORE_TEXT_BLOCKS_H
#define DUNLIN_PIPELINE_STORE_TEXT_BLOCKS_H

#include "pipeline/base/buffer.h"
#include "pipeline/base/status.h"

enum { TEXT_BLOCK_BYTES_MAX = 256 * 1024, TEXT_BLOCKS_MAX = 1 << 16 };

typedef struct text_blocks text_blocks;

/* In the folder of `path`.  CANNOT_OPEN: see errno. */
status text_blocks_open(const char *path, text_blocks **result);
void text_blocks_close(text_blocks *t); /* NULL is allowed. */

/* In the place of what had that number, which is wiped.  CANNOT_WRITE: it is as before,
 * or there is none of that number any more. */
status text_blocks_put(text_blocks *t, uint32_t number, text bytes);
/* NOT_FOUND; CANNOT_READ. */
status text_blocks_get(text_blocks *t, uint32_t number, char *bytes, size_t capacity,
                       size_t *count);
status text_blocks_drop(text_blocks *t, uint32_t number);

#endif
