/* SPDX-License-Identifier: MIT */
/* files_pace -- recorded time as wall time: each line is due when as much time has
 * passed since the start, times `speed`, as between the first line's time and its own.
 * Lines without a time go with the line before them, late ones at once. */
#ifndef DUNLIN_PIPELINE_SOURCES_FILES_PACE_H
#define DUNLIN_PIPELINE_SOURCES_FILES_PACE_H

#include "pipeline/sources/source.h"

typedef struct {
    double speed; /* > 0. */
    clock_source *clock;
    bool has_begun;
    int64_t begin_ms, begin_us; /* Recorded time, and ticks, of the first line. */
    int64_t position_ms;        /* Recorded time reached. */
    source_chunk *chunk;        /* Being handed on, from `at`; owned. */
    size_t at;
    uint64_t lines; /* Of it, handed on. */
} files_pace;

/* Takes the next chunk to hand on; the one before must be used up. */
void files_pace_give(files_pace *p, source_chunk *chunk);
/* The lines that are due, as a chunk of the caller's.  *chunk is NULL when nothing is
 * left to hand on (*wait_ms = 0) or nothing is due for *wait_ms more. */
status files_pace_next(files_pace *p, source_chunk **chunk, int64_t *wait_ms);
void files_pace_deinit(files_pace *p);

#endif
