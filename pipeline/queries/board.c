/* SPDX-License-Identifier: MIT */
/* board -- the live topic: the ten best tweets and authors of a window. */
#include "pipeline/queries/answers.h"
#include "pipeline/queries/topic.h"

#include <stdlib.h>

enum { LIVE_BOARD_ROWS = 10 };

static bool write_members(json_writer *w, const moment *m, query_window window) {
    board_params p = {.window = window, .limit = LIVE_BOARD_ROWS};
    best_rows *tweets = NULL, *authors = NULL;
    uint32_t begin, end;
    bool good = board_best(m, TALLY_TWEETS, &p, &tweets, &begin, &end) == STATUS_OK &&
                board_best(m, TALLY_AUTHORS, &p, &authors, &begin, &end) == STATUS_OK;
    if (good) {
        json_key(w, "tweets");
        write_tweets(w, m, tweets);
        json_key(w, "includes");
        write_tweet_authors(w, m, tweets);
        json_key(w, "authors");
        write_authors(w, m, authors, window == WINDOW_ALL);
    }
    free(tweets);
    free(authors);
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
