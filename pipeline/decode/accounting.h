/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_DECODE_ACCOUNTING_H
#define DUNLIN_PIPELINE_DECODE_ACCOUNTING_H

#include "pipeline/base/json.h"
#include "pipeline/decode/reasons.h"

/* What became of every item: a gap is never silent.  Start with {0}.  One thread at a
 * time; sums do not depend on the order of batches. */
typedef struct {
    uint64_t items, outcomes[ITEM_OUTCOMES], by_reason[REASON_COUNT];
    uint64_t missed; /* The most that a limit notice said was not sent: cumulative, as theirs. */
} accounting;

void accounting_add(accounting *a, const record_batch *b);
/* `count` items of one reason, NULL for accepted; a reason that is not known (of a newer
 * version) counts by its outcome alone. */
void accounting_add_count(accounting *a, uint8_t outcome, const char *why, uint64_t count);
/* Why nothing was accepted, or what can be done about it, by the most frequent reason that
 * items were rejected or not known; NULL when there were none such, or something was
 * accepted. */
const char *accounting_advice(const accounting *a);
/* Appends accounting.json: one object on a line.  Reasons that did not occur are left
 * out; the others come in the order of reasons.h. */
void accounting_write_json(const accounting *a, buffer *out);
/* Two keys of an object that is being written: "outcomes" {accepted, repaired, ignored,
 * rejected: n} and "reasons" {reason: n}, of all outcomes together. */
void accounting_write_keys(const accounting *a, json_writer *w);

#endif
