/* SPDX-License-Identifier: MIT */
/* corrections -- a line that sets single fields of one tweet or person right:
 * {"correction":{"tweet":"123","followers":1000,"version":2}}, or "user" for "tweet". */
#include "pipeline/decode/line.h"
#include "pipeline/decode/values.h"

static const json_value nothing = {.kind = NODE_ABSENT};

typedef struct {
    line *line;
    const json_value *values; /* Of CORRECTION_KEYS. */
    record *r;
    bool is_bad;
} correction;

/* True when the member is there and is what it has to be. */
static bool settle(correction *c, int key, uint32_t field, bool is_good) {
    if (c->values[key].kind == NODE_ABSENT) return false;
    if (!is_good)
        c->is_bad = true;
    else
        c->r->fields |= field;
    return is_good;
}

static void take_text(correction *c, int key, uint32_t field, text *result) {
    (void)settle(c, key, field, line_keep(c->line, &c->values[key], result));
}

static void take_count(correction *c, int key, uint32_t field, uint64_t *result) {
    (void)settle(c, key, field, value_to_count(&c->values[key], result));
}

static void take_reference(correction *c, int key, uint32_t field, uint64_t *result) {
    bool is_none = c->values[key].kind == NODE_NULL;
    (void)settle(c, key, field, is_none || values_to_id(&c->values[key], &nothing, result));
}

static reason take_time(correction *c, int64_t *ms) {
    bool is_good = value_to_ms(&c->values[CORRECTION_created_at], ms);
    if (!settle(c, CORRECTION_created_at, TWEET_CREATED, is_good)) return REASON_ACCEPTED;
    return line_check_time(c->line, *ms);
}

static reason take_tweet(correction *c) {
    tweet_record *t = &c->r->tweet;
    t->is_plain = true;
    take_count(c, CORRECTION_followers, TWEET_FOLLOWERS, &t->followers);
    take_count(c, CORRECTION_tweets, TWEET_TWEETS, &t->tweets);
    take_text(c, CORRECTION_text, TWEET_TEXT, &t->text);
    take_text(c, CORRECTION_lang, TWEET_LANG, &t->lang);
    take_reference(c, CORRECTION_reply_to, TWEET_REPLY_TO, &t->reply_to);
    take_reference(c, CORRECTION_retweet_of, TWEET_RETWEET_OF, &t->retweet_of);
    take_reference(c, CORRECTION_quote_of, TWEET_QUOTE_OF, &t->quote_of);
    bool has_author = values_to_id(&c->values[CORRECTION_author_id], &nothing, &t->author_id);
    (void)settle(c, CORRECTION_author_id, TWEET_AUTHOR, has_author);
    if ((c->r->fields & (TWEET_FOLLOWERS | TWEET_TWEETS)) != 0) c->r->fields |= TWEET_CORRECTS;
    return take_time(c, &t->created_ms);
}

static void take_user(correction *c) {
    user_record *u = &c->r->user;
    take_count(c, CORRECTION_followers, USER_FOLLOWERS, &u->followers);
    take_text(c, CORRECTION_location, USER_LOCATION, &u->location);
    take_text(c, CORRECTION_username, USER_USERNAME, &u->username);
    take_text(c, CORRECTION_name, USER_NAME, &u->name);
}

/* What is said of neither is not passed over: somebody believes that it was set right. */
reason correction_read(line *l, const json_value *object) {
    json_value v[CORRECTION_KEY_COUNT];
    record r = {.kind = RECORD_TWEET};
    correction c = {l, v, &r, false};
    uint64_t id = 0;
    if (object->kind != NODE_OBJECT) return REASON_BAD_CORRECTION;
    line_pick(l, KEYS_CORRECTION, object, v);
    bool of_tweet = values_to_id(&v[CORRECTION_tweet], &nothing, &id);
    bool of_user = !of_tweet && values_to_id(&v[CORRECTION_user], &nothing, &id);
    bool has_both =
        v[CORRECTION_tweet].kind != NODE_ABSENT && v[CORRECTION_user].kind != NODE_ABSENT;
    if ((!of_tweet && !of_user) || has_both) return REASON_NO_ID;
    l->version = 1;
    if (v[CORRECTION_version].kind != NODE_ABSENT)
        l->version = line_version(&v[CORRECTION_version]);
    reason verdict = REASON_ACCEPTED;
    if (of_user) {
        r.kind = RECORD_USER;
        r.user.id = id;
        take_user(&c);
    } else {
        r.tweet.id = id;
        verdict = take_tweet(&c);
    }
    if (c.is_bad || r.fields == 0 || l->version < 1) return REASON_BAD_CORRECTION;
    record *to = verdict == REASON_ACCEPTED && !l->no_memory ? line_add(l, r.kind) : NULL;
    if (to != NULL) *to = r;
    return verdict;
}
