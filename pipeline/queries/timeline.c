/* SPDX-License-Identifier: MIT */
/* timeline -- volume and mood of each minute, of tweets heard.
 *
 * As a batch: SELECT minute, count(*), ... FROM tweets WHERE heard GROUP BY minute. */
#include "pipeline/base/times.h"
#include "pipeline/queries/answers.h"
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

status timeline_answer(const moment *m, const query_params *p, json_writer *w) {
    uint32_t begin, end;
    uint64_t count = 0;
    bool any = moment_window(m, p->window, p->start_ms, p->end_ms, &begin, &end);
    const minute_row *row;
    json_key(w, "data");
    json_begin_array(w);
    for (uint32_t minute = begin; any && (row = next_minute(m, &minute, end)) != NULL; minute++) {
        write_minute(w, row);
        count++;
    }
    json_end_array(w);
    json_key(w, "meta");
    json_begin_object(w);
    json_field(w, "result_count", u64, count);
    write_window(w, begin, end);
    json_end_object(w);
    return STATUS_OK;
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
