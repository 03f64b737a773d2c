/* SPDX-License-Identifier: MIT */
/* files -- recorded tweets as a source: files, folders and standard input, plain, packed
 * (gzip, bzip2, zstd, xz), in archives (tar, zip), and these in one another, recognised
 * by content and never by name.  A member's name is "file:member". */
#ifndef DUNLIN_PIPELINE_SOURCES_FILES_H
#define DUNLIN_PIPELINE_SOURCES_FILES_H

#include "pipeline/sources/source.h"

typedef struct {
    double speed;        /* Times the recorded speed; 0: as fast as it goes. */
    size_t chunk_bytes;  /* About so many a chunk; 0: 256 KiB. */
    size_t threads;      /* That read and unpack, one file each; 0: one a processor, at most 8. */
    bool follow;         /* The last file has no end: what is written behind it is read as well. */
    clock_source *clock; /* For `speed`; NULL: the real one. */
} source_files_options;

/* Reads the inputs in the order given; "-" is standard input; a folder stands for
 * all files below it, by name, without hidden ones.  Files below folders, and members
 * of archives, that hold no JSON are skipped.  What is skipped, damaged or cannot be
 * read is named in the log and counted in state(), and the rest goes on; a damaged part
 * still gives what it has.  STATUS_CANNOT_READ: nothing at all can be read.  `o` may be
 * NULL.  The chunks do not depend on `threads`: a single file is unpacked in next(), in
 * the caller's thread.  A file that is followed and is cut short, or replaced by another
 * of its name, is read from its new beginning. */
status source_files(const char *const *paths, size_t count, const source_files_options *o,
                    tweet_source **result);

#endif
