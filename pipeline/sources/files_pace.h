/* SPDX-License-Identifier: MIT */
/* files_pace -- recorded time as wall time: each line is due when as much time has
 * passed since the start, times `speed`, as between the first line's time and its own.
 * Lines without a time go with the line before them, late ones at once.
 *
 * Speed, pause and place may change between two calls: time then runs on from the
 * moment that it had come to. */
#ifndef DUNLIN_PIPELINE_SOURCES_FILES_PACE_H
#define DUNLIN_PIPELINE_SOURCES_FILES_PACE_H

#include "pipeline/sources/source.h"

typedef struct {
    clock_source *clock;
    double speed; /* 0: all lines are due. */
    bool is_paused;
    bool has_target;
    int64_t target_ms; /* Lines before it are due, even in a pause. */

    bool has_begun;             /* A line with a time has come. */
    int64_t begin_ms, begin_us; /* Recorded time and ticks from which `speed` holds. */
    int64_t start_ms;           /* Recorded time of the first line. */
    int64_t position_ms;        /* Recorded time reached. */
    int64_t awaited_ms;         /* That of the line that is not due yet; 0: none. */
    source_chunk *chunk;        /* Being handed on, from `at`; owned. */
    size_t at;
    uint64_t lines; /* Of it, handed on. */
} files_pace;

void files_pace_set_speed(files_pace *p, double speed);
void files_pace_set_paused(files_pace *p, bool is_paused); /* A pause forgets the target. */
void files_pace_seek(files_pace *p, int64_t target_ms);

/* True when whole chunks may go by without being given: nothing is to be waited for. */
bool files_pace_is_free(const files_pace *p);
/* A chunk that goes by: time moves to that of its last line. */
void files_pace_pass(files_pace *p, const source_chunk *chunk);

/* Takes the next chunk to hand on; the one before must be used up. */
void files_pace_give(files_pace *p, source_chunk *chunk);
/* The lines that are due, as a chunk of the caller's.  *chunk is NULL when nothing is
 * left to hand on (*wait_ms = 0), or nothing is due for *wait_ms more (INT64_MAX: until
 * an order comes). */
status files_pace_next(files_pace *p, source_chunk **chunk, int64_t *wait_ms);
void files_pace_deinit(files_pace *p);

#endif
