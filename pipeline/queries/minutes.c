/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/minutes.h"

#include "pipeline/queries/filter.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

size_t minutes_read(const moment *m, uint32_t begin, uint32_t end, minute_counts *out,
                    size_t most) {
    size_t count = 0;
    const minute_row *row;
    for (uint32_t minute = begin;
         count < most &&
         (row = flow_view_next(m->snapshot, m->graph->minute_view, &minute)) != NULL &&
         minute < end;
         minute++)
        out[count++] = (minute_counts){.minute = minute,
                                       .tweets = (uint32_t)row->tweets,
                                       .positive = (uint32_t)row->positive,
                                       .neutral = (uint32_t)row->neutral,
                                       .negative = (uint32_t)row->negative,
                                       .unknown = (uint32_t)row->unknown};
    return count;
}

bool minutes_newest(const moment *m, uint32_t *minute) {
    return moment_newest_minute(m, minute);
}

static void copy_code(text from, char *to) {
    size_t i = 0;
    for (; i < from.count && i + 1 < MINUTES_LANG_BYTES; i++) {
        unsigned char c = (unsigned char)from.bytes[i];
        to[i] = (char)(c < 128 && (isalnum(c) || c == '-') ? c : '?');
    }
    to[i] = '\0';
}

size_t minutes_langs(const moment *m, minutes_lang *out, size_t most) {
    const lang_row *row;
    size_t count = 0;
    uint64_t *tweets = calloc(most + 1, sizeof *tweets);
    if (tweets == NULL) return 0;
    for (uint32_t key = 0; (row = flow_view_next(m->snapshot, m->graph->lang_view, &key)) != NULL;
         key++) {
        minutes_lang l = {.number = (uint32_t)row->lang};
        copy_code(strings_get(m->langs, l.number), l.code);
        size_t at = count < most ? count++ : most;
        for (; at > 0 && (tweets[at - 1] < row->tweets ||
                          (tweets[at - 1] == row->tweets && strcmp(out[at - 1].code, l.code) > 0));
             at--) {
            tweets[at] = tweets[at - 1];
            if (at < most) out[at] = out[at - 1];
        }
        tweets[at] = row->tweets;
        if (at < most) out[at] = l;
    }
    free(tweets);
    return count;
}

typedef struct {
    uint32_t begin;
    uint8_t *slots; /* By a language's number. */
    uint32_t *counts;
    size_t stride;
} lang_counting;

static void count_block(const lang_counting *c, const flow_block *b, const uint32_t *chosen,
                        uint32_t count) {
    const uint32_t *minutes = b->columns[RESPONSE_MINUTE];
    const uint16_t *langs = b->columns[RESPONSE_LANG];
    for (uint32_t i = 0; i < count; i++)
        c->counts[(minutes[chosen[i]] - c->begin) * c->stride + c->slots[langs[chosen[i]]]]++;
}

status minutes_count_langs(const moment *m, uint32_t begin, uint32_t end, const minutes_lang *langs,
                           size_t lang_count, uint32_t *counts, size_t stride) {
    lang_counting c = {.begin = begin, .counts = counts, .stride = stride};
    uint32_t *chosen = malloc((FLOW_BLOCK_ROWS_MAX + 1) * sizeof *chosen);
    const query_filter all = {.kinds = 0};
    flow_block block;
    filter f;
    status s = filter_init(&f, m, &all, begin, end, NULL);
    c.slots = malloc(UINT16_MAX + 1);
    if (chosen == NULL || c.slots == NULL) s = STATUS_NO_MEMORY;
    if (s == STATUS_OK) {
        memset(c.slots, (int)lang_count, UINT16_MAX + 1);
        for (size_t i = 0; i < lang_count; i++)
            if (langs[i].number <= UINT16_MAX) c.slots[langs[i].number] = (uint8_t)i;
        for (size_t index = 0; filter_next_block(&f, &index, &block);)
            count_block(&c, &block, chosen, filter_select(&f, &block, chosen));
    }
    filter_deinit(&f);
    free(c.slots);
    free(chosen);
    return s;
}
