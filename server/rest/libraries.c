/* SPDX-License-Identifier: MIT */
#include "server/rest/libraries.h"

#include "pipeline/decode/decode.h"
#include "pipeline/sources/files_archive.h"
#include "pipeline/sources/x_stream.h"
#include "pipeline/store/store.h"
#include "server/http/assets.h"
#include "server/http/http.h"
#include "server/rest/cursor.h"

const library libraries[] = {
    {"jansson", decoder_library},  {"libarchive", file_archive_library},
    {"libcurl", x_stream_library}, {"libmicrohttpd", http_library},
    {"nettle", cursor_library},    {"sqlite", store_library},
    {"zlib", asset_library},
};
const size_t library_count = sizeof libraries / sizeof libraries[0];
