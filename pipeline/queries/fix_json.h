/* SPDX-License-Identifier: MIT */
/* fix_json -- how fixes look in JSON (server/API.md). */
#ifndef DUNLIN_PIPELINE_QUERIES_FIX_JSON_H
#define DUNLIN_PIPELINE_QUERIES_FIX_JSON_H

#include "pipeline/base/json.h"
#include "pipeline/queries/fixes.h"

/* The members of one of the list, and "samples". */
void fix_write_fields(json_writer *w, const fix *x);
void fix_write_samples(json_writer *w, const fix_preview *p);
/* "board", of the moment that it was made of; NULL: null. */
void fix_write_board(json_writer *w, const moment *m, const fix_board *b);

#endif
