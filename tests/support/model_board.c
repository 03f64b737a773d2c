/* SPDX-License-Identifier: MIT */
#include "tests/support/model_board.h"

#include "pipeline/base/times.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool same_name(text a, text b) {
    return a.count == b.count && (a.count == 0 || strncasecmp(a.bytes, b.bytes, a.count) == 0);
}

/* The author that a filter means: 0 when there is none. */
static uint64_t author_meant(const model *m, text who) {
    uint64_t id = 0;
    if (text_to_u64(who, &id)) return id;
    for (id = 1; id < MODEL_IDS; id++)
        if (m->users[id].is_seen && same_name(m->users[id].username, text_slice(who, 1, who.count)))
            return id;
    return 0;
}

static bool is_at(const model_user *u, text name) {
    return u->has_place && same_name(u->place.name, name);
}

bool model_names_nothing(const model *m, const query_filter *f) {
    bool any = false;
    if (f->author.count > 0 && author_meant(m, f->author) == 0) return true;
    for (uint64_t id = 1; id < MODEL_IDS; id++) any |= is_at(&m->users[id], f->place);
    return f->place.count > 0 && !any;
}

static bool is_good(const model *m, const model_user *u) {
    return u->makes_point && m->places[u->place_index].round == 0;
}

static bool is_response(const model *m, uint64_t id) {
    const model_tweet *t = &m->tweets[id], *o = &m->tweets[t->ref];
    return t->is_known && !t->is_deleted && t->ref != 0 && o->is_known && !o->is_deleted &&
           o->author != t->author;
}

static bool ends_pass(const model *m, const model_user *a, const model_user *b,
                      const query_filter *f) {
    bool located = a->makes_point && b->makes_point, clean = is_good(m, a) && is_good(m, b);
    if (f->place.count > 0 && !is_at(b, f->place)) return false;
    if (f->located != QUERY_ANY && located != (f->located == QUERY_TRUE)) return false;
    return f->clean == QUERY_ANY || clean == (f->clean == QUERY_TRUE);
}

static bool passes(const model *m, uint64_t id, const model_question *q) {
    const model_tweet *t = &m->tweets[id];
    const query_filter *f = &q->filter;
    int64_t minute = minute_of(t->created_ms);
    if (!is_response(m, id) || minute < q->begin || minute >= q->end) return false;
    uint64_t author = m->tweets[t->ref].author;
    if (f->lang.count > 0 && !text_equal(f->lang, t->mood.lang)) return false;
    if (f->kinds != 0 && (f->kinds >> t->kind & 1) == 0) return false;
    if (f->author.count > 0 && author != author_meant(m, f->author)) return false;
    return ends_pass(m, &m->users[author], &m->users[t->author], f);
}

static model_line *line_of(model_board *b, const char *key) {
    for (size_t i = 0; i < b->count; i++)
        if (strcmp(b->lines[i].key, key) == 0) return &b->lines[i];
    model_line *line = &b->lines[b->count++];
    memset(line, 0, sizeof *line);
    (void)snprintf(line->key, sizeof line->key, "%s", key);
    return line;
}

static void add(model_board *b, const char *key, const model *m, uint64_t id,
                const model_question *q) {
    const model_tweet *t = &m->tweets[id];
    model_line *l = line_of(b, key);
    int64_t age = (int64_t)q->as_of - minute_of(t->created_ms);
    l->sums.responses++;
    l->sums.retweets += t->kind == KIND_RETWEET;
    l->sums.replies += t->kind == KIND_REPLY;
    l->sums.quotes += t->kind == KIND_QUOTE;
    l->sums.influence += model_weight(t);
    l->responders[t->author] = l->tweets[t->ref] = l->authors[m->tweets[t->ref].author] = true;
    if (q->half_life > 0) l->recent += exp2(-(double)(age < 0 ? 0 : age) / q->half_life);
    if (t->mood.label == SENTIMENT_UNKNOWN || (!q->all_texts && t->kind == KIND_RETWEET)) return;
    l->sums.received++;
    l->sums.score_sum += t->mood.score_e6;
    l->sums.score_sq += (flow_i128)t->mood.score_e6 * t->mood.score_e6;
}

static bool key_of(const model *m, uint64_t id, ranking_subject subject,
                   char key[MODEL_KEY_BYTES]) {
    const model_tweet *t = &m->tweets[id], *o = &m->tweets[t->ref];
    const model_user *a = &m->users[o->author];
    switch (subject) {
    case RANK_TWEETS: (void)snprintf(key, MODEL_KEY_BYTES, "%d", (int)t->ref); return true;
    case RANK_AUTHORS: (void)snprintf(key, MODEL_KEY_BYTES, "%d", (int)o->author); return true;
    case RANK_LANGS:
        (void)snprintf(key, MODEL_KEY_BYTES, "%.*s", (int)t->mood.lang.count, t->mood.lang.bytes);
        return true;
    case RANK_PLACES:
        (void)snprintf(key, MODEL_KEY_BYTES, "%d %d", a->place.lat_e7, a->place.lon_e7);
        return a->has_place;
    }
    return false;
}

void model_board_compute(model_board *b, const model *m, ranking_subject subject,
                         const model_question *q) {
    char key[MODEL_KEY_BYTES];
    b->count = 0;
    for (uint64_t id = 1; id < MODEL_IDS; id++)
        if (passes(m, id, q) && key_of(m, id, subject, key)) add(b, key, m, id, q);
}

bool model_mark(const model_line *line, board_sort sort, double *mark) {
    const model_total *t = &line->sums;
    double n = (double)t->received, mean = (double)t->score_sum / n / 1e6;
    flow_i128 squares = t->score_sq * (int64_t)t->received - (flow_i128)t->score_sum * t->score_sum;
    double s = sqrt((double)squares / n / (n - 1)) / 1e6;
    switch (sort) {
    case SORT_INFLUENCE: *mark = (double)t->influence; break;
    case SORT_RESPONSES: *mark = (double)t->responses; break;
    case SORT_RETWEETS: *mark = (double)t->retweets; break;
    case SORT_REPLIES: *mark = (double)t->replies; break;
    case SORT_QUOTES: *mark = (double)t->quotes; break;
    case SORT_RESPONDERS: *mark = (double)model_count(line->responders); break;
    case SORT_RECEPTION:
    case SORT_SENTIMENT: *mark = mean - 1.96 * s / sqrt(n); return t->received >= 2;
    case SORT_CONTROVERSY: *mark = s - 1.96 * s / sqrt(2 * n - 2); return t->received >= 2;
    default: *mark = line->recent; break;
    }
    return true;
}

uint64_t model_count(const bool *is_in) {
    uint64_t count = 0;
    for (size_t i = 0; i < MODEL_IDS; i++) count += is_in[i];
    return count;
}
