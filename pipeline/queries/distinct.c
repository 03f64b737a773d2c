/* SPDX-License-Identifier: MIT */
/* distinct -- how many different people (tweets, authors) there are among responses.
 *
 * A line knows how many responses it has, so what they say can be laid out line by
 * line; then one stamp a number tells what was there before in the same line. */
#include "pipeline/queries/distinct.h"

#include "pipeline/queries/bits.h"
#include <stdlib.h>
#include <string.h>

/* A line that a member's responses belong to, and the next one of the same member. */
typedef struct {
    uint32_t line, next; /* next: index + 1. */
} node;

typedef struct {
    const filter *f;
    tally_key by;
    uint32_t *heads; /* By member: node + 1. */
    uint64_t *bits;  /* Members that have one. */
    node *nodes;
    size_t node_count;
    size_t *ends;   /* By line: behind what was laid out. */
    uint32_t *laid; /* Of responders; then, room_count further on, of the other column. */
    size_t room_count;
    enum response_column columns[2];
    size_t column_count;
} layout;

static void layout_deinit(layout *l) {
    free(l->heads);
    free(l->bits);
    free(l->nodes);
    free(l->ends);
    free(l->laid);
}

static void add_node(layout *l, uint32_t member, uint32_t line) {
    l->nodes[l->node_count] = (node){line, l->heads[member]};
    l->heads[member] = (uint32_t)++l->node_count;
    bits_set(l->bits, member);
}

/* Lines by the number of what they are of; NULL: no memory. */
static uint32_t *lines_by_whole(const members *m, const board_line *lines, size_t count) {
    uint32_t *slots = calloc((size_t)m->whole_max + 1, sizeof(*slots));
    for (size_t i = 0; slots != NULL && i < count; i++) slots[lines[i].total.id] = (uint32_t)i + 1;
    return slots;
}

static bool connect(layout *l, const members *m, const board_line *lines, size_t count) {
    const uint32_t number_max = tally_number_max(l->f->moment, l->by);
    l->heads = calloc((size_t)number_max + 1, sizeof(*l->heads));
    l->bits = bits_new(number_max);
    l->nodes = calloc((m == NULL ? count : m->count) + 1, sizeof(*l->nodes));
    if (l->heads == NULL || l->bits == NULL || l->nodes == NULL) return false;
    for (size_t i = 0; m == NULL && i < count; i++) add_node(l, lines[i].total.id, (uint32_t)i);
    uint32_t *slots = m == NULL ? NULL : lines_by_whole(m, lines, count);
    for (size_t i = 0; slots != NULL && i < m->count; i++)
        if (slots[m->items[i].whole] != 0)
            add_node(l, m->items[i].member, slots[m->items[i].whole] - 1);
    free(slots);
    return m == NULL || slots != NULL;
}

static bool lay_room(layout *l, const board_line *lines, size_t count) {
    l->ends = calloc(count + 1, sizeof(*l->ends));
    for (size_t i = 0; l->ends != NULL && i < count; i++) {
        l->ends[i] = l->room_count;
        l->room_count += lines[i].total.responses;
    }
    l->laid = malloc((l->room_count * l->column_count + 1) * sizeof(*l->laid));
    return l->ends != NULL && l->laid != NULL;
}

static void lay_block(layout *l, const flow_block *b, const uint32_t *chosen, uint32_t count) {
    const uint16_t *lang = b->columns[RESPONSE_LANG];
    const uint32_t *member = b->columns[tally_column(l->by)];
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = chosen[i];
        uint32_t at = l->heads[l->by == TALLY_BY_LANG ? lang[row] : member[row]];
        for (; at != 0; at = l->nodes[at - 1].next) {
            size_t to = l->ends[l->nodes[at - 1].line]++;
            for (size_t c = 0; c < l->column_count; c++)
                l->laid[c * l->room_count + to] =
                    ((const uint32_t *)b->columns[l->columns[c]])[row];
        }
    }
}

static bool lay_all(layout *l) {
    uint32_t *chosen = malloc((FLOW_BLOCK_ROWS_MAX + 1) * sizeof(*chosen));
    flow_block b;
    if (chosen == NULL) return false;
    for (size_t index = 0; filter_next_block(l->f, &index, &b);) {
        uint32_t count = l->by == TALLY_BY_LANG
                             ? filter_select(l->f, &b, chosen)
                             : filter_select_among(l->f, &b, tally_column(l->by), l->bits, chosen);
        lay_block(l, &b, chosen, count);
    }
    free(chosen);
    return true;
}

/* How many different numbers each line has in column c. */
static bool count_laid(const layout *l, size_t c, board_line *lines, size_t count) {
    const tally_key of = l->columns[c] == RESPONSE_REF ? TALLY_BY_TWEET : TALLY_BY_AUTHOR;
    uint32_t *stamps = calloc(tally_number_max(l->f->moment, of), sizeof(*stamps));
    if (stamps == NULL) return false;
    const uint32_t *laid = l->laid + c * l->room_count;
    for (size_t i = 0, at = 0; i < count; i++) {
        uint32_t distinct = 0;
        for (; at < l->ends[i]; at++) {
            distinct += stamps[laid[at]] != i + 1;
            stamps[laid[at]] = (uint32_t)i + 1;
        }
        *(l->columns[c] == RESPONSE_RESPONDER ? &lines[i].responders
          : l->columns[c] == RESPONSE_AUTHOR  ? &lines[i].authors
                                              : &lines[i].tweets) = distinct;
    }
    free(stamps);
    return true;
}

status distinct_count(const filter *f, tally_key by, const members *m, enum response_column other,
                      board_line *lines, size_t count) {
    layout l = {.f = f, .by = by, .columns = {RESPONSE_RESPONDER, other}};
    l.column_count = other == RESPONSE_WORDS ? 1 : 2;
    bool good = connect(&l, m, lines, count) && lay_room(&l, lines, count) && lay_all(&l);
    for (size_t c = 0; good && c < l.column_count; c++) good = count_laid(&l, c, lines, count);
    layout_deinit(&l);
    return good ? STATUS_OK : STATUS_NO_MEMORY;
}
