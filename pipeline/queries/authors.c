/* SPDX-License-Identifier: MIT */
/* authors -- whose voice carries: the board of authors, and one author in full. */
#include "pipeline/queries/answers.h"
#include "pipeline/queries/detail.h"
#include "pipeline/queries/shapes.h"

#include <stdio.h>
#include <stdlib.h>

void write_authors(json_writer *w, const ranking *r) {
    json_begin_array(w);
    for (size_t i = 0; i < r->count; i++) {
        json_begin_object(w);
        write_author_fields(w, r->moment, &r->lines[i], ranking_shows(r), r->of_all);
        json_end_object(w);
    }
    json_end_array(w);
}

status authors_top(const moment *m, const query_params *p, json_writer *w) {
    return board_answer(m, RANK_AUTHORS, p, w, write_authors, NULL);
}

/* ---- One author ---- */

/* By influence; of all time, whatever the question's window. */
static status write_their_tweets(json_writer *w, const moment *m, uint32_t author) {
    ranking r;
    char id[24];
    (void)snprintf(id, sizeof id, "%llu", (unsigned long long)idmap_id(m->graph->user_ids, author));
    const query_params p = {.limit = 10, .filter = {.author = text_of(id)}};
    status s = ranking_open(&r, m, RANK_TWEETS, &p);
    if (s == STATUS_OK) write_tweets(w, &r);
    ranking_close(&r);
    return s;
}

/* Seen with a profile, or responded to. */
static bool is_known(const moment *m, uint64_t id, uint32_t *user) {
    return idmap_find(m->graph->user_ids, id, user) &&
           (flow_view_find(m->snapshot, m->graph->author_total_view, *user) != NULL ||
            moment_user(m, *user) != NULL);
}

status author_by_id(const moment *m, const query_params *p, json_writer *w) {
    uint32_t user;
    if (!is_known(m, p->id, &user)) return STATUS_NOT_FOUND;
    const total_row *totals = flow_view_find(m->snapshot, m->graph->author_total_view, user);
    board_line sums = {.total = {.id = user}};
    if (totals != NULL) sums.total = *totals;
    const responders_row *r = flow_view_find(m->snapshot, m->graph->responders_view, user);
    if (r != NULL) sums.responders = r->responders;
    detail d;
    status result = detail_open(&d, m, RESPONSE_AUTHOR, user, user);
    if (result == STATUS_OK) {
        json_key(w, "data");
        json_begin_object(w);
        write_author_fields(w, m, &sums, SHOW_RESPONDERS, true);
        json_key(w, "responders_by_place");
        detail_write_places(w, &d);
        json_key(w, "responses_by_minute");
        detail_write_minutes(w, &d);
        json_key(w, "tweets");
        result = write_their_tweets(w, m, user);
        json_end_object(w);
    }
    detail_close(&d);
    return result;
}

/* ---- The latest responses to an author ---- */

enum { CURSOR_KIND, CURSOR_CREATED, CURSOR_ID };
static const uint64_t cursor_kind = (uint64_t)'l' << 32; /* No ranking's. */

typedef struct {
    int64_t created_ms;
    uint64_t id;
    const detail_response *response;
} latest;

static bool is_later(const latest *a, const latest *b) {
    if (a->created_ms != b->created_ms) return a->created_ms > b->created_ms;
    return a->id > b->id;
}

/* The latest of the responses before `from` (NULL: of all), at most `limit`, in order. */
static size_t find_latest(const detail *d, const latest *from, latest *found, size_t limit) {
    size_t count = 0;
    for (size_t i = d->count; i-- > 0;) { /* What came last is mostly latest: few moves. */
        const detail_response *r = &d->responses[i];
        const tweet_row *t = moment_tweet(d->moment, r->tweet);
        if (t == NULL) continue;
        latest one = {t->created_ms, idmap_id(d->moment->graph->tweet_ids, r->tweet), r};
        if (from != NULL && !is_later(from, &one)) continue;
        size_t at = count;
        if (count < limit)
            count++;
        else if (limit == 0 || !is_later(&one, &found[--at]))
            continue;
        for (; at > 0 && is_later(&one, &found[at - 1]); at--) found[at] = found[at - 1];
        found[at] = one;
    }
    return count;
}

static void write_latest(json_writer *w, const moment *m, const latest *l, size_t count) {
    json_key(w, "data");
    json_begin_array(w);
    for (size_t i = 0; i < count; i++) {
        const tweet_row *t = moment_tweet(m, l[i].response->tweet);
        json_begin_object(w);
        json_field(w, "id", id, l[i].id);
        json_field(w, "kind", string, tweet_kind_text((tweet_kind)t->kind));
        json_field(w, "author_id", id, idmap_id(m->graph->user_ids, t->author));
        json_field(w, "reference_id", id, idmap_id(m->graph->tweet_ids, t->ref));
        json_field(w, "created_at", time, l[i].created_ms);
        json_field(w, "influence", double, weight_to_double(l[i].response->weight));
        json_end_object(w);
    }
    json_end_array(w);
}

static void write_latest_users(json_writer *w, const moment *m, const latest *l, size_t count) {
    uint32_t *users = malloc((count + 1) * sizeof(*users));
    if (users == NULL) w->out->failed = true;
    for (size_t i = 0; users != NULL && i < count; i++) users[i] = l[i].response->responder;
    json_key(w, "includes");
    write_includes(w, m, users, users == NULL ? 0 : count);
    free(users);
    json_key(w, "meta");
    json_begin_object(w);
    json_field(w, "result_count", u64, count);
    json_end_object(w);
}

static status write_page(const detail *d, const query_params *p, json_writer *w) {
    latest from = {0}, *found = malloc((p->limit + (size_t)1) * sizeof(*found));
    if (found == NULL) return STATUS_NO_MEMORY;
    if (p->cursor != NULL) {
        from.created_ms = (int64_t)p->cursor->words[CURSOR_CREATED];
        from.id = p->cursor->words[CURSOR_ID];
    }
    size_t count = find_latest(d, p->cursor != NULL ? &from : NULL, found, p->limit + (size_t)1);
    bool has_more = count > p->limit;
    if (has_more) count = p->limit;
    if (p->next != NULL) *p->next = (query_cursor){{0}};
    if (p->next != NULL && has_more && count > 0)
        *p->next = (query_cursor){
            {cursor_kind, (uint64_t)found[count - 1].created_ms, found[count - 1].id}};
    write_latest(w, d->moment, found, count);
    write_latest_users(w, d->moment, found, count);
    free(found);
    return STATUS_OK;
}

status author_responses(const moment *m, const query_params *p, json_writer *w) {
    uint32_t user;
    detail d;
    if (!is_known(m, p->id, &user)) return STATUS_NOT_FOUND;
    if (p->cursor != NULL && p->cursor->words[CURSOR_KIND] != cursor_kind) {
        if (p->wrong != NULL) *p->wrong = "cursor";
        return STATUS_BAD_ARGUMENT;
    }
    status s = detail_open(&d, m, RESPONSE_AUTHOR, user, user);
    if (s == STATUS_OK) s = write_page(&d, p, w);
    detail_close(&d);
    return s;
}
