/* SPDX-License-Identifier: MIT */
/* backlog -- the pipeline's side of the store: an epoch is stored before it is shown.
 *
 * While the disk takes nothing (it is full, say) epochs are shown all the same and wait
 * here, in order, to be stored; when too many bytes wait, reading must stop, so that
 * nothing is lost.  Engine thread only, but for what says otherwise. */
#ifndef DUNLIN_PIPELINE_BACKLOG_H
#define DUNLIN_PIPELINE_BACKLOG_H

#include "pipeline/queries/strings.h"
#include "pipeline/store/store.h"

typedef struct backlog backlog;

enum { BACKLOG_RETRY_MS = 250 };

/* As store_open.  backlog_bytes_max 0: 256 MiB. */
status backlog_open(const store_options *o, uint64_t backlog_bytes_max, backlog **result,
                    buffer *why);
/* Tries a last time to store what waits.  False: some was shown and is not stored.  NULL
 * is allowed. */
bool backlog_close(backlog *b);
store *backlog_store(backlog *b);
/* The store as the place of texts that memory need not hold; as long as the backlog. */
texts_disk *backlog_texts(backlog *b);

/* A frame of store_pack becomes part of the epoch in hand; `frame` is left empty.
 * NO_MEMORY: nothing was taken. */
status backlog_add(backlog *b, buffer *frame);
/* Ends the epoch in hand and stores all that waits.  CANNOT_WRITE: it waits on, and is
 * tried again by backlog_retry, at most each BACKLOG_RETRY_MS. */
status backlog_commit(backlog *b);
status backlog_retry(backlog *b);
bool backlog_has_waiting(const backlog *b);
bool backlog_is_full(backlog *b);                        /* Any thread: reading should stop. */
void backlog_get_state(backlog *b, store_state *result); /* Any thread; NULL: no journal. */

#endif
