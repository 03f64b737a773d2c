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

#define SHAPE_ROW(X) X(i64, mean) X(u32, author) X(u32, first) X(u32, last) X(u32, most)
FLOW_ROW(shape, SHAPE_ROW)
FLOW_SCHEMA(shape, SHAPE_ROW)
#define LARGE_ROW(X) X(i128, a) X(i64, b) X(u16, c) X(u16, d) X(u32, e)
FLOW_ROW(large, LARGE_ROW)
FLOW_SCHEMA(large, LARGE_ROW)

#define WINDOWED_ROW(X) X(i64, window) X(u32, id) X(u32, author)
FLOW_ROW(windowed, WINDOWED_ROW)
FLOW_SCHEMA(windowed, WINDOWED_ROW)
#define SMALL_ROW(X) X(i32, window) X(u32, id)
FLOW_ROW(small, SMALL_ROW)
FLOW_SCHEMA(small, SMALL_ROW)

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

static const char *reason_seen;
static void see_reason(const char *operator_name, const char *reason, const flow_schema *schema,
                       const void *row, int64_t weight, void *context) {
    assert_string_equal(operator_name, "ix");
    assert_ptr_equal(schema, &tweet_schema);
    assert_int_equal(weight, 1);
    *(tweet *)context = *(const tweet *)row;
    reason_seen = reason;
}

static void ix_follows_a_pointer_and_says_where_it_leads_nowhere(void **state) {
    tweet seen;
    (void)state;
    flow *f = flow_new(1);
    held h = {.row_bytes = sizeof(placed)};
    flow_table *tweets = flow_input(f, "tweets", &tweet_schema);
    flow_table *authors = flow_input_keyed(f, "authors", &author_schema, FLOW_BY("author"));
    flow_output(flow_ix(tweets, FLOW_BY("author"), authors, FLOW_BY("author"), &placed_schema,
                        place_tweet, NULL),
                hold, &h);
    push(tweets, 1, 7, 1);
    push(tweets, 2, 8, 1);
    flow_upsert(authors, &(author){7, 50});
    commit(f);
    assert_int_equal(h.count, 1);
    assert_int_equal(weight_of(&h, &(placed){1, 50}), 1);
    assert_int_equal(flow_error_count(f), 1);
    flow_each_error(f, see_reason, &seen);
    assert_int_equal(seen.id, 2);
    assert_string_equal(reason_seen, "no row has the key that is pointed at");
    flow_upsert(authors, &(author){7, 51});
    flow_upsert(authors, &(author){8, 60});
    commit(f);
    assert_int_equal(flow_error_count(f), 0);
    assert_int_equal(h.count, 2);
    assert_int_equal(weight_of(&h, &(placed){1, 51}), 1);
    assert_int_equal(weight_of(&h, &(placed){2, 60}), 1);
    flow_free(f);
}

/* ---- Updates ---- */

static void update_rows_prefers_the_other_tables_rows(void **state) {
    (void)state;
    flow *f = flow_new(1);
    held h = {.row_bytes = sizeof(author)};
    flow_table *given = flow_input(f, "given", &author_schema);
    flow_table *edits = flow_input(f, "edits", &author_schema);
    flow_output(flow_update_rows(given, edits, FLOW_BY("author")), hold, &h);
    flow_push(given, &(author){1, 10}, 1);
    flow_push(given, &(author){2, 20}, 1);
    flow_push(edits, &(author){2, 21}, 1);
    flow_push(edits, &(author){3, 31}, 1);
    commit(f);
    assert_int_equal(h.count, 3);
    assert_int_equal(weight_of(&h, &(author){1, 10}), 1);
    assert_int_equal(weight_of(&h, &(author){2, 21}), 1);
    assert_int_equal(weight_of(&h, &(author){3, 31}), 1);
    flow_push(edits, &(author){2, 21}, -1);
    flow_push(edits, &(author){3, 31}, -1);
    commit(f);
    assert_int_equal(h.count, 2);
    assert_int_equal(weight_of(&h, &(author){2, 20}), 1);
    flow_free(f);
}

#define AUTHOR_OF_ROW(X) X(u32, author) X(u32, id)
FLOW_ROW(author_of, AUTHOR_OF_ROW)
FLOW_SCHEMA(author_of, AUTHOR_OF_ROW)

