/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_SOURCES_FILES_UTF16_H
#define DUNLIN_PIPELINE_SOURCES_FILES_UTF16_H

#include "pipeline/base/text.h"

/* UTF-16 as it comes, in pieces of any size, to UTF-8.  Start with {0}. */
typedef struct {
    bool is_big_endian, has_odd;
    unsigned char odd; /* The first byte of a unit whose second has not come. */
    uint16_t high;     /* The first half of a pair; 0: none. */
} utf16;

/* True when a file that begins so is UTF-16: by its byte order mark, or by the zeros of
 * a brace.  At least 4 bytes tell, or all there are. */
bool utf16_begins(text t, utf16 *u);
/* Writes at most count / 2 * 3 + 6 bytes; how many.  A byte order mark goes; half a pair
 * becomes U+FFFD. */
size_t utf16_to_utf8(utf16 *u, text from, char *to);
/* What is left when the input ends: at most 3 bytes. */
size_t utf16_end(utf16 *u, char *to);

#endif
