/* SPDX-License-Identifier: MIT */
/* http_client -- raw requests over loopback, for tests of the server. */
#ifndef DUNLIN_TESTS_SUPPORT_HTTP_CLIENT_H
#define DUNLIN_TESTS_SUPPORT_HTTP_CLIENT_H

#include "pipeline/base/buffer.h"

int http_dial(uint16_t port); /* A connected socket; asserts. */
void http_send(int socket, text bytes);
/* Reads until the text has come, the peer has closed, or so much time has passed;
 * true when it has come.  Appends to *in. */
bool http_wait_for(int socket, buffer *in, const char *wanted, int64_t wait_ms);

typedef struct {
    unsigned code;     /* 0: closed without an answer. */
    buffer head, body; /* Each ends in a NUL that does not count. */
} http_result;

/* A request of its own connection ("Connection: close" is up to its text), read to the
 * end.  `raw` is sent as it is. */
void http_exchange(uint16_t port, text raw, http_result *result);
/* GET with a good Host; more header lines, each ended by \r\n, in `headers`. */
void http_get(uint16_t port, const char *target, const char *headers, http_result *result);
void http_result_deinit(http_result *r);
/* The value of a header line of the answer; empty when absent. */
text http_result_header(const http_result *r, const char *name);

#endif
