/* SPDX-License-Identifier: MIT */
/* x_stream_curl -- how X is spoken to, whatever is asked, and Mastodon too: one host, verified
 * TLS, no redirects, the token in a header and nowhere else. */
#ifndef DUNLIN_PIPELINE_SOURCES_X_STREAM_CURL_H
#define DUNLIN_PIPELINE_SOURCES_X_STREAM_CURL_H

#include <curl/curl.h>

#include "pipeline/base/status.h"
#include "pipeline/base/text.h"
#include "pipeline/sources/live_token.h"

void x_curl_start(void); /* Once a process; any number of times. */

/* The address of a path: https anywhere, http on this machine; no user and no query in
 * `base`, which is NULL for X's.  The caller frees *result with curl_free.  BAD_ARGUMENT,
 * NO_MEMORY. */
status x_curl_url(const char *base, const char *path, const char *query, char **result);

/* Authorization and User-Agent (NULL: "dunlin").  BAD_ARGUMENT: they cannot be headers. */
status x_curl_headers(text token, const char *agent, struct curl_slist **result);
/* Those of the token in force, with Accept unless `accept` is NULL, in place of *headers, if
 * it is another one than that of the number *known.  NO_MEMORY: the old ones stay. */
status x_curl_renew_headers(live_token *t, uint64_t *known, const char *agent, const char *accept,
                            struct curl_slist **headers);
bool x_curl_add_header(struct curl_slist **headers, const char *name, text value);
void x_curl_free_headers(struct curl_slist *headers); /* Wiped first; NULL is allowed. */

/* All but what to do with the bytes.  `ca_path` NULL: the system's certificates. */
void x_curl_set(CURL *e, const char *url, const struct curl_slist *headers, const char *ca_path,
                char *error);

/* Wall time of x-rate-limit-reset by our clock, or 0: the server's Date says how far the
 * two clocks are apart. */
int64_t x_curl_reset_ms(CURL *e, int64_t now_ms);

bool x_curl_is_last(CURL *e); /* x-rate-limit-remaining is 0. */

/* The words of a problem's "detail" or "title", as they stand; empty: none. */
text x_curl_problem(text body);

#endif
