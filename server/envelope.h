/* SPDX-License-Identifier: MIT */
/* envelope -- {"data", "includes", "meta", "errors"}, as X API v2 has it. */
#ifndef DUNLIN_SERVER_ENVELOPE_H
#define DUNLIN_SERVER_ENVELOPE_H

#include "pipeline/base/json.h"

/* Opens the object at the start of an empty buffer; a query then writes members. */
void envelope_begin(json_writer *w);
/* Adds `epoch` and `as_of` (newest_ms; INT64_MIN: null) to "meta", which a query may
 * have written as its last member, and closes the object. */
void envelope_finish(json_writer *w, uint64_t epoch, int64_t newest_ms);

#endif
