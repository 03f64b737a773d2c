/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/members.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/base/array.h"

bool members_add(members *l, uint32_t member, uint32_t whole) {
    if (!ARRAY_ROOM(l->items, l->count, l->capacity, 1024)) return false;
    l->items[l->count++] = (membership){member, whole};
    if (whole > l->whole_max) l->whole_max = whole;
    return true;
}

void members_deinit(members *l) {
    free(l->items);
}

static void add_sum(total_row *to, const total_row *t) {
    to->influence += t->influence;
    to->score_sq += t->score_sq;
    to->score_sum += t->score_sum;
    to->responses += t->responses;
    to->retweets += t->retweets;
    to->replies += t->replies;
    to->quotes += t->quotes;
    to->received += t->received;
}

typedef struct {
    board_line *lines;
    uint32_t *slots; /* By whole: line + 1. */
    size_t count, capacity;
} line_list;

static board_line *line_of(line_list *l, uint32_t whole) {
    if (l->slots[whole] != 0) return &l->lines[l->slots[whole] - 1];
    if (!ARRAY_ROOM(l->lines, l->count, l->capacity, 256)) return NULL;
    board_line *line = &l->lines[l->count++];
    memset(line, 0, sizeof(*line));
    line->total.id = whole;
    l->slots[whole] = (uint32_t)l->count;
    return line;
}

status members_sum(const members *m, const tally *t, tally_key by, board_line **lines,
                   size_t *count) {
    line_list l = {.slots = calloc((size_t)m->whole_max + 1, sizeof(*l.slots))};
    bool good = l.slots != NULL;
    for (size_t i = 0; good && i < m->count; i++) {
        uint64_t recent;
        const total_row *sum = tally_find(t, m->items[i].member, &recent);
        if (sum == NULL) continue;
        board_line *line = line_of(&l, m->items[i].whole);
        good = line != NULL;
        if (!good) break;
        add_sum(&line->total, sum);
        line->recent += recent;
        ++*(by == TALLY_BY_AUTHOR      ? &line->authors
            : by == TALLY_BY_RESPONDER ? &line->responders
                                       : &line->tweets);
    }
    free(l.slots);
    if (!good) {
        free(l.lines);
        l.lines = NULL;
    }
    *lines = l.lines;
    *count = good ? l.count : 0;
    return good ? STATUS_OK : STATUS_NO_MEMORY;
}
