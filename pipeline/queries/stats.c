/* SPDX-License-Identifier: MIT */
/* stats -- one row each of counts over everything: tweets known and heard, users,
 * responses, located and clean ones, languages. */
#include "pipeline/queries/graph.h"

static const char *to_known(const void *row, void *out, void *context) {
    const tweet_row *t = row;
    (void)context;
    *(known_part_row *)out = (known_part_row){
        .heard = (t->flags & TWEET_IS_HEARD) != 0,
        .retweet = t->kind == KIND_RETWEET,
        .reply = t->kind == KIND_REPLY,
        .quote = t->kind == KIND_QUOTE,
    };
    return NULL;
}

static const char *to_profile(const void *row, void *out, void *context) {
    (void)context;
    *(profile_part_row *)out = (profile_part_row){0, ((const user_row *)row)->location != 0};
    return NULL;
}

static const char *to_received(const void *row, void *out, void *context) {
    const response_row *r = row;
    (void)context;
    *(sum_part_row *)out = (sum_part_row){r->score, r->score_sq, 1, 0, r->received};
    return NULL;
}

static const char *located_part(const void *row, void *out, void *context) {
    (void)context;
    ((sum_part_row *)out)->responses = ((const cell_row *)row)->responses;
    return NULL;
}

static const char *clean_part(const void *row, void *out, void *context) {
    (void)context;
    ((sum_part_row *)out)->responses = ((const clean_row *)row)->responses;
    return NULL;
}

static const char *to_lang(const void *row, flow_emitter *e, void *context) {
    const tweet_row *t = row;
    (void)context;
    if ((t->flags & TWEET_IS_HEARD) != 0) flow_emit(e, &(lang_key_row){t->lang});
    return NULL;
}

static flow_table *sum_all(flow_table *parts, const char *name) {
    return flow_name(flow_group(parts, FLOW_BY("all"), &sum_row_schema,
                                FLOW_REDUCERS({FLOW_SUM, "responses", "responses"},
                                              {FLOW_SUM, "received", "received"},
                                              {FLOW_SUM, "score_sum", "score_sum"},
                                              {FLOW_SUM, "score_sq", "score_sq"})),
                     name);
}

void stats_build(graph *g) {
    g->t.known = flow_name(
        flow_group(flow_map(g->tweets, &known_part_row_schema, to_known, NULL), FLOW_BY("all"),
                   &known_row_schema,
                   FLOW_REDUCERS({FLOW_COUNT, "tweets", NULL}, {FLOW_SUM, "heard", "heard"},
                                 {FLOW_SUM, "retweets", "retweet"}, {FLOW_SUM, "replies", "reply"},
                                 {FLOW_SUM, "quotes", "quote"})),
        "tweets known");
    g->t.profiles = flow_name(
        flow_group(flow_map(g->users, &profile_part_row_schema, to_profile, NULL), FLOW_BY("all"),
                   &profiles_row_schema,
                   FLOW_REDUCERS({FLOW_COUNT, "users", NULL}, {FLOW_SUM, "located", "has_location"})),
        "users known");
    g->t.received = sum_all(flow_map(g->t.responses, &sum_part_row_schema, to_received, NULL),
                            "responses known");
    g->t.located_sum =
        sum_all(flow_map(g->t.cells, &sum_part_row_schema, located_part, NULL), "responses located");
    g->t.clean_sum =
        sum_all(flow_map(g->t.clean, &sum_part_row_schema, clean_part, NULL), "responses clean");
    g->t.langs =
        flow_name(flow_group(flow_flat_map(g->tweets, &lang_key_row_schema, to_lang, NULL),
                             FLOW_BY("lang"), &lang_row_schema,
                             FLOW_REDUCERS({FLOW_COUNT, "tweets", NULL})),
                  "languages");
}
