/* SPDX-License-Identifier: MIT */
#include "pipeline/queries/moment.h"

#include "pipeline/base/times.h"
#include <string.h>

static const struct {
    query_window window;
    const char *text;
    uint32_t minutes;
} windows[] = {
    {WINDOW_ALL, "all", 0},     {WINDOW_5M, "5m", 5},   {WINDOW_15M, "15m", 15},
    {WINDOW_1H, "1h", 60},      {WINDOW_6H, "6h", 360}, {WINDOW_24H, "24h", 1440},
    {WINDOW_GIVEN, "given", 0},
};

const char *query_window_text(query_window w) {
    return windows[w].text;
}

bool query_window_from(text t, query_window *w) {
    for (size_t i = 0; i < WINDOW_GIVEN; i++) {
        if (!text_equal(t, text_of(windows[i].text))) continue;
        *w = windows[i].window;
        return true;
    }
    return false;
}

uint64_t moment_epoch(const moment *m) {
    return flow_snapshot_epoch(m->snapshot);
}

bool moment_newest_minute(const moment *m, uint32_t *minute) {
    return flow_view_last(m->snapshot, m->graph->minute_view, minute) != NULL;
}

int64_t moment_newest_ms(const moment *m) {
    uint32_t minute;
    return moment_newest_minute(m, &minute) ? (int64_t)minute * MS_PER_MINUTE : INT64_MIN;
}

static uint32_t minute_in_range(int64_t minute) {
    return minute < 0 ? 0 : minute > UINT32_MAX ? UINT32_MAX : (uint32_t)minute;
}

/* The minute that a bound of a window falls in; what is not above 0 counts back from `end`. */
static uint32_t bound_minute(int64_t ms, uint32_t end) {
    return minute_in_range(ms > 0 ? minute_of(ms) : end + minute_of(ms));
}

bool window_minutes(query_window w, int64_t start_ms, int64_t end_ms, const uint32_t *newest,
                    uint32_t *begin, uint32_t *end) {
    *begin = 0;
    *end = UINT32_MAX;
    if (w == WINDOW_GIVEN) { /* Whole minutes: outward. */
        if (newest == NULL && (start_ms <= 0 || end_ms <= 0)) return false;
        uint32_t now = newest == NULL ? 0 : *newest + 1;
        *begin = bound_minute(start_ms, now);
        *end = bound_minute(end_ms > 0 ? end_ms + MS_PER_MINUTE - 1 : end_ms, now);
    } else if (w != WINDOW_ALL) {
        if (newest == NULL) return false;
        *end = *newest + 1;
        *begin = *end < windows[w].minutes ? 0 : *end - windows[w].minutes;
    }
    return *begin < *end;
}

bool moment_window(const moment *m, query_window w, int64_t start_ms, int64_t end_ms,
                   uint32_t *begin, uint32_t *end) {
    uint32_t newest;
    bool any = moment_newest_minute(m, &newest);
    return window_minutes(w, start_ms, end_ms, any ? &newest : NULL, begin, end);
}

const tweet_row *moment_tweet(const moment *m, uint32_t tweet) {
    return flow_view_find(m->snapshot, m->graph->tweet_view, tweet);
}

const tweet_row *moment_original(const moment *m, uint32_t tweet) {
    const original_row *version = flow_view_find(m->snapshot, m->graph->version_view, tweet);
    return moment_tweet(m, version == NULL ? tweet : version->tweet);
}

const user_row *moment_user(const moment *m, uint32_t user) {
    return flow_view_find(m->snapshot, m->graph->user_view, user);
}

bool moment_place_of_user(const moment *m, uint32_t user, uint32_t *number, bool *makes_point) {
    const user_row *u = moment_user(m, user);
    return u != NULL && places_of(m->places, u->location, number, makes_point);
}

const char *place_verdict_text(place_verdict v) {
    static const char *const names[] = {"unjudged", "good", "bad"};
    return names[v];
}

place_judgement moment_judge(const moment *m, uint32_t place_number) {
    place_judgement j = {VERDICT_UNJUDGED, 0, 0, 0};
    const verdict_row *v = flow_view_find(m->snapshot, m->graph->verdict_view, place_number);
    const round_row *r = flow_view_find(m->snapshot, m->graph->round_view, place_number);
    if (v != NULL) {
        j.authors = v->authors;
        j.speakers = v->speakers;
        j.verdict = VERDICT_GOOD;
    }
    if (r != NULL) {
        j.round = r->iteration;
        j.verdict = VERDICT_BAD;
    }
    return j;
}

uint32_t moment_rounds(const moment *m) {
    uint32_t rounds = 0;
    const round_row *r;
    for (uint32_t key = 0;
         (r = flow_view_next(m->snapshot, m->graph->round_view, &key)) != NULL && key < UINT32_MAX;
         key++)
        if (r->iteration > rounds) rounds = r->iteration;
    return rounds;
}
