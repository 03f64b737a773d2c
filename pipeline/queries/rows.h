/* SPDX-License-Identifier: MIT */
/* rows -- every row type of dunlin's own graph.
 *
 * Tweets and users are dense numbers (their ids are mapped once), places likewise;
 * strings are handles.  Scores are in 1e-6, weights in 2^-32. */
#ifndef DUNLIN_PIPELINE_QUERIES_ROWS_H
#define DUNLIN_PIPELINE_QUERIES_ROWS_H

#include "pipeline/flow/flow.h"

typedef enum { KIND_ORIGINAL, KIND_RETWEET, KIND_REPLY, KIND_QUOTE } tweet_kind;
const char *tweet_kind_text(tweet_kind k); /* "original", ... */

#define NO_NUMBER UINT32_MAX /* No tweet, no place. */

/* A known tweet that is not deleted.  label is a sentiment_label; flags: see below.
 * ref is the tweet it refers to, or NO_NUMBER; followers and tweets are its author's, as
 * its line says. */
enum {
    TWEET_IS_HEARD = 1,
    TWEET_LANG_GUESSED = 2,
    TWEET_IS_PLAIN = 4,
    TWEET_HAS_VERSIONS = 8, /* The originals say which of them stands for it. */
};
#define TWEET_ROW(X)                                                                               \
    X(i64, created_ms)                                                                             \
    X(u32, followers)                                                                              \
    X(u32, tweets)                                                                                 \
    X(u32, tweet)                                                                                  \
    X(u32, author)                                                                                 \
    X(u32, ref)                                                                                    \
    X(u32, text)                                                                                   \
    X(i32, score)                                                                                  \
    X(u16, lang)                                                                                   \
    X(u8, kind) X(u8, label) X(u32, minute) X(u8, flags) X(u8, spare8) X(u16, spare16)
FLOW_ROW(tweet_row, TWEET_ROW)

/* A hashtag or a link of a tweet that is no retweet (whose words are the original's): a
 * number of its own, and a handle of `names`. */
#define MENTION_ROW(X) X(u32, mention) X(u32, tweet) X(u32, name)
FLOW_ROW(mention_row, MENTION_ROW)
enum mention_column { MENTION_NUMBER, MENTION_TWEET, MENTION_NAME };

/* A user seen with a profile. */
#define USER_ROW(X) X(u32, user) X(u32, username) X(u32, name) X(u32, location)
FLOW_ROW(user_row, USER_ROW)

/* Apart from the profile, since nearly every line brings another count. */
#define AUDIENCE_ROW(X) X(u32, user) X(u32, followers)
FLOW_ROW(audience_row, AUDIENCE_ROW)

/* What a response needs of the tweet it refers to: `tweet`, by `author`, stands for it. */
#define ORIGINAL_ROW(X) X(u32, ref) X(u32, tweet) X(u32, author)
FLOW_ROW(original_row, ORIGINAL_ROW)

/* What the tweet that refers brings: one half of a response.  words: SCORED when the
 * mood of its text is known (else score is 0), and RECEIVED besides when these are its
 * author's own and count as an answer (replies and quotes). */
enum { WORDS_SCORED = 1, WORDS_RECEIVED = 2 };
#define REACTION_ROW(X)                                                                            \
    X(u64, weight)                                                                                 \
    X(u32, tweet)                                                                                  \
    X(u32, ref)                                                                                    \
    X(u32, responder) X(u32, minute) X(i32, score) X(u16, lang) X(u8, kind) X(u8, words)
FLOW_ROW(reaction_row, REACTION_ROW)

/* A response: a known tweet whose reference is known, by another author.  Held as columns
 * by time, from which all windows are computed (scan.h). */
#define RESPONSE_ROW(X)                                                                            \
    X(u64, weight)                                                                                 \
    X(u32, tweet)                                                                                  \
    X(u32, ref)                                                                                    \
    X(u32, author)                                                                                 \
    X(u32, responder)                                                                              \
    X(u32, minute) X(i32, score) X(u16, lang) X(u8, kind) X(u8, words) X(u32, spare)
