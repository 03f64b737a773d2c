/* SPDX-License-Identifier: MIT */
/* files_items -- bytes to chunks of whole items, one a line.
 *
 * JSON Lines pass as they are.  A document that is an array (by itself, in a search
 * response {"statuses": []}, or set to a variable as in archives of X), a run of objects
 * that are written over several lines, and a table are cut into their elements while
 * they stream by, each put on a line of its own, so that a decoder knows nothing but
 * lines.  UTF-16 is translated. */
#ifndef DUNLIN_PIPELINE_SOURCES_FILES_ITEMS_H
#define DUNLIN_PIPELINE_SOURCES_FILES_ITEMS_H

#include "pipeline/base/buffer.h"
#include "pipeline/sources/source.h"

/* Reads 1 to `count` bytes; 0 at the end.  *is_ready becomes false when another read
 * would have to wait, and what is there should go on its way.  A failure other than
 * STATUS_STOPPED is reported after the last good item. */
typedef status (*item_read)(void *context, char *to, size_t count, size_t *got, bool *is_ready);

typedef struct item_splitter item_splitter;
/* About `chunk_bytes` a chunk, at least 64; NULL: no memory.  The context is borrowed. */
item_splitter *item_splitter_new(item_read read, void *context, size_t chunk_bytes);
void item_splitter_free(item_splitter *s); /* NULL is allowed. */
/* Asked where a variable of this name is set to an array: may append what is to be the
 * first members of each of its objects, with a comma after the last. */
typedef void (*item_owner)(void *context, text name, buffer *members);
void item_splitter_set_owner(item_splitter *s, item_owner owner, void *context);
/* The next chunk, the caller's, with first_line set: the number of a line, or of an
 * element, or row (the header is the first).  STATUS_END after the last, or the failure of reading.
 */
status item_splitter_next(item_splitter *s, source_chunk **chunk);

#endif
