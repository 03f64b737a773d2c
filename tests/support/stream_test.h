/* SPDX-License-Identifier: MIT */
/* stream_test -- a live source against a stand-in of its server, read by a thread of its own
 * as the pipeline would, with a clock that stands still. */
#ifndef DUNLIN_TESTS_SUPPORT_STREAM_TEST_H
#define DUNLIN_TESTS_SUPPORT_STREAM_TEST_H

#include <pthread.h>
#include <unistd.h>

#include "pipeline/base/buffer.h"
#include "pipeline/sources/source.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_upstream.h"

#define STREAM_TEST_START_MS 1600000000000 /* Sun, 13 Sep 2020 12:26:40 GMT */
enum { STREAM_TEST_ROUNDS = 20000 }; /* Of a millisecond: what has not come by then never will. */

typedef struct {
    fake_clock clock;
    fake_upstream *upstream;
    tweet_source *source; /* The test opens it, with the clock. */
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock; /* Guards: */
    buffer lines;         /* Of all sources, one after the other. */
    bool has_ended;
    status end; /* How; to be looked at once it has ended. */
} stream_test;

/* Takes over the upstream, which must be there unless the test has a server of its own. */
void stream_test_init(stream_test *t, fake_upstream *upstream);
/* Stops and closes the source, and ends the upstream. */
void stream_test_deinit(stream_test *t);

void stream_test_read(stream_test *t);  /* From now on the thread reads until the end. */
void stream_test_close(stream_test *t); /* The source alone: another one may be opened. */

source_state stream_state(stream_test *t);
bool stream_is(stream_test *t, const char *state);
bool stream_has_ended(stream_test *t);
bool stream_has_lines(stream_test *t, text expected); /* These and no others until now. */
/* How long the source waits before it tries again; that it waits this long. */
int64_t stream_wait_left_ms(stream_test *t);
bool stream_is_waiting_ms(stream_test *t, int64_t ms);

/* Waits for what another thread is about to do. */
#define WAIT_FOR(condition)                                                                        \
    for (int round_ = 0; !(condition); round_++) {                                                 \
        if (round_ == STREAM_TEST_ROUNDS) fail_msg("never came: %s", #condition);                  \
        (void)usleep(1000);                                                                        \
    }

#endif
