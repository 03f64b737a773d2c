/* SPDX-License-Identifier: MIT */
#include "tests/support/fake_clock.h"

static int64_t ticks_us(clock_source *self) {
    return atomic_load(&((fake_clock *)(void *)self)->now_us);
}

static int64_t now_ms(clock_source *self) {
    return ticks_us(self) / 1000;
}

void fake_clock_init(fake_clock *c, int64_t start_ms) {
    c->base = (clock_source){now_ms, ticks_us};
    atomic_store(&c->now_us, start_ms * 1000);
}

void fake_clock_advance(fake_clock *c, int64_t ms) {
    atomic_fetch_add(&c->now_us, ms * 1000);
}
