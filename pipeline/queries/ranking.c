/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/ranking.h"

#include "pipeline/base/hash.h"
#include "pipeline/queries/distinct.h"
#include "pipeline/queries/mention.h"
#include "pipeline/queries/named.h"
#include "pipeline/queries/shapes.h"

#include <stdlib.h>
#include <string.h>

/* ---- What boards are of ---- */

static best_tie tie_of_tweet(const moment *m, uint32_t number) {
    return (best_tie){{idmap_id(m->graph->tweet_ids, number), 0}};
}

static best_tie tie_of_author(const moment *m, uint32_t number) {
    return (best_tie){{idmap_id(m->graph->user_ids, number), 0}};
}

/* By the first eight bytes; texts that share them have some order, always the same. */
static best_tie tie_of_text(text t) {
    best_tie tie = {{0, hash_stable(t.bytes, t.count)}};
    for (size_t i = 0; i < 8; i++)
        tie.words[0] = tie.words[0] << 8 | (i < t.count ? (unsigned char)t.bytes[i] : 0);
    return tie;
}

static best_tie tie_of_lang(const moment *m, uint32_t number) {
    return tie_of_text(strings_get(m->langs, number));
}

static best_tie tie_of_place(const moment *m, uint32_t number) {
    const place *p = places_get(m->places, number);
    best_tie tie = tie_of_text(p->name);
    tie.words[1] = place_id(p);
    return tie;
}

/* Authors who have responses, or people who respond, each with their place. */
static status members_of_places(const moment *m, const tally *t, members *l) {
    uint64_t recent;
    uint32_t at = 0, number;
    bool makes_point;
    for (const total_row *row; (row = tally_next(t, &at, &recent)) != NULL;)
        if (moment_place_of_user(m, row->id, &number, &makes_point) &&
            !members_add(l, row->id, number))
            return STATUS_NO_MEMORY;
    return STATUS_OK;
}

static best_tie tie_of_name(const moment *m, uint32_t number) {
    return tie_of_text(strings_get(m->names, number));
}

/* Links begin alike: what tells them apart is behind the scheme. */
static best_tie tie_of_link(const moment *m, uint32_t number) {
    text link = strings_get(m->names, number);
    best_tie tie = tie_of_text(link_host(link));
    tie.words[1] = hash_stable(link.bytes, link.count);
    return tie;
}

typedef struct {
    const tally *sums;
    members *list;
} collecting;

static bool collect_mention(uint32_t tweet, uint32_t name, void *context) {
    const collecting *c = context;
    uint64_t recent;
    return tally_find(c->sums, tweet, &recent) == NULL || members_add(c->list, tweet, name);
}

/* Tweets that have responses, each with what it mentions. */
static status members_of_mentions(const moment *m, const flow_scan *table, const tally *t,
                                  members *l) {
    collecting c = {t, l};
    bool good = named_each(m, table, 0, UINT32_MAX, collect_mention, &c);
    return good ? STATUS_OK : STATUS_NO_MEMORY;
}

static status members_of_hashtags(const moment *m, const tally *t, members *l) {
    return members_of_mentions(m, m->graph->hashtag_scan, t, l);
}

static status members_of_links(const moment *m, const tally *t, members *l) {
    return members_of_mentions(m, m->graph->link_scan, t, l);
}

static const struct {
    tally_key by;
    best_tie_of tie_of;
    enum response_column distinct; /* Beside responders; RESPONSE_WORDS: nothing. */
    /* NULL: the board is of what its sums are by. */
    status (*find_members)(const moment *m, const tally *t, members *l);
} subjects[] = {
    [RANK_TWEETS] = {TALLY_BY_TWEET, tie_of_tweet, RESPONSE_WORDS, NULL},
    [RANK_AUTHORS] = {TALLY_BY_AUTHOR, tie_of_author, RESPONSE_WORDS, NULL},
    [RANK_PLACES] = {TALLY_BY_AUTHOR, tie_of_place, RESPONSE_WORDS, members_of_places},
    [RANK_ORIGINS] = {TALLY_BY_RESPONDER, tie_of_place, RESPONSE_AUTHOR, members_of_places},
    [RANK_LANGS] = {TALLY_BY_LANG, tie_of_lang, RESPONSE_REF, NULL},
    [RANK_HASHTAGS] = {TALLY_BY_TWEET, tie_of_name, RESPONSE_AUTHOR, members_of_hashtags},
    [RANK_LINKS] = {TALLY_BY_TWEET, tie_of_link, RESPONSE_AUTHOR, members_of_links},
};

