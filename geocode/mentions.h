/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_GEOCODE_MENTIONS_H
#define DUNLIN_GEOCODE_MENTIONS_H

#include "geocode/gazetteer_file.h"

/* mentions -- the names of the gazetteer that stand in a text. */

#define MENTIONS_MAX        16
#define MENTION_REGIONS_MAX 12

/* One of 64 bits, the same for the same country: tells most that are different. */
static inline uint64_t country_bit(uint16_t country) {
    return 1ULL << (((country & 31u) * 7 + (country >> 8)) & 63u);
}

typedef struct {
    const uint32_t *postings;              /* Up to the one with POSTING_LAST. */
    uint32_t flag_posting;                 /* What `postings` points to for a flag. */
    uint32_t regions[MENTION_REGIONS_MAX]; /* Those that are no cities: what can lie around. */
    uint64_t region_countries;             /* The country_bit of each of them. */
    uint8_t region_count;
    uint8_t begin, end; /* Tokens. */
    uint8_t segment;
    uint8_t letter_count;
    bool is_upper;    /* Written in capitals. */
    bool is_whole;    /* All of its segment but what fills it. */
    bool is_last;     /* The last of its segment. */
    bool has_marks;   /* Some of its letters are Latin with diacritics. */
    bool is_counted;  /* One word before "/4" or "/5". */
    bool code_counts; /* An abbreviation here is one. */
    bool is_next;     /* Behind "to" and the like: the place before it is meant. */
    bool no_place;    /* A phrase that only hides places or fills. */
} mention;

typedef struct {
    text source; /* Borrowed; tokens lie in it. */
    letter letters[LETTERS_MAX];
    token tokens[TOKENS_MAX];
    size_t letter_count, token_count;
    mention mentions[MENTIONS_MAX];
    size_t mention_count;
    uint8_t segment_of[TOKENS_MAX];
    /* Of each segment: letters, and those that no mention explains; words of the same. */
    uint16_t segment_letters[TOKENS_MAX], segment_unknown[TOKENS_MAX];
    uint8_t segment_unknown_words[TOKENS_MAX];
    bool has_place;
} reading;

/* Reads the text in the ways `how` (READ_...) and finds all mentions.  `t` has to stay. */
void reading_of(reading *r, const gazetteer *g, text t, unsigned how);
/* The letters of `plain` read in other ways; false where that changes nothing that could
 * matter.  Unmasked: see letters_unmask. */
bool reading_squeezed(reading *r, const gazetteer *g, const reading *plain);
bool reading_unmasked(reading *r, const gazetteer *g, const reading *plain);
bool reading_singled(reading *r, const gazetteer *g, const reading *plain);
/* To be called for a copy: a flag's mention points into its reading. */
void reading_moved(reading *r);
/* Looks for names that lack, have or confuse one letter: in words that are unknown, and
 * in all words of a segment together. */
bool reading_may_have_typos(const reading *r);
bool reading_add_typos(reading *r, const gazetteer *g);

#endif
