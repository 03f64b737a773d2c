/* SPDX-License-Identifier: MIT */
/* entities -- the HTML entities in which Twitter hands out "&", "<" and ">", and
 * others that people have sent: &quot; &apos; &nbsp; &#39; &#x1F602; */
#ifndef DUNLIN_SENTIMENT_ENTITIES_H
#define DUNLIN_SENTIMENT_ENTITIES_H

#include "pipeline/base/text.h"

bool entities_are_in(text t); /* May say yes for a lone "&". */
/* Decodes once: "&amp;lt;" gives "&lt;".  `out` has room for t.count bytes, which is
 * enough; what is no entity stays.  Returns the text in `out`. */
text entities_decode(text t, char *out);

#endif
