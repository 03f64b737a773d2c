/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_QUERIES_DISTINCT_H
#define DUNLIN_PIPELINE_QUERIES_DISTINCT_H

#include "pipeline/queries/best.h"
#include "pipeline/queries/members.h"

/* Counts who or what is distinct among the responses of each line, in one scan that
 * costs what these lines have: responders always, authors or tweets responded to as
 * `other` says (RESPONSE_AUTHOR, RESPONSE_REF; RESPONSE_WORDS: neither).  The lines are
 * sums of the same filter; members as for tally_of_members. */
status distinct_count(const filter *f, tally_key by, const members *members,
                      enum response_column other, board_line *lines, size_t count);

#endif
