/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/decay.h"

/* 2^(-1 / half-life) in 2^-63.  Powers of it are off by less than 2^-54, so what is cut
 * off at 2^-32 is right. */
static const struct {
    uint32_t minutes;
    uint64_t a_minute;
} speeds[DECAY_COUNT] = {
    {5, 0x6F6E336B6F848085},
    {60, 0x7E87A09E86CE2F79},
    {360, 0x7FC0F80A085C3BB8},
};

void decay_init(decay *d, decay_speed speed) {
    __extension__ typedef unsigned __int128 wide;
    uint64_t power = (uint64_t)1 << 63;
    d->half_life_minutes = speeds[speed].minutes;
    for (uint32_t age = 0; age < d->half_life_minutes; age++) {
        d->weights[age] = power >> 31;
        power = (uint64_t)((wide)power * speeds[speed].a_minute >> 63);
    }
}

uint64_t decay_weight(const decay *d, uint32_t age_minutes) {
    uint32_t halvings = age_minutes / d->half_life_minutes;
    if (halvings >= DECAY_HALF_LIVES_MAX) return 0;
    return d->weights[age_minutes % d->half_life_minutes] >> halvings;
}
