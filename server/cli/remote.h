/* SPDX-License-Identifier: MIT */
/* remote -- commands that ask a running server for one thing and show what it answers. */
#ifndef DUNLIN_SERVER_CLI_REMOTE_H
#define DUNLIN_SERVER_CLI_REMOTE_H

#include "server/options/options.h"

#define HOME_URL "http://127.0.0.1:8400/" /* Where a server listens by itself. */

typedef struct {
    const options *options;
    const char *url, *what; /* The server, and where below /api/v1/. */
    text token;             /* Empty: none. */
    /* What the answer's `data` is for people; with --json it is shown as it is. */
    void (*add)(buffer *out, const options *o, text data);
} remote;

/* The exit code, after the answer was shown on stdout or a complaint on stderr. */
int remote_get(const remote *r);
int remote_post(const remote *r, text body); /* A body of JSON. */
int remote_delete(const remote *r);

bool remote_is_url(const char *operand); /* Or a file, or words. */
/* A string, or another value as it is written, escaped for a terminal. */
void remote_add_string(buffer *out, text object, const char *path);

#endif