FLOW_ROW(response_row, RESPONSE_ROW)

enum response_column {
    RESPONSE_WEIGHT,
    RESPONSE_TWEET,
    RESPONSE_REF,
    RESPONSE_AUTHOR,
    RESPONSE_RESPONDER,
    RESPONSE_MINUTE,
    RESPONSE_SCORE,
    RESPONSE_LANG,
    RESPONSE_KIND,
    RESPONSE_WORDS
};

/* Sums over the responses to a tweet, or to all tweets of an author. */
#define TOTAL_ROW(X)                                                                               \
    X(i128, influence)                                                                             \
    X(i128, score_sq)                                                                              \
    X(i64, score_sum)                                                                              \
    X(u32, id) X(u32, responses) X(u32, retweets) X(u32, replies) X(u32, quotes) X(u32, received)
FLOW_ROW(total_row, TOTAL_ROW)

/* What the boards of all time rank by; outside_id breaks ties, since numbers depend on
 * the order of coming. */
#define BOARD_ROW(X) X(i128, influence) X(u64, outside_id) X(u32, id) X(u32, spare)
FLOW_ROW(board_row, BOARD_ROW)

/* All responses of one person to one author. */
#define PAIR_ROW(X)                                                                                \
    X(i128, influence) X(u32, author) X(u32, responder) X(u32, responses) X(u32, spare)
FLOW_ROW(pair_row, PAIR_ROW)

#define RESPONDERS_ROW(X) X(u32, author) X(u32, responders)
FLOW_ROW(responders_row, RESPONDERS_ROW)

/* The place of a user that makes a map point, and the string that says so. */
#define HOME_ROW(X) X(u32, user) X(u32, place) X(u32, location)
FLOW_ROW(home_row, HOME_ROW)

/* A pair of which one, then both ends are located. */
#define HALF_LOCATED_ROW(X)                                                                        \
    X(i128, influence)                                                                             \
    X(u32, author) X(u32, responses) X(u32, place_b) X(u32, location_b)
FLOW_ROW(half_located_row, HALF_LOCATED_ROW)
#define LOCATED_ROW(X)                                                                             \
    X(i128, influence)                                                                             \
    X(u32, author)                                                                                 \
    X(u32, place_a)                                                                                \
    X(u32, place_b) X(u16, distance) X(u16, evidence) X(u64, responses) X(u64, spare)
FLOW_ROW(located_row, LOCATED_ROW)

/* Located responses of an author, at their place, from one place: what cleaning
 * works on.  distance: a distance_class; evidence: 1 when a close one counts as such. */
#define CELL_ROW(X)                                                                                \
    X(i128, influence)                                                                             \
    X(u32, author)                                                                                 \
    X(u32, place_a)                                                                                \
    X(u32, place_b) X(u16, distance) X(u16, evidence) X(u64, responses) X(u64, spare)
FLOW_ROW(cell_row, CELL_ROW)

#define AUTHOR_COUNT_ROW(X) X(u64, responses) X(u32, author) X(u32, spare)
FLOW_ROW(author_count_row, AUTHOR_COUNT_ROW)

#define AUTHOR_ROW(X) X(u32, author)
FLOW_ROW(author_row, AUTHOR_ROW)

/* A cell of an author who has responses enough to be heard in the cleaning. */
#define EVIDENCE_ROW(X)                                                                            \
    X(u64, responses) X(u64, close) X(u32, author) X(u32, place_a) X(u32, place_b) X(u32, round_a)
FLOW_ROW(evidence_row, EVIDENCE_ROW)
#define EVIDENCE_SUM_ROW(X) X(u64, responses) X(u64, close) X(u32, author) X(u32, place_a)
FLOW_ROW(evidence_sum_row, EVIDENCE_SUM_ROW)

