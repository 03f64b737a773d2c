/* SPDX-License-Identifier: MIT */
/* listener -- a socket that waits for connections. */
#ifndef DUNLIN_SERVER_HTTP_LISTENER_H
#define DUNLIN_SERVER_HTTP_LISTENER_H

#include <stdint.h>

/* Listens on an IPv4 or IPv6 address; port 0: any that is free, *bound is the one it got.
 * NULL, or a static text that says why it cannot: *socket is then -1, and nothing is open. */
const char *listener_open(const char *address, uint16_t port, int *socket, uint16_t *bound);

#endif
