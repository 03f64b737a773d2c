/* SPDX-License-Identifier: MIT */
/* lexicon -- the words and emoji that VADER knows, as one file that is mapped and
 * never parsed: built by sentiment/compile, in this machine's byte order.
 *
 * Words are found by open addressing: a slot holds 16 bits of the hash and the
 * word's number + 1, so that most unknown words cost one probe of a small array.
 * Emoji are found by two array reads, the way Unicode properties are. */
#ifndef DUNLIN_SENTIMENT_LEXICON_H
#define DUNLIN_SENTIMENT_LEXICON_H

#include "pipeline/base/status.h"
#include "pipeline/base/text.h"
#include "sentiment/vader_words.h"

#define LEXICON_MAGIC  0x31534E4C4E554447ULL
#define WORD_BYTES_MAX 20

enum { WORD_RATED = 1, WORD_BOOSTS = 2, WORD_DAMPENS = 4, WORD_NEGATES = 8 };

typedef struct {
    double valence;             /* -4 to 4; 0 unless WORD_RATED. */
    char bytes[WORD_BYTES_MAX]; /* Lower-case ASCII. */
    uint8_t count, flags, mark, unused;
} lexicon_word;

typedef struct {
    uint32_t begin; /* Into the descriptions' text. */
    uint8_t count, exclamations, questions, unused;
} lexicon_emoji;

/* The file: this header, then words, slots, emoji, pages of emoji numbers by the
 * low 6 bits of the code point, page numbers by the rest, the descriptions. */
typedef struct {
    uint64_t magic;
    uint32_t slot_count, word_count, emoji_count, page_count, text_bytes, unused;
} lexicon_header;

#define EMOJI_CODE_POINT_MAX 0x1FFFF
#define EMOJI_PAGE_BITS      6

typedef struct {
    const uint32_t *slots;
    const lexicon_word *words;
    const lexicon_emoji *emoji;
    const uint16_t *pages;
    const uint8_t *page_of;
    const char *descriptions;
    uint32_t slot_mask;
} lexicon;

/* Borrows `bytes`, aligned to 8; STATUS_BAD_FORMAT when they are something else. */
status lexicon_open(lexicon *l, const void *bytes, size_t count);
/* `key` is lower-case; NULL when VADER has no rule or rating for it. */
const lexicon_word *lexicon_find(const lexicon *l, text key);
uint64_t lexicon_hash(text key);

/* The description that stands for an emoji, or NULL. */
static inline const lexicon_emoji *lexicon_find_emoji(const lexicon *l, uint32_t code_point) {
    if (code_point > EMOJI_CODE_POINT_MAX) return NULL;
    size_t page = l->page_of[code_point >> EMOJI_PAGE_BITS];
    size_t low = code_point & ((1u << EMOJI_PAGE_BITS) - 1);
    uint16_t number = l->pages[page << EMOJI_PAGE_BITS | low];
    return number == 0 ? NULL : &l->emoji[number - 1];
}

#endif
