/* SPDX-License-Identifier: MIT */
/* compare -- the responses to two, three or four kinds of tweets, side by side.
 *
 * A side is a question of wanted.h; the filters hold for all.  One scan a side. */
#include "pipeline/queries/answers.h"
#include "pipeline/queries/bits.h"
#include "pipeline/queries/shapes.h"
#include "pipeline/queries/welch.h"

#include "pipeline/base/times.h"
#include <stdlib.h>

static const char *const side_names[QUERY_SIDES_MAX] = {"a", "b", "c", "d"};

typedef struct {
    board_line line; /* With the distinct tweets, authors and responders. */
    uint64_t *tweets, *authors, *responders;
    uint32_t *minutes; /* Responses of each, from `begin` on. */
    uint32_t begin, minute_count;
} side;

static void side_deinit(side *s) {
    free(s->tweets);
    free(s->authors);
    free(s->responders);
    free(s->minutes);
}

/* The minutes that there may be responses in; false: none. */
static bool find_span(const filter *f, uint32_t *begin, uint32_t *end) {
    flow_block b;
    uint32_t least = UINT32_MAX, most = 0;
    bool any = false;
    for (size_t index = 0; filter_next_block(f, &index, &b); any = true) {
        if (b.time_min < least) least = b.time_min;
        if (b.time_max > most) most = b.time_max;
    }
    *begin = least > f->begin ? least : f->begin;
    *end = most < f->end ? most + 1 : f->end;
    return any && *begin < *end;
}

static bool side_init(side *s, const filter *f) {
    const graph *g = f->moment->graph;
    uint32_t begin, end;
    if (find_span(f, &begin, &end)) {
        s->begin = begin;
        s->minute_count = end - begin;
    }
    s->tweets = bits_new(idmap_count(g->tweet_ids));
    s->authors = bits_new(idmap_count(g->user_ids));
    s->responders = bits_new(idmap_count(g->user_ids));
    s->minutes = calloc((size_t)s->minute_count + 1, sizeof *s->minutes);
    return s->tweets != NULL && s->authors != NULL && s->responders != NULL && s->minutes != NULL;
}

static void count_one(uint64_t *seen, uint32_t number, uint32_t *count) {
    *count += !bits_has(seen, number);
    bits_set(seen, number);
}

static void add_block(side *s, const flow_block *b, const uint32_t *chosen, uint32_t count,
                      bool all_texts) {
    const uint32_t *tweet = b->columns[RESPONSE_REF], *author = b->columns[RESPONSE_AUTHOR];
    const uint32_t *responder = b->columns[RESPONSE_RESPONDER];
    const uint32_t *minute = b->columns[RESPONSE_MINUTE];
    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = chosen[i];
        tally_add(&s->line.total, b, row, all_texts);
        count_one(s->tweets, tweet[row], &s->line.tweets);
        count_one(s->authors, author[row], &s->line.authors);
        count_one(s->responders, responder[row], &s->line.responders);
        s->minutes[minute[row] - s->begin]++;
    }
}

static status scan_side(side *s, const filter *f, bool all_texts) {
    uint32_t *chosen = malloc((FLOW_BLOCK_ROWS_MAX + 1) * sizeof *chosen);
    bool good = side_init(s, f) && chosen != NULL;
    flow_block b;
    for (size_t index = 0; good && filter_next_block(f, &index, &b);)
        add_block(s, &b, chosen, filter_select(f, &b, chosen), all_texts);
    free(chosen);
    return good ? STATUS_OK : STATUS_NO_MEMORY;
}

static status find_side(side *s, const moment *m, const query_params *p, text wanted,
                        const char *name, uint32_t begin, uint32_t end) {
    query_filter words = p->filter;
    const char *wrong = NULL;
    filter f;
    words.wanted = wanted;
    status result = filter_init(&f, m, &words, begin, end, &wrong);
    if (result == STATUS_BAD_ARGUMENT) wrong = name; /* Its words cannot be read. */
    if (result == STATUS_OK) result = scan_side(s, &f, p->all_texts);
    filter_deinit(&f);
    if (result != STATUS_OK && p->wrong != NULL) *p->wrong = wrong;
    return result;
}

