/* SPDX-License-Identifier: MIT */
/* The operators that are made of others, and reducers: what each promises.  That they
 * stay right under any change is the random programs' to show (test_flow_model.c). */
#include "tests/support/fail_alloc.h"
#include "tests/support/flow_held.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TWEET_ROW(X) X(u32, id) X(u32, author) X(i64, time)
FLOW_ROW(tweet, TWEET_ROW)
FLOW_SCHEMA(tweet, TWEET_ROW)
#define AUTHOR_ROW(X) X(u32, author) X(u32, place)
FLOW_ROW(author, AUTHOR_ROW)
FLOW_SCHEMA(author, AUTHOR_ROW)
#define PLACED_ROW(X) X(u32, id) X(u32, place)
FLOW_ROW(placed, PLACED_ROW)
FLOW_SCHEMA(placed, PLACED_ROW)

enum { NO_PLACE = 999 };

static void push(flow_table *t, uint32_t id, uint32_t author_id, int64_t weight) {
    assert_int_equal(flow_push(t, &(tweet){id, author_id, 0}, weight), STATUS_OK);
}

static bool place_tweet(const void *left, const void *right, void *out, void *context) {
    const author *a = right;
    (void)context;
    *(placed *)out = (placed){((const tweet *)left)->id, a == NULL ? NO_PLACE : a->place};
    return true;
}

/* ---- Joins ---- */

static void a_semi_join_keeps_once_what_meets_something(void **state) {
    (void)state;
    flow *f = flow_new(1);
    held h = {.row_bytes = sizeof(tweet)};
    flow_table *tweets = flow_input(f, "tweets", &tweet_schema);
    flow_table *authors = flow_input(f, "authors", &author_schema);
    flow_output(flow_semi_join(tweets, FLOW_BY("author"), authors, FLOW_BY("author")), hold, &h);
    push(tweets, 1, 7, 3);
    push(tweets, 2, 8, 1);
    flow_push(authors, &(author){7, 50}, 1);
    flow_push(authors, &(author){7, 60}, 1);
    commit(f);
    assert_int_equal(h.count, 1);
    assert_int_equal(weight_of(&h, &(tweet){1, 7, 0}), 3);
    flow_push(authors, &(author){7, 50}, -1);
    commit(f);
    assert_int_equal(h.changes, 1);
    flow_push(authors, &(author){7, 60}, -1);
    commit(f);
    assert_int_equal(h.count, 0);
    flow_free(f);
}

static void a_left_join_shows_alone_what_meets_nothing(void **state) {
    (void)state;
    flow *f = flow_new(1);
    held h = {.row_bytes = sizeof(placed)};
    flow_table *tweets = flow_input(f, "tweets", &tweet_schema);
    flow_table *authors = flow_input_keyed(f, "authors", &author_schema, FLOW_BY("author"));
    flow_output(flow_left_join(tweets, FLOW_BY("author"), authors, FLOW_BY("author"),
                               &placed_schema, place_tweet, NULL),
                hold, &h);
    push(tweets, 1, 7, 1);
    push(tweets, 2, 8, 1);
    flow_upsert(authors, &(author){7, 50});
    commit(f);
    assert_int_equal(h.count, 2);
    assert_int_equal(weight_of(&h, &(placed){1, 50}), 1);
    assert_int_equal(weight_of(&h, &(placed){2, NO_PLACE}), 1);
    flow_upsert(authors, &(author){8, 60});
    flow_remove(authors, &(author){7, 0});
    commit(f);
    assert_int_equal(h.count, 2);
    assert_int_equal(weight_of(&h, &(placed){1, NO_PLACE}), 1);
    assert_int_equal(weight_of(&h, &(placed){2, 60}), 1);
    flow_free(f);
}

/* ---- Failed allocations ---- */

/* Every operator above, over three epochs that bring, change and take back. */
static status build_and_step(void *context) {
    held rows[8] = {{.row_bytes = sizeof(tweet)}, {.row_bytes = sizeof(placed)}};
    status s = STATUS_OK;
    flow *f = flow_new(3);
    (void)context;
    if (f == NULL) return STATUS_NO_MEMORY;
    flow_table *tweets = flow_input(f, "tweets", &tweet_schema);
    flow_table *authors = flow_input_keyed(f, "authors", &author_schema, FLOW_BY("author"));
    flow_key by = FLOW_BY("author");
    flow_output(flow_semi_join(tweets, by, authors, by), hold, &rows[0]);
    flow_output(flow_left_join(tweets, by, authors, by, &placed_schema, place_tweet, NULL), hold,
                &rows[1]);
    for (uint32_t e = 0; e < 3 && s == STATUS_OK; e++) {
        for (uint32_t i = 0; i < 30 && s == STATUS_OK; i++)
            s = flow_push(tweets, &(tweet){i, i % 7, i}, e == 2 ? -1 : (int64_t)e);
        for (uint32_t i = e; i < 6 && s == STATUS_OK; i++)
            s = flow_upsert(authors, &(author){i, i * e});
        if (s == STATUS_OK) s = flow_commit(f);
    }
    flow_free(f);
    return s;
}

static void survives_every_failed_allocation(void **state) {
    (void)state;
    assert_true(torture(build_and_step, NULL, 5000) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_semi_join_keeps_once_what_meets_something),
        cmocka_unit_test(a_left_join_shows_alone_what_meets_nothing),
        cmocka_unit_test(survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
