/* SPDX-License-Identifier: MIT */
/* html_text -- what a post in HTML says: its words, and where its links lead.
 *
 * For the HTML that social networks send: sanitized by a server, or by nobody.  Tags
 * vanish, paragraphs and lines become newlines, character references are decoded once;
 * what stands in script and style is no text.  Any bytes are taken: a tag that does not end
 * ends what there is, a "<" before anything but a tag is a "<". */
#ifndef DUNLIN_PIPELINE_DECODE_HTML_TEXT_H
#define DUNLIN_PIPELINE_DECODE_HTML_TEXT_H

#include "pipeline/base/text.h"

/* Each writes at most html.count bytes to `out`, and returns what it wrote; of well-formed
 * UTF-8 it makes the same. */

/* The words.  Paragraphs are apart by an empty line; nothing but words begins or ends it. */
text html_text(text html, char *out);
/* The same as X writes a text: what was a reference to "&", "<" or ">" is &amp;, &lt; or &gt;
 * still, and decoded by whoever shows it. */
text html_post_text(text html, char *out);
/* The http and https addresses of its links, a line each, as often as they stand; those of
 * people and hashtags (class "mention" or "hashtag") are none. */
text html_links(text html, char *out);

#endif
