/* SPDX-License-Identifier: MIT */
/* Rules as people write them: what they match, what they set, and how they are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "pipeline/base/times.h"
#include "pipeline/decode/record.h"
#include "pipeline/queries/rows.h"
#include "pipeline/queries/rule.h"
#include "tests/support/fail_alloc.h"

#define NOW_MS  INT64_C(1795421400000) /* 2026-11-23T08:10:00Z */
#define HOUR_MS INT64_C(3600000)
static const rule_times times = {NOW_MS, NOW_MS + 600000};

static rule *read_rule(const char *where, const char *set) {
    rule *r;
    rule_error e;
    status s = rule_read(text_of(where), text_of(set), &times, &r, &e);
    if (s != STATUS_OK) fail_msg("%s | %s: %zu: %s", where, set, e.position, e.message);
    return r;
}

static rule_subject tweet(void) {
    rule_subject s = {0};
    rule_value *v = s.values;
    v[RULE_SOURCE].number = ORIGIN_PUSH;
    v[RULE_CREATED].number = (uint64_t)(NOW_MS - HOUR_MS / 2);
    v[RULE_OBSERVED].number = (uint64_t)(NOW_MS - 3 * HOUR_MS);
    v[RULE_ID].number = 123;
    v[RULE_AUTHOR].number = 7;
    v[RULE_KIND].number = KIND_REPLY;
    v[RULE_FOLLOWERS].number = 1500;
    v[RULE_TWEETS].number = 20;
    v[RULE_TEXT].words = TEXT("I said \"no\", Spam.");
    v[RULE_LANG].words = TEXT("en");
    v[RULE_REPLY_TO].number = 99;
    v[RULE_LOCATION].words = TEXT("K\xC3\xB6ln (DE)");
    v[RULE_USERNAME].words = TEXT("Ada");
    v[RULE_NAME].words = TEXT("Ada L.");
    return s;
}

static rule_subject person(void) {
    rule_subject s = tweet();
    s.is_user = true;
    return s;
}

typedef struct {
    const char *where;
    bool of_tweet, of_person;
} judged;

