/* SPDX-License-Identifier: MIT */
#include "tests/support/some_records.h"

#include <stdio.h>

static const char *const words[] = {"", "a", "köln", "good morning", "\xF0\x9F\x90\xA6 flies"};

static text some_text(random_source *c, record_batch *b) {
    char own[48];
    uint64_t which = random_below(c, 8);
    if (which < 5) return text_of(words[which]);
    int count = snprintf(own, sizeof own, "text number %d of many",
                         (int)random_below(c, which == 5 ? 10 : 100000));
    return arena_copy(b->memory, (text){own, (size_t)count});
}

static uint64_t some_id(random_source *c) {
    uint64_t which = random_below(c, 8);
    if (which == 0) return random_next(c);
    return which < 4 ? 1 + random_below(c, 50) : 1500000000000000000ULL + random_below(c, 1 << 20);
}

static int64_t some_time(random_source *c) {
    return random_below(c, 10) == 0 ? 0 : 1700000000000 + (int64_t)random_below(c, 1 << 26);
}

static void fill_tweet(random_source *c, record *r, record_batch *b) {
    tweet_record *t = &r->tweet;
    t->id = some_id(c), t->author_id = some_id(c), t->created_ms = some_time(c);
    t->retweet_of = random_below(c, 2) == 0 ? 0 : some_id(c);
    t->reply_to = random_below(c, 2) == 0 ? 0 : some_id(c);
    t->quote_of = some_id(c);
    t->followers = random_next(c) >> random_below(c, 64), t->tweets = random_below(c, 9);
    t->text = some_text(c, b), t->lang = TEXT("de");
    t->links = some_text(c, b), t->hashtags = TEXT("one\ntwo");
    t->heard = random_below(c, 2) == 0, t->is_plain = random_below(c, 2) == 0;
    t->user_lang = random_below(c, 2) == 0 ? TEXT("") : TEXT("en");
    t->scored_lang = TEXT("en"), t->score = (int32_t)random_below(c, 2000001) - 1000000;
    t->score_label = (uint8_t)random_below(c, 4), t->lang_is_guessed = random_below(c, 2) == 0;
}

static void fill_user(random_source *c, record *r, record_batch *b) {
    r->user = (user_record){.id = some_id(c),
                            .followers = random_below(c, 1 << 20),
                            .tweets = random_next(c),
                            .name = some_text(c, b),
                            .username = some_text(c, b),
                            .location = some_text(c, b),
                            .lang = some_text(c, b)};
}

static void fill_rest(random_source *c, record *r, record_batch *b) {
    bool is_one = random_below(c, 2) == 0;
    switch (r->kind) {
    case RECORD_SCRUB_GEO: r->scrub.user_id = some_id(c), r->scrub.up_to = some_id(c); break;
    case RECORD_HIDE_USER:
        r->hide.user_id = some_id(c), r->hide.is_hidden = is_one;
        r->hide.reason = (hide_reason)random_below(c, HIDE_REASONS);
        break;
    case RECORD_WITHHOLD:
        r->withhold.tweet_id = is_one ? some_id(c) : 0;
        r->withhold.user_id = is_one ? 0 : some_id(c);
        r->withhold.countries = is_one ? TEXT("DE,FR") : TEXT("");
        break;
    case RECORD_EDIT: r->edit.from = some_id(c), r->edit.to = some_id(c); break;
    case RECORD_FIX:
    case RECORD_UNDO_FIX:
        r->fix.number = 1 + random_below(c, 9), r->fix.now_ms = some_time(c);
        r->fix.where = some_text(c, b), r->fix.set = some_text(c, b);
        break;
    default: r->tweet.id = some_id(c); break;
    }
}

static bool some_record(random_source *c, record_kind kind, record_batch *b) {
    record *r = record_batch_add(b);
    if (r == NULL) return false;
    r->kind = kind;
    r->origin = (uint8_t)random_below(c, RECORD_ORIGINS);
    r->version = random_below(c, 4) == 0 ? (int32_t)random_next(c) : 0;
    r->observed_ms = some_time(c);
    if (kind == RECORD_TWEET || kind == RECORD_USER)
        r->fields =
            (uint32_t)random_next(c) & (kind == RECORD_TWEET ? (1 << 14) - 1 : (1 << 6) - 1);
    if (kind == RECORD_TWEET)
        fill_tweet(c, r, b);
    else if (kind == RECORD_USER)
        fill_user(c, r, b);
    else
        fill_rest(c, r, b);
    return true;
}

