/* SPDX-License-Identifier: MIT */
/* pack -- packed bytes and archives for tests, made in memory. */
#ifndef DUNLIN_TESTS_SUPPORT_PACK_H
#define DUNLIN_TESTS_SUPPORT_PACK_H

#include "pipeline/base/buffer.h"

/* Each appends to `out`, or ends the test program. */
void pack_gzip(buffer *out, text t);
void pack_bzip2(buffer *out, text t);

typedef struct {
    const char *name;
    text bytes;
    const char *link; /* Not NULL: a symbolic link to this. */
} pack_member;

/* `format` as bsdtar(1) has it: "ustar", "pax", "zip". */
void pack_archive(buffer *out, const char *format, const pack_member *members, size_t count);

#endif
