/* SPDX-License-Identifier: MIT */
/* backend -- whom the server asks: a pipeline, or a test's stand-in. */
#ifndef DUNLIN_SERVER_BASE_BACKEND_H
#define DUNLIN_SERVER_BASE_BACKEND_H

#include "pipeline/fixing.h"
#include "pipeline/notes.h"
#include "pipeline/watch.h"

/* The topic and route that also tell of the source: asked through write_stats, not
 * through the tables. */
#define STATS_NAME "stats"
/* Likewise told whole: what somebody should look at. */
#define ALERTS_NAME  "alerts"
#define ALERTS_EVENT "alert"
/* And what people noted of a time. */
#define NOTES_NAME  "annotations"
#define NOTES_EVENT "annotation"

typedef struct {
    void *context;
    /* Any thread; never waits. */
    const moment *(*acquire)(void *context);
    void (*release)(void *context, const moment *m);
    uint64_t (*epoch)(const moment *m);
    int64_t (*newest_ms)(const moment *m);   /* Of the tweets heard; INT64_MIN: none yet. */
    uint64_t (*taken_away)(const moment *m); /* As moment_taken_away; NULL: nothing ever is. */
    /* The object `data` of GET stats, with the progress of the source. */
    void (*write_stats)(void *context, const moment *m, json_writer *w);
    /* As pipeline's functions of these names; any thread. */
    void (*get_progress)(void *context, pipeline_progress *result);
    void (*write_accounting)(void *context, json_writer *w);
    void (*write_rejected)(void *context, size_t limit, json_writer *w);
    status (*control)(void *context, const source_order *order);
    /* As fixing's; the first waits for the engine. */
    status (*fix)(void *context, const fixing_order *o, json_writer *w, rule_error *wrong);
    void (*write_fixes)(void *context, json_writer *w);
    /* As pipeline_look, and watch's functions of these names; any thread. */
    void (*look)(void *context);
    void (*write_alerts)(void *context, json_writer *w);
    void (*write_sources)(void *context, json_writer *w);
    void (*write_health)(void *context, json_writer *w);
    void (*get_watch_counts)(void *context, watch_counts *result);
    notes *notes;       /* Borrowed; NULL: a live stream without them. */
    tweet_source *push; /* A source_push; NULL: nothing can be pushed.  Borrowed. */
    const query *queries;
    size_t query_count;
    const stream_topic *topics;
    size_t topic_count;
} backend;

#endif
