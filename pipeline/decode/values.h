/* SPDX-License-Identifier: MIT */
/* values -- what the formats' numbers, ids and times look like.
 *
 * Dumps were written by many hands: ids as strings or numbers or rounded floats,
 * counts as floats or strings, times in three notations.  One reading of each. */
#ifndef DUNLIN_PIPELINE_DECODE_VALUES_H
#define DUNLIN_PIPELINE_DECODE_VALUES_H

#include "pipeline/decode/reader.h"

/* Ids are positive; 0 stands for none.  False when it is anything else. */
bool value_to_id(const json_value *v, uint64_t *id);
/* The id of an object that has `id_str` beside `id`: the string is never rounded. */
bool values_to_id(const json_value *id_str, const json_value *id, uint64_t *result);
/* True for what was an id and has been through a double since: of 2^53 or more, its last
 * digits are gone.  *about is what is left of it. */
bool value_is_rounded_id(const json_value *v, uint64_t *about);
/* A number of followers or tweets: null and negative ones are 0. */
bool value_to_count(const json_value *v, uint64_t *count);
/* v1.1's notation, RFC 3339, or milliseconds or seconds since 1970 as a number or a
 * string. */
bool value_to_ms(const json_value *v, int64_t *ms);

#endif
