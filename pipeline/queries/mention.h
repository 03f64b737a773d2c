/* SPDX-License-Identifier: MIT */
/* mention -- a hashtag or a link, in the one form in which equal ones are equal.
 *
 * A hashtag has no '#' and is in lower case (Unicode, letter by letter).  A link begins
 * with http:// or https://; scheme and host are in lower case.
 *
 * In a text a hashtag is '#' or U+FF03, not behind a letter, digit, '_' or '&', and the
 * letters, marks, digits and '_' that follow, of which one is a letter.  A link runs from
 * http:// or https://, not behind a letter or digit, to what is not printable ASCII or one
 * of <>" ; closing brackets, quotes and .,;:!? at its end are the sentence's.  What "..."
 * (U+2026) cuts off is neither. */
#ifndef DUNLIN_PIPELINE_QUERIES_MENTION_H
#define DUNLIN_PIPELINE_QUERIES_MENTION_H

#include "pipeline/base/text.h"

enum { HASHTAG_BYTES_MAX = 400, LINK_BYTES_MAX = 2048, MENTION_ROOM = LINK_BYTES_MAX };

/* False: it is none. *result is in `room`. */
bool hashtag_fold(text said, char room[MENTION_ROOM], text *result);
bool link_fold(text said, char room[MENTION_ROOM], text *result);
/* The next one in a text from *at on, which is moved past it; false at the end. */
bool hashtag_next(text words, size_t *at, text *found);
bool link_next(text words, size_t *at, text *found);
text link_host(text folded); /* Without user, port. */

#endif
