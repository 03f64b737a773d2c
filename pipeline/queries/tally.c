/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/tally.h"

#include "pipeline/base/prefetch.h"

#include <stdlib.h>
#include <string.h>

const char *const board_sorts[] = {"influence", "responses", "retweets",
                                   "replies",   "sentiment", NULL};

/* ---- Sums by id: a slot for every number, since numbers are dense ---- */

typedef struct {
    total_row *rows;
    uint32_t *slots; /* By id: row + 1, 0 where nothing came. */
    size_t count, capacity;
} tally;

static bool tally_grow(tally *t) {
    size_t capacity = t->capacity == 0 ? 1024 : t->capacity * 2;
    total_row *rows = realloc(t->rows, capacity * sizeof(*rows));
    if (rows == NULL) return false;
    t->rows = rows;
    t->capacity = capacity;
    return true;
}

static total_row *tally_row(tally *t, uint32_t id) {
    if (t->slots[id] != 0) return &t->rows[t->slots[id] - 1];
    if (t->count == t->capacity && !tally_grow(t)) return NULL;
    total_row *row = &t->rows[t->count++];
    memset(row, 0, sizeof(*row));
    row->id = id;
    t->slots[id] = (uint32_t)t->count;
    return row;
}

/* ---- The scan ---- */

/* Columns of window_row in the order of the schema. */
enum {
    W_WEIGHT,
    W_TWEET,
    W_REF,
    W_AUTHOR,
    W_RESPONDER,
    W_MINUTE,
    W_SCORE,
    W_LANG,
    W_KIND,
    W_RECEIVED
};

typedef struct {
    uint32_t begin, end, lang;
    bool any_lang;
} scan_filter;

static bool lang_number(const moment *m, text lang, uint32_t *number) {
    /* Languages are few: a handle is found by looking at those that occur. */
    const lang_row *row;
    for (uint32_t key = 0; (row = flow_view_next(m->snapshot, m->graph->lang_view, &key)) != NULL;
         key++) {
        *number = row->lang;
        if (text_equal(strings_get(m->langs, row->lang), lang)) return true;
    }
    return false;
}

/* The rows of a block that pass, so that the sums below need no branch and the slots
 * they need are on their way. */
static uint32_t select_rows(const flow_block *b, const scan_filter *f, uint32_t *chosen) {
    const uint32_t *minute = b->columns[W_MINUTE];
    const uint16_t *lang = b->columns[W_LANG];
    uint32_t count = 0, span = f->end - f->begin;
    for (uint32_t i = 0; i < b->row_count; i++) {
        bool passes = (b->live[i / 64] >> (i % 64) & 1) != 0 && minute[i] - f->begin < span &&
                      (f->any_lang || lang[i] == f->lang);
        chosen[count] = i;
        count += passes;
    }
    return count;
}

static void add_response(total_row *row, const flow_block *b, uint32_t i) {
    int64_t score = ((const int32_t *)b->columns[W_SCORE])[i];
    uint8_t kind = ((const uint8_t *)b->columns[W_KIND])[i];
    row->influence += ((const uint64_t *)b->columns[W_WEIGHT])[i];
    row->responses++;
    row->retweets += kind == KIND_RETWEET;
    row->replies += kind == KIND_REPLY;
    row->quotes += kind == KIND_QUOTE;
    row->received += ((const uint8_t *)b->columns[W_RECEIVED])[i];
    row->score_sum += score;
    row->score_sq += score * score;
}

enum { AHEAD = 16 }; /* Rows whose sums are fetched before they are needed. */

static bool tally_block(tally *t, const flow_block *b, tally_subject subject, const scan_filter *f,
                        uint32_t *chosen) {
    const uint32_t *id = b->columns[subject == TALLY_TWEETS ? W_REF : W_AUTHOR];
    uint32_t count = select_rows(b, f, chosen);
    for (uint32_t i = 0; i < count; i++) {
        if (i + 2 * AHEAD < count) prefetch_to_read(&t->slots[id[chosen[i + 2 * AHEAD]]]);
        if (i + AHEAD < count) {
            uint32_t slot = t->slots[id[chosen[i + AHEAD]]];
            prefetch_to_write(&t->rows[slot == 0 ? 0 : slot - 1]);
        }
        total_row *row = tally_row(t, id[chosen[i]]);
        if (row == NULL) return false;
        add_response(row, b, chosen[i]);
    }
    return true;
}

