/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/fix_board.h"

#include "pipeline/base/array.h"
#include <stdlib.h>

bool fix_weights_add(fix_weights *w, uint32_t tweet, uint64_t followers, uint64_t tweets) {
    if (!ARRAY_ROOM(w->items, w->count, w->capacity, 64)) return false;
    w->items[w->count].tweet = tweet;
    w->items[w->count++].weight = response_weight(followers, tweets);
    return true;
}

void fix_weights_deinit(fix_weights *w) {
    free(w->items);
    *w = (fix_weights){0};
}

/* NULL: it weighs what it did. */
static const uint64_t *find_weight(const fix_weights *w, uint32_t tweet) {
    size_t low = 0, high = w->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (w->items[middle].tweet < tweet)
            low = middle + 1;
        else
            high = middle;
    }
    return low < w->count && w->items[low].tweet == tweet ? &w->items[low].weight : NULL;
}

/* What each author's influence would grow by. */
static void add_shifts(const moment *m, const fix_weights *w, flow_i128 *shifts) {
    flow_block b;
    for (size_t index = 0;
         flow_scan_next(m->snapshot, m->graph->response_scan, 0, UINT32_MAX, &index, &b);) {
        const uint32_t *tweets = b.columns[RESPONSE_TWEET], *authors = b.columns[RESPONSE_AUTHOR];
        const uint64_t *weights = b.columns[RESPONSE_WEIGHT];
        for (uint32_t i = 0; i < b.row_count; i++) {
            if ((b.live[i / 64] >> (i % 64) & 1) == 0) continue;
            const uint64_t *after = find_weight(w, tweets[i]);
            if (after != NULL) shifts[authors[i]] += (flow_i128)*after - (flow_i128)weights[i];
        }
    }
}

static bool is_above(const moment *m, flow_i128 influence, uint32_t user, flow_i128 other,
                     uint32_t other_user) {
    if (influence != other) return influence > other;
    return idmap_id(m->graph->user_ids, user) < idmap_id(m->graph->user_ids, other_user);
}

static void offer(const moment *m, fix_board *b, const fix_board_row *row) {
    size_t at = b->count;
    if (at < FIX_BOARD_ROWS)
        b->count++;
    else if (!is_above(m, row->after, row->user, b->rows[at - 1].after, b->rows[at - 1].user))
        return;
    else
        at--;
    for (;
         at > 0 && is_above(m, row->after, row->user, b->rows[at - 1].after, b->rows[at - 1].user);
         at--)
        b->rows[at] = b->rows[at - 1];
    b->rows[at] = *row;
}

/* How many stood above each before. */
static void find_ranks(const moment *m, fix_board *b) {
    const total_row *t;
    for (size_t i = 0; i < b->count; i++) b->rows[i].was = 1;
    for (uint32_t user = 0;
         (t = flow_view_next(m->snapshot, m->graph->author_total_view, &user)) != NULL; user++)
        for (size_t i = 0; i < b->count; i++)
            b->rows[i].was += is_above(m, t->influence, user, b->rows[i].before, b->rows[i].user);
}

status fix_board_make(const moment *m, const fix_weights *w, fix_board *result) {
    const total_row *t;
    flow_i128 *shifts = calloc((size_t)idmap_count(m->graph->user_ids) + 1, sizeof(*shifts));
    *result = (fix_board){0};
    if (shifts == NULL) return STATUS_NO_MEMORY;
    if (w->count > 0) add_shifts(m, w, shifts);
    for (uint32_t user = 0;
         (t = flow_view_next(m->snapshot, m->graph->author_total_view, &user)) != NULL; user++)
        offer(m, result,
              &(fix_board_row){
                  .user = user, .before = t->influence, .after = t->influence + shifts[user]});
    free(shifts);
    find_ranks(m, result);
    return STATUS_OK;
}
