/* SPDX-License-Identifier: MIT */
/* minute_series -- the last two days of the timeline, for shifts: read from moments, so that
 * late and corrected tweets change it, and what was listened to is kept beside it. */
#ifndef DUNLIN_PIPELINE_MINUTE_SERIES_H
#define DUNLIN_PIPELINE_MINUTE_SERIES_H

#include "pipeline/base/times.h"
#include "pipeline/queries/minutes.h"
#include "pipeline/shifts.h"

typedef struct minute_series minute_series;
minute_series *minute_series_new(void);    /* NULL: no memory. */
void minute_series_free(minute_series *s); /* NULL is allowed. */

/* Nobody listened in (some of) this minute. */
void minute_series_miss(minute_series *s, uint32_t minute);

typedef struct {
    uint32_t listening_since; /* From this minute on what was missed is known, and no tweet
                               * means silence; UINT32_MAX: of a recording. */
    uint32_t end;             /* Minutes before it are over, whatever was heard; 0: those
                               * before the newest tweet's are. */
} minute_series_times;
typedef enum {
    SERIES_WAITS, /* Languages are counted by scans, for a twentieth of the time at most. */
    SERIES_SAME,  /* The rows are those of the moment, as they were when last told of. */
    SERIES_NEWS,  /* They are, and others. */
} series_news;
series_news minute_series_update(minute_series *s, const moment *m, const minute_series_times *t,
                                 clock_source *clock);
const shift_minute *minute_series_rows(const minute_series *s, size_t *count);
const char *minute_series_lang(const minute_series *s, size_t i); /* "": others. */

#endif
