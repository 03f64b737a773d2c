/* SPDX-License-Identifier: MIT */
/* tally -- sums over the responses that a filter lets pass.
 *
 * Windows are answered on read by scanning the time-ordered column store: to keep
 * six windows up to date would cost ten times the work of a response.  What is asked
 * of all responses of all time is there already. */
#ifndef DUNLIN_PIPELINE_QUERIES_TALLY_H
#define DUNLIN_PIPELINE_QUERIES_TALLY_H

#include "pipeline/queries/decay.h"
#include "pipeline/queries/filter.h"

/* What a response is summed by: the tweet responded to, its author, who responded, its own
 * language. */
typedef enum { TALLY_BY_TWEET, TALLY_BY_AUTHOR, TALLY_BY_RESPONDER, TALLY_BY_LANG } tally_key;

typedef struct {
    bool all_texts;    /* Every response's text counts as received, not only answers'. */
    const decay *fade; /* NULL: no sum of what fades. */
    uint32_t as_of;    /* The minute it fades to; what is later counts as of this minute. */
} tally_options;

typedef struct {
    const moment *moment;
    const flow_view *view; /* The sums of all time; NULL: the rows below. */
    total_row *rows;       /* In no order. */
    uint64_t *recent;      /* As rows, in 2^-32; NULL without fade. */
    uint32_t *slots;       /* By number: row + 1, 0 where nothing came. */
    uint32_t slot_count;
    size_t count, capacity;
} tally;

/* tally_close is due whatever comes back. */
status tally_open(tally *t, const filter *f, tally_key by, const tally_options *o);
void tally_close(tally *t);
/* Adds row i of a block to a sum. */
void tally_add(total_row *sum, const flow_block *b, uint32_t i, bool all_texts);
/* The column of what a response is summed by; not for TALLY_BY_LANG, whose numbers are
 * shorter. */
enum response_column tally_column(tally_key by);
/* Numbers are below it. */
uint32_t tally_number_max(const moment *m, tally_key by);
/* One sum after the other from *at = 0 on, which is moved past it; NULL at the end. */
const total_row *tally_next(const tally *t, uint32_t *at, uint64_t *recent);
/* The sum of one number; NULL when nothing came. */
const total_row *tally_find(const tally *t, uint32_t number, uint64_t *recent);

#endif
