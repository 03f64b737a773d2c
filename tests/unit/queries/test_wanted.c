/* SPDX-License-Identifier: MIT */
/* The query language: what each part finds, how parts join, and how mistakes are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/engine.h"
#include "pipeline/queries/wanted.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/opened.h"

#define MINUTE_0 INT64_C(1341360000000) /* 2012-07-04T00:00Z */

static gazetteer *places_of_earth;
static engine *e;

typedef struct {
    uint64_t id, author, reply_to, retweet_of, quote_of;
    const char *words, *lang;
    bool is_plain;
} told;

static void tell(const told *t) {
    record r = {.kind = RECORD_TWEET,
                .fields = TWEET_AUTHOR | TWEET_CREATED | TWEET_TEXT | TWEET_LANG | TWEET_REPLY_TO |
                          TWEET_RETWEET_OF | TWEET_QUOTE_OF,
                .observed_ms = MINUTE_0};
    r.tweet = (tweet_record){.id = t->id,
                             .author_id = t->author,
                             .created_ms = MINUTE_0,
                             .text = text_of(t->words),
                             .lang = text_of(t->lang),
                             .is_plain = t->is_plain,
                             .reply_to = t->reply_to,
                             .retweet_of = t->retweet_of,
                             .quote_of = t->quote_of,
                             .heard = true};
    assert_int_equal(engine_apply(e, &r), STATUS_OK);
}

static void introduce(uint64_t id, const char *username, const char *location) {
    record u = {.kind = RECORD_USER, .fields = USER_USERNAME | USER_LOCATION, .observed_ms = 1};
    u.user = (user_record){.id = id, .username = text_of(username), .location = text_of(location)};
    assert_int_equal(engine_apply(e, &u), STATUS_OK);
}

static const told conversation[] = {
    {1, 100, 0, 0, 0, "I love my Caf\xC3\xA9, don't you? #WorldCup http://a.b/x1", "en", false},
    {2, 200, 1, 0, 0, "@Ada Coca-Cola is AWFUL &amp; terrible", "en", false},
    {3, 300, 0, 1, 0, "RT @Ada: I love my Caf\xC3\xA9, don't you? #Wo\xE2\x80\xA6", "en", false},
    {4, 300, 0, 0, 2, "\xE6\x9D\xB1\xE4\xBA\xAC\xE3\x82\xBF\xE3\x83\xAF\xE3\x83\xBC", "ja", false},
    {5, 100, 0, 0, 0, "the table is brown. amp; me@ada.com", "en", true},
    {6, 200, 9, 0, 0,
     "\xF0\x9F\xA6\x86 Stra\xC3\x9F"
     "e \xE2\x80\x9C"
     "brown tables\xE2\x80\x9D",
     "de", false},
};
enum { TOLD = sizeof conversation / sizeof conversation[0] };

/* The ids that are found, "135". */
static void found_by(const char *question, char found[TOLD + 1]) {
    const moment *m = engine_present(e);
    written_error wrong;
    wanted *w;
    size_t count = 0;
    status s = wanted_read(text_of(question), &w, &wrong);
    if (s != STATUS_OK) fail_msg("%s: %zu: %s", question, wrong.position, wrong.message);
    wanted_judge *j = wanted_judge_new(w, m);
    assert_non_null(j);
    for (size_t i = 0; i < TOLD; i++) {
        uint32_t number;
        assert_true(idmap_find(m->graph->tweet_ids, conversation[i].id, &number));
        if (wanted_matches(j, moment_tweet(m, number))) found[count++] = (char)('1' + i);
    }
    found[count] = '\0';
    wanted_judge_free(j);
    wanted_free(w);
}

typedef struct {
    const char *question, *found;
} finding;

static void check(const finding *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char found[TOLD + 1];
        found_by(cases[i].question, found);
        if (strcmp(found, cases[i].found) != 0)
            fail_msg("%s finds %s, not %s", cases[i].question, found, cases[i].found);
    }
}
#define CHECK(cases) check(cases, sizeof(cases) / sizeof(cases)[0])

