/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_GEOCODE_EXPLAIN_H
#define DUNLIN_GEOCODE_EXPLAIN_H

#include "geocode/find.h"

/* What was done with the text in sentences: which of its names was chosen and what
 * speaks for it, or why nothing was chosen.  Each ends with SENTENCE_END, which no
 * name in a text can hold: a line feed it can. */
#define SENTENCE_END '\x1E'
void explain_reasons(const gazetteer *g, text location, const finding *f, buffer *sentences);

#endif