bool some_records(random_source *c, size_t count, record_batch *b) {
    static const char *const reasons[] = {NULL, "delete", "no_id", "utf16"};
    for (size_t i = 0; i < count; i++) {
        item *it = record_batch_add_item(b);
        if (it == NULL) return false;
        it->outcome = (item_outcome)random_below(c, ITEM_OUTCOMES);
        it->reason = reasons[it->outcome];
        if (!some_record(c, (record_kind)random_below(c, RECORD_UNDO_FIX + 1), b)) return false;
    }
    return true;
}

#define SAME(bit, a, b)      ((fields & (bit)) == 0 || (a) == (b))
#define SAME_TEXT(bit, a, b) ((fields & (bit)) == 0 || text_equal(a, b))

static bool scores_equal(const tweet_record *a, const tweet_record *b) {
    return a->score == b->score && a->score_label == b->score_label &&
           a->lang_is_guessed == b->lang_is_guessed && text_equal(a->scored_lang, b->scored_lang);
}

static bool numbers_equal(uint32_t fields, const tweet_record *a, const tweet_record *b) {
    return SAME(TWEET_AUTHOR, a->author_id, b->author_id) &&
           SAME(TWEET_CREATED, a->created_ms, b->created_ms) &&
           SAME(TWEET_RETWEET_OF, a->retweet_of, b->retweet_of) &&
           SAME(TWEET_REPLY_TO, a->reply_to, b->reply_to) &&
           SAME(TWEET_QUOTE_OF, a->quote_of, b->quote_of) &&
           SAME(TWEET_FOLLOWERS, a->followers, b->followers) &&
           SAME(TWEET_TWEETS, a->tweets, b->tweets);
}

static bool tweets_equal(uint32_t fields, const tweet_record *a, const tweet_record *b) {
    return a->id == b->id && a->heard == b->heard && a->is_plain == b->is_plain &&
           text_equal(a->user_lang, b->user_lang) && numbers_equal(fields, a, b) &&
           SAME(TWEET_SCORE, scores_equal(a, b), true) && SAME_TEXT(TWEET_TEXT, a->text, b->text) &&
           SAME_TEXT(TWEET_LANG, a->lang, b->lang) && SAME_TEXT(TWEET_LINKS, a->links, b->links) &&
           SAME_TEXT(TWEET_HASHTAGS, a->hashtags, b->hashtags);
}

static bool users_equal(uint32_t fields, const user_record *a, const user_record *b) {
    return a->id == b->id && SAME_TEXT(USER_NAME, a->name, b->name) &&
           SAME_TEXT(USER_USERNAME, a->username, b->username) &&
           SAME_TEXT(USER_LOCATION, a->location, b->location) &&
           SAME(USER_FOLLOWERS, a->followers, b->followers) &&
           SAME(USER_TWEETS, a->tweets, b->tweets) && SAME_TEXT(USER_LANG, a->lang, b->lang);
}

static bool rest_equal(const record *a, const record *b) {
    switch (a->kind) {
    case RECORD_SCRUB_GEO:
        return a->scrub.user_id == b->scrub.user_id && a->scrub.up_to == b->scrub.up_to;
    case RECORD_HIDE_USER:
        return a->hide.user_id == b->hide.user_id && a->hide.reason == b->hide.reason &&
               a->hide.is_hidden == b->hide.is_hidden;
    case RECORD_WITHHOLD:
        return a->withhold.tweet_id == b->withhold.tweet_id &&
               a->withhold.user_id == b->withhold.user_id &&
               text_equal(a->withhold.countries, b->withhold.countries);
    case RECORD_EDIT: return a->edit.from == b->edit.from && a->edit.to == b->edit.to;
    case RECORD_FIX:
    case RECORD_UNDO_FIX:
        return a->fix.number == b->fix.number && a->fix.now_ms == b->fix.now_ms &&
               text_equal(a->fix.where, b->fix.where) && text_equal(a->fix.set, b->fix.set);
    default: return a->tweet.id == b->tweet.id;
    }
}

bool some_records_equal(const record *a, const record *b) {
    if (a->kind != b->kind || a->origin != b->origin || a->fields != b->fields ||
        a->version != b->version || a->observed_ms != b->observed_ms)
        return false;
    if (a->kind == RECORD_TWEET) return tweets_equal(a->fields, &a->tweet, &b->tweet);
    if (a->kind == RECORD_USER) return users_equal(a->fields, &a->user, &b->user);
    return rest_equal(a, b);
}
