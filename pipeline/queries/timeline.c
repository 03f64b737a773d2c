/* SPDX-License-Identifier: MIT */
/* timeline -- volume and mood of each minute, of tweets heard.
 *
 * As a batch: SELECT minute, count(*), ... FROM tweets WHERE heard GROUP BY minute. */
#include "pipeline/base/times.h"
#include "pipeline/queries/answers.h"
#include "pipeline/queries/bits.h"
#include "pipeline/queries/filter.h"
#include "pipeline/queries/shapes.h"
#include "pipeline/queries/topic.h"
#include "sentiment/sentiment.h"

#include <stdlib.h>
#include <string.h>

static const char *to_heard(const void *row, flow_emitter *e, void *context) {
    const tweet_row *t = row;
    (void)context;
    if ((t->flags & TWEET_IS_HEARD) == 0) return NULL;
    heard_row h = {
        .minute = t->minute,
        .retweet = t->kind == KIND_RETWEET,
        .reply = t->kind == KIND_REPLY,
        .quote = t->kind == KIND_QUOTE,
        .positive = t->label == SENTIMENT_POSITIVE,
        .neutral = t->label == SENTIMENT_NEUTRAL,
        .negative = t->label == SENTIMENT_NEGATIVE,
        .unknown = t->label == SENTIMENT_UNKNOWN,
    };
    flow_emit(e, &h);
    return NULL;
}

void timeline_build(graph *g) {
    flow_table *heard =
        flow_name(flow_flat_map(g->tweets, &heard_row_schema, to_heard, NULL), "heard");
    g->t.minutes = flow_name(
        flow_group(
            heard, FLOW_BY("minute"), &minute_row_schema,
            FLOW_REDUCERS({FLOW_COUNT, "tweets", NULL}, {FLOW_SUM, "retweets", "retweet"},
                          {FLOW_SUM, "replies", "reply"}, {FLOW_SUM, "quotes", "quote"},
                          {FLOW_SUM, "positive", "positive"}, {FLOW_SUM, "neutral", "neutral"},
                          {FLOW_SUM, "negative", "negative"}, {FLOW_SUM, "unknown", "unknown"})),
        "minutes");
}

/* ---- Reading ---- */

void write_minute_fields(json_writer *w, const minute_row *row) {
    json_field(w, "minute", time, (int64_t)row->minute * MS_PER_MINUTE);
    json_field(w, "tweets", u64, row->tweets);
    json_field(w, "retweets", u64, row->retweets);
    json_field(w, "replies", u64, row->replies);
    json_field(w, "quotes", u64, row->quotes);
    json_field(w, "positive", u64, row->positive);
    json_field(w, "neutral", u64, row->neutral);
    json_field(w, "negative", u64, row->negative);
    json_field(w, "unknown", u64, row->unknown);
}

void write_minute(json_writer *w, const minute_row *row) {
    json_begin_object(w);
    write_minute_fields(w, row);
    json_end_object(w);
}

static const minute_row *next_minute(const moment *m, uint32_t *minute, uint32_t end) {
    const minute_row *row = flow_view_next(m->snapshot, m->graph->minute_view, minute);
    return row != NULL && *minute < end ? row : NULL;
}

/* ---- With a filter: every tweet heard is looked at ---- */

typedef struct {
    const filter *filter;
    bool of_responses; /* An author or hashtag is asked for: to whom or what it is a response. */
    minute_row *rows;  /* By minute. */
    size_t count, last;
} counting;

static minute_row *row_of(counting *c, uint32_t minute) {
    if (c->count == 0) return NULL;
    if (c->rows[c->last].minute != minute) { /* Seldom: tweets come by time. */
        size_t low = 0, high = c->count;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (c->rows[middle].minute < minute)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == c->count) return NULL;
        c->last = low;
    }
    return c->rows[c->last].minute == minute ? &c->rows[c->last] : NULL;
}

static bool passes(const counting *c, const tweet_row *t) {
    const filter *f = c->filter;
    if ((t->flags & TWEET_IS_HEARD) == 0 || t->minute < f->begin || t->minute >= f->end)
        return false;
    if (!f->any_lang && t->lang != f->lang) return false;
    if (!f->any_kind && (f->kinds >> t->kind & 1) == 0) return false;
    if (!c->of_responses) return true;
    const tweet_row *to = t->ref == NO_NUMBER ? NULL : moment_original(f->moment, t->ref);
    if (to == NULL || to->author == t->author) return false;
    return (f->any_author || to->author == f->author) &&
           (f->refs == NULL || bits_has(f->refs, to->tweet));
}

static void count_tweet(minute_row *row, const tweet_row *t) {
    row->tweets++;
    row->retweets += t->kind == KIND_RETWEET;
    row->replies += t->kind == KIND_REPLY;
    row->quotes += t->kind == KIND_QUOTE;
    row->positive += t->label == SENTIMENT_POSITIVE;
    row->neutral += t->label == SENTIMENT_NEUTRAL;
    row->negative += t->label == SENTIMENT_NEGATIVE;
    row->unknown += t->label == SENTIMENT_UNKNOWN;
}

