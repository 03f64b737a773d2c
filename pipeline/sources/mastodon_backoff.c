/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/mastodon_backoff.h"

enum { FIRST_MS = 1000, MOST_MS = 300000, REFUSED_MS = 60000, REFUSED_MS_MAX = 960000 };

static int64_t doubled(uint32_t *times, int64_t first_ms, int64_t most_ms) {
    int64_t wait_ms = first_ms << *times;
    if (wait_ms >= most_ms) return most_ms;
    ++*times;
    return wait_ms;
}

int64_t mastodon_backoff_wait_ms(mastodon_backoff *b, int64_t alive_ms, bool is_refused,
                                 int64_t asked_ms) {
    if (alive_ms >= MASTODON_LASTED_MS) b->failures = b->refusals = 0;
    int64_t wait_ms = is_refused ? doubled(&b->refusals, REFUSED_MS, REFUSED_MS_MAX)
                                 : doubled(&b->failures, FIRST_MS, MOST_MS);
    wait_ms = wait_ms / 2 + (int64_t)random_below(&b->random, (uint64_t)wait_ms / 2 + 1);
    bool is_believed = asked_ms > wait_ms && asked_ms <= MASTODON_RETRY_WAIT_MS_MAX;
    return is_believed ? asked_ms + (int64_t)random_below(&b->random, FIRST_MS) : wait_ms;
}