/* ---- Writing ---- */

static void write_series(const side *s, json_writer *w) {
    json_begin_object(w);
    json_key(w, "minute");
    json_begin_array(w);
    for (uint32_t i = 0; i < s->minute_count; i++)
        if (s->minutes[i] > 0) json_put_time(w, ((int64_t)s->begin + i) * MS_PER_MINUTE);
    json_end_array(w);
    json_key(w, "responses");
    json_begin_array(w);
    for (uint32_t i = 0; i < s->minute_count; i++)
        if (s->minutes[i] > 0) json_put_u64(w, s->minutes[i]);
    json_end_array(w);
    json_end_object(w);
}

static void write_side(const side *s, const char *name, text wanted, json_writer *w) {
    json_begin_object(w);
    json_field(w, "side", string, name);
    json_field(w, "q", text, wanted);
    json_field(w, "tweets", u64, s->line.tweets);
    json_field(w, "authors", u64, s->line.authors);
    write_sums(w, &s->line, SHOW_RESPONDERS);
    json_key(w, "minutes");
    write_series(s, w);
    json_end_object(w);
}

static welch_sample sample_of(const side *s) {
    const total_row *t = &s->line.total;
    welch_sample sample = {.n = t->received};
    double low;
    if (t->received > 0) sample.mean = (double)t->score_sum / (double)t->received / 1e6;
    (void)mean_spread(t->received, t->score_sum, t->score_sq, &sample.spread, &low);
    return sample;
}

static void write_difference(const side *sides, size_t i, size_t j, json_writer *w) {
    welch_sample a = sample_of(&sides[i]), b = sample_of(&sides[j]);
    double low, high;
    bool has_mean = a.n > 0 && b.n > 0, has_interval = welch_interval(&a, &b, &low, &high);
    json_begin_object(w);
    json_field(w, "of", string, side_names[i]);
    json_field(w, "to", string, side_names[j]);
    json_key(w, "received");
    json_begin_object(w);
    json_key(w, "mean");
    has_mean ? json_put_double(w, a.mean - b.mean) : json_put_null(w);
    json_key(w, "low");
    has_interval ? json_put_double(w, low) : json_put_null(w);
    json_key(w, "high");
    has_interval ? json_put_double(w, high) : json_put_null(w);
    json_end_object(w);
    json_end_object(w);
}

static void write_answer(const side *sides, size_t count, const query_params *p, uint32_t begin,
                         uint32_t end, json_writer *w) {
    json_key(w, "data");
    json_begin_object(w);
    json_key(w, "sides");
    json_begin_array(w);
    for (size_t i = 0; i < count; i++) write_side(&sides[i], side_names[i], p->sides[i], w);
    json_end_array(w);
    json_key(w, "differences");
    json_begin_array(w);
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++) write_difference(sides, i, j, w);
    json_end_array(w);
    json_end_object(w);
    json_key(w, "meta");
    json_begin_object(w);
    json_field(w, "result_count", u64, count);
    write_window(w, begin, end);
    json_end_object(w);
}

status compare_answer(const moment *m, const query_params *p, json_writer *w) {
    side sides[QUERY_SIDES_MAX] = {{.minutes = NULL}};
    uint32_t begin, end;
    size_t count = 0;
    status result = STATUS_OK;
    if (!moment_window(m, p->window, p->start_ms, p->end_ms, &begin, &end)) end = begin;
    for (; result == STATUS_OK && count < QUERY_SIDES_MAX && p->sides[count].count > 0; count++)
        result = find_side(&sides[count], m, p, p->sides[count], side_names[count], begin, end);
    if (result == STATUS_OK) write_answer(sides, count, p, begin, end, w);
    for (size_t i = 0; i < count; i++) side_deinit(&sides[i]);
    return result;
}
