/* SPDX-License-Identifier: MIT */
/* repeats -- which lines of a log come again and again.
 *
 * Of equal lines, REPEATS_PASS pass in ten seconds; the rest are counted.  Lines are known
 * by a hash, a few dozen at a time: one that is forgotten early passes again. */
#ifndef DUNLIN_PIPELINE_BASE_REPEATS_H
#define DUNLIN_PIPELINE_BASE_REPEATS_H

#include "pipeline/base/text.h"

enum { REPEATS_PASS = 5, REPEATS_SLOTS = 64, REPEATS_BYTES = 200 };
#define REPEATS_WINDOW_US 10000000

typedef struct {
    uint64_t hash;
    int64_t since_us;
    uint64_t left_out;
    uint32_t seen; /* 0: free. */
    int level;
    char part[32];
    char words[REPEATS_BYTES]; /* The beginning of the line, ended by NUL. */
} repeat;

/* Start with {0}; the caller locks it. */
typedef struct {
    repeat slots[REPEATS_SLOTS];
} repeats;

/* Whether the line may be written.  *old is what was left out of another line that was
 * forgotten for it (left_out 0: nothing). */
bool repeats_pass(repeats *r, int level, const char *part, text line, int64_t now_us, repeat *old);
/* One line whose ten seconds are over, or with `all` any, of which some were left out: that
 * is to be said; false when there is none any more. */
bool repeats_take(repeats *r, int64_t now_us, bool all, repeat *old);

#endif
