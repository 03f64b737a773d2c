/* SPDX-License-Identifier: MIT */
/* gate -- what is turned away before any route sees it.
 *
 * The library is lenient where an attacker gains: two Host lines, %00 in a target,
 * bodies with two lengths, lines that end in LF alone.  What is in doubt is refused
 * and the connection closed.  The Host list stops DNS rebinding: a page of another
 * site whose name was made to point to this machine says its own name in Host.  What
 * changes something (POST, DELETE) must come from a page of this server or from no page. */
#ifndef DUNLIN_SERVER_HTTP_GATE_H
#define DUNLIN_SERVER_HTTP_GATE_H

#include "pipeline/base/text.h"

enum {
    TARGET_BYTES_MAX = 8192,
    HEADERS_MAX = 100,
    BODY_BYTES_MAX = 65536,
};

/* Methods, as bits. */
enum { METHOD_GET = 1, METHOD_HEAD = 2, METHOD_OPTIONS = 4, METHOD_POST = 8, METHOD_DELETE = 16 };
#define METHODS_READING  (METHOD_GET | METHOD_HEAD | METHOD_OPTIONS)
#define METHODS_CHANGING (METHOD_POST | METHOD_DELETE)
unsigned gate_method(text method);                /* 0: none of these. */
bool gate_type_is(text type, const char *wanted); /* Of a Content-Type's value. */
const char *gate_allow_text(unsigned methods);    /* For Allow; OPTIONS is always in it. */

/* Why a request is refused; status 0: it is not. */
typedef struct {
    unsigned status;
    const char *detail; /* Static: nothing of the request is in it. */
} refusal;

/* One request as it came.  Start with method, target and `allowed`, then add the
 * headers one by one. */
typedef struct {
    text method, target;
    unsigned allowed;         /* Methods that the path takes. */
    const char *const *types; /* Of bodies that it takes, NULL-ended; NULL: application/json. */
    uint64_t body_bytes_max;  /* 0: BODY_BYTES_MAX. */
    text host, length, encoding, type, coding, origin, fetch_site, expect;
    size_t host_count, length_count, encoding_count, header_count;
    bool has_bad_header;
    bool has_bad_lines; /* Folded, cut, or not ended by CRLF: no header is to be trusted. */
} gate_request;

void gate_add_header(gate_request *r, text name, text value);

/* `hosts`: names that are allowed beside IP literals and localhost. */
/* Of a request that was judged good; 0: it brings no body. */
uint64_t gate_body_bytes(const gate_request *r);
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
