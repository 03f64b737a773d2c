/* SPDX-License-Identifier: MIT */
/* fixing -- rules over what is held, tried, made and taken back while the pipeline runs.
 *
 * What is made or taken back is one small record of the journal; when a call returns it is
 * stored and every answer follows it. */
#ifndef DUNLIN_PIPELINE_FIXING_H
#define DUNLIN_PIPELINE_FIXING_H

#include "pipeline/pipeline.h"
#include "pipeline/queries/rule.h"

typedef struct {
    text where, set; /* The rule. */
    bool is_dry;     /* Only say what would change. */
    uint64_t undo;   /* The number of a fix to take back; 0: none, the rule counts. */
} fixing_order;

/* Writes the object `data` of POST fixes.  BAD_FORMAT: *wrong says what is wrong with the
 * rule; NOT_FOUND: no fix has this number; NOT_POSSIBLE: it was taken back already;
 * STOPPED, NO_MEMORY.  Any thread but the engine's; waits for that. */
status fixing_do(pipeline *p, const fixing_order *o, json_writer *w, rule_error *wrong);
/* Writes the array `data` of GET fixes, the oldest first.  Any thread; never waits. */
void fixing_write_list(pipeline *p, json_writer *w);

#endif
