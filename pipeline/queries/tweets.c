/* SPDX-License-Identifier: MIT */
/* tweets -- what spreads: the board of tweets, and one tweet. */
#include "pipeline/queries/answers.h"
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

status tweet_by_id(const moment *m, const query_params *p, json_writer *w) {
    uint32_t tweet;
    if (!idmap_find(m->graph->tweet_ids, p->id, &tweet)) return STATUS_NOT_FOUND;
    const tweet_row *row = moment_tweet(m, tweet);
    if (row == NULL) return STATUS_NOT_FOUND; /* Never known, or deleted. */
    const total_row *totals = flow_view_find(m->snapshot, m->graph->tweet_total_view, tweet);
    board_line s = {.total = {.id = tweet}};
    if (totals != NULL) s.total = *totals;
    json_key(w, "data");
    json_begin_object(w);
    write_tweet_fields(w, m, &s, 0);
    write_words(w, m, row);
    json_end_object(w);
    json_key(w, "includes");
    write_includes(w, m, &row->author, 1);
    return STATUS_OK;
}