static void conditions_hold_of_tweets_and_of_people(void **state) {
    static const judged cases[] = {
        {"source:push", true, true},
        {"source=PUSH", true, true},
        {"source:files|push", true, true},
        {"source:x|mastodon", false, false},
        {"source!=x|files", true, true},
        {"source!=push", false, false},
        {"created_at>=-1h", true, true},
        {"created_at>=-30m", true, true},
        {"created_at>-30m", false, false},
        {"created_at<=now", true, true},
        {"created_at > 2026-11-23T07:00:00Z and created_at < 2026-11-23T08:00:00Z", true, true},
        {"created_at=2026-11-23T08:40:00+01:00", true, true},
        {"created_at>=2026-11-23", true, true},
        {"created_at<'2026-11-23 00:00:00Z'", false, false},
        {"created_at>=-1w and created_at>=-1d and created_at>=-1h1m1s", true, true},
        {"observed_at>=-2h", false, false},
        {"observed_at>=-2h59m60s", true, true},
        {"id:123", true, false},
        {"id:1|2|123", true, false},
        {"id>122 and id<124 and id!=5", true, false},
        {"not id:5", true, false}, /* A person has no such id: neither true nor false. */
        {"author:7", true, true},
        {"from:@ada", true, true},
        {"from:ada", true, true},
        {"FROM:8|9|@ADA", true, true},
        {"author!=7", false, false},
        {"lang:EN", true, false},
        {"lang!=en", false, false},
        {"lang=null", false, false},
        {"kind:retweet|reply", true, false},
        {"kind:original", false, false},
        {"followers>1000", true, true},
        {"followers>=1500 and followers<=1500 and followers:1500", true, true},
        {"followers<1500", false, false},
        {"tweets=20", true, false},
        {"text~spam", true, false},
        {"text~'said \"NO\", s'", true, false},
        {"text~\"\\\"no\\\"\"", true, false},
        {"text!~spam", false, false},
        {"text='I said \"no\", Spam.'", true, false},
        {"text=''", false, false},
        {"reply_to:99 and retweet_of=null", true, false},
        {"location='K\xC3\xB6ln (DE)'", true, true},
        {"location~'(de'", true, true},
        {"username=Ada and name~l.", true, true},
        {"username=ada", false, false},
        {"not source:x", true, true},
        {"not not not source:x", true, true},
        {"NOT (source:x OR followers<10)", true, true},
        {"source:x or followers>10 and kind:reply", true, false},
        {"(source:x or followers>10) and author:7", true, true},
        {"lang:de or author:7", true, true},
        {"lang:de and author:7", false, false},
        {"not(lang:de and author:8)", true, true}, /* The author alone makes it true. */
        {"not(source:x)and(author:7)", true, true},
        {"((((source:push))))", true, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rule *r = read_rule(cases[i].where, "followers=1");
        rule_subject t = tweet(), p = person();
        if (rule_matches(r, &t) != cases[i].of_tweet) fail_msg("%s, of a tweet", cases[i].where);
        if (rule_matches(r, &p) != cases[i].of_person) fail_msg("%s, of a person", cases[i].where);
        rule_free(r);
    }
}

static void values_are_reckoned_from_those_before(void **state) {
    static const struct {
        const char *set;
        rule_field field;
        uint64_t after;
    } cases[] = {
        {"followers=7", RULE_FOLLOWERS, 7},
        {"followers*=1000", RULE_FOLLOWERS, 1500000},
        {"followers *= 0.001", RULE_FOLLOWERS, 2}, /* 1.5: halves go up. */
        {"followers/=1.6", RULE_FOLLOWERS, 938},
        {"followers/=1000", RULE_FOLLOWERS, 2},
        {"followers+=5", RULE_FOLLOWERS, 1505},
        {"followers-=1501", RULE_FOLLOWERS, 0},
        {"followers*=1000000000", RULE_FOLLOWERS, UINT32_MAX},
        {"followers/=0.000001", RULE_FOLLOWERS, 1500000000},
        {"followers=null", RULE_FOLLOWERS, 0},
        {"followers=2,tweets*=3 , created_at+=10m", RULE_TWEETS, 60},
        {"created_at+=10m", RULE_CREATED, (uint64_t)(NOW_MS - HOUR_MS / 3)},
        {"created_at-=1h30m", RULE_CREATED, (uint64_t)(NOW_MS - 2 * HOUR_MS)},
        {"created_at=2026-11-23T08:00:00Z", RULE_CREATED, (uint64_t)(NOW_MS - HOUR_MS / 6)},
        {"reply_to=null", RULE_REPLY_TO, 0},
        {"retweet_of=18446744073709551615", RULE_RETWEET_OF, UINT64_MAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rule *r = read_rule("source:push", cases[i].set);
        rule_subject t = tweet();
        rule_value after;
        assert_true((rule_sets(r, false) >> cases[i].field & 1) != 0);
        assert_true(rule_value_after(r, cases[i].field, &t, &after));
        if (after.number != cases[i].after)
            fail_msg("%s: %llu", cases[i].set, (unsigned long long)after.number);
        rule_free(r);
    }
}

static void words_are_set_as_quoted(void **state) {
    static const struct {
        const char *set;
        rule_field field;
        const char *after;
    } cases[] = {
        {"location=Paris, France", RULE_LOCATION, NULL}, /* The comma ends it. */
        {"location='Paris, France'", RULE_LOCATION, "Paris, France"},
        {"location=  New York  ", RULE_LOCATION, "New York"},
        {"location='  Rome '", RULE_LOCATION, "Rome"},
        {"location=null", RULE_LOCATION, ""},
        {"location='null'", RULE_LOCATION, "null"},
        {"text=\"a \\\"b\\\" 'c' \\\\\"", RULE_TEXT, "a \"b\" 'c' \\"},
        {"text=''", RULE_TEXT, ""},
        {"lang=pt-BR", RULE_LANG, "pt-BR"},
        {"username=ada, name='Ada'", RULE_NAME, "Ada"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rule *r;
        rule_value after;
        const rule_subject t = {0};
        status s = rule_read(TEXT("source:push"), text_of(cases[i].set), &times, &r, NULL);
        assert_int_equal(s, cases[i].after == NULL ? STATUS_BAD_FORMAT : STATUS_OK);
        if (s != STATUS_OK) continue;
        assert_true(rule_value_after(r, cases[i].field, &t, &after));
        assert_true(text_equal(after.words, text_of(cases[i].after)));
        rule_free(r);
    }
}

static void times_beyond_all_times_are_not_set(void **state) {
    rule_subject t = tweet();
    rule_value after;
    static const char *const sets[] = {"created_at+=1h", "created_at-=100w100w100w100w100w100w",
                                       "created_at-=1043w", "created_at=2106-01-01"};
    (void)state;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        rule *r = read_rule("id:1", sets[i]);
        if (i == 1) t.values[RULE_CREATED].number = (uint64_t)TWITTER_EPOCH_MS;
        assert_false(rule_value_after(r, RULE_CREATED, &t, &after));
        rule_free(r);
    }
}

static void a_rule_sets_only_what_can_match(void **state) {
    static const struct {
        const char *where, *set;
        uint32_t of_tweets, of_people;
    } cases[] = {
        {"source:push", "followers=1", 1u << RULE_FOLLOWERS, 1u << RULE_FOLLOWERS},
        {"text~a", "followers=1", 1u << RULE_FOLLOWERS, 0},
        {"text~a or author:1", "followers=1", 1u << RULE_FOLLOWERS, 1u << RULE_FOLLOWERS},
        {"author:1", "location=x", 0, 1u << RULE_LOCATION},
        {"author:1", "location=x,text=y", 1u << RULE_TEXT, 1u << RULE_LOCATION},
        {"not text~a", "tweets=1", 1u << RULE_TWEETS, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rule *r = read_rule(cases[i].where, cases[i].set);
        assert_int_equal(rule_sets(r, false), cases[i].of_tweets);
        assert_int_equal(rule_sets(r, true), cases[i].of_people);
        rule_free(r);
    }
}

typedef struct {
    const char *where, *set;
    bool in_set;
    size_t position;
    const char *words; /* In the message. */
} refused;

static void what_is_wrong_is_said_with_its_place(void **state) {
    static const refused cases[] = {
        {"", "followers=1", false, 0, "say for what"},
        {"  ", "followers=1", false, 0, "say for what"},
        {"source:push", "", true, 0, "say what is to be"},
        {"sorce:push", "followers=1", false, 0, "did you mean source?"},
        {"source:push and folowers>1", "followers=1", false, 16, "did you mean followers?"},
        {"zzz>1", "followers=1", false, 0, "no field of this name"},
        {"source:pull", "followers=1", false, 7, "there are files, x, mastodon and push"},
        {"source:push|pull|x", "followers=1", false, 12, "no source"},
        {"source:push|", "followers=1", false, 12, "no source"},
        {"source>push", "followers=1", false, 6, "after source comes"},
        {"source push", "followers=1", false, 7, "after source comes"},
        {"source:", "followers=1", false, 7, "a value is missing"},
        {"source:push created_at>=-1h", "followers=1", false, 12, "joined by `and` or `or`"},
        {"source:push and", "followers=1", false, 15, "a condition belongs here"},
        {"source:push or or lang:en", "followers=1", false, 15, "no field"},
        {"(source:push", "followers=1", false, 0, "has no end"},
        {"source:push)", "followers=1", false, 11, "joined by"},
        {"()", "followers=1", false, 1, "a condition belongs here"},
        {"text:spam", "followers=1", false, 4, "after text comes = (is), ~"},
        {"text~'spam", "followers=1", false, 5, "no end"},
        {"created_at:-1h", "followers=1", false, 10, "after created_at comes >="},
        {"created_at>=yesterday", "followers=1", false, 12, "no time"},
        {"created_at>=-1y", "followers=1", false, 12, "no time"},
        {"created_at>=-999999999999w", "followers=1", false, 12, "no time"},
        {"created_at>=-", "followers=1", false, 12, "no time"},
        {"id:12a", "followers=1", false, 3, "ids are digits"},
        {"id:18446744073709551616", "followers=1", false, 3, "ids are digits"},
        {"from:@", "followers=1", false, 5, "nobody"},
        {"lang:\"a b\"", "followers=1", false, 5, "no language code"},
        {"kind:tweet", "followers=1", false, 5, "no kind"},
        {"followers>many", "followers=1", false, 10, "no whole number"},
        {"followers>-1", "followers=1", false, 10, "no whole number"},
        {"source:push", "folowers=1", true, 0, "did you mean followers?"},
        {"source:push", "source=x", true, 0, "source cannot be set"},
        {"source:push", "id=1", true, 0, "id cannot be set"},
        {"source:push", "followers", true, 9, "after followers comes =, +=, -=, *= or /="},
        {"source:push", "followers:1", true, 9, "after followers comes"},
        {"source:push", "followers*=", true, 11, "a value is missing"},
        {"source:push", "followers*=ten", true, 11, "at most six decimals"},
        {"source:push", "followers*=1.0000001", true, 11, "at most six decimals"},
        {"source:push", "followers*=-1", true, 11, "no number"},
        {"source:push", "followers/=0", true, 11, "divided by 0"},
        {"source:push", "followers=1.5", true, 10, "no whole number"},
        {"source:push", "created_at+=1", true, 12, "no length of time"},
        {"source:push", "created_at*=2", true, 10, "after created_at comes +=, -= or ="},
        {"source:push", "created_at=-1h", true, 11, "write created_at+=1h"},
        {"source:push", "followers=1,", true, 12, "a field's name belongs here"},
        {"source:push", "followers=1,followers=2", true, 12, "set twice"},
        {"source:push", "text='a' b", true, 9, "a comma belongs here"},
        {"source:push", "lang=abcdefghijklmnopq", true, 5, "no language code"},
        {"source:push", "text+='a'", true, 4, "after text comes ="},
        {"text~a", "location=x", true, 0, "what is set is of people"},
        {"source:p\xFFsh", "followers=1", false, 0, "no UTF-8"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const refused *c = &cases[i];
        rule *r;
        rule_error e;
        assert_int_equal(rule_read(text_of(c->where), text_of(c->set), &times, &r, &e),
                         STATUS_BAD_FORMAT);
        assert_null(r);
        if (e.in_set != c->in_set || e.position != c->position ||
            strstr(e.message, c->words) == NULL)
            fail_msg("%s | %s: %d %zu: %s", c->where, c->set, e.in_set, e.position, e.message);
        assert_true(e.position + e.count <= strlen(c->in_set ? c->set : c->where));
    }
}

static text repeat(char *room, const char *first, const char *more, size_t count) {
    size_t at = 0;
    for (size_t i = 0; i < count; i++)
        at += (size_t)snprintf(room + at, 64, "%s", i == 0 ? first : more);
    return (text){room, at};
}

static void what_is_too_large_is_refused(void **state) {
    static char room[1 << 16];
    rule *r;
    rule_error e;
    (void)state;
    text conditions = repeat(room, "id:1", " or id:1", 256);
    assert_int_equal(rule_read(conditions, TEXT("lang=en"), &times, &r, &e), STATUS_OK);
    rule_free(r);
    conditions = repeat(room, "id:1", " or id:1", 257);
    assert_int_equal(rule_read(conditions, TEXT("lang=en"), &times, &r, &e), STATUS_BAD_FORMAT);
    assert_non_null(strstr(e.message, "256 conditions"));
    text values = repeat(room, "id:1", "|1", 513);
    assert_int_equal(rule_read(values, TEXT("lang=en"), &times, &r, &e), STATUS_BAD_FORMAT);
    assert_non_null(strstr(e.message, "512 values"));
    text deep = repeat(room, "(", "(", 33);
    assert_int_equal(rule_read(deep, TEXT("lang=en"), &times, &r, &e), STATUS_BAD_FORMAT);
    assert_non_null(strstr(e.message, "32 deep"));
    text length = repeat(room, "id:1", " ", RULE_BYTES_MAX);
    assert_int_equal(rule_read(length, TEXT("lang=en"), &times, &r, &e), STATUS_BAD_FORMAT);
    assert_non_null(strstr(e.message, "longer than"));
}

/* Both sides of an `and` and an `or` wait at each depth. */
static void the_deepest_rule_is_judged(void **state) {
    char where[2048];
    size_t at = 0;
    (void)state;
    for (int i = 0; i <= 2 * RULE_DEPTH_MAX; i++)
        at += (size_t)snprintf(where + at, 32, "%s",
                               i < RULE_DEPTH_MAX    ? "id:1 or id:123 and ("
                               : i == RULE_DEPTH_MAX ? "id:123"
                                                     : ")");
    rule *r = read_rule(where, "lang=en");
    rule_subject t = tweet();
    assert_true(rule_matches(r, &t));
    t.values[RULE_ID].number = 2;
    assert_false(rule_matches(r, &t));
    rule_free(r);
}

static status read_once(void *context) {
    rule *r;
    (void)context;
    status s = rule_read(TEXT("source:push"), TEXT("followers*=2"), &times, &r, NULL);
    rule_free(r);
    return s;
}

static void reading_survives_failed_allocations(void **state) {
    (void)state;
    assert_true(torture(read_once, NULL, 10) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_hold_of_tweets_and_of_people),
        cmocka_unit_test(values_are_reckoned_from_those_before),
        cmocka_unit_test(words_are_set_as_quoted),
        cmocka_unit_test(times_beyond_all_times_are_not_set),
        cmocka_unit_test(a_rule_sets_only_what_can_match),
        cmocka_unit_test(what_is_wrong_is_said_with_its_place),
        cmocka_unit_test(what_is_too_large_is_refused),
        cmocka_unit_test(the_deepest_rule_is_judged),
        cmocka_unit_test(reading_survives_failed_allocations),
    };
    return cmocka_run_group_tests_name("rule", tests, NULL, NULL);
}
