/* SPDX-License-Identifier: MIT */
/* What is taken of the records of a stream, one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "pipeline/engine.h"
#include "pipeline/queries/answers.h"
#include "tests/support/opened.h"

enum { MINUTE = 25000000 };
#define TIME_MS ((int64_t)MINUTE * 60000)

static engine *new_engine_that(bool forgets, bool readers) {
    engine_options o = {.model = sentiments,
                        .cleaning = {80, 5, 1000, false},
                        .hash_seed = 7,
                        .country = "DE",
                        .forgets = forgets,
                        .readers = readers};
    engine *e;
    assert_int_equal(engine_new(&o, &e, NULL), STATUS_OK);
    return e;
}

static engine *new_engine(void) {
    return new_engine_that(false, false);
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

static void commit(engine *e) {
    assert_int_equal(engine_commit(e), STATUS_OK);
}

static record reply(uint64_t id, uint64_t author, uint64_t to) {
    record r = tweet(id, author, TIME_MS + (int64_t)id);
    r.fields |= TWEET_REPLY_TO;
    r.tweet.reply_to = to;
    return r;
}

static record profile(uint64_t id, text location, int64_t observed_ms) {
    record r = {.kind = RECORD_USER,
                .fields = USER_USERNAME | USER_LOCATION | USER_FOLLOWERS,
                .observed_ms = observed_ms};
    r.user = (user_record){.id = id, .username = TEXT("ada"), .location = location};
    return r;
}

static record notice(record_kind kind, uint64_t id, int64_t observed_ms) {
    record r = {.kind = kind, .observed_ms = observed_ms};
    r.tweet.id = id;
    return r;
}

static record hide(uint64_t id, hide_reason reason, bool is_hidden, int64_t observed_ms) {
    record r = {.kind = RECORD_HIDE_USER, .observed_ms = observed_ms};
    r.hide.user_id = id;
    r.hide.reason = reason;
    r.hide.is_hidden = is_hidden;
    return r;
}

static record edit(uint64_t from, uint64_t to) {
    record r = {.kind = RECORD_EDIT, .observed_ms = TIME_MS};
    r.edit.from = from;
    r.edit.to = to;
    return r;
}

static const tweet_row *find_tweet(engine *e, uint64_t id) {
    const moment *m = engine_present(e);
    uint32_t number;
    return idmap_find(m->graph->tweet_ids, id, &number) ? moment_tweet(m, number) : NULL;
}

static const user_row *find_user(engine *e, uint64_t id) {
    const moment *m = engine_present(e);
    uint32_t number;
    return idmap_find(m->graph->user_ids, id, &number) ? moment_user(m, number) : NULL;
}

static uint64_t responses_to(engine *e, uint64_t id) {
    const moment *m = engine_present(e);
    uint32_t number;
    if (!idmap_find(m->graph->tweet_ids, id, &number)) return 0;
    const total_row *t = flow_view_find(m->snapshot, m->graph->tweet_total_view, number);
    return t == NULL ? 0 : t->responses;
}

static uint64_t response_count(engine *e) {
    const moment *m = engine_present(e);
    return flow_scan_count(m->snapshot, m->graph->response_scan);
}

/* ---- People who are hidden ---- */

static void a_protected_person_s_tweets_go_and_come_back(void **state) {
    engine *e = new_engine();
    (void)state;
    tell(e, tweet(1, 7, TIME_MS));
    tell(e, profile(7, TEXT("Bonn"), TIME_MS));
    tell(e, reply(2, 8, 1));
    tell(e, reply(3, 7, 2));
    commit(e);
    assert_int_equal(response_count(e), 2);
    tell(e, hide(7, HIDE_PROTECTED, true, TIME_MS + 10));
    commit(e);
    assert_null(find_tweet(e, 1));
    assert_null(find_tweet(e, 3));
    assert_non_null(find_tweet(e, 2));
    assert_non_null(find_user(e, 7)); /* The profile is no secret. */
    assert_int_equal(response_count(e), 0);
    tell(e, tweet(4, 7, TIME_MS)); /* What comes meanwhile is hidden too. */
    tell(e, hide(7, HIDE_SUSPENDED, true, TIME_MS + 20));
    tell(e, hide(7, HIDE_PROTECTED, false, TIME_MS + 30));
    commit(e);
    assert_null(find_tweet(e, 4));                         /* One reason is enough. */
    tell(e, hide(7, HIDE_SUSPENDED, false, TIME_MS + 19)); /* Before the suspension. */
    commit(e);
    assert_null(find_tweet(e, 1));
    tell(e, hide(7, HIDE_SUSPENDED, false, TIME_MS + 21));
    commit(e);
    assert_true(find_tweet(e, 1) != NULL && find_tweet(e, 3) != NULL && find_tweet(e, 4) != NULL);
    assert_int_equal(response_count(e), 2);
    engine_free(e);
}

