/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/graph.h"

#include <stdlib.h>

/* Every view that readers have: a table, its dense key, where the handle goes. */
static status views_build(graph *g) {
    const struct {
        flow_table *table;
        const char *key;
        flow_view **view;
    } views[] = {
        {g->tweets, "tweet", &g->tweet_view},
        {g->versions, "ref", &g->version_view},
        {g->users, "user", &g->user_view},
        {g->audience, "user", &g->audience_view},
        {g->t.homes, "user", &g->home_view},
        {g->t.tweet_totals, "id", &g->tweet_total_view},
        {g->t.author_totals, "id", &g->author_total_view},
        {g->t.responders, "author", &g->responders_view},
        {g->t.clean, "author", &g->clean_view},
        {g->t.place_totals, "place", &g->place_total_view},
        {g->t.verdicts, "place", &g->verdict_view},
        {g->t.rounds, "place", &g->round_view},
        {g->t.minutes, "minute", &g->minute_view},
        {g->notices, "all", &g->notices_view},
        {g->t.known, "all", &g->known_view},
        {g->t.profiles, "all", &g->profiles_view},
        {g->t.received, "all", &g->received_view},
        {g->t.located_sum, "all", &g->located_view},
        {g->t.clean_sum, "all", &g->clean_sum_view},
        {g->t.langs, "lang", &g->lang_view},
        {g->t.tweet_board, "id", &g->tweet_board_view},
        {g->t.author_board, "id", &g->author_board_view},
    };
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        *views[i].view = flow_view_new(g->views, views[i].table, views[i].key);
        if (*views[i].view == NULL) return STATUS_NO_MEMORY;
    }
    g->response_scan = flow_scan_new(g->views, g->t.responses, "tweet", "minute");
    g->hashtag_scan = flow_scan_new(g->views, g->hashtags, "mention", "tweet");
    g->link_scan = flow_scan_new(g->views, g->links, "mention", "tweet");
    bool good = g->response_scan != NULL && g->hashtag_scan != NULL && g->link_scan != NULL;
    return good ? STATUS_OK : STATUS_NO_MEMORY;
}

status graph_new(uint64_t hash_seed, places *p, idmap *tweet_ids, idmap *user_ids,
                 const cleaning_options *o, graph **result, const char **why) {
    graph *g = calloc(1, sizeof(*g));
    *result = NULL;
    *why = NULL;
    if (g == NULL) return STATUS_NO_MEMORY;
    g->places = p;
    g->tweet_ids = tweet_ids;
    g->user_ids = user_ids;
    g->cleaning = *o;
    g->flow = flow_new(hash_seed);
    g->views = g->flow == NULL ? NULL : flow_views_new(g->flow);
    if (g->views == NULL) {
        graph_free(g);
        return STATUS_NO_MEMORY;
    }
    g->tweets = flow_input(g->flow, "tweets", &tweet_row_schema);
    g->users = flow_input(g->flow, "users", &user_row_schema);
    g->audience = flow_input(g->flow, "audience", &audience_row_schema);
    g->notices = flow_input_keyed(g->flow, "notices", &notices_row_schema, FLOW_BY("all"));
    g->hashtags = flow_input(g->flow, "hashtags", &mention_row_schema);
    g->links = flow_input(g->flow, "links", &mention_row_schema);
    g->versions = flow_input(g->flow, "versions", &original_row_schema);
    g->nothing = flow_input(g->flow, "no places", &place_row_schema);
    responses_build(g);
    locating_build(g);
    cleaning_build(g);
    influence_build(g);
    timeline_build(g);
    stats_build(g);
    status s = flow_check(g->flow, why); /* A table that is broken has no view. */
    if (s == STATUS_OK) s = views_build(g);
    if (s == STATUS_OK) s = flow_check(g->flow, why);
    if (s == STATUS_OK)
        *result = g;
    else
        graph_free(g);
    return s;
}

void graph_free(graph *g) {
    if (g == NULL) return;
    flow_free(g->flow);
    flow_views_free(g->views);
    free(g);
}
