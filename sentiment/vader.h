/* SPDX-License-Identifier: MIT */
/* vader -- the rules of VADER 3.3.2 (Hutto, Gilbert: VADER, a parsimonious rule-based
 * model for sentiment analysis of social media text, ICWSM 2014), mistakes included:
 * the results are the original's to its last digit.
 *
 * A walk goes over the words of a text once and keeps six of them: the one it rates,
 * three before and two behind.  What depends on all of the text is found apart: the
 * capitals in a second reading, only when a known word is in capitals; "but" at the
 * end, from the words with a rating other than zero. */
#ifndef DUNLIN_SENTIMENT_VADER_H
#define DUNLIN_SENTIMENT_VADER_H

#include "sentiment/token.h"

/* What VADER did with one word. */
typedef struct {
    token word;
    size_t index;
    bool is_rated;   /* In the lexicon and used; else all below is 0. */
    double lexicon;  /* The lexicon's value. */
    double capitals; /* Added for capitals among small letters. */
    double boosted;  /* Added by boosters and dampeners before it. */
    double negated;  /* Factor of negations: 1 for none, -0.74, 1.25. */
    bool is_idiom;   /* An idiom's value took the place of all before it. */
    double valence;  /* The outcome, before "but". */
} vader_step;

#define VADER_WINDOW 8 /* Six are needed; a power of two. */

typedef struct {
    token_reader reader;
    token window[VADER_WINDOW];
    size_t read, at;
    enum { CAPITALS_UNSEEN, CAPITALS_DIFFER, CAPITALS_ALIKE } capitals;
} vader_walk;

void vader_begin(vader_walk *w, const lexicon *words, text t); /* Borrows both. */
bool vader_next(vader_walk *w, vader_step *step);              /* False at the end. */

typedef struct {
    double sum;   /* Of all valences, after "but", before punctuation. */
    size_t count; /* Words. */
    size_t but;   /* Index of the first "but"; count if there is none. */
    size_t exclamations, questions;
    double emphasis;                    /* By punctuation: added in the direction of the sum. */
    double compound;                    /* 4 decimals. */
    double positive, neutral, negative; /* 3 decimals. */
} vader_result;

void vader_score(const lexicon *words, text t, vader_result *result);

/* The decimal with so many places that is nearest to x, half to even, exactly. */
double vader_round(double x, int places);

#endif
