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
/* A top-level object that holds tweets; also an embedded v1.1 tweet. */
#define ITEM_KEYS(X)                                                                               \
    X(id) X(id_str) X(user) X(text) X(full_text) X(extended_tweet) X(created_at) X(timestamp_ms)   \
    X(lang) X(retweeted_status) X(quoted_status) X(quoted_status_id) X(quoted_status_id_str)       \
    X(in_reply_to_status_id) X(in_reply_to_status_id_str) X(entities) X(version) X(author_id)      \
    X(data) X(tweet) X(post) X(includes) X(statuses) X(results) X(account) X(csv) X(bad_row)       \
    X(withheld_in_countries) X(edit_history) X(content) X(mastodon)
/* One that holds none. */
#define OTHER_KEYS(X)                                                                              \
    X(id) X(delete) X(undelete) X(drop) X(undrop) X(scrub_geo) X(limit) X(status_withheld)         \
    X(user_withheld) X(disconnect) X(warning) X(withheld) X(tweet_edit) X(post_edit)               \
    X(user_delete) X(user_undelete) X(user_protect) X(user_unprotect) X(user_suspend)              \
    X(user_unsuspend) X(user_profile_modification) X(errors) X(type) X(action) X(timestamp_ms)     \
    X(deleted_at) X(correction) X(did) X(kind) X(pubkey) X(sig) /* Other networks'. */
/* A correction of a tweet or of a user. */
#define CORRECTION_KEYS(X)                                                                         \
    X(tweet) X(user) X(version) X(followers) X(tweets) X(text) X(lang) X(created_at) X(author_id)  \
    X(reply_to) X(retweet_of) X(quote_of) X(location) X(username) X(name)
/* A user of v1.1 or of X v2. */
#define USER_KEYS(X)                                                                               \
    X(id) X(id_str) X(name) X(screen_name) X(username) X(location) X(followers_count)              \
    X(statuses_count) X(lang) X(public_metrics)
#define METRICS_KEYS(X) X(followers_count) X(tweet_count) X(post_count)
/* A tweet of X v2, or an element of its references. */
#define POST_KEYS(X)                                                                               \
    X(id) X(author_id) X(created_at) X(text) X(note_tweet) X(note_post) X(lang) X(type)            \
    X(referenced_tweets) X(referenced_posts) X(author) X(version) X(entities)                     \
    X(id_str) X(full_text) X(tweet_id) X(withheld) X(edit_history_tweet_ids)                       \
    X(edit_history_post_ids)
#define INCLUDES_KEYS(X) X(users) X(tweets) X(posts)
#define GEO_KEYS(X) X(coordinates) X(geo) X(place) X(place_id)
#define LONG_TEXT_KEYS(X) X(full_text) X(text) X(entities)
#define ENTITIES_KEYS(X) X(hashtags) X(urls)
/* A hashtag or a link. */
#define ENTITY_KEYS(X)                                                                             \
    X(text) X(tag) X(url) X(expanded_url) X(unwound_url) X(unwound) X(display_url) X(media_key)
/* Inside a notice. */
#define NOTICE_KEYS(X)                                                                             \
    X(status) X(tweet) X(post) X(user) X(id) X(id_str) X(user_id) X(user_id_str)                   \
    X(up_to_status_id) X(up_to_status_id_str) X(up_to_tweet_id) X(up_to_post_id) X(timestamp_ms)   \
    X(event_at) X(profile_field) X(new_value) X(withheld_in_countries) X(country_codes)            \
    X(initial_tweet_id) X(initial_post_id) X(edit_tweet_ids) X(edit_post_ids) X(track)
/* Whose archive it is, as the source puts it together. */
#define ACCOUNT_KEYS(X) X(accountId) X(username) X(accountDisplayName) X(location)
/* Of Mastodon: an event as the source has it, a status or a quote, a person, and what has a
 * name or an address: a field of a profile, a hashtag, a card. */
