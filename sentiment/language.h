/* SPDX-License-Identifier: MIT */
/* language -- which language a short text is in.  See also language_guess in
 * sentiment.h. */
#ifndef DUNLIN_SENTIMENT_LANGUAGE_H
#define DUNLIN_SENTIMENT_LANGUAGE_H

#include "pipeline/base/text.h"

/* False for no code and for those by which Twitter says that it does not know or
 * that there is no language: und, zxx, qme, qht, ... */
bool language_is_told(text code);

/* True if at least half of the letters, and not none, are of other scripts than Latin. */
bool language_is_foreign_script(text t);

#endif
