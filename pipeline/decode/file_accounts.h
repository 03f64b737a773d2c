/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_DECODE_FILE_ACCOUNTS_H
#define DUNLIN_PIPELINE_DECODE_FILE_ACCOUNTS_H

#include "pipeline/base/json.h"
#include "pipeline/base/status.h"
#include "pipeline/decode/record.h"
#include "pipeline/sources/source.h"

enum { FILE_ACCOUNTS_SHOWN_MAX = 10000 };

/* What became of the items of each input file: about 50 bytes and the name a file.  Any
 * number of threads. */
typedef struct file_accounts file_accounts;
file_accounts *file_accounts_new(void);    /* NULL: no memory. */
void file_accounts_free(file_accounts *f); /* NULL is allowed. */
/* Counts a batch; `source` knows the names, which are copied.  STATUS_NO_MEMORY: it is
 * not counted. */
status file_accounts_add(file_accounts *f, const record_batch *b, tweet_source *source);
/* An array of {"name","items","accepted","repaired","ignored","rejected"} in the order of
 * reading: the files that have brought items, the first FILE_ACCOUNTS_SHOWN_MAX of them. */
void file_accounts_write_json(file_accounts *f, json_writer *w);

#endif
