/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_FLOW_PAGES_H
#define DUNLIN_PIPELINE_FLOW_PAGES_H

#include <stddef.h>

/* Memory that is read at random.  A table of 100 MB has 25,000 small pages, more than
 * any processor remembers the places of; from a few MB on this memory is of large ones,
 * and growing moves them to another address instead of copying what they hold. */

/* As realloc; the first old_bytes stay.  NULL when out of memory, `old` untouched. */
void *pages_resize(void *old, size_t old_bytes, size_t bytes);
void *pages_zeroed(size_t bytes);
void pages_free(void *memory, size_t bytes); /* As many as it was made of; NULL is allowed. */

#endif