static void update_cells_replaces_the_other_tables_columns(void **state) {
    (void)state;
    flow *f = flow_new(1);
    held h = {.row_bytes = sizeof(tweet)};
    flow_table *tweets = flow_input(f, "tweets", &tweet_schema);
    flow_table *authors = flow_input_keyed(f, "edits", &author_of_schema, FLOW_BY("id"));
    flow_output(flow_update_cells(tweets, authors, FLOW_BY("id")), hold, &h);
    flow_push(tweets, &(tweet){1, 10, 100}, 1);
    flow_push(tweets, &(tweet){2, 20, 200}, 1);
    flow_upsert(authors, &(author_of){21, 2});
    flow_upsert(authors, &(author_of){31, 3});
    commit(f);
    assert_int_equal(h.count, 2);
    assert_int_equal(weight_of(&h, &(tweet){1, 10, 100}), 1);
    assert_int_equal(weight_of(&h, &(tweet){2, 21, 200}), 1);
    flow_remove(authors, &(author_of){0, 2});
    flow_upsert(authors, &(author_of){11, 1});
    commit(f);
    assert_int_equal(h.count, 2);
    assert_int_equal(weight_of(&h, &(tweet){1, 11, 100}), 1);
    assert_int_equal(weight_of(&h, &(tweet){2, 20, 200}), 1);
    flow_free(f);
}

static void wrong_updates_say_what_is_wrong(void **state) {
    const char *why;
    (void)state;
    flow *f = flow_new(1);
    flow_update_rows(flow_input(f, "a", &tweet_schema), flow_input(f, "b", &author_of_schema),
                     FLOW_BY("id"));
    flow_check(f, &why);
    assert_string_equal(why, "update_rows of two kinds of rows");
    flow_free(f);
    f = flow_new(1);
    flow_update_cells(flow_input(f, "a", &tweet_schema), flow_input(f, "b", &author_schema),
                      FLOW_BY("author"));
    flow_check(f, &why);
    assert_string_equal(why, "update_cells by a column that is not there");
    flow_free(f);
}

/* ---- Any ---- */

static void any_gives_as_many_rows_as_there_are(void **state) {
    (void)state;
    flow *f = flow_new(1);
    held h = {.row_bytes = sizeof(tweet)};
    flow_table *tweets = flow_input(f, "tweets", &tweet_schema);
    flow_output(flow_any(tweets, FLOW_BY("author"), 2), hold, &h);
    for (uint32_t i = 0; i < 5; i++) push(tweets, i, 7, 1);
    push(tweets, 9, 8, 1);
    commit(f);
    assert_int_equal(h.count, 3);
    assert_int_equal(weight_of(&h, &(tweet){9, 8, 0}), 1);
    for (uint32_t i = 0; i < 4; i++) push(tweets, i, 7, -1);
    commit(f);
    assert_int_equal(h.count, 2);
    assert_int_equal(weight_of(&h, &(tweet){4, 7, 0}), 1);
    flow_free(f);
}

/* ---- Reducers ---- */

static flow_table *shapes_of(flow_table *tweets) {
    return flow_group(
        tweets, FLOW_BY("author"), &shape_schema,
        FLOW_REDUCERS({FLOW_AVG, "mean", "time"}, {FLOW_ARGMIN, "first", "id by time"},
                      {FLOW_ARGMAX, "last", "id by time"}, {FLOW_MAJORITY, "most", "id"}));
}

static void push_at(flow_table *t, uint32_t id, int64_t time, int64_t weight) {
    assert_int_equal(flow_push(t, &(tweet){id, 7, time}, weight), STATUS_OK);
}