#define EVENT_KEYS(X) X(event) X(payload)
#define STATUS_KEYS(X)                                                                             \
    X(id) X(created_at) X(edited_at) X(account) X(content) X(language) X(visibility) X(tags)       \
    X(card) X(in_reply_to_id) X(reblog) X(quote) X(quoted_status) X(quoted_status_id)
#define PERSON_KEYS(X)                                                                             \
    X(id) X(username) X(acct) X(display_name) X(followers_count) X(statuses_count) X(fields)
#define NAMED_KEYS(X) X(name) X(value) X(url)
/* Columns, by our names and theirs; all must differ in length, first, middle or last byte. */
#define CSV_KEYS(X)                                                                                \
    X(id, "id")                                                                                    \
    X(author_id, "author_id")                                                                      \
    X(created_at, "created_at")                                                                    \
    X(text, "text")                                                                                \
    X(lang, "lang")                                                                                \
    X(replied_to_id, "referenced_tweets.replied_to.id")                                            \
    X(retweeted_id, "referenced_tweets.retweeted.id")                                              \
    X(quoted_id, "referenced_tweets.quoted.id")                                                    \
    X(author_username, "author.username")                                                          \
    X(author_name, "author.name")                                                                  \
    X(author_location, "author.location")                                                          \
    X(author_followers, "author.public_metrics.followers_count")                                   \
    X(author_tweets, "author.public_metrics.tweet_count")                                          \
    X(hashtags, "entities.hashtags")                                                               \
    X(urls, "entities.urls")                                                                       \
    X(tweet_id, "tweet_id")                                                                        \
    X(full_text, "full_text")                                                                      \
    X(user_id, "user_id")                                                                          \
    X(user_name, "user_name")                                                                      \
    X(user_screen_name, "user_screen_name")                                                        \
    X(user_location, "user_location")                                                              \
    X(user_followers_count, "user_followers_count")                                                \
    X(user_statuses_count, "user_statuses_count")                                                  \
    X(in_reply_to_status_id, "in_reply_to_status_id")                                              \
    X(retweet_or_quote_id, "retweet_or_quote_id")                                                  \
    X(tweet_type, "tweet_type")

#define KEY_LISTS(X)                                                                               \
    X(ITEM) X(OTHER) X(USER) X(METRICS) X(POST) X(INCLUDES) X(GEO) X(LONG_TEXT) X(ENTITIES) X(ENTITY)     \
    X(NOTICE) X(ACCOUNT) X(EVENT) X(STATUS) X(PERSON) X(NAMED) X(CSV) X(CORRECTION)
/* clang-format on */

/* ITEM_id, ITEM_id_str, ..., ITEM_KEY_COUNT; and so on. */
#define X(name) ITEM_##name,
enum { ITEM_KEYS(X) ITEM_KEY_COUNT };
#undef X
#define X(name) OTHER_##name,
enum { OTHER_KEYS(X) OTHER_KEY_COUNT };
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
#define X(name) GEO_##name,
enum { GEO_KEYS(X) GEO_KEY_COUNT };
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
#define X(name) ACCOUNT_##name,
enum { ACCOUNT_KEYS(X) ACCOUNT_KEY_COUNT };
#undef X
#define X(name) EVENT_##name,
enum { EVENT_KEYS(X) EVENT_KEY_COUNT };
#undef X
#define X(name) STATUS_##name,
enum { STATUS_KEYS(X) STATUS_KEY_COUNT };
#undef X
#define X(name) PERSON_##name,
enum { PERSON_KEYS(X) PERSON_KEY_COUNT };
#undef X
#define X(name) NAMED_##name,
enum { NAMED_KEYS(X) NAMED_KEY_COUNT };
#undef X
#define X(name, column) CSV_##name,
enum { CSV_KEYS(X) CSV_KEY_COUNT };
#undef X

#define X(name) CORRECTION_##name,
enum { CORRECTION_KEYS(X) CORRECTION_KEY_COUNT };
#undef X

#define X(list) KEYS_##list,
typedef enum { KEY_LISTS(X) KEY_LIST_COUNT } key_list;
#undef X

