/* SPDX-License-Identifier: MIT */
#include "pipeline/store/packing.h"

#include <zstd.h>

status packing_press(text t, buffer *packed) {
    if (t.count > PACKING_BYTES_MAX) return STATUS_TOO_LARGE;
    size_t most = ZSTD_compressBound(t.count), count;
    if (!buffer_reserve(packed, most)) return STATUS_NO_MEMORY;
    ZSTD_CCtx *context = ZSTD_createCCtx();
    if (context == NULL) return STATUS_NO_MEMORY;
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 1);
    (void)ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    count = ZSTD_compress2(context, packed->bytes + packed->count, most, t.bytes, t.count);
    (void)ZSTD_freeCCtx(context);
    if (ZSTD_isError(count)) return STATUS_NO_MEMORY; /* There is room for whatever it is. */
    packed->count += count;
    return STATUS_OK;
}

status packing_unpress(text packed, buffer *out) {
    unsigned long long bytes = ZSTD_getFrameContentSize(packed.bytes, packed.count);
    /* Also what it says instead of a size is larger. */
    if (bytes > PACKING_BYTES_MAX) return STATUS_BAD_DATA;
    if (!buffer_reserve(out, (size_t)bytes + 1)) return STATUS_NO_MEMORY;
    size_t count =
        ZSTD_decompress(out->bytes + out->count, (size_t)bytes, packed.bytes, packed.count);
    if (ZSTD_isError(count) || count != bytes) return STATUS_BAD_DATA;
    out->count += count;
    return STATUS_OK;
}
