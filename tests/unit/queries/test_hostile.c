/* SPDX-License-Identifier: MIT */
/* What nobody sends who means well: giant fields, codes that are none, counts at the
 * edge of their types. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/engine.h"
#include "pipeline/queries/answers.h"
#include "tests/support/opened.h"

enum { GIANT_BYTES = 300 * 1000, TIME_MS = 1341360000 };

static char giant[GIANT_BYTES];

static engine *new_engine(void) {
    engine_options o = {.model = sentiments, .cleaning = {80, 5, 1000, false}};
    engine *e;
    assert_int_equal(engine_new(&o, &e, NULL), STATUS_OK);
    return e;
}

static void tell(engine *e, record r) {
    assert_int_equal(engine_apply(e, &r), STATUS_OK);
}

static record profile(uint64_t id, text location, int64_t time) {
    record r = {.kind = RECORD_USER, .fields = USER_LOCATION, .observed_ms = time};
    r.user = (user_record){.id = id, .location = location};
    return r;
}

static record tweet(uint64_t id, text words, text lang, text user_lang) {
    record r = {.kind = RECORD_TWEET,
                .fields = TWEET_AUTHOR | TWEET_CREATED | TWEET_TEXT | TWEET_LANG,
                .observed_ms = TIME_MS};
    r.tweet = (tweet_record){.id = id,
                             .author_id = 7,
                             .created_ms = TIME_MS,
                             .text = words,
                             .lang = lang,
                             .user_lang = user_lang,
                             .heard = true};
    return r;
}

static text location_of(engine *e, uint64_t id) {
    const moment *m = engine_present(e);
    uint32_t number;
    assert_true(idmap_find(m->graph->user_ids, id, &number));
    return strings_get(m->names, moment_user(m, number)->location);
}

/* Kept cut but looked for whole, each would leave its slot taken, until none is free. */
static void giant_locations_leave_as_any_other(void **state) {
    enum { TIMES = 1200 };
    engine *e = new_engine();
    (void)state;
    tell(e, profile(1, (text){giant, GIANT_BYTES}, 1));
    tell(e, profile(2, (text){giant, GIANT_BYTES}, 1));
    assert_int_equal(engine_commit(e), STATUS_OK);
    assert_true(location_of(e, 1).count > 100000);
    assert_ptr_equal(location_of(e, 1).bytes, location_of(e, 2).bytes); /* Held once. */
    size_t bytes = engine_bytes(e);
    for (int64_t time = 2; time < TIMES; time++) {
        tell(e, profile(1, (text){giant + time, GIANT_BYTES - TIMES}, time));
        assert_int_equal(engine_commit(e), STATUS_OK);
    }
    assert_true(engine_bytes(e) < bytes + 1000 * 1000);
    tell(e, profile(1, TEXT("Bonn"), TIMES));
    tell(e, profile(2, TEXT("Bonn"), TIMES));
    assert_int_equal(engine_commit(e), STATUS_OK);
    assert_true(text_equal(location_of(e, 1), TEXT("Bonn")));
    engine_free(e);
}

/* What stands of one tweet that two records of the same time speak of, as text. */
static char *standing(const record *first, const record *second) {
    engine *e = new_engine();
    tell(e, *first);
    tell(e, *second);
    assert_int_equal(engine_commit(e), STATUS_OK);
    const moment *m = engine_present(e);
    const tweet_row *t = moment_tweet(m, 0);
    char *words = malloc(200);
    text lang = strings_get(m->langs, t->lang);
    (void)snprintf(words, 200, "%zu bytes, lang %.*s, guessed %d, score %d, label %d",
                   texts_get(m->texts, t->text).count, (int)lang.count, lang.bytes,
                   (t->flags & TWEET_LANG_GUESSED) != 0, t->score, t->label);
    engine_free(e);
    return words;
}

static void the_same_in_either_order(record a, record b) {
    char *one = standing(&a, &b), *other = standing(&b, &a);
    assert_string_equal(one, other);
    free(one);
    free(other);
}

static void codes_too_long_to_be_languages_are_none_in_any_order(void **state) {
    const text words = TEXT("I love it"), none = TEXT("");
    const text long_code = TEXT("zzzzzzzzzzzzzzzzzzzzzzzzz");
    (void)state;
    the_same_in_either_order(tweet(1, words, long_code, none), tweet(1, words, TEXT("en"), none));
    the_same_in_either_order(tweet(1, words, none, long_code), tweet(1, words, none, TEXT("ja")));
    char *with = standing(&(record[]){tweet(1, words, none, long_code)}[0],
                          &(record[]){tweet(1, words, none, none)}[0]);
    char *without = standing(&(record[]){tweet(1, words, none, none)}[0],
                             &(record[]){tweet(1, words, none, none)}[0]);
    assert_string_equal(with, without);
    free(with);
    free(without);
}

