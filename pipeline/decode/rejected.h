/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_DECODE_REJECTED_H
#define DUNLIN_PIPELINE_DECODE_REJECTED_H

#include "pipeline/base/json.h"
#include "pipeline/decode/record.h"
#include "pipeline/sources/source.h"

enum { REJECTED_KEPT_MAX = 100, REJECTED_BYTES_MAX = 500 };

/* The last items that were rejected, and how each began, for people to look at while
 * the rest goes on.  Fixed memory, about 80 KB.  Any number of threads. */
typedef struct rejected rejected;
rejected *rejected_new(void);    /* NULL: no memory. */
void rejected_free(rejected *r); /* NULL is allowed. */
/* Takes the rejected items of a batch; `source` knows the names of their files. */
void rejected_add(rejected *r, const record_batch *b, tweet_source *source);
/* An array, newest first, of at most `limit`: {"file","line","reason","bytes"}.  What
 * is not UTF-8 in "bytes" shows as U+FFFD; empty for further items of one line. */
void rejected_write_json(rejected *r, size_t limit, json_writer *w);

#endif