static void count_tweets(counting *c) {
    const moment *m = c->filter->moment;
    const tweet_row *t;
    for (uint32_t key = 0; !c->filter->nothing &&
                           (t = flow_view_next(m->snapshot, m->graph->tweet_view, &key)) != NULL;
         key++) {
        minute_row *row = passes(c, t) ? row_of(c, t->minute) : NULL;
        if (row != NULL) count_tweet(row, t);
    }
}

/* The minutes of the filter, sorted: as they are, or counted anew. */
static status find_minutes(const filter *f, counting *c) {
    const moment *m = f->moment;
    const minute_row *row;
    c->filter = f;
    c->of_responses = !f->any_author || f->refs != NULL;
    c->rows = calloc(flow_view_count(m->snapshot, m->graph->minute_view) + 1, sizeof(*c->rows));
    if (c->rows == NULL) return STATUS_NO_MEMORY;
    for (uint32_t minute = f->begin; (row = next_minute(m, &minute, f->end)) != NULL; minute++)
        c->rows[c->count++] = f->is_open ? *row : (minute_row){.minute = minute};
    if (!f->is_open) count_tweets(c);
    return STATUS_OK;
}

static uint64_t write_minutes(json_writer *w, const counting *c) {
    uint64_t written = 0;
    json_begin_array(w);
    for (size_t i = 0; i < c->count; i++) {
        if (c->rows[i].tweets == 0) continue;
        write_minute(w, &c->rows[i]);
        written++;
    }
    json_end_array(w);
    return written;
}

status timeline_answer(const moment *m, const query_params *p, json_writer *w) {
    uint32_t begin, end;
    bool any = moment_window(m, p->window, p->start_ms, p->end_ms, &begin, &end);
    counting c = {0};
    filter f;
    status s = filter_init(&f, m, &p->filter, begin, any ? end : begin, p->wrong);
    if (s == STATUS_OK) s = find_minutes(&f, &c);
    if (s == STATUS_OK) {
        json_key(w, "data");
        uint64_t count = write_minutes(w, &c);
        json_key(w, "meta");
        json_begin_object(w);
        json_field(w, "result_count", u64, count);
        write_window(w, begin, end);
        json_end_object(w);
    }
    free(c.rows);
    filter_deinit(&f);
    return s;
}

topic_state *timeline_make(const moment *m, query_window window) {
    topic_state *s = calloc(1, sizeof(*s));
    uint32_t begin, end;
    const minute_row *row;
    if (s == NULL) return NULL;
    s->epoch = moment_epoch(m);
    s->minutes =
        calloc(flow_view_count(m->snapshot, m->graph->minute_view) + 1, sizeof(*s->minutes));
    if (s->minutes == NULL) {
        topic_free(s);
        return NULL;
    }
    if (!moment_window(m, window, 0, 0, &begin, &end)) return s;
    for (uint32_t minute = begin; (row = next_minute(m, &minute, end)) != NULL; minute++)
        s->minutes[s->minute_count++] = *row;
    return s;
}

static void begin_frame(json_writer *w, const topic_state *now, bool full) {
    json_begin_object(w);
    json_field(w, "epoch", u64, now->epoch);
    json_field(w, "full", bool, full);
    json_key(w, "minutes");
    json_begin_array(w);
}

void timeline_full(const topic_state *now, json_writer *w) {
    begin_frame(w, now, true);
    for (size_t i = 0; i < now->minute_count; i++) write_minute(w, &now->minutes[i]);
    json_end_array(w);
    json_key(w, "removed");
    json_begin_array(w);
    json_end_array(w);
    json_end_object(w);
}

/* Rows of `some` that `others` has not, or has otherwise: each told to `tell`. */
static bool differences(const topic_state *some, const topic_state *others, bool by_minute_only,
                        json_writer *w, void (*tell)(json_writer *, const minute_row *)) {
    bool any = false;
    for (size_t i = 0, j = 0; i < some->minute_count; i++) {
        const minute_row *row = &some->minutes[i];
        while (j < others->minute_count && others->minutes[j].minute < row->minute) j++;
        const minute_row *other = j < others->minute_count ? &others->minutes[j] : NULL;
        bool there = other != NULL && other->minute == row->minute;
        if (there && (by_minute_only || memcmp(row, other, sizeof(*row)) == 0)) continue;
        if (tell != NULL) tell(w, row);
        any = true;
    }
    return any;
}

static void tell_removed(json_writer *w, const minute_row *row) {
    json_put_time(w, (int64_t)row->minute * MS_PER_MINUTE);
}

bool timeline_change(const topic_state *before, const topic_state *now, json_writer *w) {
    if (!differences(now, before, false, w, NULL) && !differences(before, now, true, w, NULL))
        return false;
    begin_frame(w, now, false);
    (void)differences(now, before, false, w, write_minute);
    json_end_array(w);
    json_key(w, "removed");
    json_begin_array(w);
    (void)differences(before, now, true, w, tell_removed);
    json_end_array(w);
    json_end_object(w);
    return true;
}
