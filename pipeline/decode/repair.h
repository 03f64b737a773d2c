/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_DECODE_REPAIR_H
#define DUNLIN_PIPELINE_DECODE_REPAIR_H

#include "pipeline/base/buffer.h"
#include "pipeline/decode/reasons.h"

/* Writes `line` to `out` as the JSON that it was meant to be:
 *   a byte order mark before it goes;
 *   bytes that are not UTF-8, escapes of half a surrogate pair, NULs become U+FFFD;
 *   other control characters in strings are escaped, those between values go;
 *   a backslash that escapes nothing becomes two;
 *   numbers beyond 64 bits or all doubles become strings of themselves, NaN and
 *   Infinity null;
 *   what follows the value goes, unless it might be a value of its own.
 * The reason is the first of these found; REASON_ACCEPTED when there was none. */
reason repair_line(text line, buffer *out);

#endif