typedef struct {
    key_set keys[KEY_LIST_COUNT];
    const json_reader *reader; /* The one that holds the present line. */
    record_batch *out;
    uint8_t origin;    /* Of the chunk: a record_origin. */
    int64_t latest_ms; /* No time may be later; 0: any may. */
    bool wants_geo;    /* Whether a tweet has coordinates is to be said. */

    /* Of the present item. */
    int64_t observed_ms;
    int32_t version;
    item_kind kind;
    uint64_t missed; /* What a limit notice says. */
    bool part_dropped, rounded_id, rounded_reference;
    bool no_memory;    /* Sticky: looked at once, when the item is done. */
    uint64_t owner_id; /* Of an archive: who wrote what has no user; 0: not known. */
    record *users;     /* Its users so far, texts still the reader's. */
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
/* The id of a tweet or person; remembers when there was one and its digits are lost. */
bool line_to_id(line *l, const json_value *id_str, const json_value *id, uint64_t *result);
/* The id of a tweet that is answered: what is left of it says at least that one was. */
bool line_to_reference(line *l, const json_value *id_str, const json_value *id, uint64_t *result);
/* The version of a correction; 0 for all else. */
int32_t line_version(const json_value *v);
reason line_check_time(const line *l, int64_t ms);
/* A new record; NULL when out of memory, which is kept in the line. */
record *line_add(line *l, record_kind kind);
/* A tweet with what each has; its other fields are for the caller. */
record *line_add_tweet(line *l, uint64_t id, uint64_t author_id, int64_t created_ms, bool heard);

/* "DE,FR" of ["DE","FR"]; nothing when it is no array.  One id is 0. */
void line_add_withheld(line *l, uint64_t tweet_id, uint64_t user_id, const json_value *countries);
/* One id was replaced by the other; the same, or 0, says nothing. */
void line_add_edit(line *l, uint64_t from, uint64_t to);
/* The versions of one tweet, oldest first: each with the next. */
void line_add_edits(line *l, const json_value *ids);

/* Adds a user object to the item's users; NULL when it has no id (or no memory).
 * Borrowed until the next user. */
const record *line_add_user(line *l, const json_value *user);
/* A user that has nothing but an id so far; NULL: no memory. */
record *line_new_user(line *l, uint64_t id);
const record *line_find_user(const line *l, uint64_t id);
void line_flush_users(line *l);
/* What a tweet's line says about its author. */
void tweet_set_counts(record *tweet, const record *user);

/* Hashtags and links of a tweet from its "entities", if that is an object. */
void entities_read(line *l, record *tweet, const json_value *entities);
void entities_read_lists(line *l, record *tweet, const json_value *hashtags,
                         const json_value *links);
/* Whether the tweet that `object` is has coordinates or a place, where that is wanted. */
void geo_read(const line *l, const json_value *object, record *tweet);
/* `v` are the values of ITEM_KEYS. */
reason tweet_read(line *l, const json_value *object, const json_value *v);
/* `v` are the values of OTHER_KEYS. */
bool notice_is(const json_value *v);
reason notice_read(line *l, const json_value *v);
/* A line of X v2: `data` is its tweet or array of tweets. */
reason post_read(line *l, const json_value *data, const json_value *includes);
/* Whether an object with these ITEM_KEYS is a status of Mastodon; one; an event of a stream. */
bool mastodon_is_status(const json_value *v);
reason mastodon_read_status(line *l, const json_value *status);
reason mastodon_read_event(line *l, const json_value *event);
/* What `correction` is of a line that has one. */
reason correction_read(line *l, const json_value *object);
/* One row of a table. */
reason csv_row_read(line *l, const json_value *row);
/* Whose tweets without a user the item's are, if `account` says it. */
void archive_set_owner(line *l, const json_value *account);
/* Whether an object with these POST_KEYS is a tweet out of such an archive. */
bool archive_is_tweet(const json_value *v);
reason archive_read(line *l, const json_value *tweet);

#endif
