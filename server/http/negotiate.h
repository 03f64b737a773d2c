/* SPDX-License-Identifier: MIT */
/* negotiate -- what a client says that it can read (RFC 9110, 12.5). */
#ifndef DUNLIN_SERVER_HTTP_NEGOTIATE_H
#define DUNLIN_SERVER_HTTP_NEGOTIATE_H

#include "pipeline/base/text.h"

/* Of a NULL-ended list of media types the one that Accept likes best, the first of
 * equals; NULL: none of them will do.  An empty Accept takes anything. */
const char *negotiate_type(text accept, const char *const *types);

/* Whether a list such as Accept-Encoding has the word, and not with q=0. */
bool negotiate_accepts(text list, text word);

/* Whether If-None-Match names the tag: "*", or weakly the same. */
bool negotiate_knows(text if_none_match, const char *etag);

#endif
