/* SPDX-License-Identifier: MIT */
/* What queries answer about a conversation small enough to check by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/engine.h"
#include "pipeline/queries/answers.h"
#include "pipeline/queries/definitions.h"
#include "pipeline/queries/shapes.h"
#include "tests/support/opened.h"

static engine *e;

#define MINUTE_0 1341360000000 /* 2012-07-04T00:00Z */

static void tell(uint64_t id, uint64_t author, uint64_t reply_to, int64_t minute, const char *words,
                 uint64_t followers) {
    record r = {.kind = RECORD_TWEET,
                .fields = TWEET_AUTHOR | TWEET_CREATED | TWEET_TEXT | TWEET_LANG | TWEET_REPLY_TO |
                          TWEET_FOLLOWERS | TWEET_TWEETS,
                .observed_ms = MINUTE_0 + minute * 60000};
    r.tweet = (tweet_record){.id = id,
                             .author_id = author,
                             .created_ms = r.observed_ms,
                             .text = text_of(words),
                             .lang = TEXT("en"),
                             .reply_to = reply_to,
                             .followers = followers,
                             .tweets = 16,
                             .heard = true};
    assert_int_equal(engine_apply(e, &r), STATUS_OK);
    record u = {.kind = RECORD_USER, .fields = USER_USERNAME | USER_LOCATION, .observed_ms = 1};
    u.user = (user_record){.id = author, .username = TEXT("<b>\"x"), .location = TEXT("\n")};
    assert_int_equal(engine_apply(e, &u), STATUS_OK);
}

/* The answer as JSON, which must parse. */
static json_t *ask(const char *path, const query_params *p) {
    buffer out = {0};
    const query *q = NULL;
    for (size_t i = 0; i < query_count; i++)
        if (strcmp(queries[i].path, path) == 0) q = &queries[i];
    assert_non_null(q);
    json_writer w = json_to(&out);
    if (q->content_type == NULL) json_begin_object(&w);
    status s = q->answer(engine_present(e), p, &w);
    if (q->content_type == NULL) json_end_object(&w);
    json_t *answer = NULL;
    if (s == STATUS_OK) {
        json_error_t error;
        answer = json_loadb(out.bytes, out.count, 0, &error);
        if (answer == NULL) fail_msg("%s: %s", path, error.text);
    } else {
        assert_int_equal(s, STATUS_NOT_FOUND);
    }
    buffer_deinit(&out);
    return answer;
}

static const char *string_at(json_t *o, const char *key) {
    return json_string_value(json_object_get(o, key));
}

static void the_board_ranks_by_what_is_asked(void **state) {
    (void)state;
    json_t *a = ask("tweets/top", &(query_params){.limit = 10});
    json_t *data = json_object_get(a, "data");
    assert_int_equal(json_array_size(data), 2);
    assert_string_equal(string_at(json_array_get(data, 0), "id"), "2"); /* 20000^.5/2 alone */
    json_decref(a);
    a = ask("tweets/top", &(query_params){.limit = 10, .sort = "responses"});
    data = json_object_get(a, "data");
    assert_string_equal(string_at(json_array_get(data, 0), "id"), "1");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(data, 0), "replies")), 3);
    assert_string_equal(
        string_at(json_array_get(json_object_get(json_object_get(a, "includes"), "users"), 0),
                  "username"),
        "<b>\"x");
    json_decref(a);
    a = ask("tweets/top", &(query_params){.limit = 10, .sort = "sentiment"});
    data = json_object_get(a, "data");
    assert_int_equal(json_array_size(data), 1); /* One answer alone has no interval. */
    assert_string_equal(string_at(json_array_get(data, 0), "id"), "1");
    json_decref(a);
}

static void a_window_counts_whole_minutes_from_the_newest_tweet(void **state) {
    (void)state;
    json_t *a = ask("authors/top", &(query_params){.limit = 10, .window = WINDOW_5M});
    json_t *data = json_object_get(a, "data"); /* Minutes 6 to 10: one response. */
    assert_int_equal(json_array_size(data), 1);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(data, 0), "responses")), 1);
    assert_string_equal(string_at(json_object_get(json_object_get(a, "meta"), "window"), "start"),
                        "2012-07-04T00:06:00.000Z");
    json_decref(a);
    a = ask("authors/top", &(query_params){.limit = 10,
                                           .window = WINDOW_GIVEN,
                                           .start_ms = MINUTE_0 + 60001,
                                           .end_ms = MINUTE_0 + 120001});
    assert_int_equal(json_array_size(json_object_get(a, "data")), 1); /* Snapped outward: 1, 2. */
    json_decref(a);
}

static void stats_say_what_is_known_and_since_when(void **state) {
    (void)state;
    buffer out = {0};
    json_writer w = json_to(&out);
    json_begin_object(&w);
    write_stats(&w, engine_present(e));
    json_end_object(&w);
    json_t *data = json_loadb(out.bytes, out.count, 0, NULL);
    buffer_deinit(&out);
    assert_int_equal(json_integer_value(json_object_get(data, "tweets")), 6);
    assert_int_equal(json_integer_value(json_object_get(data, "responses")), 4);
    assert_int_equal(json_integer_value(json_object_get(data, "users_with_location")), 0);
    assert_string_equal(string_at(data, "oldest"), "2012-07-04T00:00:00.000Z");
    assert_string_equal(string_at(data, "newest"), "2012-07-04T00:10:00.000Z");
    json_decref(data);
}