static void words_are_found_folded_and_at_their_bounds(void **state) {
    static const finding cases[] = {
        {"love", "13"},
        {"LOVE", "13"},
        {"cafe", "13"},
        {"CAF\xC3\x89", "13"},
        {"caf", ""},
        {"tables", "6"},
        {"table", "5"},
        {"dont", "13"},
        {"don't", "13"},
        {"coca", "2"},
        {"coca-cola", "2"},
        {"cola-coca", ""},
        {"\"my cafe\"", "13"},
        {"\"cafe my\"", ""},
        {"\xE2\x80\x9Cis brown\xE2\x80\x9D", "5"},
        {"\"is  brown\"", "5"},
        {"strasse", "6"},
        {"stra\xC3\x9F"
         "e",
         "6"},
        {"brown", "56"},
        {"\"brown tables\"", "6"},
        {"\xE4\xBA\xAC", "4"},
        {"\xE6\x9D\xB1\xE4\xBA\xAC", "4"},
        {"\xE4\xBA\xAC\xE6\x9D\xB1", ""},
        {"\xF0\x9F\xA6\x86", "6"},
        {"amp", "5"}, /* Of 2 it is the sign &. */
        {"worldcup", "1"},
        {"x1", "1"},
        {"i", "13"},
        {"http", "1"},
    };
    (void)state;
    CHECK(cases);
}

static void each_operator_finds_what_it_says(void **state) {
    static const finding cases[] = {
        {"#worldcup", "13"}, /* A retweet has what its original has. */
        {"\xEF\xBC\x83WORLDCUP", "13"},
        {"#world", ""},
        {"@ada", "23"},
        {"@ADA", "23"},
        {"@ad", ""},
        {"@com", ""},
        {"from:ada", "15"},
        {"from:@ADA", "15"},
        {"from:100", "15"},
        {"FROM:\"bob\"", "26"},
        {"from:nobody", ""},
        {"from:777", ""},
        {"to:ada", "2"},
        {"to:100", "2"},
        {"to:bob", ""},
        {"lang:ja", "4"},
        {"lang:tlh", ""},
        {"place:Berlin", "26"},
        {"place:\"New York\"", "15"},
        {"place:\"Berlin, Germany\"", "26"},
        {"place:xyzzy", ""},
        {"country:DE", "26"},
        {"country:germany", "26"},
        {"country:us", "15"},
        {"is:original", "15"},
        {"is:retweet", "3"},
        {"is:reply", "26"},
        {"is:quote", "4"},
        {"has:hashtags", "13"},
        {"has:links", "13"},
        {"has:mentions", "23"},
        {"sentiment:positive", "13"},
        {"sentiment:negative", "2"},
        {"sentiment:neutral", "5"},
        {"sentiment:>0.2", "13"},
        {"sentiment:>=0", "135"},
        {"sentiment:<0", "2"},
        {"sentiment:<=0", "25"},
        {"sentiment:=0", "5"},
        {"sentiment:<-0.99", ""},
    };
    (void)state;
    CHECK(cases);
}

static void what_stands_together_binds_closer_than_or(void **state) {
    static const finding cases[] = {
        {"love is:original", "1"},
        {"is:original love", "1"},
        {"love is:original OR brown", "156"},
        {"brown OR love is:original", "156"},
        {"(brown OR love) is:original", "15"},
        {"(love OR brown)(is:reply OR is:retweet)", "36"},
        {"love OR(brown lang:de)", "136"},
        {"love OR brown OR is:quote OR awful", "123456"},
        {"-love", "2456"},
        {"--love", "13"},
        {"-love -brown", "24"},
        {"-(love OR brown)", "24"},
        {"-(brown lang:de)", "12345"},
        {"-(-love -brown)", "1356"},
        {"brown -tables", "5"},
        {"brown -\"brown tables\"", "5"},
        {"-is:retweet #worldcup", "1"},
        {"-sentiment:positive", "2456"}, /* Without a mood none is positive. */
        {"((((love))))", "13"},
        {"  love\t\n", "13"},
        {"\"or\" OR \"and\"", ""},
    };
    (void)state;
    CHECK(cases);
}

