/* SPDX-License-Identifier: MIT */
/* Memory that is short while a chunk is decoded: it is tried again, and then refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "pipeline/base/log.h"
#include "pipeline/decode/record.h"
#include "pipeline/pipeline.h"
#include "tests/support/fail_alloc.h"

#define A_TWEET                                                                                    \
    "{\"data\":{\"id\":\"1500000000000000001\",\"author_id\":\"12\",\"created_at\":"               \
    "\"2022-03-05T11:00:00.000Z\",\"text\":\"hello\"}}\n"

/* Gives two chunks of one line; from the first on, allocations fail until its receipt was told. */
typedef struct {
    tweet_source source;
    source_receipt receipt;
    uint64_t after;
    bool all_after;
    int given;
    _Atomic int told, counted;
    _Atomic int result;
} short_source;

static short_source *of_receipt(source_receipt *self) {
    return (short_source *)(void *)((char *)self - offsetof(short_source, receipt));
}

static void on_counted(source_receipt *self, const struct record_batch *b) {
    atomic_fetch_add(&of_receipt(self)->counted, (int)b->item_count);
}

static void on_done(source_receipt *self, status s, uint64_t epoch) {
    (void)epoch;
    atomic_store(&of_receipt(self)->result, (int)s);
    atomic_fetch_add(&of_receipt(self)->told, 1);
}

static status next(tweet_source *self, source_chunk **chunk) {
    short_source *s = (short_source *)self;
    if (s->given > 0) {
        while (atomic_load(&s->told) == 0)
            (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        (void)fail_alloc_end();
    }
    if (s->given == 2) return STATUS_END;
    *chunk = source_chunk_new(sizeof A_TWEET);
    assert_non_null(*chunk);
    memcpy((*chunk)->bytes, A_TWEET, sizeof A_TWEET);
    (*chunk)->count = sizeof A_TWEET - 1;
    (*chunk)->first_line = 1;
    if (s->given++ > 0) return STATUS_OK;
    (*chunk)->receipt = &s->receipt;
    fail_alloc_begin(s->after, s->all_after);
    return STATUS_OK;
}

static void stop(tweet_source *self) {
    (void)self;
}

static void say_state(tweet_source *self, source_state *result) {
    (void)self;
    memset(result, 0, sizeof *result);
    result->kind = "test";
    result->state = "live";
}

static const char *file_name(tweet_source *self, uint32_t file) {
    (void)self, (void)file;
    return "test";
}

static void run(short_source *s, pipeline_progress *now) {
    sentiment_model *model;
    pipeline *p;
    assert_int_equal(sentiment_model_new("vader", &model), STATUS_OK);
    const pipeline_options o = {.decoders = 1, .model = model, .readers = true};
    s->source = (tweet_source){
        .next = next, .stop = stop, .state = say_state, .file_name = file_name, .close = stop};
    s->receipt = (source_receipt){on_counted, on_done};
    assert_int_equal(pipeline_new(&o, &p, NULL), STATUS_OK);
    assert_int_equal(pipeline_start(p, &s->source), STATUS_OK);
    assert_int_equal(pipeline_wait(p), STATUS_OK);
    (void)fail_alloc_end();
    pipeline_get_progress(p, now);
    pipeline_free(p);
    sentiment_model_free(model);
}

/* The first allocations after a chunk was read are those of its batch. */
static void a_moment_without_memory_loses_nothing(void **state) {
    (void)state;
    log_set_level(LOG_ERROR);
    for (uint64_t after = 0; after < 3; after++) {
        short_source s = {.after = after};
        pipeline_progress now;
        run(&s, &now);
        assert_int_equal(atomic_load(&s.result), STATUS_OK);
        assert_int_equal(atomic_load(&s.told), 1);
        assert_int_equal(atomic_load(&s.counted), 1);
        assert_int_equal(now.items, 2);
    }
    log_set_level(LOG_INFO);
}

static void what_finds_no_memory_for_long_is_refused_and_the_rest_goes_on(void **state) {
    short_source s = {.all_after = true};
    pipeline_progress now;
    (void)state;
    log_set_level(LOG_ERROR);
    run(&s, &now);
    log_set_level(LOG_INFO);
    assert_int_equal(atomic_load(&s.result), STATUS_NO_MEMORY);
    assert_int_equal(atomic_load(&s.told), 1);
    assert_int_equal(atomic_load(&s.counted), 0);
    assert_int_equal(now.items, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_moment_without_memory_loses_nothing),
        cmocka_unit_test(what_finds_no_memory_for_long_is_refused_and_the_rest_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
