/* SPDX-License-Identifier: MIT */
/* metrics -- GET /metrics: the Prometheus text format, 0.0.4.
 *
 * Every series is a row of the tables in metrics.c, and every label's value is a word
 * of ours: what people write can make no series. */
#ifndef DUNLIN_SERVER_REST_METRICS_H
#define DUNLIN_SERVER_REST_METRICS_H

#include "pipeline/watch.h"
#include "server/http/http.h"

typedef struct {
    const pipeline_progress *progress;
    const watch_counts *watch;
    const http_counts *http;
    text stats; /* The object `data` of GET stats. */
    uint32_t live_clients;
    int64_t now_us; /* Monotonic, as progress->started_us. */
} metrics_input;

void metrics_write(const metrics_input *in, buffer *out);

#endif
