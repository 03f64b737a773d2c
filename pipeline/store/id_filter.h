/* SPDX-License-Identifier: MIT */
/* id_filter -- which tweets and users a frame speaks of, to be asked unopened.
 *
 * 32 bits of a hash an id, sorted, as gaps: about three bytes an id.  An id that is there
 * is always found; another one is taken for it once in 2^32 / count. */
#ifndef DUNLIN_PIPELINE_STORE_ID_FILTER_H
#define DUNLIN_PIPELINE_STORE_ID_FILTER_H

#include "pipeline/store/varint.h"

typedef enum { ID_OF_TWEET, ID_OF_USER } id_kind;

uint32_t id_filter_hash(id_kind kind, uint64_t id);
/* Ascending, each once; how many are left. */
size_t id_filter_sort(uint32_t *hashes, size_t count);
/* Appends a filter of what was sorted. */
void id_filter_write(const uint32_t *sorted, size_t count, buffer *out);
/* Whether the filter that begins here, which is read past, has one of the sorted. */
bool id_filter_meets(varint_reader *filters, const uint32_t *sorted, size_t count);

#endif