static void a_deleted_person_s_profile_goes_too(void **state) {
    engine *e = new_engine();
    (void)state;
    tell(e, hide(7, HIDE_DELETED, true, TIME_MS + 10)); /* Before they were heard of. */
    tell(e, tweet(1, 7, TIME_MS));
    tell(e, profile(7, TEXT("Bonn"), TIME_MS));
    commit(e);
    assert_null(find_tweet(e, 1));
    assert_null(find_user(e, 7));
    tell(e, hide(7, HIDE_DELETED, false, TIME_MS + 11));
    commit(e);
    assert_non_null(find_tweet(e, 1));
    assert_non_null(find_user(e, 7));
    engine_free(e);
}

static void what_is_withheld_here_or_everywhere_is_hidden(void **state) {
    static const struct {
        const char *countries;
        bool is_hidden;
    } cases[] = {{"DE", true},      {"", false},     {"FR", false},   {"FR,DE", true},
                 {"DEU,FR", false}, {"FR,XX", true}, {"XY", true},    {"de", false},
                 {"FR,", false},    {",,DE", true},  {"DEXX", false}, {"DE,FR", true}};
    engine *e = new_engine();
    (void)state;
    for (uint64_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tell(e, tweet(1 + i, 7, TIME_MS));
        tell(e, tweet(101 + i, 10 + i, TIME_MS));
        record r = {.kind = RECORD_WITHHOLD, .observed_ms = TIME_MS};
        r.withhold.countries = text_of(cases[i].countries);
        r.withhold.tweet_id = 1 + i;
        tell(e, r);
        r.withhold.tweet_id = 0;
        r.withhold.user_id = 10 + i;
        tell(e, r);
        commit(e);
        assert_int_equal(find_tweet(e, 1 + i) == NULL, cases[i].is_hidden);
        assert_int_equal(find_tweet(e, 101 + i) == NULL, cases[i].is_hidden);
    }
    engine_free(e);
}

/* ---- Edits ---- */

static void responses_belong_to_the_newest_version(void **state) {
    engine *e = new_engine();
    record second = tweet(12, 7, TIME_MS);
    (void)state;
    second.tweet.text = TEXT("some #goal");
    tell(e, tweet(11, 7, TIME_MS));
    tell(e, reply(20, 8, 11));
    tell(e, edit(11, 12)); /* Known before the version it speaks of. */
    commit(e);
    assert_int_equal(responses_to(e, 11), 1);
    tell(e, second);
    tell(e, reply(21, 9, 12));
    tell(e, edit(12, 13));
    commit(e);
    assert_int_equal(responses_to(e, 11), 0);
    assert_int_equal(responses_to(e, 12), 2);
    assert_true(find_tweet(e, 11) != NULL && find_tweet(e, 12) != NULL);
    const moment *m = engine_present(e);
    query_params p = {.filter = {.hashtag = TEXT("goal")}};
    buffer out = {0};
    json_writer w = json_to(&out);
    const query *q = queries;
    while (strcmp(q->path, "timeline") != 0) q++;
    json_begin_object(&w);
    assert_int_equal(q->answer(m, &p, &w), STATUS_OK);
    json_end_object(&w);
    buffer_add_byte(&out, '\0');
    assert_non_null(strstr(out.bytes, "\"replies\":2")); /* To a tweet with that hashtag. */
    buffer_deinit(&out);
    tell(e, notice(RECORD_DELETE, 12, TIME_MS));
    commit(e);
    assert_int_equal(responses_to(e, 11), 2);
    tell(e, tweet(13, 7, TIME_MS));
    commit(e);
    assert_int_equal(responses_to(e, 13), 2);
    engine_free(e);
}

/* ---- Forgetting ---- */

static void is_forgotten(engine *e, size_t tweets, uint64_t tweet, size_t users, uint64_t user) {
    const uint64_t *tweet_ids, *user_ids;
    size_t tweet_count, user_count;
    engine_take_forgotten(e, &tweet_ids, &tweet_count, &user_ids, &user_count);
    assert_int_equal(tweet_count, tweets);
    assert_int_equal(user_count, users);
    if (tweets > 0) assert_int_equal(tweet_ids[tweets - 1], tweet);
    if (users > 0) assert_int_equal(user_ids[users - 1], user);
}

