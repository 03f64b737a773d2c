/* SPDX-License-Identifier: MIT */
/* contrast -- what "but" does to the ratings of a text.
 *
 * Meant is: what stands before it counts half, what stands behind it one and a half
 * times.  The original visits the ratings in order and changes the FIRST one that at
 * this moment equals the one visited, so that equal words change one another's
 * ratings.  Read plainly that is quadratic; here equal ratings wait in heaps by
 * position, so that n ratings cost O(n log n). */
#ifndef DUNLIN_SENTIMENT_CONTRAST_H
#define DUNLIN_SENTIMENT_CONTRAST_H

#include "pipeline/base/text.h"

typedef struct {
    size_t index; /* Of the word. */
    double valence;
} rating;

/* Changes `count` ratings, none of them 0, in the order of their words; `but` is the
 * index of the first "but".  Allocates only for more than CONTRAST_FEW; without
 * memory each rating is changed in its own place, as meant. */
void contrast_apply(rating *ratings, size_t count, size_t but);

#ifdef TEST_TINY
#define CONTRAST_FEW 2
#else
#define CONTRAST_FEW 256
#endif

#endif
