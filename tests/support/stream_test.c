/* SPDX-License-Identifier: MIT */
#include "tests/support/stream_test.h"

#include <assert.h>
#include <string.h>

void stream_test_init(stream_test *t, fake_upstream *upstream) {
    *t = (stream_test){.upstream = upstream};
    fake_clock_init(&t->clock, STREAM_TEST_START_MS);
    (void)pthread_mutex_init(&t->lock, NULL);
}

void stream_test_deinit(stream_test *t) {
    stream_test_close(t);
    fake_upstream_stop(t->upstream);
    buffer_deinit(&t->lines);
    (void)pthread_mutex_destroy(&t->lock);
}

static void *read_all(void *context) {
    stream_test *t = context;
    source_chunk *c;
    status s;
    while ((s = t->source->next(t->source, &c)) == STATUS_OK) {
        (void)pthread_mutex_lock(&t->lock);
        buffer_add(&t->lines, (text){c->bytes, c->count});
        (void)pthread_mutex_unlock(&t->lock);
        source_chunk_free(c);
    }
    (void)pthread_mutex_lock(&t->lock);
    t->has_ended = true;
    t->end = s;
    (void)pthread_mutex_unlock(&t->lock);
    return NULL;
}

void stream_test_read(stream_test *t) {
    t->has_ended = false;
    t->has_thread = pthread_create(&t->thread, NULL, read_all, t) == 0;
    assert(t->has_thread);
}

void stream_test_close(stream_test *t) {
    t->source->stop(t->source);
    if (t->has_thread) (void)pthread_join(t->thread, NULL);
    t->has_thread = false;
    t->source->close(t->source);
}

source_state stream_state(stream_test *t) {
    source_state s;
    t->source->state(t->source, &s);
    return s;
}

bool stream_is(stream_test *t, const char *state) {
    return strcmp(stream_state(t).state, state) == 0;
}

bool stream_has_ended(stream_test *t) {
    (void)pthread_mutex_lock(&t->lock);
    bool has = t->has_ended;
    (void)pthread_mutex_unlock(&t->lock);
    return has;
}

bool stream_has_lines(stream_test *t, text expected) {
    (void)pthread_mutex_lock(&t->lock);
    bool has = text_equal(buffer_text(&t->lines), expected);
    (void)pthread_mutex_unlock(&t->lock);
    return has;
}

int64_t stream_wait_left_ms(stream_test *t) {
    return stream_state(t).next_try_ms - t->clock.base.now_ms(&t->clock.base);
}

bool stream_is_waiting_ms(stream_test *t, int64_t ms) {
    source_state s = stream_state(t);
    return strcmp(s.state, "waiting") == 0 &&
           s.next_try_ms == t->clock.base.now_ms(&t->clock.base) + ms;
}