/* ---- Where a page begins ---- */

enum { CURSOR_KIND, CURSOR_AS_OF, CURSOR_MARK, CURSOR_HIGH, CURSOR_LOW, CURSOR_TIE };

static uint64_t cursor_kind(const ranking *r) {
    return (uint64_t)'r' << 32 | (uint64_t)r->subject << 16 | (uint64_t)r->sort;
}

static bool read_cursor(const ranking *r, const query_cursor *c, best_position *after,
                        uint32_t *as_of) {
    if (c->words[CURSOR_KIND] != cursor_kind(r)) return false;
    __extension__ typedef unsigned __int128 wide;
    const uint64_t minute = c->words[CURSOR_AS_OF];
    *as_of = (uint32_t)minute;
    after->mark = (int64_t)c->words[CURSOR_MARK];
    after->influence = (flow_i128)((wide)c->words[CURSOR_HIGH] << 64 | (wide)c->words[CURSOR_LOW]);
    memcpy(after->tie.words, c->words + CURSOR_TIE, sizeof after->tie.words);
    return true;
}

static void write_cursor(const ranking *r, const best_position *last, uint32_t as_of,
                         query_cursor *c) {
    __extension__ typedef unsigned __int128 wide;
    *c = (query_cursor){{cursor_kind(r), as_of, (uint64_t)last->mark,
                         (uint64_t)((wide)last->influence >> 64), (uint64_t)last->influence}};
    memcpy(c->words + CURSOR_TIE, last->tie.words, sizeof last->tie.words);
}

/* ---- A page ---- */

/* By influence the maintained board of all time has the answer; other sorts and later
 * pages look at each total once. */
static bool is_on_maintained_board(const ranking *r, const best_rows *best) {
    return r->of_all && r->sort == SORT_INFLUENCE && best->after == NULL &&
           best->limit <= BOARD_ROWS && r->subject <= RANK_AUTHORS;
}

static void offer_board(const ranking *r, const tally *t, best_rows *best) {
    const graph *g = r->moment->graph;
    const flow_view *board = r->subject == RANK_TWEETS ? g->tweet_board_view : g->author_board_view;
    for (uint32_t key = 0; flow_view_next(r->moment->snapshot, board, &key) != NULL; key++) {
        board_line s = {0};
        const total_row *row = tally_find(t, key, &s.recent);
        if (row == NULL) continue;
        s.total = *row;
        best_offer(best, &s);
    }
}

/* Every sum as a line, to be counted before it is ranked. */
static status lines_of(const tally *t, board_line **lines, size_t *count) {
    size_t capacity = t->view != NULL ? flow_view_count(t->moment->snapshot, t->view) : t->count;
    board_line *l = calloc(capacity + 1, sizeof(*l));
    uint32_t at = 0;
    uint64_t recent;
    *count = 0;
    *lines = l;
    if (l == NULL) return STATUS_NO_MEMORY;
    for (const total_row *row; (row = tally_next(t, &at, &recent)) != NULL;)
        l[(*count)++] = (board_line){.total = *row, .recent = recent};
    return STATUS_OK;
}

static const members *members_of(const ranking *r) {
    return subjects[r->subject].find_members == NULL ? NULL : &r->members;
}

static status offer_lines(ranking *r, const tally *t, best_rows *best) {
    const tally_key by = subjects[r->subject].by;
    const members *m = members_of(r);
    board_line *lines = NULL;
    size_t count = 0;
    status s = m == NULL ? lines_of(t, &lines, &count) : members_sum(m, t, by, &lines, &count);
    if (s == STATUS_OK && r->sort == SORT_RESPONDERS)
        s = distinct_count(&r->filter, by, m, RESPONSE_WORDS, lines, count);
    for (size_t i = 0; s == STATUS_OK && i < count; i++) best_offer(best, &lines[i]);
    free(lines);
    return s;
}

static void offer_sums(const tally *t, best_rows *best) {
    uint32_t at = 0;
    board_line s = {0};
    for (const total_row *row; (row = tally_next(t, &at, &s.recent)) != NULL;) {
        s.total = *row;
        best_offer(best, &s);
    }
}

