/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_GEOCODE_TOKENS_H
#define DUNLIN_GEOCODE_TOKENS_H

#include "pipeline/base/text.h"

/* tokens -- a text as the gazetteer compares it.
 *
 * Letters are folded by a table (case, width, style, diacritics) and cut into
 * tokens: a word of a script with blanks, or one code point of a script without.
 * A name is the sequence of its tokens' hashes, so blanks, hyphens and dots between
 * its words do not matter.  The compiler of the gazetteer and the lookup run the
 * same code; all is arithmetic on integers, alike on every machine. */

/* What a code point is; stored in the gazetteer file. */
typedef enum {
    FOLD_SYMBOL, /* Separates; everything that is nothing else. */
    FOLD_DROP,   /* Marks, apostrophes, invisible ones. */
    FOLD_BLANK,
    FOLD_LETTER, /* Of a script that puts blanks between words. */
    FOLD_DIGIT,
    FOLD_HAN,
    FOLD_KANA,
    FOLD_HANGUL,
    FOLD_THAI, /* And Lao, Khmer, Myanmar. */
    FOLD_HYPHEN,
    FOLD_PERIOD,
    FOLD_COMMA,
    FOLD_AT,
    FOLD_REGIONAL, /* Half of a flag. */
} fold_class;

/* An entry: bits 0-20 the folded code point (0: itself), or with FOLD_EXPANDS the
 * place in `expansions` of {count, code points...}; bits 24-27 the class. */
#define FOLD_CODE(entry)   ((entry)&0x1FFFFFu)
#define FOLD_CLASS(entry)  ((uint8_t)((entry) >> 24 & 15u)) /* A fold_class. */
#define FOLD_UPPER         (1u << 28)
#define FOLD_EXPANDS       (1u << 29)
#define FOLD_BLOCK_COUNT   (0x110000 / 256)
#define FOLD_EXPANSION_MAX 4

typedef struct {
    const uint16_t *page_of_block; /* FOLD_BLOCK_COUNT of them. */
    const uint32_t *pages;         /* 256 entries each. */
    const uint32_t *expansions;
} fold_table;
/* That of the gazetteer in the program; false: there is none. */
bool fold_table_builtin(fold_table *f);
static inline uint32_t fold_entry(const fold_table *f, uint32_t code) {
    return f->pages[f->page_of_block[code >> 8] * 256u + (code & 255)];
}

typedef struct {
    uint32_t code; /* Folded. */
    uint32_t at;   /* Where it begins in the text. */
    uint32_t end;
    uint8_t class;
    bool is_upper;
} letter;

#define LETTERS_MAX 256 /* What comes after is not read. */
#define TOKENS_MAX  64

/* What stands before a token, from loose to strict. */
typedef enum { GAP_NONE, GAP_BLANK, GAP_HYPHEN, GAP_DASH, GAP_COMMA, GAP_SYMBOL } token_gap;
typedef enum {
    TOKEN_WORD,
    TOKEN_NUMBER,
    TOKEN_CODE_POINT, /* Of a script without blanks, or Hangul. */
    TOKEN_FLAG,
    TOKEN_HANDLE, /* @someone, an e-mail address, a URL: never a place. */
} token_kind;

typedef struct {
    uint64_t hash;
    uint32_t begin, end; /* In the text. */
    uint8_t kind, gap, class, letter_count;
    bool is_upper; /* All letters are capitals. */
    char flag[2];  /* TOKEN_FLAG: the country's code. */
} token;

/* Ways to read a text that made no sense at first. */
#define READ_SQUEEZED 1 /* Three and more of a letter count as one: "Houstonnn". */
#define READ_JOINED   2 /* Hyphens inside words do not count: "BE-KA-SI". */
#define READ_SINGLED  4 /* A letter that comes twice counts once: "Braziil". */

size_t letters_read(const fold_table *f, text t, letter out[LETTERS_MAX]);
/* Signs that look like letters become them, and brackets go: "HOU$TON", "D[M]V",
 * "Brαsil".  In place; false when there was nothing to do. */
bool letters_unmask(letter *letters, size_t *count);
size_t tokens_cut(const letter *letters, size_t count, unsigned how, token out[TOKENS_MAX]);

/* The hash of a sequence of tokens, one after the other. */
#define NAME_HASH_EMPTY 0x51ED270B9F1A3C85ULL
uint64_t name_hash_add(uint64_t name, uint64_t token_hash);

/* The hash of a word of these code points: begin, each, end. */
#define WORD_HASH_EMPTY 0xCBF29CE484222325ULL
static inline uint64_t word_hash_add(uint64_t word, uint32_t code) {
    return (word ^ code) * 0x9FB21C651E98DF25ULL;
}
uint64_t word_hash_end(uint64_t word);

#endif
