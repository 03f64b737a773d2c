/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_DECODE_DEAD_LETTER_H
#define DUNLIN_PIPELINE_DECODE_DEAD_LETTER_H

#include "pipeline/base/status.h"
#include "pipeline/decode/record.h"
#include "pipeline/sources/source.h"

/* A file of the items that were rejected, so that none is lost: a JSON object a line,
 * {"file","line","reason","bytes"}, or "bytes_base64" where they are not UTF-8.  Any
 * number of threads. */
typedef struct dead_letter dead_letter;

/* Appends to the file; makes it if missing, readable by its owner only. */
status dead_letter_open(const char *path, dead_letter **result);
/* Writes the rejected items of a batch; `source` knows the names of their files.
 * STATUS_CANNOT_WRITE: some are not written, and the count says how many are. */
status dead_letter_add(dead_letter *d, const record_batch *b, tweet_source *source);
uint64_t dead_letter_count(dead_letter *d); /* Written so far. */
void dead_letter_close(dead_letter *d);     /* NULL is allowed. */

#endif