static void argmax_argmin_avg_and_majority_follow_what_is_there(void **state) {
    (void)state;
    flow *f = flow_new(1);
    held h = {.row_bytes = sizeof(shape)};
    flow_table *tweets = flow_input(f, "tweets", &tweet_schema);
    flow_output(shapes_of(tweets), hold, &h);
    push_at(tweets, 5, -10, 1);
    push_at(tweets, 9, 20, 2);
    push_at(tweets, 4, 20, 1); /* As late as 9, and the least. */
    commit(f);
    assert_int_equal(h.count, 1);
    assert_int_equal(weight_of(&h, &(shape){13, 7, 5, 4, 9}), 1); /* 50 / 4 = 12.5 */
    push_at(tweets, 4, 20, -1);
    push_at(tweets, 9, 20, -1);
    push_at(tweets, 5, -11, 1);
    commit(f);
    assert_int_equal(h.count, 1);
    assert_int_equal(weight_of(&h, &(shape){0, 7, 5, 9, 5}), 1); /* -1 / 3 */
    push_at(tweets, 5, -11, 2);
    commit(f);
    assert_int_equal(weight_of(&h, &(shape){-5, 7, 5, 9, 5}), 1); /* -23 / 5 = -4.6 */
    push_at(tweets, 5, -11, -3);
    push_at(tweets, 5, -10, -1);
    commit(f);
    assert_int_equal(weight_of(&h, &(shape){20, 7, 9, 9, 9}), 1);
    push_at(tweets, 9, 20, -1);
    commit(f);
    assert_int_equal(h.count, 0);
    flow_free(f);
}

/* Columns of all widths and signs rank as numbers do. */
static void reducers_rank_columns_of_any_width(void **state) {
    flow_i128 huge = (flow_i128)1 << 120;
    (void)state;
    flow *f = flow_new(1);
    held h = {.row_bytes = sizeof(large)};
    flow_table *rows = flow_input(f, "rows", &large_schema);
    flow_output(flow_group(rows, FLOW_NONE, &large_schema,
                           FLOW_REDUCERS({FLOW_MAJORITY, "a", "a"}, {FLOW_ARGMAX, "b", "b by c"},
                                         {FLOW_ARGMIN, "c", "c by b"}, {FLOW_ARGMAX, "d", "d by b"},
                                         {FLOW_ARGMIN, "e", "e by d"})),
                hold, &h);
    flow_push(rows, &(large){-huge, INT64_MIN, UINT16_MAX, 7, UINT32_MAX}, 1);
    flow_push(rows, &(large){huge, INT64_MAX, 0, 8, 3}, 1);
    flow_push(rows, &(large){huge, -1, 9, 9, 4}, 1);
    commit(f);
    assert_int_equal(weight_of(&h, &(large){huge, INT64_MIN, UINT16_MAX, 8, UINT32_MAX}), 1);
    flow_push(rows, &(large){huge, INT64_MAX, 0, 8, 3}, -1);
    commit(f); /* One vote each: the least. */
    assert_int_equal(weight_of(&h, &(large){-huge, INT64_MIN, UINT16_MAX, 9, UINT32_MAX}), 1);
    flow_free(f);
}

static void refuses(const flow_reducer *reducers, const char *expected) {
    const char *why;
    flow *f = flow_new(1);
    flow_group(flow_input(f, "rows", &large_schema), FLOW_NONE, &large_schema, reducers);
    assert_int_equal(flow_check(f, &why), STATUS_BAD_ARGUMENT);
    assert_string_equal(why, expected);
    flow_free(f);
}

static void a_wrong_reducer_says_what_is_wrong(void **state) {
    (void)state;
    refuses(FLOW_REDUCERS({FLOW_ARGMAX, "b", "b"}),
            "an argmax or argmin that is not \"column by column\"");
    refuses(FLOW_REDUCERS({FLOW_ARGMAX, "b", NULL}),
            "an argmax or argmin that is not \"column by column\"");
    refuses(FLOW_REDUCERS({FLOW_ARGMIN, "b", "b by nothing"}),
            "a reducer from a column that is not there");
    refuses(FLOW_REDUCERS({FLOW_ARGMIN, "b", "b by a"}),
            "an argmax or argmin over more than 16 bytes");
    refuses(FLOW_REDUCERS({FLOW_AVG, "b", NULL}), "a reducer from a column that is not there");
}

/* ---- Windows ---- */

typedef struct {
    flow *f;
    flow_table *tweets;
    held windows, late;
} hourly;

/* Windows of 60, 10 late. */
static void open_windows(hourly *w) {
    *w = (hourly){.f = flow_new(1)};
    w->windows.row_bytes = sizeof(windowed);
    w->late.row_bytes = sizeof(tweet);
    w->tweets = flow_input(w->f, "tweets", &tweet_schema);
    flow_table *windows = flow_tumbling(w->tweets, "time", 60, 10, &windowed_schema);
    flow_output(windows, hold, &w->windows);
    flow_output(flow_late(windows), hold, &w->late);
}

