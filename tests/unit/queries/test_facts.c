/* SPDX-License-Identifier: MIT */
/* What is taken of the records of a stream, one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pipeline/engine.h"

enum { MINUTE = 25000000 };
#define TIME_MS ((int64_t)MINUTE * 60000)

static sentiment_model *sentiments;

static engine *new_engine(void) {
    engine_options o = {.model = sentiments, .cleaning = {80, 5, 1000, false}};
    engine *e;
    assert_int_equal(engine_new(&o, &e, NULL), STATUS_OK);
    return e;
}

static void tell(engine *e, record r) {
    assert_int_equal(engine_apply(e, &r), STATUS_OK);
}

static record tweet(uint64_t id, uint64_t author, int64_t created_ms) {
    record r = {.kind = RECORD_TWEET,
                .fields = TWEET_AUTHOR | TWEET_CREATED | TWEET_TEXT,
                .observed_ms = created_ms};
    r.tweet = (tweet_record){.id = id,
                             .author_id = author,
                             .created_ms = created_ms,
                             .text = TEXT("some words"),
                             .heard = true};
    return r;
}

static void own_lines_that_come_again_are_counted(void **state) {
    engine *e = new_engine();
    record r = tweet(1, 7, TIME_MS);
    (void)state;
    r.tweet.heard = false;
    tell(e, r);
    r.tweet.heard = true;
    tell(e, r);
    assert_int_equal(engine_doubles(e), 0);
    tell(e, r);
    tell(e, r);
    assert_int_equal(engine_doubles(e), 2);
    r.tweet.heard = false; /* Quoted once more. */
    tell(e, r);
    r.tweet.heard = true;
    r.version = 1; /* Corrected. */
    tell(e, r);
    assert_int_equal(engine_doubles(e), 2);
    engine_free(e);
}

static int set_up(void **state) {
    (void)state;
    return sentiment_model_builtin(&sentiments) == STATUS_OK ? 0 : 1;
}

static int tear_down(void **state) {
    (void)state;
    sentiment_model_free(sentiments);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_lines_that_come_again_are_counted),
    };
    return cmocka_run_group_tests_name("facts", tests, set_up, tear_down);
}
