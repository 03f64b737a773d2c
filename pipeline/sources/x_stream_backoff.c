/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/x_stream_backoff.h"

enum {
    NETWORK_STEP_MS = 250,
    NETWORK_MS_MAX = 16000,
    HTTP_FIRST_MS = 5000,
    HTTP_MS_MAX = 320000,
    RATE_FIRST_MS = 60000,
    RATE_MS_MAX = 960000,
};

static int64_t linear(uint32_t *failures, int64_t step_ms, int64_t most_ms) {
    int64_t wait_ms = step_ms * ++*failures;
    if (wait_ms >= most_ms) *failures = (uint32_t)(most_ms / step_ms);
    return wait_ms < most_ms ? wait_ms : most_ms;
}

static int64_t doubling(uint32_t *failures, int64_t first_ms, int64_t most_ms) {
    int64_t wait_ms = first_ms << *failures;
    if (wait_ms < most_ms) ++*failures;
    return wait_ms < most_ms ? wait_ms : most_ms;
}

void x_backoff_asked(x_backoff *b, int64_t now_ms) {
    b->asked_ms[b->asked++ % X_CONNECTS_MAX] = now_ms;
}

void x_backoff_alive(x_backoff *b) {
    b->network = b->http = b->rate = 0;
}

/* How long until fewer than X_CONNECTS_MAX requests lie in the window. */
static int64_t window_wait_ms(const x_backoff *b, int64_t now_ms) {
    if (b->asked < X_CONNECTS_MAX) return 0;
    int64_t age_ms = now_ms - b->asked_ms[b->asked % X_CONNECTS_MAX];
    /* A clock that was set back gives a negative age: then the whole window. */
    if (age_ms < 0) age_ms = 0;
    return age_ms < X_CONNECTS_WINDOW_MS ? X_CONNECTS_WINDOW_MS - age_ms : 0;
}

int64_t x_backoff_wait_ms(x_backoff *b, x_end end, int64_t now_ms, int64_t reset_ms) {
    int64_t wait_ms = 0, window_ms = window_wait_ms(b, now_ms);
    switch (end) {
    case X_END_ALIVE: break;
    case X_END_NETWORK: wait_ms = linear(&b->network, NETWORK_STEP_MS, NETWORK_MS_MAX); break;
    case X_END_HTTP: wait_ms = doubling(&b->http, HTTP_FIRST_MS, HTTP_MS_MAX); break;
    case X_END_RATE:
        wait_ms = doubling(&b->rate, RATE_FIRST_MS, RATE_MS_MAX);
        if (reset_ms > now_ms + wait_ms && reset_ms - now_ms <= X_RESET_WAIT_MS_MAX)
            wait_ms = reset_ms - now_ms;
        break;
    }
    return wait_ms > window_ms ? wait_ms : window_ms;
}
