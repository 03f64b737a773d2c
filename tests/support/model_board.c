/* SPDX-License-Identifier: MIT */
#include "tests/support/model_board.h"

#include "pipeline/base/times.h"
#include "tests/support/model_wanted.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool same_name(text a, text b) {
    return a.count == b.count && (a.count == 0 || strncasecmp(a.bytes, b.bytes, a.count) == 0);
}

uint64_t model_author_meant(const model *m, text who) {
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
    if (f->author.count > 0 && model_author_meant(m, f->author) == 0) return true;
    for (uint64_t id = 1; id < MODEL_IDS; id++) any |= is_at(&m->users[id], f->place);
    return f->place.count > 0 && !any;
}

static bool is_good(const model *m, const model_user *u) {
    return u->makes_point && m->places[u->place_index].round == 0;
}

static bool is_inside(const model_user *u, const query_box *b) {
    double lat = u->place.lat_e7 / 1e7, lon = u->place.lon_e7 / 1e7;
    double west = b->west_e7 / 1e7, east = b->east_e7 / 1e7;
    if (west > east) east += 360; /* Once around. */
    if (lon < west) lon += 360;
    return u->makes_point && lat >= b->south_e7 / 1e7 && lat <= b->north_e7 / 1e7 && lon <= east;
}

static bool ends_pass(const model *m, const model_user *a, const model_user *b,
                      const query_filter *f) {
    bool located = a->makes_point && b->makes_point, clean = is_good(m, a) && is_good(m, b);
    if (f->place.count > 0 && !is_at(b, f->place)) return false;
    if (f->box.is_given && !is_inside(b, &f->box)) return false;
    if (f->located != QUERY_ANY && located != (f->located == QUERY_TRUE)) return false;
    return f->clean == QUERY_ANY || clean == (f->clean == QUERY_TRUE);
}

static bool passes(const model *m, uint64_t id, const model_question *q) {
    const model_tweet *t = &m->tweets[id];
    const query_filter *f = &q->filter;
    int64_t minute = minute_of(t->created_ms);
    if (!model_is_response(m, id) || minute < q->begin || minute >= q->end) return false;
    uint64_t author = m->tweets[t->target].author;
    if (f->lang.count > 0 && !text_equal(f->lang, t->mood.lang)) return false;
    if (f->kinds != 0 && (f->kinds >> t->kind & 1) == 0) return false;
    if (f->author.count > 0 && author != model_author_meant(m, f->author)) return false;
    if (f->wanted.count > 0 && !model_wants(m, t->target, f->wanted)) return false;
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
    l->responders[t->author] = l->tweets[t->target] = l->authors[m->tweets[t->target].author] =
        true;
    if (q->half_life > 0) l->recent += exp2(-(double)(age < 0 ? 0 : age) / q->half_life);
    if (t->mood.label == SENTIMENT_UNKNOWN || (!q->all_texts && t->kind == KIND_RETWEET)) return;
    l->sums.received++;
    l->sums.score_sum += t->mood.score_e6;
    l->sums.score_sq += (flow_i128)t->mood.score_e6 * t->mood.score_e6;
}

/* ---- What a response belongs to ---- */

enum { KEYS_MAX = 8 };
typedef struct {
    char keys[KEYS_MAX][MODEL_KEY_BYTES];
    size_t count;
} key_list;

static void add_key(key_list *l, const char *bytes, size_t count) {
    char key[MODEL_KEY_BYTES];
    (void)snprintf(key, sizeof key, "%.*s", (int)count, bytes);
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->keys[i], key) == 0) return;
    memcpy(l->keys[l->count++], key, sizeof key);
}

/* Words apart by blanks, ASCII; in a list, by newlines.  Hashtags are in lower case. */
static void add_words(key_list *l, text words, bool is_list, bool hashtags) {
    for (size_t at = 0; at < words.count; at++) {
        size_t begin = at;
        char lower[MODEL_KEY_BYTES];
        while (at < words.count && words.bytes[at] != (is_list ? '\n' : ' ')) at++;
        text word = text_slice(words, begin, at);
        if (!is_list && !text_starts_with(word, hashtags ? TEXT("#") : TEXT("http"))) continue;
        if (!is_list && hashtags) word = text_slice(word, 1, word.count);
        if (!is_list && text_ends_with(word, TEXT("!"))) word.count--;
        for (size_t i = 0; i < word.count; i++)
            lower[i] = (char)(hashtags ? tolower((unsigned char)word.bytes[i]) : word.bytes[i]);
        if (word.count > 0) add_key(l, lower, word.count);
    }
}

static void add_mentions(key_list *l, const model_tweet *t, bool hashtags) {
    bool is_list = hashtags ? t->lists_hashtags : t->lists_links;
    if (t->kind == KIND_RETWEET) return;
    add_words(l, is_list ? (hashtags ? t->hashtags : t->links) : t->text, is_list, hashtags);
}

static void add_number(key_list *l, uint64_t id) {
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%d", (int)id);
    add_key(l, digits, strlen(digits));
}

static void add_place(key_list *l, const model_user *u) {
    char at[40];
    (void)snprintf(at, sizeof at, "%d %d", u->place.lat_e7, u->place.lon_e7);
    if (u->has_place) add_key(l, at, strlen(at));
}

static void add_keys(key_list *l, const model *m, uint64_t id, ranking_subject subject) {
    const model_tweet *t = &m->tweets[id], *o = &m->tweets[t->target];
    l->count = 0;
    switch (subject) {
    case RANK_TWEETS: add_number(l, t->target); break;
    case RANK_AUTHORS: add_number(l, o->author); break;
    case RANK_LANGS: add_key(l, t->mood.lang.bytes, t->mood.lang.count); break;
    case RANK_PLACES: add_place(l, &m->users[o->author]); break;
    case RANK_ORIGINS: add_place(l, &m->users[t->author]); break;
    case RANK_HASHTAGS: add_mentions(l, o, true); break;
    case RANK_LINKS: add_mentions(l, o, false); break;
    }
}

bool model_has_hashtag(const model *m, uint64_t id, text hashtag) {
    key_list l = {.count = 0};
    add_mentions(&l, &m->tweets[id], true);
    for (size_t i = 0; i < l.count; i++)
        if (same_name(text_of(l.keys[i]), hashtag)) return true;
    return hashtag.count == 0;
}

size_t model_mention_count(const model *m, uint64_t id, bool hashtags) {
    key_list l = {.count = 0};
    add_mentions(&l, &m->tweets[id], hashtags);
    return l.count;
}

void model_board_compute(model_board *b, const model *m, ranking_subject subject,
                         const model_question *q) {
    key_list l;
    b->count = 0;
    for (uint64_t id = 1; id < MODEL_IDS; id++) {
        if (!passes(m, id, q) || !model_has_hashtag(m, m->tweets[id].target, q->filter.hashtag))
            continue;
        add_keys(&l, m, id, subject);
        for (size_t i = 0; i < l.count; i++) add(b, l.keys[i], m, id, q);
    }
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