status tally_window(const moment *m, tally_subject subject, uint32_t begin, uint32_t end, text lang,
                    total_row **rows, size_t *count) {
    const idmap *ids = subject == TALLY_TWEETS ? m->graph->tweet_ids : m->graph->user_ids;
    scan_filter f = {begin, end, 0, lang.count == 0};
    *rows = NULL;
    *count = 0;
    if (!f.any_lang && !lang_number(m, lang, &f.lang)) return STATUS_OK;
    tally t = {.slots = calloc((size_t)idmap_count(ids) + 1, sizeof(*t.slots))};
    uint32_t *chosen = malloc((FLOW_BLOCK_ROWS_MAX + 1) * sizeof(*chosen));
    flow_block block;
    bool good = t.slots != NULL && chosen != NULL;
    for (size_t index = 0;
         good && flow_scan_next(m->snapshot, m->graph->window_scan, begin, end, &index, &block);)
        good = tally_block(&t, &block, subject, &f, chosen);
    free(chosen);
    free(t.slots);
    if (!good) {
        free(t.rows);
        return STATUS_NO_MEMORY;
    }
    *rows = t.rows;
    *count = t.count;
    return STATUS_OK;
}

/* ---- The best ---- */

best_rows *best_new(const idmap *ids, board_sort sort, size_t limit) {
    best_rows *b = malloc(sizeof(*b) + limit * sizeof(b->rows[0]));
    if (b != NULL) *b = (best_rows){.ids = ids, .sort = sort, .limit = limit};
    return b;
}

static bool mark_of(const best_rows *b, const total_row *row, int64_t *mark) {
    double low, high;
    switch (b->sort) {
    case SORT_INFLUENCE: *mark = 0; break; /* Influence decides. */
    case SORT_RESPONSES: *mark = row->responses; break;
    case SORT_RETWEETS: *mark = row->retweets; break;
    case SORT_REPLIES: *mark = row->replies; break;
    case SORT_SENTIMENT:
        if (!mean_interval(row->received, row->score_sum, row->score_sq, &low, &high)) return false;
        *mark = (int64_t)(low * 1e9);
        break;
    }
    return true;
}

static bool stands_before(const best_rows *b, const best_row *x, const best_row *y) {
    if (x->mark != y->mark) return x->mark > y->mark;
    if (x->row.influence != y->row.influence) return x->row.influence > y->row.influence;
    return idmap_id(b->ids, x->row.id) < idmap_id(b->ids, y->row.id);
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

void best_offer(best_rows *b, const total_row *row) {
    best_row offered = {0, *row};
    if (b->limit == 0 || !mark_of(b, row, &offered.mark)) return;
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

/* Of all time without a filter: by influence the maintained board has the answer; the
 * other sorts look at each total once. */
static void offer_all(const moment *m, tally_subject subject, best_rows *best) {
    const graph *g = m->graph;
    const flow_view *totals = subject == TALLY_TWEETS ? g->tweet_total_view : g->author_total_view;
    const flow_view *keys = totals;
    if (best->sort == SORT_INFLUENCE && best->limit <= BOARD_ROWS)
        keys = subject == TALLY_TWEETS ? g->tweet_board_view : g->author_board_view;
    for (uint32_t key = 0; flow_view_next(m->snapshot, keys, &key) != NULL; key++) {
        const total_row *row = flow_view_find(m->snapshot, totals, key);
        if (row != NULL) best_offer(best, row);
    }
}

static board_sort sort_from(const char *name) {
    board_sort sort = SORT_INFLUENCE;
    for (size_t i = 0; name != NULL && board_sorts[i] != NULL; i++)
        if (strcmp(name, board_sorts[i]) == 0) sort = (board_sort)i;
    return sort;
}

board_params board_params_of(const query_params *p) {
    return (board_params){p->window,      p->start_ms,        p->end_ms,
                          p->filter.lang, sort_from(p->sort), p->limit};
}

status board_best(const moment *m, tally_subject subject, const board_params *p, best_rows **result,
                  uint32_t *begin, uint32_t *end) {
    const graph *g = m->graph;
    best_rows *best =
        best_new(subject == TALLY_TWEETS ? g->tweet_ids : g->user_ids, p->sort, p->limit);
    *result = best;
    if (best == NULL) return STATUS_NO_MEMORY;
    bool any = moment_window(m, p->window, p->start_ms, p->end_ms, begin, end);
    if (p->window == WINDOW_ALL && p->lang.count == 0) {
        offer_all(m, subject, best);
    } else if (any) {
        total_row *rows;
        size_t count;
        status s = tally_window(m, subject, *begin, *end, p->lang, &rows, &count);
        for (size_t i = 0; i < count; i++) best_offer(best, &rows[i]);
        free(rows);
        if (s != STATUS_OK) return s;
    }
    best_end(best);
    return STATUS_OK;
}
