/* SPDX-License-Identifier: MIT */
/* folded -- a text as words are looked for in it.
 *
 * Letters are folded as the geocoder folds them (case, width, style, diacritics) and cut
 * into words, each with one blank before and behind it: " words of a text ".  A word is a
 * run of letters and digits; of a script without blanks (and of Hangul) each code point is
 * one, and so are emoji.  All else stands between words; apostrophes and marks do not count.
 * So some words one after the other are found by their bytes, at the bounds of words alone. */
#ifndef DUNLIN_PIPELINE_QUERIES_FOLDED_H
#define DUNLIN_PIPELINE_QUERIES_FOLDED_H

#include "geocode/tokens.h"

typedef struct {
    fold_table table;
    char ascii[128]; /* What becomes of it: ' ' between words, 0 nothing at all. */
} folder;

bool folder_init(folder *f); /* False: there is no table. */
/* How many bytes of `room` the words of `t` take; 0: it has none.  is_plain: else &amp;, &lt;
 * and &gt; are the signs that they stand for.  What does not fit is left out, whole code
 * points at the end. */
size_t folded_write(const folder *f, text t, bool is_plain, char *room, size_t room_bytes);

/* Two letters that stand side by side in the words, the rarest; both 0: there are none in
 * ASCII, and then no text in ASCII has the words. */
typedef struct {
    unsigned char first, second;
} folded_pair;
folded_pair folded_rarest_pair(text words);
/* False: no text that folds to these words is `t`, as it was written; at a glance. */
bool folded_may_have(text t, folded_pair pair);

#endif
