/* SPDX-License-Identifier: MIT */
/* x_stream_account -- what dunlin owes X: patience and money, in a file that outlives it.
 *
 * Whoever starts dunlin again may not connect sooner than the last run was told to, nor
 * more often than X allows, nor spend more than the cap.  So what was asked, when the
 * next try is due and what was spent are in a small file, replaced whole (0600, synced).
 * Money is written before it is spent, a slice ahead: after a kill the file says up to a
 * slice too much, never too little.  One account serves all streams of a process. */
#ifndef DUNLIN_PIPELINE_SOURCES_X_STREAM_ACCOUNT_H
#define DUNLIN_PIPELINE_SOURCES_X_STREAM_ACCOUNT_H

#include "pipeline/base/buffer.h"
#include "pipeline/base/status.h"
#include "pipeline/base/times.h"
#include "pipeline/sources/x_stream_backoff.h"
#include "pipeline/sources/x_stream_spend.h"

typedef struct x_account x_account;

typedef struct {
    const char *path;    /* Made if missing, folders too; NULL: only memory. */
    double budget_usd;   /* Over all runs that the file knows; 0: no cap. */
    clock_source *clock; /* Borrowed; NULL: the real one. */
} x_account_options;

/* BAD_FORMAT: the file is damaged; NOT_POSSIBLE: another process uses it; CANNOT_OPEN,
 * CANNOT_READ, CANNOT_WRITE. */
status x_account_open(const x_account_options *o, x_account **result);
x_account *x_account_share(x_account *a); /* One more holder, who closes it too. */
void x_account_close(x_account *a);       /* The last holder frees it; NULL is allowed. */

/* What is known of the stream with this name (no blanks): {0} and 0 when nothing is.
 * next_ms: wall time before which it must not be asked.  Any thread, as all below. */
void x_account_load(x_account *a, const char *stream, x_backoff *b, int64_t *next_ms);
/* A file that cannot be written is warned of, once until it can. */
void x_account_save(x_account *a, const char *stream, const x_backoff *b, int64_t next_ms);

/* Books what a line costs.  False: it would pass the cap, and so does each line with a
 * price from then on; it is not booked. */
bool x_account_spend(x_account *a, text line);
bool x_account_is_spent(x_account *a); /* Not even one more post is paid for. */

typedef struct {
    double spent_usd, budget_usd, today_usd;
    uint64_t posts, users;
} x_spent;
void x_account_get_spent(x_account *a, x_spent *result);
bool x_account_tell(x_account *a); /* True for the first who asks: what is spent is his to tell. */

#endif
