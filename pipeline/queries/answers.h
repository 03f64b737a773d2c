/* SPDX-License-Identifier: MIT */
/* answers -- what queries.c puts into the tables of query.h; each is in the file of
 * its name. */
#ifndef DUNLIN_PIPELINE_QUERIES_ANSWERS_H
#define DUNLIN_PIPELINE_QUERIES_ANSWERS_H

#include "pipeline/queries/moment.h"
#include "pipeline/queries/ranking.h"

/* A page of a board: "data" by `write`, what comes after it by `after` (NULL: nothing),
 * and "meta". */
status board_answer(const moment *m, ranking_subject subject, const query_params *p, json_writer *w,
                    void (*write)(json_writer *w, const ranking *r),
                    void (*after)(json_writer *w, const ranking *r));

status authors_top(const moment *m, const query_params *p, json_writer *w);
status author_by_id(const moment *m, const query_params *p, json_writer *w);
status author_responses(const moment *m, const query_params *p, json_writer *w);
status tweets_top(const moment *m, const query_params *p, json_writer *w);
status tweet_by_id(const moment *m, const query_params *p, json_writer *w);
extern const char *const search_sorts[]; /* NULL-ended. */
status search_answer(const moment *m, const query_params *p, json_writer *w);
status compare_answer(const moment *m, const query_params *p, json_writer *w);
status timeline_answer(const moment *m, const query_params *p, json_writer *w);
status map_answer(const moment *m, const query_params *p, json_writer *w);
status places_top(const moment *m, const query_params *p, json_writer *w);
status origins_top(const moment *m, const query_params *p, json_writer *w);
status hashtags_top(const moment *m, const query_params *p, json_writer *w);
status links_top(const moment *m, const query_params *p, json_writer *w);
status langs_top(const moment *m, const query_params *p, json_writer *w);
status places_answer(const moment *m, const query_params *p, json_writer *w);
status explain_answer(const moment *m, const query_params *p, json_writer *w);
status cleaning_answer(const moment *m, const query_params *p, json_writer *w);
status dataflow_answer(const moment *m, const query_params *p, json_writer *w);

/* Pieces that the boards of the live stream share. */
void write_authors(json_writer *w, const ranking *r);
void write_tweets(json_writer *w, const ranking *r);
void write_tweet_authors(json_writer *w, const ranking *r); /* As "includes" has them. */
void write_minute_fields(json_writer *w, const minute_row *row);
void write_minute(json_writer *w, const minute_row *row);
/* One row of counts over everything. */
typedef struct {
    known_row known;
    profiles_row profiles;
    sum_row responses;
    uint64_t located, clean, deleted, bad_places;
    uint32_t rounds;
} everything;
everything stats_read(const moment *m);
/* The members of totals.json, which stats begin with. */
void write_totals(json_writer *w, const everything *e);
/* The members of stats that follow from the tables; the program adds its own, and
 * answers `stats` and `snapshot` itself. */
void write_stats(json_writer *w, const moment *m);

topic_state *board_make(const moment *m, query_window window);
void board_full(const topic_state *now, json_writer *w);
bool board_change(const topic_state *before, const topic_state *now, json_writer *w);
topic_state *map_make(const moment *m, query_window window);
void map_full(const topic_state *now, json_writer *w);
bool map_change(const topic_state *before, const topic_state *now, json_writer *w);
topic_state *timeline_make(const moment *m, query_window window);
void timeline_full(const topic_state *now, json_writer *w);
bool timeline_change(const topic_state *before, const topic_state *now, json_writer *w);
void topic_free(topic_state *s); /* All of them: topics keep what they need in one block chain. */

#endif
