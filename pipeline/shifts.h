/* SPDX-License-Identifier: MIT */
/* shifts -- where a series of minutes leaves its own past: volume, moods, languages.
 *
 * A function of the series alone: run again over corrected minutes it says what it would
 * have said had they been right.
 *
 * What is now: the last five minutes that were listened to.  The past: up to sixty before
 * them, at most three hours back, without those of an earlier shift; at least fifteen.
 *
 * Rate: counts are made of equal variance by 2 sqrt(n + 3/8) (Anscombe, Biometrika 35, 1948).
 * Of the past, the median and 1.4826 times the median absolute deviation, at least the 1
 * that a Poisson count has (Hampel, JASA 69, 1974); now, the median of the five, so that one
 * odd minute is none.  A shift is 4 deviations away, and by half or to less than two thirds.
 *
 * Labels and languages: the G-test of five minutes against the past (Sokal & Rohlf,
 * Biometry, ch. 17) at one in a million.  Tweets come in bursts, so G is divided by how much
 * more the past's own five minutes differ than chance allows (quasi-likelihood: McCullagh &
 * Nelder, Generalized Linear Models, 4.5).  And since in many tweets any difference is
 * significant, the Jensen-Shannon divergence (Lin, IEEE Trans. IT 37, 1991) must be large.
 *
 * A shift goes on until what is now is well within the past from before it, or for an hour:
 * then it is the new past. */
#ifndef DUNLIN_PIPELINE_SHIFTS_H
#define DUNLIN_PIPELINE_SHIFTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SHIFT_LABELS = 4,
    SHIFT_LANGS = 16, /* The last holds all others. */
    SHIFT_SERIES_MAX = 2880,
    SHIFT_PAST_MINUTES = 60,
    SHIFT_PAST_MINUTES_MIN = 15,
    SHIFT_NOW_MINUTES = 5,
};

typedef struct {
    uint32_t minute; /* Since 1970. */
    bool is_whole;   /* It was listened to from its beginning to its end; else it says nothing. */
    uint32_t tweets;
    uint32_t labels[SHIFT_LABELS]; /* In any order, the same in all minutes; so langs. */
    uint32_t langs[SHIFT_LANGS];
} shift_minute;

typedef enum { SHIFT_OF_RATE, SHIFT_OF_LABELS, SHIFT_OF_LANGS, SHIFT_KINDS } shift_kind;

typedef struct {
    shift_kind kind;
    uint32_t since, until; /* Minutes: noticed, and over; until 0: it goes on. */
    bool is_usual_now;     /* Over because it lasted. */
    uint32_t category;     /* Label or language whose share changed most. */
    double before, now;    /* When noticed: tweets a minute; shares of the category, 0 to 1. */
    double size;           /* Rate: now / before; else the divergence in bits, 0 to 1. */
} shift;

/* Of a recording nobody knows what was listened to: a minute without tweets is a gap in it,
 * and minutes beside one, and the first, may be cut.  All others become whole. */
void shifts_mark_recorded(shift_minute *rows, size_t count);

/* `rows` are minutes in their order without a gap, at most SHIFT_SERIES_MAX.  Writes what is
 * found by kind and time, the first `most`; how many. */
size_t shifts_find(const shift_minute *rows, size_t count, shift *found, size_t most);

#endif
