/* SPDX-License-Identifier: MIT */
/* packing -- bytes made smaller, with a checksum: the door to zstd.  Any thread. */
#ifndef DUNLIN_PIPELINE_STORE_PACKING_H
#define DUNLIN_PIPELINE_STORE_PACKING_H

#include "pipeline/base/buffer.h"
#include "pipeline/base/status.h"

enum { PACKING_BYTES_MAX = 256 * 1024 * 1024 }; /* What is packed at a time. */

/* Appends `t`, packed, to `packed`, or nothing.  TOO_LARGE, NO_MEMORY. */
status packing_press(text t, buffer *packed);
/* Appends what was packed to `out`, or nothing.  BAD_DATA: it is damaged. */
status packing_unpress(text packed, buffer *out);

#endif
