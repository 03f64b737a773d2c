/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/tally.h"

#include "pipeline/base/prefetch.h"
#include <stdlib.h>
#include <string.h>

/* ---- Sums by number: a slot for each, since numbers are dense ---- */

static bool tally_grow(tally *t, bool fades) {
    size_t capacity = t->capacity == 0 ? 1024 : t->capacity * 2;
    total_row *rows = realloc(t->rows, capacity * sizeof(*rows));
    if (rows != NULL) t->rows = rows;
    uint64_t *recent = fades ? realloc(t->recent, capacity * sizeof(*recent)) : NULL;
    if (recent != NULL) t->recent = recent;
    if (rows == NULL || (fades && recent == NULL)) return false;
    t->capacity = capacity;
    return true;
}

static bool tally_row(tally *t, uint32_t number, bool fades, size_t *index) {
    if (t->slots[number] != 0) {
        *index = t->slots[number] - 1;
        return true;
    }
    if (t->count == t->capacity && !tally_grow(t, fades)) return false;
    *index = t->count++;
    memset(&t->rows[*index], 0, sizeof(t->rows[0]));
    t->rows[*index].id = number;
    if (fades) t->recent[*index] = 0;
    t->slots[number] = (uint32_t)t->count;
    return true;
}

/* ---- The scan ---- */

void tally_add(total_row *row, const flow_block *b, uint32_t i, bool all_texts) {
    uint8_t kind = ((const uint8_t *)b->columns[RESPONSE_KIND])[i];
    row->influence += ((const uint64_t *)b->columns[RESPONSE_WEIGHT])[i];
    row->responses++;
    row->retweets += kind == KIND_RETWEET;
    row->replies += kind == KIND_REPLY;
    row->quotes += kind == KIND_QUOTE;
    const uint8_t words = all_texts ? WORDS_SCORED : WORDS_RECEIVED;
    if ((((const uint8_t *)b->columns[RESPONSE_WORDS])[i] & words) == 0) return;
    int64_t score = ((const int32_t *)b->columns[RESPONSE_SCORE])[i];
    row->received++;
    row->score_sum += score;
    row->score_sq += score * score;
}

static uint64_t fade(const flow_block *b, uint32_t i, const tally_options *o) {
    uint32_t minute = ((const uint32_t *)b->columns[RESPONSE_MINUTE])[i];
    return decay_weight(o->fade, minute > o->as_of ? 0 : o->as_of - minute);
}

enum response_column tally_column(tally_key by) {
    return by == TALLY_BY_TWEET    ? RESPONSE_REF
           : by == TALLY_BY_AUTHOR ? RESPONSE_AUTHOR
                                   : RESPONSE_RESPONDER;
}

/* The numbers that the chosen rows are summed by. */
static void gather(const flow_block *b, tally_key by, const uint32_t *chosen, uint32_t count,
                   uint32_t *numbers) {
    if (by == TALLY_BY_LANG) {
        const uint16_t *lang = b->columns[RESPONSE_LANG];
        for (uint32_t i = 0; i < count; i++) numbers[i] = lang[chosen[i]];
        return;
    }
    const uint32_t *column = b->columns[tally_column(by)];
    for (uint32_t i = 0; i < count; i++) numbers[i] = column[chosen[i]];
}

enum { AHEAD = 16 }; /* Rows whose sums are fetched before they are needed. */

static bool tally_block(tally *t, const flow_block *b, const uint32_t *chosen,
                        const uint32_t *numbers, uint32_t count, const tally_options *o) {
    const bool all_texts = o->all_texts; /* Not read again for each row. */
    for (uint32_t i = 0; i < count; i++) {
        size_t index;
        if (i + 2 * AHEAD < count) prefetch_to_read(&t->slots[numbers[i + 2 * AHEAD]]);
        if (i + AHEAD < count) {
            uint32_t slot = t->slots[numbers[i + AHEAD]];
            prefetch_to_write(&t->rows[slot == 0 ? 0 : slot - 1]);
        }
        if (!tally_row(t, numbers[i], o->fade != NULL, &index)) return false;
        tally_add(&t->rows[index], b, chosen[i], all_texts);
        if (o->fade != NULL) t->recent[index] += fade(b, chosen[i], o);
    }
    return true;
}

uint32_t tally_number_max(const moment *m, tally_key by) {
    if (by == TALLY_BY_LANG) return UINT16_MAX + 1;
    return idmap_count(by == TALLY_BY_TWEET ? m->graph->tweet_ids : m->graph->user_ids) + 1;
}

static status scan(tally *t, const filter *f, tally_key by, const tally_options *o) {
    t->slots = calloc(t->slot_count, sizeof(*t->slots));
    uint32_t *chosen = malloc((FLOW_BLOCK_ROWS_MAX + 1) * sizeof(*chosen));
    uint32_t *numbers = malloc((FLOW_BLOCK_ROWS_MAX + 1) * sizeof(*numbers));
    flow_block block;
    bool good = t->slots != NULL && chosen != NULL && numbers != NULL;
    for (size_t index = 0; good && filter_next_block(f, &index, &block);) {
        uint32_t count = filter_select(f, &block, chosen);
        gather(&block, by, chosen, count, numbers);
        good = tally_block(t, &block, chosen, numbers, count, o);
    }
    free(chosen);
    free(numbers);
    return good ? STATUS_OK : STATUS_NO_MEMORY;
}

status tally_open(tally *t, const filter *f, tally_key by, const tally_options *o) {
    const graph *g = f->moment->graph;
    *t = (tally){.moment = f->moment, .slot_count = tally_number_max(f->moment, by)};
    bool of_all = f->is_open && f->begin == 0 && f->end == UINT32_MAX;
    bool is_kept = by == TALLY_BY_TWEET || by == TALLY_BY_AUTHOR;
    if (!of_all || o->all_texts || o->fade != NULL || !is_kept) return scan(t, f, by, o);
    t->view = by == TALLY_BY_TWEET ? g->tweet_total_view : g->author_total_view;
    return STATUS_OK;
}

void tally_close(tally *t) {
    free(t->rows);
    free(t->recent);
    free(t->slots);
}

/* ---- Reading ---- */

const total_row *tally_next(const tally *t, uint32_t *at, uint64_t *recent) {
    *recent = 0;
    if (t->view != NULL) {
        const total_row *row = flow_view_next(t->moment->snapshot, t->view, at);
        ++*at;
        return row;
    }
    if (*at == t->count) return NULL;
    if (t->recent != NULL) *recent = t->recent[*at];
    return &t->rows[(*at)++];
}

const total_row *tally_find(const tally *t, uint32_t number, uint64_t *recent) {
    *recent = 0;
    if (t->view != NULL) return flow_view_find(t->moment->snapshot, t->view, number);
    uint32_t slot = number < t->slot_count ? t->slots[number] : 0;
    if (slot == 0) return NULL;
    if (t->recent != NULL) *recent = t->recent[slot - 1];
    return &t->rows[slot - 1];
}
