/* SPDX-License-Identifier: MIT */
/* filter -- which responses a question counts.
 *
 * What the words of a question mean is settled once, as sets of dense numbers; then a
 * row costs a few bits to look at, whatever was asked. */
#ifndef DUNLIN_PIPELINE_QUERIES_FILTER_H
#define DUNLIN_PIPELINE_QUERIES_FILTER_H

#include "pipeline/queries/moment.h"

typedef struct {
    const moment *moment;
    uint32_t begin, end; /* Minutes [begin, end). */
    bool nothing;        /* No response passes. */
    bool is_open;        /* No response of these minutes is left out. */
    bool any_lang, any_kind, any_author;
    uint32_t lang, author;
    uint8_t kinds;             /* Bit k: tweet_kind k passes. */
    uint64_t *responders;      /* Bits of users; NULL: all. */
    uint64_t *refs;            /* Bits of tweets responded to; NULL: all. */
    uint64_t *located, *clean; /* Bits of users who have such a place. */
    query_bool is_located, is_clean;
} filter;

/* STATUS_NOT_FOUND: a place, country or author that there is not; STATUS_BAD_ARGUMENT: `wanted`
 * cannot be read; *wrong (may be NULL) names the parameter.  filter_deinit is due whatever comes
 * back. */
status filter_init(filter *f, const moment *m, const query_filter *q, uint32_t begin, uint32_t end,
                   const char **wrong);
void filter_deinit(filter *f);
/* Lets only responses pass whose number in `column` is in `bits` (borrowed); a look at it
 * comes first, so it should be the rarest. */
uint32_t filter_select_among(const filter *f, const flow_block *b, enum response_column column,
                             const uint64_t *bits, uint32_t *chosen);
/* Writes the places in the block of the rows that pass to `chosen`, which has room for
 * FLOW_BLOCK_ROWS_MAX + 1; their count comes back. */
uint32_t filter_select(const filter *f, const flow_block *b, uint32_t *chosen);
bool filter_next_block(const filter *f, size_t *index, flow_block *b);

#endif
