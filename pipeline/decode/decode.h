/* SPDX-License-Identifier: MIT */
/* decode -- bytes -> records: the only place that parses tweets.
 *
 * Lines of v1.1 (tweets and notices), of X v2 (streams, pages, compliance), with
 * "tweet" for "data", and arrays of them; each line is recognised by itself. */
#ifndef DUNLIN_PIPELINE_DECODE_DECODE_H
#define DUNLIN_PIPELINE_DECODE_DECODE_H

#include "pipeline/base/status.h"
#include "pipeline/decode/record.h"
#include "pipeline/sources/source.h"

enum { LINE_BYTES_MAX = SOURCE_LINE_BYTES_MAX }; /* Longer ones are rejected, unread. */

/* One a thread: parsers and their memory, about 0.25 MB; more after a long line. */
typedef struct decoder decoder;

decoder *decoder_new(void);    /* NULL: no memory. */
void decoder_free(decoder *d); /* NULL is allowed. */
/* Times later than this are rejected: the clock and ten minutes.  0, as it is at
 * first: any time is good. */
void decoder_set_latest(decoder *d, int64_t latest_ms);
/* Tweets say whether they have coordinates or a place, which costs a look. */
void decoder_set_geo(decoder *d, bool wants_geo);
/* Everything by the strict parser, as tests compare it with the fast one. */
void decoder_set_strict(decoder *d, bool is_strict);

/* Appends the items and records of a chunk; out's sequence and input_bytes become
 * the chunk's.  The chunk is only read, and may be freed before `out`.
 * STATUS_NO_MEMORY: `out` holds part of it and should be cleared. */
status decoder_run(decoder *d, const source_chunk *chunk, record_batch *out);

const char *decoder_library(void); /* Jansson's version, whose verdict counts. */

#endif
