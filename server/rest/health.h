/* SPDX-License-Identifier: MIT */
/* health -- whether the program can be relied on now, for who starts and watches it. */
#ifndef DUNLIN_SERVER_REST_HEALTH_H
#define DUNLIN_SERVER_REST_HEALTH_H

#include "server/base/backend.h"
#include <stdatomic.h>

enum { STUCK_US = 30 * 1000000 };

/* What the last look has seen; start with {0}.  Any thread. */
typedef struct {
    _Atomic uint64_t epoch;
    _Atomic int64_t since_us; /* That it stands there; 0: not yet looked. */
} health;

/* Records wait, and since the look before no epoch has come for 30 s. */
bool health_is_stuck(health *h, const pipeline_progress *p, int64_t now_us);
/* {"status":"ready"|"not ready","reasons":["..."]}; true when it is ready.  Not ready:
 * nothing has been read yet, a live source is not connected or has spent its budget, the
 * journal cannot be written or is still read back, memory is full, or records wait and no
 * epoch has come for 30 s.  Reasons are for people: they say since when, and why. */
bool health_write(health *h, const pipeline_progress *p, int64_t now_us, json_writer *w);
/* {"name","version","libraries":{name:version}}. */
void health_write_version(json_writer *w);

#endif
