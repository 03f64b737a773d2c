/* SPDX-License-Identifier: MIT */
/* world -- the people: where they say they live, and how many follow them.
 *
 * A person is a number, and all else about them is computed from it, so that any
 * number of people takes no memory.  The remainder by the number of homes says where
 * they are from; the quotient which of the people there they are. */
#ifndef DUNLIN_PIPELINE_GEN_WORLD_H
#define DUNLIN_PIPELINE_GEN_WORLD_H

#include "pipeline/base/buffer.h"
#include "pipeline/base/random.h"
#include "pipeline/base/status.h"
#include "pipeline/gen/cities.h"

#include <stdio.h>

typedef struct {
    uint64_t seed, people; /* About how many there are. */
    int64_t start_ms, duration_ms;
    uint32_t home_count, weight_sum;
    uint32_t *weight_until; /* Of homes, summed up. */
} world;

/* STATUS_NO_MEMORY; world_deinit frees, after a failure too. */
status world_init(world *w, uint64_t seed, uint64_t people, int64_t start_ms, int64_t duration_ms);
void world_deinit(world *w);

/* Six towns in a row, each within 200 km of its neighbours only and of nothing else. */
enum { CHAIN_TOWNS = 6, LONELY_WORDS = 6 };
uint32_t world_chain_home(const world *w, uint32_t town);
/* A non-place that the table of places takes for a point far from everywhere. */
uint32_t world_lonely_home(const world *w, uint32_t number);
bool world_home_is_city(const world *w, uint32_t home);

uint32_t world_any_home(const world *w, random_source *r); /* By weight. */
uint32_t world_any_city(const world *w, random_source *r);
uint64_t world_anybody(const world *w, uint32_t home, random_source *r);
/* One of the few there who are much read. */
uint64_t world_author(const world *w, uint32_t home, random_source *r);
uint32_t world_home(const world *w, uint64_t person); /* As long as they do not move. */

/* What their profile says at a time. */
void world_location(const world *w, uint64_t person, int64_t at_ms, buffer *out);
uint64_t world_followers(const world *w, uint64_t person, int64_t at_ms);
uint64_t world_tweets(const world *w, uint64_t person, int64_t at_ms);
void world_username(const world *w, uint64_t person, buffer *out);
void world_name(const world *w, uint64_t person, buffer *out);
gen_lang world_lang(const world *w, uint64_t person);
uint64_t person_id(uint64_t person); /* As the lines have it. */

/* The table of --places. */
status world_write_places(const world *w, FILE *out);

#endif
