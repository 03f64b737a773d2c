/* SPDX-License-Identifier: MIT */
/* minutes -- the timeline as numbers, for who watches over it. */
#ifndef DUNLIN_PIPELINE_QUERIES_MINUTES_H
#define DUNLIN_PIPELINE_QUERIES_MINUTES_H

#include "pipeline/queries/query.h"

enum { MINUTES_LANG_BYTES = 12 };

typedef struct {
    uint32_t minute, tweets; /* Heard. */
    uint32_t positive, neutral, negative, unknown;
} minute_counts;

/* Minutes in [begin, end) in which a tweet was heard, in their order, at most `most`. */
size_t minutes_read(const moment *m, uint32_t begin, uint32_t end, minute_counts *out, size_t most);
/* The newest in which one was; false before the first. */
bool minutes_newest(const moment *m, uint32_t *minute);

typedef struct {
    uint32_t number;
    char code[MINUTES_LANG_BYTES]; /* Letters, digits and '-'; others as '?'. */
} minutes_lang;
/* The languages that most known tweets are in, the most first; how many. */
size_t minutes_langs(const moment *m, minutes_lang *out, size_t most);
/* Adds the responses of each minute of [begin, end) to counts[(minute - begin) * stride + i]
 * for langs[i], or i = lang_count for all other languages.  One scan. */
status minutes_count_langs(const moment *m, uint32_t begin, uint32_t end, const minutes_lang *langs,
                           size_t lang_count, uint32_t *counts, size_t stride);

#endif
