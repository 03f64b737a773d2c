/* SPDX-License-Identifier: MIT */
/* model -- the same answers by plain loops over the list of all records: slow, without
 * state, and with no idea shared with the engine. */
#ifndef DUNLIN_TESTS_SUPPORT_MODEL_H
#define DUNLIN_TESTS_SUPPORT_MODEL_H

#include "pipeline/engine.h"

enum { MODEL_IDS = 64, MODEL_MINUTES = 8, MODEL_PLACES = 16 };
#define MODEL_MINUTE_0 ((int64_t)25000000)
#define MODEL_COUNTRY  "DE"

/* Everything by outside id (tweets and users are 1 .. MODEL_IDS - 1). */
typedef struct {
    bool is_known, is_heard, is_deleted, lang_is_guessed; /* is_deleted: or hidden. */
    uint64_t author, ref, followers, tweets;
    uint64_t target; /* What it responds to: of the versions of `ref` the newest there is. */
    int64_t created_ms;
    tweet_kind kind;
    text text, lang, user_lang, hashtags, links;
    bool is_plain, lists_hashtags, lists_links; /* A source listed them, perhaps none. */
    tweet_sentiment mood;
} model_tweet;

typedef struct {
    bool is_seen, has_place, makes_point, is_hidden;
    text username, name, location;
    uint64_t followers;
    place place;
    uint32_t place_index; /* Into model.places, with makes_point. */
} model_user;

typedef struct {
    uint64_t responses, retweets, replies, quotes, received, responders;
    flow_i128 influence;
    int64_t score_sum;
    flow_i128 score_sq;
    uint64_t clean, close, medium, far;
    flow_i128 clean_influence;
} model_total;

typedef struct {
    place place;
    bool is_end;
    uint32_t round, authors, speakers; /* round 0: stands. */
    uint64_t responses;
} model_place;

typedef struct {
    uint64_t tweets, retweets, replies, quotes, positive, neutral, negative, unknown;
} model_minute;

typedef struct {
    model_tweet tweets[MODEL_IDS];
    model_user users[MODEL_IDS];
    model_total by_tweet[MODEL_IDS], by_author[MODEL_IDS], all;
    model_place places[MODEL_PLACES];
    size_t place_count;
    model_minute minutes[MODEL_MINUTES];
    uint64_t known, heard, kinds[4], users_seen, users_located, deleted, located, clean, bad,
        rounds;
} model;

void model_compute(model *m, const record *records, size_t count, const place_table *table,
                   const sentiment_model *sentiments, const cleaning_options *cleaning);
bool model_is_response(const model *m, uint64_t id);
uint64_t model_weight(const model_tweet *t); /* As a response, in 2^-32. */

#endif
