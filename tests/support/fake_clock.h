/* SPDX-License-Identifier: MIT */
/* fake_clock -- a clock that stands still until a test moves it. */
#ifndef DUNLIN_TESTS_SUPPORT_FAKE_CLOCK_H
#define DUNLIN_TESTS_SUPPORT_FAKE_CLOCK_H

#include <stdatomic.h>

#include "pipeline/base/times.h"

typedef struct {
    clock_source base; /* First: pass &c->base. */
    _Atomic int64_t now_us;
} fake_clock;

/* Wall time starts at `start_ms`; ticks are the same time in microseconds. */
void fake_clock_init(fake_clock *c, int64_t start_ms);
void fake_clock_advance(fake_clock *c, int64_t ms); /* Any thread. */

#endif
