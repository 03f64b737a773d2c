/* SPDX-License-Identifier: MIT */
/* stats -- one row each of counts over everything: tweets known and heard, users,
 * responses, located and clean ones, languages. */
#include "pipeline/base/times.h"
#include "pipeline/queries/answers.h"

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
    *(sum_part_row *)out = (sum_part_row){.responses = 1};
    if ((r->words & WORDS_RECEIVED) == 0) return NULL;
    *(sum_part_row *)out = (sum_part_row){r->score, (int64_t)r->score * r->score, 1, 0, 1};
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

static const char *to_lang(const void *row, void *out, void *context) {
    (void)context;
    *(lang_key_row *)out = (lang_key_row){((const tweet_row *)row)->lang};
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
    g->t.profiles =
        flow_name(flow_group(flow_map(g->users, &profile_part_row_schema, to_profile, NULL),
                             FLOW_BY("all"), &profiles_row_schema,
                             FLOW_REDUCERS({FLOW_COUNT, "users", NULL},
                                           {FLOW_SUM, "located", "has_location"})),
                  "users known");
    g->t.received = sum_all(flow_map(g->t.responses, &sum_part_row_schema, to_received, NULL),
                            "responses known");
    g->t.located_sum = sum_all(flow_map(g->t.cells, &sum_part_row_schema, located_part, NULL),
                               "responses located");
    g->t.clean_sum =
        sum_all(flow_map(g->t.clean, &sum_part_row_schema, clean_part, NULL), "responses clean");
    g->t.langs = flow_name(flow_group(flow_map(g->tweets, &lang_key_row_schema, to_lang, NULL),
                                      FLOW_BY("lang"), &lang_row_schema,
                                      FLOW_REDUCERS({FLOW_COUNT, "tweets", NULL})),
                           "languages");
}

/* ---- Reading ---- */

static const void *the_row(const moment *m, const flow_view *v) {
    return flow_view_find(m->snapshot, v, 0);
}

uint64_t moment_taken_away(const moment *m) {
    const notices_row *notices = the_row(m, m->graph->notices_view);
    return notices == NULL ? 0 : notices->taken_away;
}

everything stats_read(const moment *m) {
    const graph *g = m->graph;
    const known_row *known = the_row(m, g->known_view);
    const profiles_row *profiles = the_row(m, g->profiles_view);
    const sum_row *responses = the_row(m, g->received_view);
    const sum_row *located = the_row(m, g->located_view);
    const sum_row *clean = the_row(m, g->clean_sum_view);
    const notices_row *notices = the_row(m, g->notices_view);
    everything e = {.bad_places = flow_view_count(m->snapshot, g->round_view),
                    .rounds = moment_rounds(m)};
    if (known != NULL) e.known = *known;
    if (profiles != NULL) e.profiles = *profiles;
    if (responses != NULL) e.responses = *responses;
    if (located != NULL) e.located = located->responses;
    if (clean != NULL) e.clean = clean->responses;
    if (notices != NULL) e.deleted = notices->deleted;
    return e;
}

static void write_mood(json_writer *w, const sum_row *r) {
    double low, high;
    bool has = mean_interval(r->received, r->score_sum, r->score_sq, &low, &high);
    json_begin_object(w);
    json_field(w, "n", u64, r->received);
    json_key(w, "mean");
    r->received == 0 ? json_put_null(w)
                     : json_put_double(w, (double)r->score_sum / (double)r->received / 1e6);
    json_key(w, "low");
    has ? json_put_double(w, low) : json_put_null(w);
    json_key(w, "high");
    has ? json_put_double(w, high) : json_put_null(w);
    json_end_object(w);
}

/* More tweets, then the code: numbers follow the order of coming. */
static bool lang_stands_before(const moment *m, const lang_row *a, const lang_row *b) {
    if (a->tweets != b->tweets) return a->tweets > b->tweets;
    return text_compare(strings_get(m->langs, a->lang), strings_get(m->langs, b->lang)) < 0;
}

static void write_langs(json_writer *w, const moment *m) {
    enum { LANGS_SHOWN = 12 };
    const lang_row *best[LANGS_SHOWN], *row;
    size_t count = 0;
    for (uint32_t key = 0; (row = flow_view_next(m->snapshot, m->graph->lang_view, &key)) != NULL;
         key++) {
        if (count == LANGS_SHOWN && !lang_stands_before(m, row, best[count - 1])) continue;
        size_t at = count < LANGS_SHOWN ? count++ : LANGS_SHOWN - 1;
        for (; at > 0 && lang_stands_before(m, row, best[at - 1]); at--) best[at] = best[at - 1];
        best[at] = row;
    }
    json_begin_array(w);
    for (size_t i = 0; i < count; i++) {
        json_begin_array(w);
        json_put_text(w, strings_get(m->langs, (uint32_t)best[i]->lang));
        json_put_u64(w, best[i]->tweets);
        json_end_array(w);
    }
    json_end_array(w);
}

static void write_time_or_null(json_writer *w, bool there, uint32_t minute) {
    there ? json_put_time(w, (int64_t)minute * MS_PER_MINUTE) : json_put_null(w);
}

void write_totals(json_writer *w, const everything *e) {
    json_field(w, "heard", u64, e->known.heard);
    json_field(w, "tweets", u64, e->known.tweets);
    json_field(w, "originals", u64,
               e->known.tweets - e->known.retweets - e->known.replies - e->known.quotes);
    json_field(w, "retweets", u64, e->known.retweets);
    json_field(w, "replies", u64, e->known.replies);
    json_field(w, "quotes", u64, e->known.quotes);
    json_field(w, "deleted", u64, e->deleted);
    json_field(w, "users", u64, e->profiles.users);
    json_field(w, "users_with_location", u64, e->profiles.located);
    json_field(w, "responses", u64, e->responses.responses);
    json_field(w, "located", u64, e->located);
    json_field(w, "clean", u64, e->clean);
    json_field(w, "bad_places", u64, e->bad_places);
    json_field(w, "rounds", u64, e->rounds);
}

void write_stats(json_writer *w, const moment *m) {
    everything e = stats_read(m);
    uint32_t oldest = 0, newest = 0;
    bool any = moment_newest_minute(m, &newest);
    (void)flow_view_next(m->snapshot, m->graph->minute_view, &oldest);
    write_totals(w, &e);
    json_key(w, "newest");
    write_time_or_null(w, any, newest);
    json_key(w, "oldest");
    write_time_or_null(w, any, oldest);
    json_key(w, "languages");
    write_langs(w, m);
    json_key(w, "mood");
    write_mood(w, &e.responses);
    (void)pthread_mutex_lock(&m->watch->lock);
    json_field(w, "memory_bytes", u64, m->watch->memory_bytes);
    (void)pthread_mutex_unlock(&m->watch->lock);
}
