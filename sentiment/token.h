/* SPDX-License-Identifier: MIT */
/* token -- a text in words, as VADER takes it.
 *
 * An emoji stands for its English description, a blank before it and none behind:
 * "so😂!" reads "so face with tears of joy!".  Words end at what Python's
 * str.split() calls white space and lose ASCII punctuation at both ends, unless two
 * characters or fewer would be left (":)" stays).  No text is copied: a word behind
 * an emoji is the description's last word and what follows it in the text. */
#ifndef DUNLIN_SENTIMENT_TOKEN_H
#define DUNLIN_SENTIMENT_TOKEN_H

#include "sentiment/lexicon.h"

typedef struct {
    text head, tail;           /* One string in two pieces; tail is nearly always empty. */
    const lexicon_word *known; /* NULL for a word that VADER does not know. */
} token;

typedef struct {
    const lexicon *words;
    text source, description;
    size_t at;
    /* In the emoji's descriptions read so far. */
    size_t exclamations, questions;
} token_reader;

token_reader token_reader_of(const lexicon *words, text source); /* Borrows both. */
/* The next word, `known` not yet set; false at the end. */
bool token_read(token_reader *r, token *t);
/* Sets t->known. */
void token_look_up(const lexicon *words, token *t);

/* As Python's str.isupper: some letter, and none that is lower- or title-case. */
bool token_is_capitals(const token *t);
/* True if "n't" is in it, in any case of letters. */
bool token_has_nt(const token *t);

#endif