static void one_tweet_and_one_author_are_found_by_id(void **state) {
    (void)state;
    json_t *a = ask("tweets/{id}", &(query_params){.id = 1});
    assert_string_equal(string_at(json_object_get(a, "data"), "text"), "hello");
    json_decref(a);
    a = ask("authors/{id}", &(query_params){.id = 100});
    json_t *author = json_object_get(a, "data");
    assert_int_equal(json_integer_value(json_object_get(author, "responders")), 3);
    assert_int_equal(json_array_size(json_object_get(author, "tweets")), 1);
    assert_true(json_is_null(json_object_get(author, "place")));
    json_decref(a);
    a = ask("tweets/{id}", &(query_params){.id = 4});
    json_t *words = json_object_get(json_object_get(a, "data"), "words");
    assert_int_equal(json_array_size(words), 2);
    assert_string_equal(string_at(json_array_get(words, 1), "word"), "wonderful");
    assert_true(json_real_value(json_object_get(json_array_get(words, 1), "valence")) == 2.7);
    json_decref(a);
    assert_null(ask("tweets/{id}", &(query_params){.id = 4711}));
    assert_null(ask("authors/{id}", &(query_params){.id = 4711}));
}

static bool is_defined(const char *outer, const char *key) {
    char name[64];
    (void)snprintf(name, sizeof name, "%s%s%s", outer, *outer == '\0' ? "" : ".", key);
    for (size_t i = 0; i < definition_count; i++)
        if (strcmp(definitions[i].name, name) == 0) return true;
    return false;
}

static void expect_defined(json_t *row, const char *outer) {
    const char *key;
    json_t *value;
    json_object_foreach(row, key, value) {
        if (json_is_object(value) && strcmp(key, "place") != 0) expect_defined(value, key);
        if (!json_is_number(value)) continue;
        bool is_position = strcmp(key, "lat") == 0 || strcmp(key, "lon") == 0;
        if (!is_position && !is_defined(outer, key)) fail_msg("%s %s is not defined", outer, key);
    }
}

static void every_number_of_a_board_is_defined(void **state) {
    static const char *const boards[] = {"tweets/top",   "authors/top",  "places/top",
                                         "origins/top",  "hashtags/top", "links/top",
                                         "languages/top"};
    (void)state;
    for (size_t i = 0; i < sizeof boards / sizeof boards[0]; i++) {
        json_t *a = ask(boards[i], &(query_params){.limit = 1, .sort = "recent_1h"});
        json_t *data = json_object_get(a, "data");
        if (json_array_size(data) > 0) expect_defined(json_array_get(data, 0), "");
        json_decref(a);
    }
}

static void a_card_shows_what_a_tweet_has_and_got(void **state) {
    (void)state;
    json_t *a = ask("tweets/{id}", &(query_params){.id = 1});
    json_t *tweet = json_object_get(a, "data");
    json_t *terms = json_object_get(json_object_get(tweet, "terms"), "influence");
    assert_int_equal(json_array_size(terms), 3);
    double before = 1e9, sum = 0;
    for (size_t i = 0; i < 3; i++) {
        json_t *term = json_array_get(terms, i);
        double weight = json_number_value(json_object_get(term, "weight"));
        double followers = json_number_value(json_object_get(term, "followers"));
        assert_int_equal(json_integer_value(json_object_get(term, "tweets")), 16);
        assert_true(fabs(weight - sqrt(followers) / 2) < 1e-9);
        assert_true(weight <= before);
        before = weight;
        sum += weight;
    }
    assert_true(fabs(sum - json_number_value(json_object_get(tweet, "influence"))) < 1e-9);
    assert_int_equal(json_integer_value(json_object_get(tweet, "responders")), 3);
    json_t *minutes = json_object_get(tweet, "responses_by_minute");
    json_int_t responses = 0;
    for (size_t i = 0; i < json_array_size(minutes); i++)
        responses += json_integer_value(json_object_get(json_array_get(minutes, i), "responses"));
    assert_int_equal(responses, 3);
    assert_int_equal(json_array_size(json_object_get(tweet, "hashtags")), 0);
    assert_true(json_is_array(json_object_get(tweet, "words")));
    json_decref(a);
}

