/* SPDX-License-Identifier: MIT */
/* tweets -- what spreads: the board of tweets, and one tweet. */
#include "pipeline/queries/answers.h"
#include "pipeline/queries/shapes.h"
#include "pipeline/queries/tally.h"

#include <stdlib.h>
#include <string.h>

static uint32_t author_of(const moment *m, const total_row *t) {
    const tweet_row *row = moment_tweet(m, t->id);
    return row == NULL ? NO_NUMBER : row->author;
}

void write_tweets(json_writer *w, const moment *m, const best_rows *best) {
    json_begin_array(w);
    for (size_t i = 0; i < best->count; i++) write_tweet(w, m, &best->rows[i].row);
    json_end_array(w);
}

void write_tweet_authors(json_writer *w, const moment *m, const best_rows *best) {
    uint32_t users[100];
    size_t count = 0;
    for (size_t i = 0; i < best->count && i < 100; i++) {
        users[count] = author_of(m, &best->rows[i].row);
        count += users[count] != NO_NUMBER;
    }
    write_includes(w, m, users, count);
}

status tweets_top(const moment *m, const query_params *p, json_writer *w) {
    best_rows *best;
    uint32_t begin, end;
    board_params params = board_params_of(p);
    status s = board_best(m, TALLY_TWEETS, &params, &best, &begin, &end);
    if (s == STATUS_OK) {
        json_key(w, "data");
        write_tweets(w, m, best);
        json_key(w, "includes");
        write_tweet_authors(w, m, best);
        json_key(w, "meta");
        json_begin_object(w);
        json_field(w, "result_count", u64, best->count);
        write_window(w, begin, end);
        json_end_object(w);
    }
    free(best);
    return s;
}

status tweet_by_id(const moment *m, const query_params *p, json_writer *w) {
    uint32_t tweet;
    if (!idmap_find(m->graph->tweet_ids, p->id, &tweet)) return STATUS_NOT_FOUND;
    const tweet_row *row = moment_tweet(m, tweet);
    if (row == NULL) return STATUS_NOT_FOUND; /* Never known, or deleted. */
    const total_row *totals = flow_view_find(m->snapshot, m->graph->tweet_total_view, tweet);
    total_row none;
    memset(&none, 0, sizeof none);
    none.id = tweet;
    json_key(w, "data");
    write_tweet(w, m, totals == NULL ? &none : totals);
    json_key(w, "includes");
    write_includes(w, m, &row->author, 1);
    return STATUS_OK;
}