typedef struct {
    const char *question;
    size_t position, count;
    const char *message;
} mistake;

static void mistakes_are_told_with_their_place(void **state) {
    static const mistake cases[] = {
        {"", 0, 0, "something to look for belongs here"},
        {"  ", 2, 0, "something to look for belongs here"},
        {"love OR", 7, 0, "something to look for belongs here"},
        {"OR love", 0, 0, "something to look for belongs here"},
        {"love OR OR me", 8, 0, "something to look for belongs here"},
        {"a ()", 3, 0, "something to look for belongs here"},
        {"(love", 0, 1, "this parenthesis has no end"},
        {"love)", 4, 1, "this parenthesis has no beginning"},
        {"a \"b c", 2, 4, "this quotation has no end"},
        {"love and me", 5, 3, "a blank joins, OR (in capitals)"},
        {"love or me", 5, 2, "a blank joins, OR (in capitals)"},
        {"NOT love", 0, 3, "a blank joins, OR (in capitals)"},
        {"love - me", 5, 1, "what is not wanted comes right behind the -"},
        {"love -", 5, 1, "what is not wanted comes right behind the -"},
        {"(a -)", 3, 1, "what is not wanted comes right behind the -"},
        {"a form:ada", 2, 5, "there is no such operator; did you mean from:?"},
        {"sentment:>1", 0, 9, "there is no such operator; did you mean sentiment:?"},
        {"http://a.b", 0, 5, "there is no such operator; what is meant as words"},
        {"from:", 5, 0, "this is nobody"},
        {"from:@", 5, 1, "this is nobody"},
        {"place:", 6, 0, "a place is missing here"},
        {"lang:e", 5, 1, "this is no language code"},
        {"lang:\"e n\"", 5, 5, "this is no language code"},
        {"is:retwet", 3, 6, "unknown; did you mean retweet?"},
        {"is:xyzzy", 3, 5, "unknown; there are retweet, reply, quote and original"},
        {"has:link", 4, 4, "unknown; did you mean links?"},
        {"sentiment:", 10, 0, "unknown; there are positive, neutral, negative"},
        {"sentiment:>x", 10, 2, "this is no score"},
        {"sentiment:>1.1", 10, 4, "this is no score"},
        {"sentiment:>0.1234567", 10, 10, "a score has at most six decimals"},
        {"#", 0, 1, "this is no hashtag"},
        {"#a-b", 0, 4, "this is no hashtag"},
        {"#123", 0, 4, "this is no hashtag"},
        {"@", 0, 1, "this is no name"},
        {"@a.b", 0, 4, "this is no name"},
        {"a !!", 2, 2, "nothing here can be looked for"},
        {"\"\"", 0, 2, "nothing here can be looked for"},
        {"a\xFF", 0, 2, "this is no UTF-8"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const mistake *c = &cases[i];
        written_error wrong;
        wanted *w;
        assert_int_equal(wanted_read(text_of(c->question), &w, &wrong), STATUS_BAD_FORMAT);
        assert_null(w);
        if (wrong.position != c->position || wrong.count != c->count ||
            strstr(wrong.message, c->message) != wrong.message)
            fail_msg("%s: %zu %zu: %s", c->question, wrong.position, wrong.count, wrong.message);
        assert_int_equal(wanted_read(text_of(c->question), &w, NULL), STATUS_BAD_FORMAT);
    }
}

/* `piece` so many times. */
static status read_many(const char *piece, size_t times, const char *end, written_error *wrong) {
    buffer all = {0};
    wanted *w;
    for (size_t i = 0; i < times; i++) buffer_add(&all, text_of(piece));
    buffer_add(&all, text_of(end));
    assert_false(all.failed);
    status s = wanted_read(buffer_text(&all), &w, wrong);
    wanted_free(w);
    buffer_deinit(&all);
    return s;
}

static void length_conditions_and_depth_have_their_bounds(void **state) {
    written_error wrong;
    (void)state;
    assert_int_equal(read_many("a ", WANTED_TERMS_MAX, "", &wrong), STATUS_OK);
    assert_int_equal(read_many("a OR (b -(c)) ", WANTED_TERMS_MAX / 3, "", &wrong), STATUS_OK);
    assert_int_equal(read_many("a ", WANTED_TERMS_MAX, "a", &wrong), STATUS_BAD_FORMAT);
    assert_string_equal(wrong.message, "these are more than 64 conditions");
    assert_int_equal(read_many("a", WANTED_BYTES_MAX, "", &wrong), STATUS_OK);
    assert_int_equal(read_many("a", WANTED_BYTES_MAX, "a", &wrong), STATUS_BAD_FORMAT);
    assert_string_equal(wrong.message, "this is longer than 1024 bytes");
    assert_int_equal(read_many("(", WANTED_DEPTH_MAX, "a))))))))))))))))", &wrong), STATUS_OK);
    assert_int_equal(read_many("(", WANTED_DEPTH_MAX + 1, "a", &wrong), STATUS_BAD_FORMAT);
    assert_string_equal(wrong.message, "these parentheses are more than 16 deep");
    /* What grows most when it is folded. */
    assert_int_equal(read_many("\xEF\xB7\xBA", WANTED_BYTES_MAX / 3, "", &wrong), STATUS_OK);
}

static status ask_once(void *context) {
    wanted *w;
    (void)context;
    status s = wanted_read(TEXT("#worldcup place:Berlin country:DE has:links from:ada"), &w, NULL);
    if (s != STATUS_OK) return s;
    wanted_judge *j = wanted_judge_new(w, engine_present(e));
    wanted_judge_free(j);
    wanted_free(w);
    return j == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

static status answer_once(void *context) {
    const query *asked = context;
    buffer out = {0};
    json_writer w = json_to(&out);
    query_params p = {.limit = 2, .filter = {.wanted = TEXT("love OR is:reply")}};
    p.filter.box = (query_box){true, -1800000000, -900000000, 1800000000, 900000000};
    p.sides[0] = TEXT("love");
    p.sides[1] = TEXT("-love #worldcup");
    json_begin_object(&w);
    status s = asked->answer(engine_present(e), &p, &w);
    json_end_object(&w);
    if (s == STATUS_OK && out.failed) s = STATUS_NO_MEMORY;
    buffer_deinit(&out);
    return s;
}

static void asking_survives_failed_allocations(void **state) {
    static const char *const paths[] = {"search", "compare", "tweets/top", "timeline", "map"};
    (void)state;
    assert_true(torture(ask_once, NULL, 100) > 5);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        for (size_t j = 0; j < query_count; j++)
            if (strcmp(queries[j].path, paths[i]) == 0)
                assert_true(torture(answer_once, (void *)(uintptr_t)&queries[j], 1000) > 5);
}

static int set_up(void **state) {
    if (open_sentiments(state) != 0) return 1;
    if (gazetteer_builtin(&places_of_earth) != STATUS_OK) return 1;
    engine_options o = {
        .model = sentiments, .gazetteer = places_of_earth, .cleaning = {80, 5, 1000, false}};
    if (engine_new(&o, &e, NULL) != STATUS_OK) return 1;
    introduce(100, "ada", "New York");
    introduce(200, "Bob", "Berlin, Germany");
    introduce(300, "c_d", "nowhere at all");
    for (size_t i = 0; i < TOLD; i++) tell(&conversation[i]);
    return engine_commit(e) == STATUS_OK ? 0 : 1;
}

static int tear_down(void **state) {
    engine_free(e);
    gazetteer_close(places_of_earth);
    return close_sentiments(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_found_folded_and_at_their_bounds),
        cmocka_unit_test(each_operator_finds_what_it_says),
        cmocka_unit_test(what_stands_together_binds_closer_than_or),
        cmocka_unit_test(mistakes_are_told_with_their_place),
        cmocka_unit_test(length_conditions_and_depth_have_their_bounds),
        cmocka_unit_test(asking_survives_failed_allocations),
    };
    return cmocka_run_group_tests_name("wanted", tests, set_up, tear_down);
}
