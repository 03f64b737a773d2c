/* SPDX-License-Identifier: MIT */
/* rate_limit -- what a limit is and what of it was left, told with 429 beside Retry-After:
 * the header fields RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10).
 *
 * Limits here are of what is on its way at a time, not of a time: there is no window and
 * nobody knows when there is room again, so neither is told. */
#ifndef DUNLIN_SERVER_HTTP_RATE_LIMIT_H
#define DUNLIN_SERVER_HTTP_RATE_LIMIT_H

#include "pipeline/base/buffer.h"

typedef struct {
    const char *name; /* Of ours: letters and "-". */
    const char *unit; /* The draft's: "requests", "content-bytes", "concurrent-requests". */
    uint64_t quota, left;
} rate_limit;

/* Append the fields' values: "a";q=16;qu="requests", "b";... and "a";r=0, "b";... */
void rate_limit_put_policy(buffer *out, const rate_limit *limits, size_t count);
void rate_limit_put_left(buffer *out, const rate_limit *limits, size_t count);

#endif