/* A worker scores all of a text, but not all of a giant one is kept. */
static void a_giant_text_is_scored_as_it_is_kept(void **state) {
    char *words = malloc(GIANT_BYTES);
    (void)state;
    memset(words, ' ', GIANT_BYTES);
    const text end = TEXT("I love it!!!");
    memcpy(words + GIANT_BYTES - end.count, end.bytes, end.count);
    record whole = tweet(1, (text){words, GIANT_BYTES}, TEXT("en"), TEXT(""));
    record language = tweet(1, TEXT(""), TEXT("en-gb"), TEXT(""));
    whole.fields |= TWEET_SCORE; /* As the workers do. */
    whole.tweet.score = 600000;
    whole.tweet.score_label = SENTIMENT_POSITIVE;
    whole.tweet.scored_lang = TEXT("en");
    language.fields &= ~(uint32_t)TWEET_TEXT;
    language.observed_ms = TIME_MS - 1;
    the_same_in_either_order(whole, language);
    language.observed_ms = TIME_MS + 1;
    the_same_in_either_order(whole, language);
    record cut = whole;
    cut.fields &= ~(uint32_t)TWEET_SCORE;
    char *one = standing(&whole, &whole), *other = standing(&cut, &cut);
    assert_string_equal(one, other);
    free(one);
    free(other);
    free(words);
}

static void sums_hold_as_many_squares_as_there_may_be_answers(void **state) {
    const flow_i128 most = (flow_i128)UINT32_MAX * 1000000 * 1000000;
    (void)state;
    total_row t = {.score_sq = most};
    assert_true(t.score_sq == most);
}

static void ids_at_the_ends_of_their_range_are_ids(void **state) {
    static const uint64_t ids[] = {1, UINT64_MAX, UINT64_MAX - 1, (uint64_t)1 << 63};
    engine *e = new_engine();
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        record r = tweet(ids[i], TEXT("a"), TEXT("en"), TEXT(""));
        r.fields |= TWEET_REPLY_TO | TWEET_FOLLOWERS | TWEET_TWEETS;
        r.tweet.author_id = ids[3 - i];
        r.tweet.reply_to = ids[(i + 1) % 4]; /* A ring of answers; and one to itself: */
        r.tweet.followers = r.tweet.tweets = UINT64_MAX;
        r.version = i % 2 == 0 ? INT32_MAX : INT32_MIN;
        tell(e, r);
        tell(e, profile(ids[i], TEXT("here"), INT64_MAX - (int64_t)i));
    }
    record self = tweet(5, TEXT("a"), TEXT("en"), TEXT(""));
    self.fields |= TWEET_REPLY_TO;
    self.tweet.reply_to = 5;
    tell(e, self);
    tell(e, (record){.kind = RECORD_DELETE, .tweet.id = UINT64_MAX, .observed_ms = INT64_MIN});
    assert_int_equal(engine_commit(e), STATUS_OK);
    everything all = stats_read(engine_present(e));
    assert_int_equal(all.known.tweets, 4);
    assert_int_equal(all.responses.responses, 2);
    assert_int_equal(all.deleted, 1);
    tell(e, (record){.kind = RECORD_UNDELETE, .tweet.id = UINT64_MAX, .observed_ms = INT64_MAX});
    assert_int_equal(engine_commit(e), STATUS_OK);
    all = stats_read(engine_present(e));
    assert_int_equal(all.known.tweets, 5);
    assert_int_equal(all.responses.responses, 4);
    engine_free(e);
}

static int set_up(void **state) {
    for (size_t i = 0; i < GIANT_BYTES; i++) giant[i] = (char)('a' + i * 7 % 26);
    return open_sentiments(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(giant_locations_leave_as_any_other),
        cmocka_unit_test(codes_too_long_to_be_languages_are_none_in_any_order),
        cmocka_unit_test(a_giant_text_is_scored_as_it_is_kept),
        cmocka_unit_test(sums_hold_as_many_squares_as_there_may_be_answers),
        cmocka_unit_test(ids_at_the_ends_of_their_range_are_ids),
    };
    return cmocka_run_group_tests_name("hostile", tests, set_up, close_sentiments);
}
