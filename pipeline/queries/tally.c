/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/tally.h"

#include "pipeline/base/hash.h"
#include <stdlib.h>
#include <string.h>

const char *const board_sorts[] = {"influence", "responses", "retweets",
                                   "replies",   "sentiment", NULL};

/* ---- Sums by id: rows in order of coming, found by an open-addressed table ---- */

typedef struct {
    total_row *rows;
    uint32_t *slots; /* Row + 1. */
    size_t count, capacity, slot_count;
} tally;

static bool tally_grow(tally *t) {
    size_t capacity = t->capacity == 0 ? 1024 : t->capacity * 2, slot_count = capacity * 2;
    total_row *rows = realloc(t->rows, capacity * sizeof(*rows));
    if (rows != NULL) t->rows = rows;
    uint32_t *slots = calloc(slot_count, sizeof(*slots));
    if (rows == NULL || slots == NULL) {
        free(slots);
        return false;
    }
    for (size_t i = 0; i < t->count; i++) {
        size_t slot = hash_mix(rows[i].id) & (slot_count - 1);
        while (slots[slot] != 0) slot = (slot + 1) & (slot_count - 1);
        slots[slot] = (uint32_t)i + 1;
    }
    free(t->slots);
    t->slots = slots;
    t->slot_count = slot_count;
    t->capacity = capacity;
    return true;
}

static total_row *tally_row(tally *t, uint32_t id) {
    if (t->count == t->capacity && !tally_grow(t)) return NULL;
    size_t slot = hash_mix(id) & (t->slot_count - 1);
    for (; t->slots[slot] != 0; slot = (slot + 1) & (t->slot_count - 1))
        if (t->rows[t->slots[slot] - 1].id == id) return &t->rows[t->slots[slot] - 1];
    total_row *row = &t->rows[t->count++];
    memset(row, 0, sizeof(*row));
    row->id = id;
    t->slots[slot] = (uint32_t)t->count;
    return row;
}

/* ---- The scan ---- */

/* Columns of window_row in the order of the schema. */
enum { W_WEIGHT, W_TWEET, W_REF, W_AUTHOR, W_RESPONDER, W_MINUTE, W_SCORE, W_LANG, W_KIND, W_RECEIVED };

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

static bool tally_block(tally *t, const flow_block *b, tally_subject subject,
                        const scan_filter *f) {
    const uint64_t *weight = b->columns[W_WEIGHT];
    const uint32_t *id = b->columns[subject == TALLY_TWEETS ? W_REF : W_AUTHOR];
    const uint32_t *minute = b->columns[W_MINUTE];
    const int32_t *score = b->columns[W_SCORE];
    const uint16_t *lang = b->columns[W_LANG];
    const uint8_t *kind = b->columns[W_KIND], *received = b->columns[W_RECEIVED];
    for (uint32_t word = 0; word * 64 < b->row_count; word++) {
        uint32_t rows = b->row_count - word * 64; /* Bits behind them mean nothing. */
        uint64_t left = b->live[word] & (rows < 64 ? (UINT64_C(1) << rows) - 1 : ~UINT64_C(0));
        for (; left != 0; left &= left - 1) {
            uint32_t i = word * 64 + (uint32_t)__builtin_ctzll(left);
            if (minute[i] < f->begin || minute[i] >= f->end) continue;
            if (!f->any_lang && lang[i] != f->lang) continue;
            total_row *row = tally_row(t, id[i]);
            if (row == NULL) return false;
            row->influence += weight[i];
            row->responses++;
            row->retweets += kind[i] == KIND_RETWEET;
            row->replies += kind[i] == KIND_REPLY;
            row->quotes += kind[i] == KIND_QUOTE;
            row->received += received[i];
            row->score_sum += score[i];
            row->score_sq += (int64_t)score[i] * score[i];
        }
    }
    return true;
}

status tally_window(const moment *m, tally_subject subject, uint32_t begin, uint32_t end,
                    text lang, total_row **rows, size_t *count) {
    tally t = {0};
    flow_block block;
    bool good = true;
    scan_filter f = {begin, end, 0, lang.count == 0};
    *rows = NULL;
    *count = 0;
    if (!f.any_lang && !lang_number(m, lang, &f.lang)) return STATUS_OK;
    for (size_t index = 0;
         good && flow_scan_next(m->snapshot, m->graph->window_scan, begin, end, &index, &block);)
        good = tally_block(&t, &block, subject, &f);
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
    return (board_params){p->window, p->start_ms,        p->end_ms,
                          p->lang,   sort_from(p->sort), p->limit};
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
