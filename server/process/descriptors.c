/* SPDX-License-Identifier: MIT */
#include "server/process/descriptors.h"

enum { FILES_SPARE = 512 }; /* For all but the live streams. */

uint64_t descriptors_wanted(uint64_t streams) {
    return streams + FILES_SPARE;
}

uint64_t descriptors_left(uint64_t files) {
    return files > 2 * FILES_SPARE ? files - FILES_SPARE : files / 2;
}
