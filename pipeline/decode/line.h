/* SPDX-License-Identifier: MIT */
/* line -- one item on its way from JSON values to records.  Inside decode only.
 *
 * The keys that are read of each kind of object are these lists, and no others. */
#ifndef DUNLIN_PIPELINE_DECODE_LINE_H
#define DUNLIN_PIPELINE_DECODE_LINE_H

#include "pipeline/base/buffer.h"
#include "pipeline/decode/reader.h"
#include "pipeline/decode/reasons.h"

/* clang-format off */
/* A top-level object of any kind; also an embedded v1.1 tweet. */
#define ITEM_KEYS(X)                                                                               \
    X(id) X(id_str) X(user) X(text) X(full_text) X(extended_tweet) X(created_at) X(timestamp_ms)   \
    X(lang) X(retweeted_status) X(quoted_status) X(quoted_status_id) X(quoted_status_id_str)       \
    X(in_reply_to_status_id) X(in_reply_to_status_id_str) X(version) X(author_id) X(data) X(tweet) \
    X(post) X(includes) X(statuses) X(delete) X(undelete) X(drop) X(undrop) X(scrub_geo) X(limit)  \
    X(status_withheld) X(user_withheld) X(disconnect) X(warning) X(withheld) X(tweet_edit)         \
    X(post_edit) X(user_delete) X(user_undelete) X(user_protect) X(user_unprotect)                 \
    X(user_suspend) X(user_unsuspend) X(user_profile_modification) X(errors) X(type) X(action)      \
    X(entities)
/* A user of v1.1 or of X v2. */
#define USER_KEYS(X)                                                                               \
    X(id) X(id_str) X(name) X(screen_name) X(username) X(location) X(followers_count)              \
    X(statuses_count) X(lang) X(public_metrics)
#define METRICS_KEYS(X) X(followers_count) X(tweet_count) X(post_count)
/* A tweet of X v2, or an element of its references. */
#define POST_KEYS(X)                                                                               \
    X(id) X(author_id) X(created_at) X(text) X(note_tweet) X(note_post) X(lang) X(type)            \
    X(referenced_tweets) X(referenced_posts) X(author) X(version) X(entities)
#define INCLUDES_KEYS(X) X(users) X(tweets) X(posts)
#define LONG_TEXT_KEYS(X) X(full_text) X(text) X(entities)
#define ENTITIES_KEYS(X) X(hashtags) X(urls)
/* A hashtag or a link. */
#define ENTITY_KEYS(X)                                                                             \
    X(text) X(tag) X(url) X(expanded_url) X(unwound_url) X(unwound) X(display_url) X(media_key)
/* Inside a notice. */
#define NOTICE_KEYS(X)                                                                             \
    X(status) X(tweet) X(post) X(user) X(id) X(id_str) X(user_id) X(user_id_str)                   \
    X(up_to_status_id) X(up_to_status_id_str) X(up_to_tweet_id) X(up_to_post_id) X(timestamp_ms)   \
    X(event_at)
/* clang-format on */

#define KEY_LISTS(X)                                                                               \
    X(ITEM) X(USER) X(METRICS) X(POST) X(INCLUDES) X(LONG_TEXT) X(ENTITIES) X(ENTITY) X(NOTICE)

/* ITEM_id, ITEM_id_str, ..., ITEM_KEY_COUNT; and so on. */
#define X(name) ITEM_##name,
enum { ITEM_KEYS(X) ITEM_KEY_COUNT };
#undef X
#define X(name) USER_##name,
enum { USER_KEYS(X) USER_KEY_COUNT };
#undef X
#define X(name) METRICS_##name,
enum { METRICS_KEYS(X) METRICS_KEY_COUNT };
#undef X
#define X(name) POST_##name,
enum { POST_KEYS(X) POST_KEY_COUNT };
#undef X
#define X(name) INCLUDES_##name,
enum { INCLUDES_KEYS(X) INCLUDES_KEY_COUNT };
#undef X
#define X(name) LONG_TEXT_##name,
enum { LONG_TEXT_KEYS(X) LONG_TEXT_KEY_COUNT };
#undef X
#define X(name) ENTITIES_##name,
enum { ENTITIES_KEYS(X) ENTITIES_KEY_COUNT };
#undef X
#define X(name) ENTITY_##name,
enum { ENTITY_KEYS(X) ENTITY_KEY_COUNT };
#undef X
#define X(name) NOTICE_##name,
enum { NOTICE_KEYS(X) NOTICE_KEY_COUNT };
#undef X

#define X(list) KEYS_##list,
typedef enum { KEY_LISTS(X) KEY_LIST_COUNT } key_list;
#undef X

typedef struct {
    key_set keys[KEY_LIST_COUNT];
    const json_reader *reader; /* The one that holds the present line. */
    record_batch *out;
    int64_t latest_ms; /* No time may be later; 0: any may. */

    /* Of the present item. */
    int64_t observed_ms;
    int32_t version;
    bool part_dropped;
    bool no_memory; /* Sticky: looked at once, when the item is done. */
    record *users;  /* Its users so far, texts still the reader's. */
    size_t user_count, user_capacity;
    buffer list; /* While hashtags or links are put together. */
} line;

bool line_init(line *l); /* All zero before; false is a mistake in the lists. */
void line_deinit(line *l);

/* Reads an object that is one item, whose ITEM_KEYS are `v`, and appends its
 * records; none when it is rejected. */
reason line_read_object(line *l, const json_value *object, const json_value *v);

/* ---- For the kinds of items ---- */

void line_pick(const line *l, key_list list, const json_value *object, json_value *values);
/* A copy of a text that lives as long as the batch; null is the empty text.  False
 * when the value is neither. */
bool line_keep(line *l, const json_value *v, text *result);
/* The version of a correction; 0 for all else. */
int32_t line_version(const json_value *v);
reason line_check_time(const line *l, int64_t ms);
/* A new record; NULL when out of memory, which is kept in the line. */
record *line_add(line *l, record_kind kind);

/* Adds a user object to the item's users; NULL when it has no id (or no memory).
 * Borrowed until the next user. */
const record *line_add_user(line *l, const json_value *user);
const record *line_find_user(const line *l, uint64_t id);
void line_flush_users(line *l);
/* What a tweet's line says about its author. */
void tweet_set_counts(record *tweet, const record *user);

/* Hashtags and links of a tweet from its "entities", if that is an object. */
void entities_read(line *l, record *tweet, const json_value *entities);
/* `v` are the values of ITEM_KEYS. */
reason tweet_read(line *l, const json_value *v);
bool notice_is(const json_value *v);
reason notice_read(line *l, const json_value *v);
/* A line of X v2: `data` is its tweet or array of tweets. */
reason post_read(line *l, const json_value *data, const json_value *includes);

#endif
