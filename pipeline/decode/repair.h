/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_DECODE_REPAIR_H
#define DUNLIN_PIPELINE_DECODE_REPAIR_H

#include "pipeline/base/buffer.h"
#include "pipeline/decode/reasons.h"

/* Writes `line` to `out` with U+FFFD for what no JSON parser should take: bytes that
 * are not UTF-8, escapes of half a surrogate pair, escaped NULs.  The reason is the
 * first of these found; REASON_ACCEPTED when there was none. */
reason repair_line(text line, buffer *out);

#endif
