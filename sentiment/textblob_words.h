/* SPDX-License-Identifier: MIT */
/* textblob_words -- a text in words, as TextBlob takes it.
 *
 * Three steps, each asking the one before it, with a few words kept and no text copied:
 *   chunks  end at white space; a quote is one of its own, and so "n't" is three: n ' t.
 *   pieces  are a chunk's leading punctuation mark by mark, its body, and what follows
 *           it, mark by mark but for "..."; an abbreviation keeps its full stop.
 *   words   are pieces, but "(", "!", ")" are put together, and so are the pieces of an
 *           emoticon, if nothing but blanks is between them and no sentence ends there.
 *           As in the original an emoticon may begin within a word: "fox D" is "foxD". */
#ifndef DUNLIN_SENTIMENT_TEXTBLOB_WORDS_H
#define DUNLIN_SENTIMENT_TEXTBLOB_WORDS_H

#include "pipeline/base/text.h"

/* One string in two pieces; the tail is what was put to it, and nearly always empty. */
typedef struct {
    text head; /* In the source. */
    char tail[8];
    uint8_t tail_count;
} textblob_word;

typedef struct {
    text bytes;
    bool begins_sentence;
} textblob_piece;

/* Seven are looked at: a word's first, four more of an emoticon, two to tell "(" from "(!)". */
#define TEXTBLOB_WINDOW 8

typedef struct {
    text source;
    size_t at;      /* Of what no chunk has been made of. */
    text chunk;     /* What is left of the present one. */
    bool is_past;   /* Its body has been taken. */
    bool after_end; /* A sentence has ended; closing marks may still follow. */
    textblob_piece window[TEXTBLOB_WINDOW];
    size_t read, taken;
} textblob_words;

textblob_words textblob_words_of(text source);                 /* Borrows it. */
bool textblob_words_next(textblob_words *r, textblob_word *w); /* False at the end. */

#endif
