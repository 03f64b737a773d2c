/* SPDX-License-Identifier: MIT */
/* store_internal -- what the engine's side of the store and its keeper share.
 *
 * Two connections, one a thread.  `writing` is held by whoever writes through either, and
 * never for longer than a transaction of a few ms; `mutex` guards what both know. */
#ifndef DUNLIN_PIPELINE_STORE_STORE_INTERNAL_H
#define DUNLIN_PIPELINE_STORE_STORE_INTERNAL_H

#include <pthread.h>

#include "pipeline/store/forget_set.h"
#include "pipeline/store/journal.h"
#include "pipeline/store/text_blocks.h"

#ifdef TEST_TINY
enum { WAL_TENDED_BYTES = 64 * 1024 };
#else
enum { WAL_TENDED_BYTES = 16 * 1024 * 1024 }; /* From here on the keeper empties it. */
#endif
enum { WAL_BYTES_MAX = 64 * 1024 * 1024 };

struct store {
    char *path, *vfs;
    uint64_t bytes_max;
    int64_t scores_id;
    clock_source *clock;
    int lock_fd;
    text_blocks *blocks;
    pthread_mutex_t writing, emptying; /* The second for checkpoints, inside the first. */

    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool is_stopping, has_work;
    store_state state;
    forget_set due; /* What the rows do not follow yet. */

    journal *writer; /* The engine's from here on.  NULL: to be opened anew. */
    int64_t last_number;
    int64_t scores_from; /* Rows before this number have the scores of another model. */
    forget_set coming;   /* What frames may hold that were packed before it was forgotten. */
    frame_row row, clean;

    pthread_t thread; /* The keeper's from here on. */
    bool has_thread;
    journal *keeper;
    forget_set going;      /* What it forgets now. */
    int64_t next_pass_ms;  /* Monotonic: not before. */
    int64_t floor_kept_ms; /* As it stands in the file. */
    int64_t last_round_ms; /* Monotonic: when it learned that it shall stop; 0: not yet. */
    frame_row rewritten;
};

/* The keeper: a thread that forgets, drops what is older than the floor, bounds the file
 * and empties the WAL. */
status keeper_start(store *s);
void keeper_stop(store *s); /* After a last round. */
void keeper_wake(store *s); /* With `mutex` held. */

#endif
