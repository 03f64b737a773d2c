/* SPDX-License-Identifier: MIT */
/* char_reference -- "&amp;", "&#38;", "&#x26;": characters as HTML writes them. */
#ifndef DUNLIN_PIPELINE_BASE_CHAR_REFERENCE_H
#define DUNLIN_PIPELINE_BASE_CHAR_REFERENCE_H

#include "pipeline/base/text.h"

#define CHAR_REFERENCE_VALUE_MAX 0x110000 /* Larger numbers are given as this one. */

typedef struct {
    const char *name;
    uint32_t code_point;
} named_character;

/* Reads the reference that begins at t.bytes[0], which is '&', and ends with ';' within 12
 * bytes: one of the `count` names, or a number, which may be no character (0, surrogates,
 * past Unicode): the caller decides.  *bytes is its length.  False: it is none. */
bool char_reference_read(text t, const named_character *named, size_t count, uint32_t *value,
                         size_t *bytes);

#endif
