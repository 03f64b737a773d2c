/* SPDX-License-Identifier: MIT */
/* control -- what a person may ask of a replay over REST: play, pause, speed, seek. */
#ifndef DUNLIN_SERVER_REST_CONTROL_H
#define DUNLIN_SERVER_REST_CONTROL_H

#include "pipeline/sources/source.h"
#include "server/base/params.h"

/* Reads a body such as {"action":"speed","speed":10}; false: *e says what is wrong. */
bool control_read(text body, source_order *order, param_errors *e);
/* {"state","speed","position","start","can_seek"}: "playing", "paused", "ended" or, of a
 * source that is no replay, "live"; speed 0 is as fast as it goes, null has none. */
void control_write_state(json_writer *w, const source_state *s);

#endif
