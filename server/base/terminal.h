/* SPDX-License-Identifier: MIT */
/* terminal -- what people read on stderr: troubles, progress, a summary. */
#ifndef DUNLIN_SERVER_BASE_TERMINAL_H
#define DUNLIN_SERVER_BASE_TERMINAL_H

#include "pipeline/base/buffer.h"
#include "pipeline/pipeline.h"

/* "dunlin: what: why: what to do".  `todo` may be NULL.  What the arguments bring is
 * escaped: no file name moves a terminal's cursor. */
void complain(const char *what, const char *why, const char *todo);

bool terminal_is_here(void); /* stderr is one. */
/* One line, written over the last: share done, items, rate, time left. */
void progress_show(const pipeline_progress *p, int64_t now_us);
void progress_clear(void);
/* "1,234,567 items in 8.6 s (143,199/s): 1,234,000 accepted, ..." */
void summary_show(const pipeline_progress *p, int64_t now_us);

/* The line of progress_show; for tests. */
void progress_write(buffer *out, const pipeline_progress *p, int64_t now_us);

#endif
