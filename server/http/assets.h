/* SPDX-License-Identifier: MIT */
/* assets -- the page's files, gzipped when the program is built (web/web.mk). */
#ifndef DUNLIN_SERVER_HTTP_ASSETS_H
#define DUNLIN_SERVER_HTTP_ASSETS_H

#include "pipeline/base/buffer.h"

typedef struct {
    const char *path; /* "/" is the page. */
    const char *type; /* Content-Type. */
    const unsigned char *gzip;
    size_t gzip_bytes;
    const char *etag; /* With its quotes; of the unpacked bytes. */
} asset;
extern const asset assets[];
extern const size_t asset_count;

const asset *asset_find(text path); /* NULL: there is none. */
/* Unpacks for clients that do not accept gzip; sets out->failed when it cannot. */
void asset_unpack(const asset *a, buffer *out);
const char *asset_library(void); /* Zlib's version. */
/* True when the name carries a hash of the content: it never changes. */
bool asset_is_forever(const asset *a);

#endif
