/* SPDX-License-Identifier: MIT */
#include "pipeline/base/array.h"
#include "pipeline/decode/line.h"
#include "pipeline/decode/values.h"

#include <string.h>

record *line_new_user(line *l, uint64_t id) {
    if (!ARRAY_ROOM(l->users, l->user_count, l->user_capacity, 16)) {
        l->no_memory = true;
        return NULL;
    }
    record *r = &l->users[l->user_count++];
    memset(r, 0, sizeof(*r));
    r->kind = RECORD_USER;
    r->user.id = id;
    return r;
}

static void set_text(record *r, uint32_t field, text *to, const json_value *v) {
    if (v->kind != NODE_TEXT && v->kind != NODE_NULL) return;
    *to = v->kind == NODE_TEXT ? v->string : (text){NULL, 0};
    r->fields |= field;
}

static void set_count(record *r, uint32_t field, uint64_t *to, const json_value *v) {
    uint64_t count;
    if (!value_to_count(v, &count)) return;
    *to = count;
    r->fields |= field;
}

static void set_metrics(const line *l, record *r, const json_value *metrics) {
    json_value v[METRICS_KEY_COUNT];
    if (metrics->kind != NODE_OBJECT) return;
    line_pick(l, KEYS_METRICS, metrics, v);
    set_count(r, USER_FOLLOWERS, &r->user.followers, &v[METRICS_followers_count]);
    set_count(r, USER_TWEETS, &r->user.tweets, &v[METRICS_post_count]);
    set_count(r, USER_TWEETS, &r->user.tweets, &v[METRICS_tweet_count]);
}

const record *line_add_user(line *l, const json_value *user) {
    json_value v[USER_KEY_COUNT];
    uint64_t id;
    if (user->kind != NODE_OBJECT) return NULL;
    line_pick(l, KEYS_USER, user, v);
    if (!line_to_id(l, &v[USER_id_str], &v[USER_id], &id)) return NULL;
    record *r = line_new_user(l, id);
    if (r == NULL) return NULL;
    set_text(r, USER_NAME, &r->user.name, &v[USER_name]);
    set_text(r, USER_USERNAME, &r->user.username, &v[USER_username]);
    set_text(r, USER_USERNAME, &r->user.username, &v[USER_screen_name]);
    set_text(r, USER_LOCATION, &r->user.location, &v[USER_location]);
    set_text(r, USER_LANG, &r->user.lang, &v[USER_lang]);
    set_count(r, USER_FOLLOWERS, &r->user.followers, &v[USER_followers_count]);
    set_count(r, USER_TWEETS, &r->user.tweets, &v[USER_statuses_count]);
    set_metrics(l, r, &v[USER_public_metrics]);
    return r;
}

const record *line_find_user(const line *l, uint64_t id) {
    for (size_t i = 0; i < l->user_count; i++)
        if (l->users[i].user.id == id) return &l->users[i];
    return NULL;
}

static void keep_text(line *l, text *t) {
    if (t->count == 0) return;
    *t = arena_copy(l->out->memory, *t);
    if (t->bytes == NULL) l->no_memory = true;
}

void line_flush_users(line *l) {
    for (size_t i = 0; i < l->user_count && !l->no_memory; i++) {
        if (l->users[i].fields == 0) continue; /* An id alone is no profile. */
        record *r = line_add(l, RECORD_USER);
        if (r == NULL) return;
        *r = l->users[i];
        keep_text(l, &r->user.name);
        keep_text(l, &r->user.username);
        keep_text(l, &r->user.location);
        keep_text(l, &r->user.lang);
    }
    l->user_count = 0;
}

void tweet_set_counts(record *tweet, const record *user) {
    if ((user->fields & USER_FOLLOWERS) != 0) tweet->fields |= TWEET_FOLLOWERS;
    if ((user->fields & USER_TWEETS) != 0) tweet->fields |= TWEET_TWEETS;
    tweet->tweet.followers = user->user.followers;
    tweet->tweet.tweets = user->user.tweets;
}
