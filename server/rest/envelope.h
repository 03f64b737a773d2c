/* SPDX-License-Identifier: MIT */
/* envelope -- {"data", "includes", "meta", "errors"}, as X API v2 has it. */
#ifndef DUNLIN_SERVER_REST_ENVELOPE_H
#define DUNLIN_SERVER_REST_ENVELOPE_H

#include "pipeline/base/json.h"

/* Opens the object at the start of an empty buffer; a query then writes members. */
void envelope_begin(json_writer *w);
typedef struct {
    uint64_t epoch;
    int64_t newest_ms; /* INT64_MIN: none. */
    text next_token;   /* Empty: this is the last page. */
    bool has_ids;      /* `data` is a list of tweets: meta tells newest_id and oldest_id. */
} envelope_facts;

/* Adds `epoch`, `as_of` and the others to "meta", which a query may have written as its
 * last member, and closes the object. */
void envelope_finish(json_writer *w, const envelope_facts *f);

#endif
