/* SPDX-License-Identifier: MIT */
/* journal_codec -- records and tallies as bytes, and back.
 *
 * Numbers are varints, ids and times differences to the last one, fields those that a
 * record says it has; a text is written once and named by its number after that.  What
 * was scored stays so.  The bytes are the same on every machine. */
#ifndef DUNLIN_PIPELINE_STORE_JOURNAL_CODEC_H
#define DUNLIN_PIPELINE_STORE_JOURNAL_CODEC_H

#include "pipeline/store/store.h"

/* Appends to `out`.  NO_MEMORY. */
status journal_encode(const record *records, size_t count, const store_tally *tallies,
                      size_t tally_count, buffer *out);

/* What was read last.  Start with {0}; it is used again by the next journal_decode. */
typedef struct {
    record_batch *batch;
    store_tally *tallies;
    text *texts; /* By number. */
    size_t tally_count, tally_capacity, text_count, text_capacity;
} journal_decoder;

/* Any bytes.  The records' texts borrow from `bytes`.  BAD_DATA, NO_MEMORY. */
status journal_decode(journal_decoder *d, text bytes);
void journal_decoder_deinit(journal_decoder *d);

#endif
