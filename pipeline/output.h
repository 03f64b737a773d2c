/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_OUTPUT_H
#define DUNLIN_PIPELINE_OUTPUT_H

#include "pipeline/queries/moment.h"

/* Writes totals.json, authors.jsonl, tweets.jsonl, places.jsonl and minutes.jsonl of a
 * moment into a folder, which is made if it is missing.  The same bytes for the same
 * facts: no clock time, rate or file name in them, sorted by the first key.  On a
 * failure *failed_name (if not NULL) is the file's name, NULL: the folder itself. */
status output_write(const moment *m, const char *folder, const char **failed_name);
/* One file of a folder; for accounting.json. */
status output_file(const char *folder, const char *name, const buffer *content);

#endif
