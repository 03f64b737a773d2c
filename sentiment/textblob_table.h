/* SPDX-License-Identifier: MIT */
/* textblob_table -- the words and emoticons that TextBlob rates, as one file that is
 * mapped and never parsed: built by sentiment/compile/textblob.c, in this machine's
 * byte order.  Found by open addressing, as in lexicon.h. */
#ifndef DUNLIN_SENTIMENT_TEXTBLOB_TABLE_H
#define DUNLIN_SENTIMENT_TEXTBLOB_TABLE_H

#include "pipeline/base/status.h"
#include "pipeline/base/text.h"

#define TEXTBLOB_MAGIC        0x31424F4C424E4C44ULL
#define TEXTBLOB_BYTES_MAX    20
#define TEXTBLOB_NEGATIONS(X) X("no") X("not") X("n't") X("never")

enum {
    TEXTBLOB_RATED = 1,    /* In the lexicon. */
    TEXTBLOB_MODIFIES = 2, /* Also an adverb: it modifies the word behind it. */
    TEXTBLOB_NEGATES = 4,
    TEXTBLOB_EMOTICON = 8,
    TEXTBLOB_ENDS_LY = 16,
};

typedef struct {
    double polarity;                /* -1 to 1; the mean over its senses. */
    double intensity;               /* By what it multiplies as a modifier: 0.5 to 2. */
    char bytes[TEXTBLOB_BYTES_MAX]; /* Lower case. */
    uint8_t count, flags, unused[2];
} textblob_entry;

/* The file: this header, then entries, then slots. */
typedef struct {
    uint64_t magic;
    uint32_t slot_count, entry_count;
} textblob_header;

typedef struct {
    const textblob_entry *entries;
    const uint32_t *slots; /* 16 bits of the hash, and the entry's number + 1. */
    uint32_t slot_mask;
} textblob_table;

/* Borrows `bytes`, aligned to 8; STATUS_BAD_FORMAT when they are something else. */
status textblob_table_open(textblob_table *t, const void *bytes, size_t count);
/* `key` is lower-case; NULL when TextBlob has no rule or rating for it. */
const textblob_entry *textblob_table_find(const textblob_table *t, text key);
uint64_t textblob_hash(text key);

#endif
