/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_GEOCODE_CHOOSE_H
#define DUNLIN_GEOCODE_CHOOSE_H

#include "geocode/mentions.h"

/* choose -- which place of which name is meant.
 *
 * Each place that a name could be gets points: a sixteenth of a power of ten of its
 * people is one point, and everything else is weighed in that coin.  The place with
 * the most points is chosen if it has at least SCORE_MIN; confidence.h turns points
 * into a chance. */

#define SCORE_MIN   56
#define SCORE_NEVER (-1000) /* An abbreviation where none is meant. */

typedef enum {
    SUPPORT_NONE = 0,
    SUPPORT_COUNTRY = 1, /* Its country is named as well. */
    SUPPORT_REGION = 2,  /* A region that it lies in is. */
    SUPPORT_NEAR = 4,    /* A large city close by is. */
    SUPPORT_AGAINST = 8, /* A region is named right after it that it does not lie in. */
    SUPPORT_BESIDE = 16, /* Its region or country stands right beside it. */
} support;

typedef struct {
    uint32_t place;
    uint32_t flags;   /* Of its posting. */
    uint32_t support; /* Of the support values. */
    int score;
    uint16_t supporters; /* A bit for each mention that speaks for it. */
    uint16_t rivals;     /* Of the chosen one: each other mention that names a place of its own. */
    uint8_t mention;
} candidate;

/* The points of one place of a mention. */
candidate candidate_of(const reading *r, const gazetteer *g, size_t mention_number,
                       uint32_t posting);
/* The best place of one mention; false when it can be none. */
bool best_of_mention(const reading *r, const gazetteer *g, size_t mention_number, candidate *best);
/* The best place of all; false when nothing reaches SCORE_MIN. */
bool choose(const reading *r, const gazetteer *g, candidate *best);

#endif
