/* SPDX-License-Identifier: MIT */
/* search -- the known tweets that are looked for, newest first or by what they got.
 *
 * Tweets come about in the order of their numbers, so by time the looking begins at the end
 * where the first page is; then a tweet that would have no place on it costs a comparison,
 * and its text is not read. */
#include "pipeline/queries/answers.h"
#include "pipeline/queries/distinct.h"
#include "pipeline/queries/shapes.h"
#include "pipeline/queries/wanted.h"

#include <stdlib.h>
#include <string.h>

const char *const search_sorts[] = {"newest", "oldest", "responses", "influence", NULL};
enum { SORT_BY_NEWEST, SORT_BY_OLDEST, SORT_BY_RESPONSES, SORT_BY_INFLUENCE };

/* Greater ones first, by one member after the other. */
typedef struct {
    flow_i128 mark;
    int64_t created_ms;
    uint64_t id;
    uint32_t tweet;
} hit;

typedef struct {
    const moment *moment;
    wanted_judge *judge; /* NULL: all are wanted. */
    size_t sort;
    uint32_t begin, end; /* Minutes. */
    const hit *after;    /* NULL: from the first. */
    hit *hits;           /* In their order. */
    size_t count, most;
} search;

static size_t sort_from(const char *name) {
    size_t i = 0;
    while (name != NULL && search_sorts[i] != NULL && strcmp(search_sorts[i], name) != 0) i++;
    return name == NULL || search_sorts[i] == NULL ? SORT_BY_NEWEST : i;
}

static const total_row *total_of(const moment *m, uint32_t tweet) {
    return flow_view_find(m->snapshot, m->graph->tweet_total_view, tweet);
}

static flow_i128 mark_of(const search *s, const tweet_row *row) {
    if (s->sort == SORT_BY_NEWEST) return row->created_ms;
    if (s->sort == SORT_BY_OLDEST) return -(flow_i128)row->created_ms;
    const total_row *t = total_of(s->moment, row->tweet);
    return t == NULL ? 0 : s->sort == SORT_BY_RESPONSES ? t->responses : t->influence;
}

static bool stands_before(const hit *a, const hit *b) {
    if (a->mark != b->mark) return a->mark > b->mark;
    if (a->created_ms != b->created_ms) return a->created_ms > b->created_ms;
    return a->id > b->id;
}

static void look_at(search *s, const tweet_row *row) {
    if (row->minute < s->begin || row->minute >= s->end) return;
    hit one = {.mark = mark_of(s, row), .created_ms = row->created_ms, .tweet = row->tweet};
    bool is_full = s->count == s->most;
    if (is_full && one.mark < s->hits[s->count - 1].mark) return; /* Nearly all. */
    one.id = idmap_id(s->moment->graph->tweet_ids, row->tweet);
    if (s->after != NULL && !stands_before(s->after, &one)) return;
    if (is_full && !stands_before(&one, &s->hits[s->count - 1])) return;
    if (s->judge != NULL && !wanted_matches(s->judge, row)) return;
    size_t at = is_full ? s->count - 1 : s->count++;
    for (; at > 0 && stands_before(&one, &s->hits[at - 1]); at--) s->hits[at] = s->hits[at - 1];
    s->hits[at] = one;
}

static void look_at_all(search *s) {
    enum { RUN = 4096 };
    const flow_view *tweets = s->moment->graph->tweet_view;
    const tweet_row *row;
    uint32_t last;
    if (flow_view_last(s->moment->snapshot, tweets, &last) == NULL) return;
    uint32_t runs = last / RUN + 1;
    for (uint32_t i = 0; i < runs; i++) {
        uint32_t run = s->sort == SORT_BY_OLDEST ? i : runs - 1 - i, key = run * RUN;
        for (; (row = flow_view_next(s->moment->snapshot, tweets, &key)) != NULL &&
               key / RUN == run && key <= last;
             key++)
            look_at(s, row);
    }
}

/* ---- Where a page begins ---- */

enum {
    CURSOR_KIND,
    CURSOR_AS_OF,
    CURSOR_HIGH,
    CURSOR_LOW,
    CURSOR_CREATED,
    CURSOR_ID,
};
__extension__ typedef unsigned __int128 wide;

static uint64_t cursor_kind(size_t sort) {
    return (uint64_t)'s' << 32 | (uint64_t)sort;
}

static hit hit_of_cursor(const query_cursor *c) {
    return (hit){.mark =
                     (flow_i128)((wide)c->words[CURSOR_HIGH] << 64 | (wide)c->words[CURSOR_LOW]),
                 .created_ms = (int64_t)c->words[CURSOR_CREATED],
                 .id = c->words[CURSOR_ID]};
}

