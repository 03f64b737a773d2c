/* SPDX-License-Identifier: MIT */
/* definitions -- what each number of an answer means: the one list that documentation is
 * made from. */
#ifndef DUNLIN_PIPELINE_QUERIES_DEFINITIONS_H
#define DUNLIN_PIPELINE_QUERIES_DEFINITIONS_H

#include <stddef.h>

typedef struct {
    const char *name;    /* As in answers: a key, or a key and a key in it ("received.mean"). */
    const char *title;   /* What people call it: "Reception". */
    const char *meaning; /* A sentence. */
    const char *formula; /* Plain text; NULL where the sentence says all. */
} definition;

extern const definition definitions[];
extern const size_t definition_count;

#endif
