/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_SERVER_LIVE_STREAM_PARAMS_H
#define DUNLIN_SERVER_LIVE_STREAM_PARAMS_H

#include "server/base/params.h"
#include "server/live/live.h"

/* The query string of a request for the live stream: topics=a,b window= once=1
 * since=ID.  live.last_id is borrowed from `since`. */
typedef struct {
    live_request live;
    char since[64];
} stream_params;

/* False when anything is wrong: *e then says what. */
bool stream_params_read(text query_string, const live *l, stream_params *p, param_errors *e);
/* Topics that a request without topics= gets, and a snapshot holds. */
bool stream_topic_is_usual(const char *name);

#endif
