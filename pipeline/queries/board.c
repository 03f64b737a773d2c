/* SPDX-License-Identifier: MIT */
/* board -- the live topic: the ten best tweets and authors of a window. */
#include "pipeline/queries/answers.h"
#include "pipeline/queries/topic.h"

#include <stdlib.h>

enum { LIVE_BOARD_ROWS = 10 };

static bool write_members(json_writer *w, const moment *m, query_window window) {
    const query_params p = {.window = window, .limit = LIVE_BOARD_ROWS};
    ranking tweets, authors = {0};
    bool good = ranking_open(&tweets, m, RANK_TWEETS, &p) == STATUS_OK &&
                ranking_open(&authors, m, RANK_AUTHORS, &p) == STATUS_OK;
    /* Who is distinct costs another scan, but for authors of all time. */
    if (good && authors.of_all) good = ranking_count(&authors) == STATUS_OK;
    if (good) {
        json_key(w, "tweets");
        write_tweets(w, &tweets);
        json_key(w, "includes");
        write_tweet_authors(w, &tweets);
        json_key(w, "authors");
        write_authors(w, &authors);
    }
    ranking_close(&tweets);
    ranking_close(&authors);
    return good;
}

topic_state *board_make(const moment *m, query_window window) {
    topic_state *s = calloc(1, sizeof(*s));
    if (s == NULL) return NULL;
    s->epoch = moment_epoch(m);
    json_writer w = json_to(&s->json);
    if (write_members(&w, m, window) && !s->json.failed) return s;
    topic_free(s);
    return NULL;
}

void board_full(const topic_state *now, json_writer *w) {
    json_begin_object(w);
    json_field(w, "epoch", u64, now->epoch);
    json_put_raw(w, buffer_text(&now->json));
    json_end_object(w);
}

bool board_change(const topic_state *before, const topic_state *now, json_writer *w) {
    if (text_equal(buffer_text(&before->json), buffer_text(&now->json))) return false;
    board_full(now, w);
    return true;
}
