/* SPDX-License-Identifier: MIT */
/* files_ahead -- several files walked at a time, their steps in the order of the files.
 *
 * Each thread reads and unpacks one file; while the first is being taken, those behind
 * it fill up what memory they may.  What comes, and in which order, does not depend on
 * how many threads there are: one file is walked by who asks for it, without any. */
#ifndef DUNLIN_PIPELINE_SOURCES_FILES_AHEAD_H
#define DUNLIN_PIPELINE_SOURCES_FILES_AHEAD_H

#include "pipeline/sources/files_find.h"
#include "pipeline/sources/files_walk.h"

enum { AHEAD_THREADS_MAX = 16 };
#define AHEAD_BYTES_MAX ((size_t)48 << 20) /* Of chunks that wait, all told. */

typedef struct files_ahead files_ahead;

typedef struct {
    size_t threads; /* At most AHEAD_THREADS_MAX. */
    size_t chunk_bytes;
    bool follow_last;        /* The last file has no end: see file_bytes_open. */
    const atomic_bool *stop; /* Borrowed. */
} ahead_options;

/* The list is borrowed. */
status files_ahead_new(const file_list *list, const ahead_options *o, files_ahead **result);

typedef struct {
    bool is_end; /* Of a file; `step` is empty then. */
    walk_step step;
    size_t file;    /* In the list. */
    uint64_t taken; /* Bytes that were read of it, at its end. */
} ahead_step;

/* STATUS_END after the last file's end.  One thread. */
status files_ahead_next(files_ahead *a, ahead_step *result);
/* Waits for the threads, which end soon once `stop` is set.  NULL is allowed. */
void files_ahead_free(files_ahead *a);

#endif
