/* SPDX-License-Identifier: MIT */
#include "server/http/assets.h"

#define ZLIB_CONST /* The input is not written to. */
#include <zlib.h>

enum { UNPACK_BLOCK = 65536, HASH_LETTERS = 8 };

const asset *asset_find(text path) {
    for (size_t i = 0; i < asset_count; i++)
        if (text_equal(path, text_of(assets[i].path))) return &assets[i];
    return NULL;
}

void asset_unpack(const asset *a, buffer *out) {
    z_stream z = {.next_in = a->gzip, .avail_in = (uInt)a->gzip_bytes};
    int result = inflateInit2(&z, 16 + MAX_WBITS); /* 16: gzip. */
    if (result != Z_OK) {
        out->failed = true;
        return;
    }
    while (result == Z_OK && buffer_reserve(out, UNPACK_BLOCK)) {
        z.next_out = (unsigned char *)out->bytes + out->count;
        z.avail_out = UNPACK_BLOCK;
        result = inflate(&z, Z_NO_FLUSH);
        out->count += UNPACK_BLOCK - z.avail_out;
    }
    if (result != Z_STREAM_END) out->failed = true;
    (void)inflateEnd(&z);
}

const char *asset_library(void) {
    return zlibVersion();
}

/* "/app.JDIPLZV4.js": esbuild's eight letters between the last two dots. */
bool asset_is_forever(const asset *a) {
    text path = text_of(a->path);
    size_t last = path.count, before;
    while (last > 0 && path.bytes[last - 1] != '.') last--;
    before = last > 0 ? last - 1 : 0;
    while (before > 0 && path.bytes[before - 1] != '.') before--;
    if (before == 0 || last - 1 - before != HASH_LETTERS) return false;
    for (size_t i = before; i + 1 < last; i++) {
        char c = path.bytes[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) return false;
    }
    return true;
}
