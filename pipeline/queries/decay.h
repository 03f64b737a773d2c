/* SPDX-License-Identifier: MIT */
/* decay -- what a response still counts as time goes by: 2^(-age / half-life).
 *
 * In integers, so that a sum is the same in any order and on any machine. */
#ifndef DUNLIN_PIPELINE_QUERIES_DECAY_H
#define DUNLIN_PIPELINE_QUERIES_DECAY_H

#include <stdint.h>

typedef enum { DECAY_5M, DECAY_1H, DECAY_6H, DECAY_COUNT } decay_speed;

/* Beyond this age in half-lives nothing is left of a response. */
enum { DECAY_HALF_LIVES_MAX = 33, DECAY_HALF_LIFE_MINUTES_MAX = 360 };

/* Weights in 2^-32 of one age below the half-life each: floor(2^32 * 2^(-age / half-life)). */
typedef struct {
    uint32_t half_life_minutes;
    uint64_t weights[DECAY_HALF_LIFE_MINUTES_MAX];
} decay;

void decay_init(decay *d, decay_speed speed);
/* In 2^-32: the weight of the age's rest, halved (and cut off) once a whole half-life. */
uint64_t decay_weight(const decay *d, uint32_t age_minutes);

#endif
