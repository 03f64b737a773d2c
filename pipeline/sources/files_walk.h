/* SPDX-License-Identifier: MIT */
/* files_walk -- all the items that one file holds, through whatever they are packed in.
 *
 * Packers and archives are told by content and may hold one another: a tar of bz2, a
 * zip of gz, a tar.xz.  Each thing that holds lines is a part: the file itself, or
 * "file:member".  A part that is damaged costs itself alone. */
#ifndef DUNLIN_PIPELINE_SOURCES_FILES_WALK_H
#define DUNLIN_PIPELINE_SOURCES_FILES_WALK_H

#include <stdatomic.h>

#include "pipeline/sources/source.h"

enum {
    WALK_LAYERS_MAX = 8,        /* Packers and archives around one another. */
    WALK_MEMBERS_MAX = 1000000, /* Of the archives in one file, all told. */
};

typedef struct {
    const char *path;        /* "-" is standard input; borrowed. */
    bool is_from_folder;     /* Nobody named it: skipped when it holds no JSON, as members are. */
    bool follow;             /* It has no end: see file_bytes_open. */
    size_t chunk_bytes;      /* About so many a chunk. */
    const atomic_bool *stop; /* While set, reading gives STATUS_STOPPED; borrowed. */
    bool without_owners;     /* Posts of an archive are not told whose they are. */
} walk_options;

typedef enum { WALK_CHUNK, WALK_SKIPPED, WALK_FAILED } walk_kind;

typedef struct {
    walk_kind kind;
    source_chunk *chunk; /* Of WALK_CHUNK: the taker's; file and sequence are not set. */
    char *part;          /* The taker's: the part that a chunk begins (NULL: it goes on), or that
                          * was skipped or could not be read whole. */
    const char *why;     /* It was; static. */
} walk_step;
void walk_step_deinit(walk_step *s);

typedef struct file_walk file_walk;

status file_walk_open(const walk_options *o, file_walk **result);
/* What comes next, in the order of the file.  STATUS_END after the last;
 * STATUS_STOPPED and STATUS_NO_MEMORY end the walk. */
status file_walk_next(file_walk *w, walk_step *result);
uint64_t file_walk_taken(const file_walk *w); /* Bytes read of the file so far. */
void file_walk_close(file_walk *w);           /* NULL is allowed. */

#endif