static void a_deleted_text_is_wiped_once_no_reader_can_see_it(void **state) {
    engine *e = new_engine_that(true, true);
    record r = tweet(1, 7, TIME_MS);
    uint32_t number;
    (void)state;
    r.tweet.text = TEXT("regretted words");
    tell(e, r);
    tell(e, tweet(2, 7, TIME_MS)); /* Keeps the chunk. */
    commit(e);
    const moment *reader = engine_acquire(e);
    assert_true(idmap_find(reader->graph->tweet_ids, 1, &number));
    text held = texts_get(reader->texts, moment_tweet(reader, number)->text);
    assert_true(text_equal(held, TEXT("regretted words")));
    tell(e, notice(RECORD_DELETE, 1, TIME_MS + 1));
    commit(e);
    assert_true(text_equal(held, TEXT("regretted words"))); /* Somebody is reading. */
    engine_release(reader);
    commit(e);
    for (size_t i = 0; i < held.count; i++) assert_int_equal(held.bytes[i], 0);
    assert_false(idmap_find(engine_present(e)->graph->tweet_ids, 1, &number));
    is_forgotten(e, 1, 1, 0, 0);
    engine_free(e);
}

static void what_was_deleted_stays_away_until_it_is_told_again(void **state) {
    engine *e = new_engine_that(true, false);
    (void)state;
    tell(e, tweet(1, 7, TIME_MS));
    tell(e, notice(RECORD_DELETE, 1, TIME_MS + 1));
    tell(e, notice(RECORD_DELETE, 99, TIME_MS + 1)); /* Of nothing that is known. */
    commit(e);
    is_forgotten(e, 1, 1, 0, 0);
    tell(e, tweet(1, 7, TIME_MS)); /* Somebody retweets it once more. */
    commit(e);
    assert_null(find_tweet(e, 1));
    is_forgotten(e, 1, 1, 0, 0);
    tell(e, notice(RECORD_UNDELETE, 1, TIME_MS + 2));
    commit(e);
    assert_null(find_tweet(e, 1)); /* There is nothing to bring back. */
    is_forgotten(e, 0, 0, 0, 0);
    tell(e, tweet(1, 7, TIME_MS));
    commit(e);
    assert_non_null(find_tweet(e, 1));
    engine_free(e);
}

static void a_deleted_person_is_forgotten_with_all_tweets(void **state) {
    engine *e = new_engine_that(true, false);
    uint32_t number;
    (void)state;
    for (uint64_t id = 1; id <= 50; id++) tell(e, tweet(id, 7, TIME_MS));
    tell(e, reply(60, 8, 1));
    tell(e, profile(7, TEXT("Bonn"), TIME_MS));
    commit(e);
    assert_int_equal(response_count(e), 1);
    tell(e, hide(7, HIDE_DELETED, true, TIME_MS + 1));
    commit(e);
    assert_null(find_user(e, 7));
    is_forgotten(e, 0, 0, 1, 7);
    assert_int_equal(response_count(e), 0);
    assert_false(idmap_find(engine_present(e)->graph->user_ids, 7, &number));
    assert_false(idmap_find(engine_present(e)->graph->tweet_ids, 50, &number));
    assert_true(idmap_find(engine_present(e)->graph->tweet_ids, 1, &number)); /* Replied to. */
    tell(e, profile(7, TEXT("Bonn"), TIME_MS));
    tell(e, tweet(51, 7, TIME_MS));
    commit(e);
    assert_null(find_user(e, 7));
    is_forgotten(e, 1, 51, 1, 7);
    engine_free(e);
}

/* ---- Retention ---- */

enum { WINDOW_TWEETS = 4000, WINDOWS = 50, CHUNK_BYTES = 1 << 18 }; /* Of texts. */

static text name_of(char *room, size_t room_bytes, const char *what, uint64_t n) {
    (void)snprintf(room, room_bytes, "%s %llu", what, (unsigned long long)n);
    return text_of(room);
}

/* The n-th tweet of a made-up stream: half of them answer one not long before; people come
 * and go, a few stay; one in ten is deleted, some are edited, and now and then somebody is
 * protected. */
