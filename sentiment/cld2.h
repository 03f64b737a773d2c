/* SPDX-License-Identifier: MIT */
/* The door to CLD2, a C++ library: only sentiment/cld2.cc includes its headers. */
#ifndef DUNLIN_SENTIMENT_CLD2_H
#define DUNLIN_SENTIMENT_CLD2_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The code (static memory) of the language that CLD2 finds most likely for `count`
 * bytes of valid UTF-8, and whether it calls that reliable; NULL for none and when
 * out of memory.  Any number of threads. */
const char *cld2_detect(const char *bytes, size_t count, bool *is_reliable);

#ifdef __cplusplus
}
#endif

#endif
