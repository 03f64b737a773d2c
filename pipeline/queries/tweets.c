/* SPDX-License-Identifier: MIT */
/* tweets -- what spreads: the board of tweets, and one tweet. */
#include "pipeline/queries/answers.h"
#include "pipeline/queries/detail.h"
#include "pipeline/queries/named.h"
#include "pipeline/queries/shapes.h"
#include "sentiment/sentiment.h"

#include <stdlib.h>

static void write_tweet(json_writer *w, const moment *m, const board_line *s, unsigned show) {
    json_begin_object(w);
    write_tweet_fields(w, m, s, show);
    json_end_object(w);
}

void write_tweets(json_writer *w, const ranking *r) {
    json_begin_array(w);
    for (size_t i = 0; i < r->count; i++) write_tweet(w, r->moment, &r->lines[i], ranking_shows(r));
    json_end_array(w);
}

void write_tweet_authors(json_writer *w, const ranking *r) {
    uint32_t *users = malloc((r->count + 1) * sizeof(*users));
    size_t count = 0;
    for (size_t i = 0; users != NULL && i < r->count; i++) {
        const tweet_row *row = moment_tweet(r->moment, r->lines[i].total.id);
        if (row != NULL) users[count++] = row->author;
    }
    if (users == NULL) w->out->failed = true;
    write_includes(w, r->moment, users, count);
    free(users);
}

static void write_board_includes(json_writer *w, const ranking *r) {
    json_key(w, "includes");
    write_tweet_authors(w, r);
}

status tweets_top(const moment *m, const query_params *p, json_writer *w) {
    return board_answer(m, RANK_TWEETS, p, w, write_tweets, write_board_includes);
}

/* What the scorer made of the words; none where it did not score. */
static void write_words(json_writer *w, const moment *m, const tweet_row *row) {
    bool is_scored = row->label != SENTIMENT_UNKNOWN;
    json_key(w, "words");
    sentiment_write_words(m->model, is_scored ? texts_get(m->texts, row->text) : TEXT(""),
                          (row->flags & TWEET_IS_PLAIN) != 0, w);
}

/* ---- One tweet ---- */

/* Names of mentions, as they come. */
typedef struct {
    text names[64]; /* A tweet has fewer (MENTIONS_MAX). */
    size_t count;
    const moment *moment;
} name_list;

static bool add_name(uint32_t tweet, uint32_t name, void *context) {
    name_list *l = context;
    (void)tweet;
    if (l->count < sizeof l->names / sizeof l->names[0])
        l->names[l->count++] = strings_get(l->moment->names, name);
    return true;
}

static int by_bytes(const void *a, const void *b) {
    return text_compare(*(const text *)a, *(const text *)b);
}

static void write_mentions(json_writer *w, const char *key, const moment *m, const flow_scan *table,
                           uint32_t tweet) {
    name_list l = {.moment = m};
    (void)named_each(m, table, tweet, tweet + 1, add_name, &l);
    if (l.count > 0) qsort(l.names, l.count, sizeof l.names[0], by_bytes);
    json_key(w, key);
    json_begin_array(w);
    for (size_t i = 0; i < l.count; i++) json_put_text(w, l.names[i]);
    json_end_array(w);
}

static void write_card(json_writer *w, const moment *m, const tweet_row *row, detail *d) {
    const total_row *totals = flow_view_find(m->snapshot, m->graph->tweet_total_view, row->tweet);
    board_line s = {.total = {.id = row->tweet}, .responders = detail_responders(d)};
    if (totals != NULL) s.total = *totals;
    json_begin_object(w);
    write_tweet_fields(w, m, &s, SHOW_RESPONDERS);
    write_mentions(w, "hashtags", m, m->graph->hashtag_scan, row->tweet);
    write_mentions(w, "links", m, m->graph->link_scan, row->tweet);
    json_key(w, "terms");
    json_begin_object(w);
    json_key(w, "influence");
    detail_write_heaviest(w, d);
    json_end_object(w);
    json_key(w, "responses_by_minute");
    detail_write_minutes(w, d);
    json_key(w, "responses_by_place");
    detail_write_places(w, d);
    write_words(w, m, row);
    json_end_object(w);
}

status tweet_by_id(const moment *m, const query_params *p, json_writer *w) {
    uint32_t tweet;
    detail d;
    if (!idmap_find(m->graph->tweet_ids, p->id, &tweet)) return STATUS_NOT_FOUND;
    const tweet_row *row = moment_tweet(m, tweet);
    if (row == NULL) return STATUS_NOT_FOUND; /* Never known, or deleted. */
    status s = detail_open(&d, m, RESPONSE_REF, tweet, row->author);
    if (s == STATUS_OK) {
        json_key(w, "data");
        write_card(w, m, row, &d);
        json_key(w, "includes");
        write_includes(w, m, &row->author, 1);
    }
    detail_close(&d);
    return s;
}