static void windows_begin_at_multiples_of_their_width(void **state) {
    hourly w;
    (void)state;
    open_windows(&w);
    push_at(w.tweets, 1, 0, 1);
    push_at(w.tweets, 2, 59, 1);
    push_at(w.tweets, 3, 60, 1);
    push_at(w.tweets, 4, -1, 1); /* One epoch: nothing is late. */
    commit(w.f);
    assert_int_equal(w.windows.count, 4);
    assert_int_equal(weight_of(&w.windows, &(windowed){0, 1, 7}), 1);
    assert_int_equal(weight_of(&w.windows, &(windowed){0, 2, 7}), 1);
    assert_int_equal(weight_of(&w.windows, &(windowed){60, 3, 7}), 1);
    assert_int_equal(weight_of(&w.windows, &(windowed){-60, 4, 7}), 1);
    assert_int_equal(w.late.count, 0);
    flow_free(w.f);
}

static void what_comes_after_a_window_closed_is_late(void **state) {
    hourly w;
    (void)state;
    open_windows(&w);
    push_at(w.tweets, 1, 5, 1);
    push_at(w.tweets, 2, 69, 1);
    commit(w.f);
    push_at(w.tweets, 3, 6, 1); /* The clock is at 69: just in time. */
    push_at(w.tweets, 4, 70, 1);
    commit(w.f);
    push_at(w.tweets, 5, 7, 2); /* At 70 the first window is closed. */
    push_at(w.tweets, 6, 60, 1);
    commit(w.f);
    assert_int_equal(w.windows.count, 5);
    assert_int_equal(weight_of(&w.windows, &(windowed){0, 3, 7}), 1);
    assert_int_equal(weight_of(&w.windows, &(windowed){60, 6, 7}), 1);
    assert_int_equal(w.late.count, 1);
    assert_int_equal(weight_of(&w.late, &(tweet){5, 7, 7}), 2);
    flow_free(w.f);
}

static void a_retraction_takes_back_a_late_row_first(void **state) {
    hourly w;
    (void)state;
    open_windows(&w);
    push_at(w.tweets, 1, 5, 2);
    push_at(w.tweets, 2, 1000, 1);
    commit(w.f);
    push_at(w.tweets, 1, 5, 3);
    commit(w.f);
    assert_int_equal(weight_of(&w.late, &(tweet){1, 7, 5}), 3);
    push_at(w.tweets, 1, 5, -1);
    commit(w.f);
    assert_int_equal(weight_of(&w.late, &(tweet){1, 7, 5}), 2);
    push_at(w.tweets, 1, 5, -3);
    push_at(w.tweets, 2, 1000, -1); /* The clock stays. */
    commit(w.f);
    assert_int_equal(w.late.count, 0);
    assert_int_equal(w.windows.count, 1);
    assert_int_equal(weight_of(&w.windows, &(windowed){0, 1, 7}), 1);
    push_at(w.tweets, 1, 5, 1);
    commit(w.f);
    assert_int_equal(w.late.count, 1);
    push_at(w.tweets, 1, 5, -2);
    commit(w.f);
    assert_int_equal(w.late.count + w.windows.count, 0);
    flow_free(w.f);
}

static void windows_at_the_ends_of_time_do_not_overflow(void **state) {
    (void)state;
    flow *f = flow_new(1);
    held h = {.row_bytes = sizeof(small)};
    flow_table *tweets = flow_input(f, "tweets", &tweet_schema);
    flow_table *windows = flow_tumbling(tweets, "time", INT64_MAX, INT64_MAX, &small_schema);
    flow_output(windows, hold, &h);
    push_at(tweets, 1, INT64_MIN, 1);
    push_at(tweets, 2, INT64_MAX, 1);
    push_at(tweets, 3, 1, 1);
    commit(f);
    assert_int_equal(h.count, 1);
    assert_int_equal(weight_of(&h, &(small){0, 3}), 1);
    assert_int_equal(flow_error_count(f), 2); /* These windows do not fit 32 bits. */
    push_at(tweets, 1, INT64_MIN, -1);
    push_at(tweets, 2, INT64_MAX, -1);
    commit(f);
    assert_int_equal(flow_error_count(f), 0);
    flow_free(f);
}

