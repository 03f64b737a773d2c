/* SPDX-License-Identifier: MIT */
/* answers -- stored answers of the originals that sentiment is held against. */
#ifndef DUNLIN_TESTS_SUPPORT_ANSWERS_H
#define DUNLIN_TESTS_SUPPORT_ANSWERS_H

#include "pipeline/base/text.h"

typedef struct {
    size_t checked, wrong;
    bool is_broken; /* A file was not as it should be. */
} answers_tally;

/* Three lines: what it shows, the text as a JSON string, the answer; then a blank one.
 * The first of the wrong are printed. */
typedef void answers_say(text t, char *answer, size_t room);
answers_tally answers_check_cases(const char *path, answers_say *say);

/* For each file NAME`ending` of tests/unit/sentiment/answers: `bytes` bytes a line of
 * the labelled set NAME, whose folder is `sets`. */
typedef bool answers_are_right(text t, const void *answer);
answers_tally answers_check_sets(const char *sets, const char *ending, size_t bytes,
                                 answers_are_right *are_right);

#endif
