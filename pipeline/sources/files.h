/* SPDX-License-Identifier: MIT */
/* files -- recorded tweets as a source: files, folders and standard input, plain or
 * compressed by gzip or bzip2, recognised by content and never by name. */
#ifndef DUNLIN_PIPELINE_SOURCES_FILES_H
#define DUNLIN_PIPELINE_SOURCES_FILES_H

#include "pipeline/sources/source.h"

typedef struct {
    double speed;        /* Times the recorded speed; 0: as fast as it goes. */
    size_t chunk_bytes;  /* About so many a chunk; 0: 256 KiB. */
    clock_source *clock; /* For `speed`; NULL: the real one. */
} source_files_options;

/* Reads the inputs in the order given; "-" is standard input; a folder stands for
 * all files below it, by name, without hidden ones and without those that hold no
 * JSON.  What cannot be read is said once in the log and in state().detail, and the
 * rest goes on.  STATUS_CANNOT_READ: nothing at all can be read.  `o` may be NULL.
 * Decompressing happens in next(), in the caller's thread. */
status source_files(const char *const *paths, size_t count, const source_files_options *o,
                    tweet_source **result);

#endif