static void refuses_windows(const char *time, int64_t width, int64_t lateness,
                            const flow_schema *out, const char *expected) {
    const char *why;
    flow *f = flow_new(1);
    flow_late(flow_tumbling(flow_input(f, "rows", &tweet_schema), time, width, lateness, out));
    assert_int_equal(flow_check(f, &why), STATUS_BAD_ARGUMENT);
    assert_string_equal(why, expected);
    flow_free(f);
}

static void wrong_windows_say_what_is_wrong(void **state) {
    const char *why;
    (void)state;
    refuses_windows("when", 1, 0, &windowed_schema, "windows by a column that is no time");
    refuses_windows("time", 0, 0, &windowed_schema, "windows of no width or negative lateness");
    refuses_windows("time", 1, -1, &windowed_schema, "windows of no width or negative lateness");
    refuses_windows("time", 1, 0, &tweet_schema,
                    "windows without a column \"window\" of their own");
    flow *f = flow_new(1);
    flow_loop *l = flow_loop_begin(flow_input(f, "rows", &tweet_schema), 0);
    flow_tumbling(flow_loop_variable(l), "time", 1, 0, &windowed_schema);
    flow_check(f, &why);
    assert_string_equal(why, "windows in a loop");
    flow_free(f);
    f = flow_new(1);
    flow_late(flow_input(f, "rows", &tweet_schema));
    flow_check(f, &why);
    assert_string_equal(why, "late rows of a table that is not of windows");
    flow_free(f);
}

/* ---- Failed allocations ---- */

static bool is_odd(const void *row, void *context) {
    (void)context;
    return ((const author *)row)->place % 2 == 1;
}

static const char *own(const void *row, void *out, void *context) {
    (void)context;
    *(author_of *)out = (author_of){((const author *)row)->place, ((const author *)row)->author};
    return NULL;
}

/* Every operator above, over three epochs that bring, change and take back. */
static status build_and_step(void *context) {
    held rows[9] = {
        {.row_bytes = sizeof(tweet)}, {.row_bytes = sizeof(placed)}, {.row_bytes = sizeof(shape)}};
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
    flow_output(shapes_of(tweets), hold, &rows[2]);
    flow_output(flow_ix(tweets, by, authors, by, &placed_schema, place_tweet, NULL), hold,
                &rows[3]);
    flow_output(flow_update_rows(authors, flow_filter(authors, is_odd, NULL), by), hold, &rows[4]);
    flow_table *owners = flow_map(authors, &author_of_schema, own, NULL);
    flow_output(flow_update_cells(tweets, owners, FLOW_BY("id")), hold, &rows[5]);
    flow_output(flow_any(tweets, by, 3), hold, &rows[6]);
    flow_table *windows = flow_tumbling(tweets, "time", 5, 0, &windowed_schema);
    flow_output(windows, hold, &rows[7]);
    flow_output(flow_late(windows), hold, &rows[8]);
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
        cmocka_unit_test(ix_follows_a_pointer_and_says_where_it_leads_nowhere),
        cmocka_unit_test(update_rows_prefers_the_other_tables_rows),
        cmocka_unit_test(update_cells_replaces_the_other_tables_columns),
        cmocka_unit_test(wrong_updates_say_what_is_wrong),
        cmocka_unit_test(any_gives_as_many_rows_as_there_are),
        cmocka_unit_test(argmax_argmin_avg_and_majority_follow_what_is_there),
        cmocka_unit_test(reducers_rank_columns_of_any_width),
        cmocka_unit_test(a_wrong_reducer_says_what_is_wrong),
        cmocka_unit_test(windows_begin_at_multiples_of_their_width),
        cmocka_unit_test(what_comes_after_a_window_closed_is_late),
        cmocka_unit_test(a_retraction_takes_back_a_late_row_first),
        cmocka_unit_test(windows_at_the_ends_of_time_do_not_overflow),
        cmocka_unit_test(wrong_windows_say_what_is_wrong),
        cmocka_unit_test(survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
