/* SPDX-License-Identifier: MIT */
/* ranking -- one page of a board: what a filter lets pass, summed by what the board is
 * of, in the order asked for. */
#ifndef DUNLIN_PIPELINE_QUERIES_RANKING_H
#define DUNLIN_PIPELINE_QUERIES_RANKING_H

#include "pipeline/queries/best.h"
#include "pipeline/queries/members.h"

typedef enum {
    RANK_TWEETS,
    RANK_AUTHORS,
    RANK_PLACES,  /* Of the authors responded to. */
    RANK_ORIGINS, /* Places of those who respond. */
    RANK_LANGS,
    RANK_HASHTAGS,
    RANK_LINKS
} ranking_subject;

typedef struct {
    const moment *moment;
    ranking_subject subject;
    board_sort sort;
    uint32_t begin, end; /* Minutes of the window. */
    bool of_all;         /* All responses of all time. */
    board_line *lines;   /* Best first. */
    size_t count;
    bool has_distinct; /* The lines' tweets, authors, responders are filled in. */
    filter filter;
    members members;
} ranking;

/* Takes window, filter, sort, all_texts, limit, cursor and next of *p.  What comes back
 * is that of query.answer; ranking_close is due whatever it is. */
status ranking_open(ranking *r, const moment *m, ranking_subject subject, const query_params *p);
/* Fills in what is distinct among the responses of the lines, by another scan. */
status ranking_count(ranking *r);
void ranking_close(ranking *r);
/* What its lines have to show beside the sums (SHOW_...: shapes.h). */
unsigned ranking_shows(const ranking *r);

#endif
