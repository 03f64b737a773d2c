/* SPDX-License-Identifier: MIT */
/* textblob -- the polarity of TextBlob 0.20.1 (its PatternAnalyzer, of pattern.en: De
 * Smedt, Daelemans: Pattern for Python, JMLR 13, 2012), mistakes included: the results
 * are the original's to its last digit.
 *
 * A text's polarity is the mean over its assessments.  A word of the lexicon begins an
 * assessment, or takes the place of the one before it if that was a modifier ("very
 * good"), multiplied by its intensity.  Modifiers and negations reach across small
 * words that the lexicon does not have.  "n't" negates nothing, for the original cuts
 * it in three; a negation turns a polarity round and halves it.  Only the last
 * assessment ever changes, so that a walk keeps one. */
#ifndef DUNLIN_SENTIMENT_TEXTBLOB_H
#define DUNLIN_SENTIMENT_TEXTBLOB_H

#include "sentiment/textblob_table.h"
#include "sentiment/textblob_words.h"

/* What a word is to TextBlob. */
typedef enum {
    TEXTBLOB_NOTHING,
    TEXTBLOB_WORD,     /* Of the lexicon. */
    TEXTBLOB_MODIFIER, /* Of the lexicon, and modifies what follows. */
    TEXTBLOB_NEGATION,
    TEXTBLOB_EXCLAMATION, /* "!" behind an assessment. */
    TEXTBLOB_IRONY,       /* "(!)" */
    TEXTBLOB_FACE,
} textblob_role;

/* What TextBlob did with one word. */
typedef struct {
    textblob_word word;
    textblob_role role;
    double rated;      /* The word's own polarity, of the lexicon or the emoticons; else 0. */
    size_t assessment; /* Number, from 1, of the one that it began or changed; 0 for none. */
    double polarity;   /* That assessment's after this word, as it would count. */
} textblob_step;

typedef struct {
    textblob_words words;
    const textblob_table *table;
    size_t assessments;
    double finished; /* The sum of all assessments but the last. */
    double polarity, intensity;
    bool is_negated;
    bool has_negation, has_modifier, modifier_ends_ly; /* Before the next word. */
} textblob_walk;

void textblob_begin(textblob_walk *w, const textblob_table *t, text source); /* Borrows both. */
bool textblob_next(textblob_walk *w, textblob_step *step);                   /* False at the end. */

/* The mean over the assessments, from -1 to 1; 0 without any.  Any number of threads; no
 * allocation. */
double textblob_polarity(const textblob_table *t, text source);

#endif