static void the_latest_responses_come_page_by_page(void **state) {
    query_cursor next = {{0}}, from;
    query_params p = {.id = 100, .limit = 1, .next = &next};
    char before[32] = "9999";
    size_t count = 0;
    (void)state;
    do {
        json_t *a = ask("authors/{id}/responses", &p);
        json_t *row = json_array_get(json_object_get(a, "data"), 0);
        assert_int_equal(json_array_size(json_object_get(a, "data")), 1);
        assert_true(strcmp(string_at(row, "created_at"), before) <= 0);
        (void)snprintf(before, sizeof before, "%s", string_at(row, "created_at"));
        assert_string_equal(string_at(row, "kind"), "reply");
        json_decref(a);
        from = next;
        p.cursor = &from;
        count++;
    } while (next.words[0] != 0);
    assert_int_equal(count, 3);
    from.words[0] = 1; /* Of something else. */
    const char *wrong = NULL;
    p.wrong = &wrong;
    buffer out = {0};
    json_writer w = json_to(&out);
    assert_int_equal(author_responses(engine_present(e), &p, &w), STATUS_BAD_ARGUMENT);
    assert_string_equal(wrong, "cursor");
    assert_int_equal(tweets_top(engine_present(e), &p, &w), STATUS_BAD_ARGUMENT);
    buffer_deinit(&out);
}

static void a_filtered_timeline_counts_what_passes(void **state) {
    (void)state;
    json_t *a = ask("timeline", &(query_params){.filter = {.kinds = QUERY_KIND_REPLY}});
    json_t *data = json_object_get(a, "data");
    json_int_t tweets = 0, replies = 0;
    for (size_t i = 0; i < json_array_size(data); i++) {
        tweets += json_integer_value(json_object_get(json_array_get(data, i), "tweets"));
        replies += json_integer_value(json_object_get(json_array_get(data, i), "replies"));
    }
    assert_int_equal(tweets, 4);
    assert_int_equal(replies, 4);
    json_decref(a);
    a = ask("timeline", &(query_params){.filter = {.author = TEXT("100"), .lang = TEXT("en")}});
    data = json_object_get(a, "data");
    tweets = 0;
    for (size_t i = 0; i < json_array_size(data); i++)
        tweets += json_integer_value(json_object_get(json_array_get(data, i), "tweets"));
    assert_int_equal(tweets, 3);
    json_decref(a);
}

static void every_query_answers_in_json(void **state) {
    (void)state;
    for (size_t i = 0; i < query_count; i++) {
        json_t *a =
            ask(queries[i].path, &(query_params){.limit = 3, .id = 1, .text = TEXT("a\"b")});
        if (a != NULL) json_decref(a);
    }
}

static void a_topic_changes_only_when_its_answer_does(void **state) {
    (void)state;
    for (size_t i = 0; i < stream_topic_count; i++) {
        const stream_topic *t = &stream_topics[i];
        topic_state *before = t->make(engine_present(e), WINDOW_ALL);
        topic_state *now = t->make(engine_present(e), WINDOW_ALL);
        buffer out = {0};
        json_writer w = json_to(&out);
        assert_false(t->write_change(before, now, &w));
        assert_int_equal(out.count, 0);
        t->write_full(now, &w);
        json_t *frame = json_loadb(out.bytes, out.count, 0, NULL);
        assert_non_null(frame);
        json_decref(frame);
        buffer_deinit(&out);
        t->free(before);
        t->free(now);
    }
}

static void mere_coordinates_are_called_by_themselves(void **state) {
    char room[PLACE_NAME_ROOM];
    const place nowhere = {.lat_e7 = -378136000, .lon_e7 = 1449631000};
    const place widest = {.lat_e7 = INT32_MIN, .lon_e7 = INT32_MIN};
    const place town = {.name = TEXT("Melbourne")};
    (void)state;
    assert_true(text_equal(place_name(&nowhere, room), TEXT("-37.8136, 144.9631")));
    assert_true(text_equal(place_name(&widest, room), TEXT("-214.7484, -214.7484")));
    assert_true(text_equal(place_name(&town, room), TEXT("Melbourne")));
}

static int set_up(void **state) {
    if (open_sentiments(state) != 0) return 1;
    engine_options o = {.model = sentiments, .cleaning = {80, 5, 1000, false}};
    if (engine_new(&o, &e, NULL) != STATUS_OK) return 1;
    tell(1, 100, 0, 0, "hello", 0);
    tell(2, 200, 0, 0, "world", 0);
    tell(3, 300, 1, 1, "I love this", 100);
    tell(4, 400, 1, 3, "great, wonderful", 100);
    tell(5, 500, 1, 10, "good", 100);
    tell(6, 600, 2, 5, "terrible", 20000);
    return engine_commit(e) == STATUS_OK ? 0 : 1;
}

static int tear_down(void **state) {
    engine_free(e);
    return close_sentiments(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_board_ranks_by_what_is_asked),
        cmocka_unit_test(a_window_counts_whole_minutes_from_the_newest_tweet),
        cmocka_unit_test(stats_say_what_is_known_and_since_when),
        cmocka_unit_test(one_tweet_and_one_author_are_found_by_id),
        cmocka_unit_test(mere_coordinates_are_called_by_themselves),
        cmocka_unit_test(every_query_answers_in_json),
        cmocka_unit_test(every_number_of_a_board_is_defined),
        cmocka_unit_test(a_card_shows_what_a_tweet_has_and_got),
        cmocka_unit_test(the_latest_responses_come_page_by_page),
        cmocka_unit_test(a_filtered_timeline_counts_what_passes),
        cmocka_unit_test(a_topic_changes_only_when_its_answer_does),
    };
    return cmocka_run_group_tests_name("answers", tests, set_up, tear_down);
}