static query_cursor cursor_of_hit(const hit *last, size_t sort, uint32_t as_of) {
    return (query_cursor){{cursor_kind(sort), as_of, (uint64_t)((wide)last->mark >> 64),
                           (uint64_t)last->mark, (uint64_t)last->created_ms, last->id}};
}

/* ---- Writing ---- */

/* With the sums of all time, as the board of tweets has them. */
static status write_rows(const search *s, size_t count, json_writer *w) {
    const moment *m = s->moment;
    const query_filter all = {.kinds = 0};
    board_line *lines = calloc(count + 1, sizeof *lines);
    filter open;
    status result = filter_init(&open, m, &all, 0, UINT32_MAX, NULL);
    if (lines == NULL) result = STATUS_NO_MEMORY;
    for (size_t i = 0; lines != NULL && i < count; i++) {
        const total_row *t = total_of(m, s->hits[i].tweet);
        lines[i].total = t != NULL ? *t : (total_row){.id = s->hits[i].tweet};
    }
    if (result == STATUS_OK && count > 0)
        result = distinct_count(&open, TALLY_BY_TWEET, NULL, RESPONSE_WORDS, lines, count);
    json_begin_array(w);
    for (size_t i = 0; result == STATUS_OK && i < count; i++) {
        json_begin_object(w);
        write_tweet_fields(w, m, &lines[i], SHOW_RESPONDERS);
        json_end_object(w);
    }
    json_end_array(w);
    filter_deinit(&open);
    free(lines);
    return result;
}

static void write_users(const search *s, size_t count, json_writer *w) {
    uint32_t *users = malloc((count + 1) * sizeof *users);
    if (users == NULL) w->out->failed = true;
    for (size_t i = 0; users != NULL && i < count; i++)
        users[i] = moment_tweet(s->moment, s->hits[i].tweet)->author;
    write_includes(w, s->moment, users, users == NULL ? 0 : count);
    free(users);
}

static status write_page(const search *s, const query_params *p, uint32_t as_of, json_writer *w) {
    size_t count = s->count < p->limit ? s->count : p->limit;
    if (p->next != NULL) *p->next = (query_cursor){{0}};
    if (p->next != NULL && s->count > count && count > 0)
        *p->next = cursor_of_hit(&s->hits[count - 1], s->sort, as_of);
    json_key(w, "data");
    status result = write_rows(s, count, w);
    json_key(w, "includes");
    write_users(s, count, w);
    json_key(w, "meta");
    json_begin_object(w);
    json_field(w, "result_count", u64, count);
    write_window(w, s->begin, s->end);
    json_end_object(w);
    return result;
}

/* One more than the page has tells whether there is another. */
static status find(search *s, const query_params *p, uint32_t as_of, json_writer *w) {
    wanted *words = NULL;
    status result = STATUS_OK;
    if (p->filter.wanted.count > 0) result = wanted_read(p->filter.wanted, &words, NULL);
    if (result == STATUS_BAD_FORMAT) {
        if (p->wrong != NULL) *p->wrong = "q";
        return STATUS_BAD_ARGUMENT;
    }
    s->most = p->limit + (size_t)1;
    s->hits = calloc(s->most, sizeof *s->hits);
    if (words != NULL) s->judge = wanted_judge_new(words, s->moment);
    if (s->hits == NULL || (words != NULL && s->judge == NULL)) result = STATUS_NO_MEMORY;
    if (result == STATUS_OK && s->begin < s->end) look_at_all(s);
    if (result == STATUS_OK) result = write_page(s, p, as_of, w);
    wanted_judge_free(s->judge);
    wanted_free(words);
    free(s->hits);
    return result;
}

status search_answer(const moment *m, const query_params *p, json_writer *w) {
    search s = {.moment = m, .sort = sort_from(p->sort)};
    uint32_t as_of = 0;
    hit after;
    bool is_heard = moment_newest_minute(m, &as_of) || p->cursor != NULL;
    if (p->cursor != NULL) {
        if (p->cursor->words[CURSOR_KIND] != cursor_kind(s.sort)) {
            if (p->wrong != NULL) *p->wrong = "cursor";
            return STATUS_BAD_ARGUMENT;
        }
        as_of = (uint32_t)p->cursor->words[CURSOR_AS_OF];
        after = hit_of_cursor(p->cursor);
        s.after = &after;
    }
    if (!window_minutes(p->window, p->start_ms, p->end_ms, is_heard ? &as_of : NULL, &s.begin,
                        &s.end))
        s.end = s.begin;
    return find(&s, p, as_of, w);
}
