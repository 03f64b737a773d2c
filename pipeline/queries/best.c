/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/best.h"

#include <stdlib.h>
#include <string.h>

const char *const board_sorts[] = {
    "influence",   "responses", "retweets",  "replies",   "quotes",    "responders", "reception",
    "controversy", "recent_5m", "recent_1h", "recent_6h", "sentiment", NULL};

board_sort board_sort_from(const char *name) {
    for (size_t i = 0; name != NULL && board_sorts[i] != NULL; i++)
        if (strcmp(name, board_sorts[i]) == 0) return (board_sort)i;
    return SORT_INFLUENCE;
}

best_rows *best_new(const moment *m, best_tie_of tie_of, board_sort sort, size_t limit,
                    const best_position *after) {
    best_rows *b = malloc(sizeof(*b) + limit * sizeof(b->rows[0]));
    if (b != NULL)
        *b = (best_rows){
            .moment = m, .tie_of = tie_of, .sort = sort, .after = after, .limit = limit};
    return b;
}

/* False: it has no place on this board. */
static bool mark_of(board_sort sort, const board_line *s, int64_t *mark) {
    const total_row *t = &s->total;
    double low, high, spread;
    switch (sort) {
    case SORT_INFLUENCE: *mark = 0; break; /* Influence decides. */
    case SORT_RESPONSES: *mark = t->responses; break;
    case SORT_RETWEETS: *mark = t->retweets; break;
    case SORT_REPLIES: *mark = t->replies; break;
    case SORT_QUOTES: *mark = t->quotes; break;
    case SORT_RESPONDERS: *mark = s->responders; break;
    case SORT_RECEPTION:
    case SORT_SENTIMENT:
        if (!mean_interval(t->received, t->score_sum, t->score_sq, &low, &high)) return false;
        *mark = (int64_t)(low * 1e9);
        break;
    case SORT_CONTROVERSY:
        if (!mean_spread(t->received, t->score_sum, t->score_sq, &spread, &low)) return false;
        *mark = (int64_t)(low * 1e9);
        break;
    case SORT_RECENT_5M:
    case SORT_RECENT_1H:
    case SORT_RECENT_6H: *mark = (int64_t)s->recent; break;
    }
    return true;
}

best_position best_position_of(const best_rows *b, const best_row *row) {
    return (best_position){row->mark, row->s.total.influence,
                           b->tie_of(b->moment, row->s.total.id)};
}

static int compare_ties(best_tie x, best_tie y) {
    for (size_t i = 0; i < 2; i++)
        if (x.words[i] != y.words[i]) return x.words[i] < y.words[i] ? -1 : 1;
    return 0;
}

/* Ties are only worked out where they decide. */
static bool stands_before(const best_rows *b, const best_row *x, const best_row *y) {
    const total_row *s = &x->s.total, *t = &y->s.total;
    if (x->mark != y->mark) return x->mark > y->mark;
    if (s->influence != t->influence) return s->influence > t->influence;
    return compare_ties(b->tie_of(b->moment, s->id), b->tie_of(b->moment, t->id)) < 0;
}

static bool stands_after(const best_rows *b, const best_row *row, const best_position *p) {
    if (row->mark != p->mark) return row->mark < p->mark;
    if (row->s.total.influence != p->influence) return row->s.total.influence < p->influence;
    return compare_ties(b->tie_of(b->moment, row->s.total.id), p->tie) > 0;
}

static void swap_rows(best_rows *b, size_t i, size_t j) {
    best_row row = b->rows[i];
    b->rows[i] = b->rows[j];
    b->rows[j] = row;
}

/* A heap with the worst on top: what comes need only beat that one. */
static void sift_down(best_rows *b, size_t at, size_t count) {
    for (size_t child; (child = at * 2 + 1) < count; at = child) {
        if (child + 1 < count && stands_before(b, &b->rows[child], &b->rows[child + 1])) child++;
        if (!stands_before(b, &b->rows[at], &b->rows[child])) return;
        swap_rows(b, at, child);
    }
}

void best_offer(best_rows *b, const board_line *s) {
    best_row offered = {0, *s};
    if (b->limit == 0 || !mark_of(b->sort, s, &offered.mark)) return;
    if (b->after != NULL && !stands_after(b, &offered, b->after)) return;
    if (b->count == b->limit) {
        if (!stands_before(b, &offered, &b->rows[0])) return;
        b->rows[0] = offered;
        sift_down(b, 0, b->count);
        return;
    }
    size_t at = b->count++;
    b->rows[at] = offered;
    for (size_t parent; at > 0; at = parent) {
        parent = (at - 1) / 2;
        if (!stands_before(b, &b->rows[parent], &b->rows[at])) return;
        swap_rows(b, at, parent);
    }
}

void best_end(best_rows *b) {
    for (size_t count = b->count; count > 1; count--) {
        swap_rows(b, 0, count - 1);
        sift_down(b, 0, count - 1);
    }
}
