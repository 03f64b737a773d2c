/* SPDX-License-Identifier: MIT */
/* docs -- GET /docs: one page for people, from the tables that answer requests. */
#ifndef DUNLIN_SERVER_REST_DOCS_H
#define DUNLIN_SERVER_REST_DOCS_H

#include "server/rest/examples.h"

/* `origin`: "http://HOST", as the reader has reached the server: curl lines run as they
 * are.  It is escaped here, as all else. */
void docs_write(const route_table *t, const example_ids *ids, text origin, buffer *out);
extern const char docs_style[]; /* GET /docs.css: the page may have no style of its own. */

#endif
