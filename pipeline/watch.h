/* SPDX-License-Identifier: MIT */
/* watch -- looks after a pipeline: how its sources fare, and what somebody should see.
 *
 * It holds what a look at one instant cannot tell: rates, why connections ended, what was
 * spent by the hour, and the alerts. */
#ifndef DUNLIN_PIPELINE_WATCH_H
#define DUNLIN_PIPELINE_WATCH_H

#include "pipeline/alerts.h"
#include "pipeline/pipeline.h"

typedef struct watch watch;
status watch_new(clock_source *clock, watch **result); /* Borrows the clock; NULL: the real one. */
void watch_free(watch *w);                             /* NULL is allowed. */

/* Any thread, often: connections that end are noticed at each look; what costs is done once
 * a second. */
void watch_look(watch *w, const moment *m, const pipeline_progress *p);

/* The array `data` of GET alerts; any thread. */
void watch_write_alerts(watch *w, json_writer *out);
/* The array `data` of GET sources, of the last look. */
void watch_write_sources(watch *w, json_writer *out);
/* The object `data` of GET health. */
void watch_write_health(watch *w, json_writer *out);

typedef struct {
    unsigned active[ALERT_KINDS];
    size_t source_count;
    struct {
        double tweets_per_second;
        int64_t lag_ms; /* Age of its newest tweet; -1: not known, or no live source. */
        uint64_t tweets;
    } sources[ALERT_SOURCES_MAX];
} watch_counts;
void watch_get_counts(watch *w, watch_counts *result);

#endif
