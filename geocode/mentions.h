/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_GEOCODE_MENTIONS_H
#define DUNLIN_GEOCODE_MENTIONS_H

#include "geocode/gazetteer_file.h"

/* mentions -- the names of the gazetteer that stand in a text. */

#define MENTIONS_MAX        16
#define MENTION_REGIONS_MAX 12

typedef struct {
    const uint32_t *postings;              /* Up to the one with POSTING_LAST. */
    uint32_t flag_posting;                 /* What `postings` points to for a flag. */
    uint32_t regions[MENTION_REGIONS_MAX]; /* Those that are no cities: what can lie around. */
    uint8_t region_count;
    uint8_t begin, end; /* Tokens. */
    uint8_t segment;
    uint8_t letter_count;
    bool is_upper;    /* Written in capitals. */
    bool is_whole;    /* All of its segment but what fills it. */
    bool is_last;     /* The last of its segment. */
    bool code_counts; /* An abbreviation here is one. */
    bool no_place;    /* A phrase that only hides places or fills. */
} mention;

typedef struct {
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

/* Reads the text in the ways `how` (READ_...) and finds all mentions. */
void reading_of(reading *r, const gazetteer *g, text t, unsigned how);
/* Looks for names that lack, have or confuse one letter, in words that are unknown. */
void reading_add_typos(reading *r, const gazetteer *g);

#endif
