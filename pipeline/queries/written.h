/* SPDX-License-Identifier: MIT */
/* written -- what those who read people's words from left to right share: where something is
 * wrong and what, blanks, names. */
#ifndef DUNLIN_PIPELINE_QUERIES_WRITTEN_H
#define DUNLIN_PIPELINE_QUERIES_WRITTEN_H

#include "pipeline/base/status.h"
#include "pipeline/base/text.h"

typedef struct {
    bool in_set;            /* Of two texts that belong together, in the second. */
    size_t position, count; /* Bytes from the beginning of that text; count may be 0. */
    char message[160];      /* For people; may hold bytes of the text: escape it. */
} written_error;

/* Says what is wrong with the bytes [from, to); always false. */
bool written_fail(written_error *e, size_t from, size_t to, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* False, and *e says so: it is longer than that, or no UTF-8. */
bool written_is_readable(text t, size_t bytes_max, written_error *e);

bool written_is_blank(char c);
size_t written_blanks_end(text t, size_t at); /* Behind the blanks that begin there. */
text written_name_at(text t, size_t at);      /* ASCII letters and '_'; empty: none begins there. */

#endif
