/* SPDX-License-Identifier: MIT */
/* fake_wire -- a server's end of a connection on this machine, plain or TLS. */
#ifndef DUNLIN_TESTS_SUPPORT_FAKE_WIRE_H
#define DUNLIN_TESTS_SUPPORT_FAKE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A key and a certificate that it signed itself, for one name ("127.0.0.1", "x.test"). */
typedef struct fake_tls fake_tls;
/* Valid between two times of the real clock, in seconds from now; the certificate is
 * written to `path` as PEM, for who is to trust it.  NULL when that fails. */
fake_tls *fake_tls_new(const char *name, int64_t from_s, int64_t to_s, const char *path);
void fake_tls_free(fake_tls *t); /* NULL is allowed. */

typedef struct {
    int fd;
    void *session; /* NULL: plain. */
} fake_wire;

/* Takes over the socket.  False: no TLS could be agreed on; it is closed then. */
bool fake_wire_open(fake_wire *w, int fd, fake_tls *t);             /* t NULL: plain. */
bool fake_wire_send(fake_wire *w, const char *bytes, size_t count); /* All, or false. */
long fake_wire_read(fake_wire *w, char *bytes, size_t capacity);    /* 0: closed; < 0: broken. */
void fake_wire_close(fake_wire *w, bool with_reset);

/* A listening socket at an address of this machine (NULL: 127.0.0.1); port 0: any that is
 * free.  -1 when it cannot be. */
int fake_listen(const char *address, uint16_t port, uint16_t *bound);

#endif