static status offer_all(ranking *r, const tally *t, best_rows *best) {
    status s = STATUS_OK;
    if (subjects[r->subject].find_members != NULL)
        s = subjects[r->subject].find_members(r->moment, t, &r->members);
    if (s != STATUS_OK) return s;
    if (is_on_maintained_board(r, best))
        offer_board(r, t, best);
    else if (members_of(r) == NULL && r->sort != SORT_RESPONDERS)
        offer_sums(t, best);
    else
        s = offer_lines(r, t, best);
    return s;
}

/* One row more than wanted tells whether there is another page. */
static status take_lines(ranking *r, best_rows *best, size_t limit, uint32_t as_of,
                         query_cursor *next) {
    best_end(best);
    r->count = best->count < limit ? best->count : limit;
    r->lines = malloc((r->count + 1) * sizeof(*r->lines));
    if (r->lines == NULL) return STATUS_NO_MEMORY;
    for (size_t i = 0; i < r->count; i++) r->lines[i] = best->rows[i].s;
    if (next == NULL) return STATUS_OK;
    *next = (query_cursor){{0}};
    if (best->count > limit && limit > 0) {
        best_position last = best_position_of(best, &best->rows[limit - 1]);
        write_cursor(r, &last, as_of, next);
    }
    return STATUS_OK;
}

static bool is_by_recent(const ranking *r) {
    return r->sort >= SORT_RECENT_5M && r->sort <= SORT_RECENT_6H;
}

static status rank(ranking *r, const query_params *p, const best_position *after, uint32_t as_of) {
    decay fade;
    tally_options o = {.all_texts = p->all_texts, .as_of = as_of};
    tally t = {0};
    if (is_by_recent(r)) {
        decay_init(&fade, (decay_speed)(r->sort - SORT_RECENT_5M));
        o.fade = &fade;
    }
    best_rows *best =
        best_new(r->moment, subjects[r->subject].tie_of, r->sort, p->limit + (size_t)1, after);
    status s =
        best == NULL ? STATUS_NO_MEMORY : tally_open(&t, &r->filter, subjects[r->subject].by, &o);
    if (s == STATUS_OK) s = offer_all(r, &t, best);
    if (s == STATUS_OK) s = take_lines(r, best, p->limit, as_of, p->next);
    tally_close(&t);
    free(best);
    return s;
}

status ranking_open(ranking *r, const moment *m, ranking_subject subject, const query_params *p) {
    best_position after;
    uint32_t as_of = 0;
    *r = (ranking){.moment = m, .subject = subject, .sort = board_sort_from(p->sort)};
    bool is_heard = moment_newest_minute(m, &as_of) || p->cursor != NULL;
    if (p->cursor != NULL && !read_cursor(r, p->cursor, &after, &as_of)) {
        if (p->wrong != NULL) *p->wrong = "cursor";
        return STATUS_BAD_ARGUMENT;
    }
    bool any = window_minutes(p->window, p->start_ms, p->end_ms, is_heard ? &as_of : NULL,
                              &r->begin, &r->end);
    status s = filter_init(&r->filter, m, &p->filter, r->begin, r->end, p->wrong);
    if (!any) r->filter.nothing = true;
    r->of_all = p->window == WINDOW_ALL && r->filter.is_open;
    return s == STATUS_OK ? rank(r, p, p->cursor == NULL ? NULL : &after, as_of) : s;
}

/* Of all time the responders of an author are known. */
static void find_responders(ranking *r) {
    for (size_t i = 0; i < r->count; i++) {
        const responders_row *row = flow_view_find(
            r->moment->snapshot, r->moment->graph->responders_view, r->lines[i].total.id);
        r->lines[i].responders = row == NULL ? 0 : row->responders;
    }
}

status ranking_count(ranking *r) {
    status s = STATUS_OK;
    if (r->of_all && r->subject == RANK_AUTHORS)
        find_responders(r);
    else if (r->count > 0)
        s = distinct_count(&r->filter, subjects[r->subject].by, members_of(r),
                           subjects[r->subject].distinct, r->lines, r->count);
    r->has_distinct = s == STATUS_OK;
    return s;
}

void ranking_close(ranking *r) {
    free(r->lines);
    filter_deinit(&r->filter);
    members_deinit(&r->members);
}

unsigned ranking_shows(const ranking *r) {
    return (r->has_distinct ? SHOW_RESPONDERS : 0u) | (is_by_recent(r) ? SHOW_RECENT : 0u);
}
