/* SPDX-License-Identifier: MIT */
/* http_raw -- what libmicrohttpd hides of a header.
 *
 * 0.9.75 (Debian 12) joins folded lines, takes LF for CRLF and cuts a value at a NUL,
 * and shows the result alone.  But it leaves names and values where they came, one
 * behind the other in one buffer, so that where they lie tells how they were written:
 * two bytes from the end of a value to the next name are CRLF, and nothing else fits.
 * From 1.0 on the library refuses these itself when it is told to be strict. */
#ifndef DUNLIN_SERVER_HTTP_HTTP_RAW_H
#define DUNLIN_SERVER_HTTP_HTTP_RAW_H

#include "server/http/gate.h"
#include <microhttpd.h>

/* Adds all header fields to g, and marks g->has_bad_lines.  `target`: where the
 * library showed the target, as a number; g->target is a copy of it. */
void http_raw_read(struct MHD_Connection *c, uintptr_t target, gate_request *g);

#endif
