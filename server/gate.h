/* SPDX-License-Identifier: MIT */
/* gate -- what is turned away before any route sees it.
 *
 * The library is lenient where an attacker gains: two Host lines, %00 in a target,
 * bodies with two lengths.  What is in doubt is refused and the connection closed.
 * The Host list stops DNS rebinding: a page of another site whose name was made to
 * point to this machine says its own name in Host. */
#ifndef DUNLIN_SERVER_GATE_H
#define DUNLIN_SERVER_GATE_H

#include "pipeline/base/text.h"

enum {
    TARGET_BYTES_MAX = 8192,
    HEADERS_MAX = 100,
};

/* Why a request is refused; status 0: it is not. */
typedef struct {
    unsigned status;
    const char *detail; /* Static: nothing of the request is in it. */
} refusal;

/* One request as it came.  Headers are counted, not trusted. */
typedef struct {
    text method, target;
    text host;
    size_t host_count, length_count, encoding_count, header_count;
    bool has_body, has_bad_header;
} gate_request;

/* `hosts`: names that are allowed beside IP literals and localhost. */
refusal gate_judge(const gate_request *r, const char *const *hosts, size_t host_count);

/* A header's name is a token and its value has no control character but the tab. */
bool gate_header_is_clean(text name, text value);
/* "[::1]:8400", "127.0.0.1", "localhost:80" or a name of the list, any case. */
bool gate_host_is_allowed(text host, const char *const *hosts, size_t host_count);
/* Whether "Authorization: Bearer T" or the cookie dunlin_token brings the secret. */
bool gate_has_token(text authorization, text cookie, text token);
#define TOKEN_COOKIE "dunlin_token"
/* Takes as long whatever the bytes are; the lengths may be learnt. */
bool gate_secret_equal(text a, text b);

#endif