static void tell_nth(engine *e, uint64_t n, int64_t step_ms) {
    char words[64], where[64], tag[32];
    int64_t now_ms = TIME_MS + (int64_t)n * step_ms;
    uint64_t author = n % 3 == 0 ? 1 + n % 20 : 100 + n / 10;
    record r = tweet(1000 + n, author, now_ms);
    r.fields |= TWEET_REPLY_TO | TWEET_HASHTAGS | TWEET_FOLLOWERS;
    r.tweet.text = name_of(words, sizeof words, "these are words of number", n);
    r.tweet.hashtags = name_of(tag, sizeof tag, "tag", n / 100);
    r.tweet.reply_to = n % 2 == 0 || n < 50 ? 0 : 1000 + n - 1 - n % 40;
    tell(e, r);
    tell(e, profile(author, name_of(where, sizeof where, "a place", author), now_ms));
    if (n % 10 == 0) tell(e, notice(RECORD_DELETE, n % 20 == 0 ? 1000 + n : 5 * n, now_ms));
    if (n % 50 == 7) {
        record versions = edit(1000 + n - 7, 1000 + n);
        versions.observed_ms = now_ms;
        tell(e, versions);
    }
    if (n % 100 == 0) tell(e, hide(author, HIDE_PROTECTED, true, now_ms));
}

static size_t bytes_after(engine *e, uint64_t windows, int64_t keep_ms) {
    size_t most = 0;
    for (uint64_t n = windows * WINDOW_TWEETS; n < (windows + 1) * WINDOW_TWEETS; n++) {
        tell_nth(e, n, keep_ms / WINDOW_TWEETS);
        if (n % 50 == 0) commit(e);
        if (n % 50 == 0 && engine_bytes(e) > most) most = engine_bytes(e);
    }
    return most;
}

static void memory_is_flat_however_long_it_goes_on(void **state) {
    const int64_t keep_ms = (int64_t)WINDOW_TWEETS * 500;
    (void)state;
    for (int way = 0; way < 2; way++) {
        engine *e = new_engine_that(way == 1, way == 1);
        size_t early = 0, late = 0;
        assert_int_equal(engine_set_keep(e, keep_ms), STATUS_OK);
        for (uint64_t i = 0; i < WINDOWS; i++) {
            size_t bytes = bytes_after(e, i, keep_ms);
            if (i >= 5 && i < 10 && bytes > early) early = bytes;
            if (i >= WINDOWS - 5 && bytes > late) late = bytes;
        }
        print_message("bytes held: %zu early, %zu late\n", early, late);
        assert_true(late <= early + 2 * CHUNK_BYTES); /* 3 bytes a tweet would be more. */
        assert_true(idmap_count(engine_present(e)->graph->tweet_ids) < 2 * WINDOW_TWEETS);
        assert_int_equal(engine_floor_ms(e),
                         TIME_MS + (int64_t)(WINDOWS * WINDOW_TWEETS - 1) * 500 - keep_ms);
        engine_free(e);
    }
}

static void what_comes_too_late_is_counted(void **state) {
    engine *e = new_engine();
    (void)state;
    assert_int_equal(engine_set_keep(e, 1000), STATUS_OK);
    assert_true(engine_floor_ms(e) == INT64_MIN);
    tell(e, tweet(1, 7, TIME_MS));
    tell(e, tweet(2, 7, TIME_MS + 1000)); /* Exactly as old as what is kept. */
    commit(e);
    assert_null(find_tweet(e, 1));
    assert_non_null(find_tweet(e, 2));
    tell(e, tweet(3, 7, TIME_MS));
    tell(e, tweet(4, 7, TIME_MS + 1));
    commit(e);
    assert_null(find_tweet(e, 3));
    assert_non_null(find_tweet(e, 4));
    assert_int_equal(engine_late(e), 1);
    assert_int_equal(engine_set_floor(e, TIME_MS + 500), STATUS_OK);
    assert_int_equal(engine_set_floor(e, TIME_MS + 400), STATUS_OK); /* It never falls. */
    commit(e);
    assert_null(find_tweet(e, 4));
    assert_non_null(find_tweet(e, 2));
    assert_true(engine_floor_ms(e) == TIME_MS + 500);
    engine_free(e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_lines_that_come_again_are_counted),
        cmocka_unit_test(a_protected_person_s_tweets_go_and_come_back),
        cmocka_unit_test(a_deleted_person_s_profile_goes_too),
        cmocka_unit_test(what_is_withheld_here_or_everywhere_is_hidden),
        cmocka_unit_test(responses_belong_to_the_newest_version),
        cmocka_unit_test(a_deleted_text_is_wiped_once_no_reader_can_see_it),
        cmocka_unit_test(what_was_deleted_stays_away_until_it_is_told_again),
        cmocka_unit_test(a_deleted_person_is_forgotten_with_all_tweets),
        cmocka_unit_test(memory_is_flat_however_long_it_goes_on),
        cmocka_unit_test(what_comes_too_late_is_counted),
    };
    return cmocka_run_group_tests_name("facts", tests, open_sentiments, close_sentiments);
}
