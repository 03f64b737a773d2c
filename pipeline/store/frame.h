/* SPDX-License-Identifier: MIT */
/* frame -- a batch as the journal holds it: what is asked of it unopened, and the packed
 * rest.  Bodies and filters are kept apart, so that looking for an id reads few bytes. */
#ifndef DUNLIN_PIPELINE_STORE_FRAME_H
#define DUNLIN_PIPELINE_STORE_FRAME_H

#include "pipeline/store/id_filter.h"
#include "pipeline/store/journal_codec.h"

/* Several frames put together: a row of the journal.  Start with {0}. */
typedef struct {
    int64_t latest_ms; /* Of its records; INT64_MIN: it has none. */
    uint64_t records;
    uint64_t sequence; /* Of the frame packed last. */
    buffer filters, bodies;
} frame_row;

/* Later than any floor: what is in such a row stays for ever. */
#define FRAME_FOR_EVER INT64_MAX

void frame_row_clear(frame_row *row);
void frame_row_deinit(frame_row *row);

/* Packs records and tallies, and adds them. */
status frame_row_add(frame_row *row, const record *records, size_t count,
                     const store_tally *tallies, size_t tally_count);
/* Adds frames that were written by frame_row_write.  BAD_DATA: it is none. */
status frame_row_add_written(frame_row *row, text frame);
/* A row of its own as one run of bytes. */
status frame_row_write(const frame_row *row, buffer *frame);

/* The next body's records, and what is behind it in `bodies`; `room` holds the bytes.
 * END: there is none.  BAD_DATA: `bodies` is behind it all the same, if that is known. */
status frame_open(text *bodies, buffer *room, journal_decoder *d);

/* What is to be forgotten. */
typedef struct {
    const uint32_t *hashes; /* Sorted: of all of them. */
    size_t hash_count;
    bool (*is_named)(const void *context, id_kind kind, uint64_t id);
    const void *context;
} frame_forgets;

/* Whether any of the filters may have met one. */
bool frame_filters_meet(text filters, const frame_forgets *f);
/* Makes `to` of the frames in `filters` and `bodies` (filters may be empty: not known),
 * without the records of what is named.  *dropped: how many.  A damaged body stays as it
 * is. */
status frame_row_forget(text filters, text bodies, const frame_forgets *f, frame_row *to,
                        uint64_t *dropped);

#endif