#define VOTE_ROW(X) X(u32, place) X(u32, speaks)
FLOW_ROW(vote_row, VOTE_ROW)
#define VERDICT_ROW(X) X(u32, place) X(u32, authors) X(u32, speakers)
FLOW_ROW(verdict_row, VERDICT_ROW)
#define PLACE_ROW(X) X(u32, place)
FLOW_ROW(place_row, PLACE_ROW)
#define ROUND_ROW(X) X(u32, place) X(u32, iteration)
FLOW_ROW(round_row, ROUND_ROW)

/* Sums over the located responses received at a place. */
#define PLACE_TOTAL_ROW(X) X(i128, influence) X(u64, responses) X(u32, place) X(u32, ends)
FLOW_ROW(place_total_row, PLACE_TOTAL_ROW)

/* Sums over the clean responses of an author. */
#define CLEAN_PART_ROW(X)                                                                          \
    X(i128, influence)                                                                             \
    X(u64, responses)                                                                              \
    X(u64, close) X(u64, medium) X(u64, far) X(u32, author) X(u32, place_b) X(u64, spare)
FLOW_ROW(clean_part_row, CLEAN_PART_ROW)
#define CLEAN_ROW(X)                                                                               \
    X(i128, influence)                                                                             \
    X(u64, responses)                                                                              \
    X(u64, close) X(u64, medium) X(u64, far) X(u32, author) X(u32, spare) X(u64, spare64)
FLOW_ROW(clean_row, CLEAN_ROW)

/* A minute in which a tweet was heard. */
#define HEARD_ROW(X)                                                                               \
    X(u32, minute)                                                                                 \
    X(u8, retweet)                                                                                 \
    X(u8, reply)                                                                                   \
    X(u8, quote) X(u8, positive) X(u8, neutral) X(u8, negative) X(u8, unknown) X(u8, spare)
FLOW_ROW(heard_row, HEARD_ROW)
#define MINUTE_ROW(X)                                                                              \
    X(u32, minute)                                                                                 \
    X(u32, tweets)                                                                                 \
    X(u32, retweets)                                                                               \
    X(u32, replies) X(u32, quotes) X(u32, positive) X(u32, neutral) X(u32, negative) X(u32, unknown)
FLOW_ROW(minute_row, MINUTE_ROW)

/* Totals of everything, each the one row of a table (all: always 0). */
#define KNOWN_PART_ROW(X) X(u32, all) X(u8, heard) X(u8, retweet) X(u8, reply) X(u8, quote)
FLOW_ROW(known_part_row, KNOWN_PART_ROW)
#define KNOWN_ROW(X)                                                                               \
    X(u64, tweets)                                                                                 \
    X(u64, heard) X(u64, retweets) X(u64, replies) X(u64, quotes) X(u32, all) X(u32, spare)
FLOW_ROW(known_row, KNOWN_ROW)
#define NOTICES_ROW(X) X(u64, deleted) X(u64, taken_away) X(u32, all) X(u32, spare)
FLOW_ROW(notices_row, NOTICES_ROW)
#define PROFILE_PART_ROW(X) X(u32, all) X(u32, has_location)
FLOW_ROW(profile_part_row, PROFILE_PART_ROW)
#define PROFILES_ROW(X) X(u64, users) X(u64, located) X(u32, all) X(u32, spare)
FLOW_ROW(profiles_row, PROFILES_ROW)
#define SUM_PART_ROW(X)                                                                            \
    X(i64, score_sum) X(i64, score_sq) X(u64, responses) X(u32, all) X(u32, received)
FLOW_ROW(sum_part_row, SUM_PART_ROW)
#define SUM_ROW(X)                                                                                 \
    X(i128, score_sq) X(i64, score_sum) X(u64, responses) X(u64, received) X(u32, all) X(u32, spare)
FLOW_ROW(sum_row, SUM_ROW)
#define LANG_KEY_ROW(X) X(u32, lang)
FLOW_ROW(lang_key_row, LANG_KEY_ROW)
#define LANG_ROW(X) X(u64, tweets) X(u32, lang) X(u32, spare)
FLOW_ROW(lang_row, LANG_ROW)

#endif
