/* SPDX-License-Identifier: MIT */
/* model_board -- boards by plain loops over a model: which responses a question counts,
 * summed in a list that is searched from its beginning. */
#ifndef DUNLIN_TESTS_SUPPORT_MODEL_BOARD_H
#define DUNLIN_TESTS_SUPPORT_MODEL_BOARD_H

#include "pipeline/queries/ranking.h"
#include "tests/support/model.h"

enum { MODEL_LINES = 256, MODEL_KEY_BYTES = 96 };

typedef struct {
    char key[MODEL_KEY_BYTES]; /* What it is of: an id, a language, a place's coordinates. */
    model_total sums;
    bool responders[MODEL_IDS], authors[MODEL_IDS], tweets[MODEL_IDS]; /* Who and what is in it. */
    double recent;
} model_line;

typedef struct {
    model_line lines[MODEL_LINES];
    size_t count;
} model_board;

/* Minutes [begin, end) are of time; half_life in minutes, 0: none.  filter.author is an id
 * or "@name"; filter.place a name. */
typedef struct {
    uint32_t begin, end, as_of, half_life;
    query_filter filter;
    bool all_texts;
} model_question;

void model_board_compute(model_board *b, const model *m, ranking_subject subject,
                         const model_question *q);
/* Nobody is at the place, or has the name: there is no answer. */
bool model_names_nothing(const model *m, const query_filter *f);
/* Who an id, or "@name", means: 0 when there is none. */
uint64_t model_author_meant(const model *m, text who);
bool model_has_hashtag(const model *m, uint64_t id, text hashtag);
size_t model_mention_count(const model *m, uint64_t id, bool hashtags); /* Else links. */
/* What a sort ranks by; false: it has no place on the board. */
bool model_mark(const model_line *line, board_sort sort, double *mark);
uint64_t model_count(const bool *is_in);

#endif
