/* SPDX-License-Identifier: MIT */
/* detail -- the responses to one tweet or one author, one by one: what a card shows. */
#ifndef DUNLIN_PIPELINE_QUERIES_DETAIL_H
#define DUNLIN_PIPELINE_QUERIES_DETAIL_H

#include "pipeline/queries/moment.h"

typedef struct {
    uint64_t weight; /* 2^-32. */
    uint32_t tweet, responder, minute, spare;
} detail_response;

typedef struct {
    const moment *moment;
    uint32_t author; /* Who was responded to. */
    detail_response *responses;
    size_t count, capacity;
} detail;

/* All responses whose `column` (RESPONSE_REF, RESPONSE_AUTHOR) is `number`, in no order;
 * detail_close is due whatever comes back. */
status detail_open(detail *d, const moment *m, enum response_column column, uint32_t number,
                   uint32_t author);
void detail_close(detail *d);
uint32_t detail_responders(detail *d); /* Distinct; reorders the responses. */
/* Values, not members; a lack of memory fails the writer's buffer. */
void detail_write_minutes(json_writer *w, detail *d); /* Reorders the responses. */
void detail_write_places(json_writer *w, const detail *d);
void detail_write_heaviest(json_writer *w, detail *d); /* Reorders the responses. */

#endif
