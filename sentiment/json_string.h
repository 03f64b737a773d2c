/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_SENTIMENT_JSON_STRING_H
#define DUNLIN_SENTIMENT_JSON_STRING_H

#include "pipeline/base/text.h"

/* Decodes one JSON string, blanks around it allowed, in its own bytes; false, with the
 * bytes spoilt, when it is none.  A lone surrogate becomes U+FFFD. */
bool json_string_decode(char *bytes, size_t count, text *result);

#endif
