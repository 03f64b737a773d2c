/* SPDX-License-Identifier: MIT */
/* topic -- the state of a live topic as of one epoch: copies only, so that it may
 * outlive its moment.  Each topic fills the members it needs. */
#ifndef DUNLIN_PIPELINE_QUERIES_TOPIC_H
#define DUNLIN_PIPELINE_QUERIES_TOPIC_H

#include "pipeline/base/buffer.h"
#include "pipeline/queries/rows.h"

typedef struct map_point map_point;
typedef struct topic_state topic_state;
struct topic_state {
    uint64_t epoch;
    buffer json;       /* board: the frame's members after "epoch". */
    buffer strings;    /* map: of its points. */
    map_point *points; /* map: by id. */
    size_t point_count;
    minute_row *minutes; /* timeline: by minute. */
    size_t minute_count;
};

#endif
