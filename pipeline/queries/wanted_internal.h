/* SPDX-License-Identifier: MIT */
/* What wanted_read.c (reading) and wanted.c (judging) share. */
#ifndef DUNLIN_PIPELINE_QUERIES_WANTED_INTERNAL_H
#define DUNLIN_PIPELINE_QUERIES_WANTED_INTERNAL_H

#include "pipeline/queries/folded.h"
#include "pipeline/queries/wanted.h"

/* The cheapest to judge first. */
typedef enum {
    TERM_KIND,
    TERM_LANG,
    TERM_LABEL,
    TERM_SCORE,
    TERM_FROM,
    TERM_TAG,
    TERM_HAS_TAGS,
    TERM_HAS_LINKS,
    TERM_TO,
    TERM_PLACE,
    TERM_COUNTRY,
    TERM_MENTION,
    TERM_HAS_MENTIONS,
    TERM_WORDS,
} term_type;

typedef enum { SCORE_IS, SCORE_LESS, SCORE_AT_MOST, SCORE_MORE, SCORE_AT_LEAST } score_op;

typedef struct {
    term_type type;
    int32_t number;   /* A tweet_kind, a sentiment_label, or a score in 1e-6. */
    score_op op;      /* Of TERM_SCORE. */
    folded_pair pair; /* Of TERM_WORDS. */
    text words;       /* In wanted.bytes; of TERM_WORDS folded, with its blanks. */
} wanted_term;

typedef enum { NODE_TERM, NODE_ALL, NODE_ANY } node_type;

/* A tree, of which each inner node has two children or more, the cheapest first. */
typedef struct {
    uint8_t type;
    bool is_negated;
    uint8_t cost;               /* The term_type of the dearest term below. */
    uint16_t term, first, next; /* first, next: number + 1; 0: none. */
} wanted_node;

enum {
    WANTED_NODES_MAX = 2 * WANTED_TERMS_MAX,
    /* Folding may make more bytes of a word than it had. */
    WANTED_FOLDED_MAX = 32 * WANTED_BYTES_MAX,
};

struct wanted {
    wanted_term terms[WANTED_TERMS_MAX];
    wanted_node nodes[WANTED_NODES_MAX];
    size_t term_count, node_count, byte_count;
    uint16_t root;
    folder fold;
    char bytes[WANTED_FOLDED_MAX];
};

#endif
