/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_BASE_TIMES_H
#define DUNLIN_PIPELINE_BASE_TIMES_H

#include "pipeline/base/text.h"

/* Times are int64_t milliseconds since 1970-01-01T00:00:00Z, leap seconds left
 * out, as Twitter counts them. */
#define MS_PER_SECOND    1000
#define MS_PER_MINUTE    60000
#define MS_PER_DAY       86400000
#define TWITTER_EPOCH_MS 1142899200000 /* 2006-03-21: no tweet is older. */
#define TIME_TEXT_BYTES  48 /* "2026-11-23T08:56:59.000Z", a NUL, and room for any number. */

/* RFC 3339 UTC with three decimals.  Years outside 0..9999 are clamped. */
void time_to_text(int64_t ms, char out[TIME_TEXT_BYTES]);
/* RFC 3339 ("T" or blank, fraction of any length cut to ms, "Z" or an offset, which may
 * come after a blank).  A
 * second 60 counts as 59.  False when it is anything else. */
bool time_from_rfc3339(text t, int64_t *ms);
/* v1.1's "Wed Oct 10 20:19:24 +0000 2018"; the name of the day is not checked. */
bool time_from_twitter(text t, int64_t *ms);
/* A time as a number since 1970: seconds, or milliseconds from 10^11 on.  False when it
 * is beyond all times. */
bool time_from_number(uint64_t value, int64_t *ms);
/* Floor division by a minute, right before 1970 as well. */
int64_t minute_of(int64_t ms);

/* The clock is a parameter: tests live a day in a millisecond. */
typedef struct clock_source clock_source;
struct clock_source {
    int64_t (*now_ms)(clock_source *self);   /* Wall time. */
    int64_t (*ticks_us)(clock_source *self); /* Monotonic, from any start. */
};
clock_source *clock_real(void); /* Static; any number of threads. */

#endif
