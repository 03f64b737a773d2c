/* SPDX-License-Identifier: MIT */
#include "pipeline/watch.h"

#include "pipeline/base/log.h"
#include "pipeline/decode/record.h"
#include "pipeline/minute_series.h"
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOOK_MS = 1000,
    MINUTES_SHARE = 20,  /* Of the time a twentieth at most goes to minutes. */
    RATE_LOOKS = 10,     /* Seconds that a rate is taken over. */
    RECONNECTS_MAX = 20, /* Of each source, that are told of. */
    SPEND_MINUTES = 60,
    GRACE_MS = 20000,      /* So late may the last tweets of a minute come. */
    PROMPT_LAG_MS = 60000, /* A source that is later says nothing of the present minute. */
};

typedef struct {
    int64_t at_ms;
    char why[160];
} reconnect;

typedef struct {
    source_state state; /* At the last look. */
    uint64_t tweets;
    int64_t newest_ms;
    uint64_t tweets_then[RATE_LOOKS]; /* A ring of looks. */
    double per_second;
    reconnect reconnects[RECONNECTS_MAX]; /* A ring. */
    size_t reconnect_count;               /* Ever. */
    double spent_then[SPEND_MINUTES];     /* A ring of minutes. */
    size_t spent_count;                   /* Ever. */
} source_watch;

/* An alert that the log has. */
typedef struct {
    alert_kind kind;
    unsigned source_number;
    int64_t since_ms;
} logged;

struct watch {
    clock_source *clock;
    pthread_mutex_t lock; /* Of all below. */
    alerts *alerts;
    minute_series *series;
    pipeline_progress progress;
    source_watch sources[ALERT_SOURCES_MAX];
    size_t source_count;
    size_t looks; /* Of those a second apart. */
    int64_t looked_us[RATE_LOOKS], next_look_us;
    int64_t spent_minute;
    uint32_t listening_since;
    uint64_t series_epoch;
    bool has_series;
    logged logged[ALERTS_MAX];
    size_t logged_count;
    int64_t next_minutes_us;
};

status watch_new(clock_source *clock, watch **result) {
    watch *w = calloc(1, sizeof *w);
    *result = NULL;
    if (w == NULL) return STATUS_NO_MEMORY;
    (void)pthread_mutex_init(&w->lock, NULL);
    w->clock = clock == NULL ? clock_real() : clock;
    w->listening_since = UINT32_MAX;
    w->alerts = alerts_new();
    w->series = minute_series_new();
    if (w->alerts == NULL || w->series == NULL) {
        watch_free(w);
        return STATUS_NO_MEMORY;
    }
    *result = w;
    return STATUS_OK;
}

void watch_free(watch *w) {
    if (w == NULL) return;
    alerts_free(w->alerts);
    minute_series_free(w->series);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
}

/* ---- Sources ---- */

static bool is_in(const source_state *s, const char *state) {
    return s->state != NULL && strcmp(s->state, state) == 0;
}

static record_origin origin_of(const source_state *s) {
    static const char *const begins[RECORD_ORIGINS] = {[ORIGIN_FILES] = "files",
                                                       [ORIGIN_X] = "x",
                                                       [ORIGIN_MASTODON] = "mastodon",
                                                       [ORIGIN_PUSH] = "push"};
    for (int i = 0; i < RECORD_ORIGINS; i++)
        if (s->kind != NULL && strncmp(s->kind, begins[i], strlen(begins[i])) == 0)
            return (record_origin)i;
    return ORIGIN_FILES;
}

/* Of a single source all counts, whatever they are said to come from. */
static void take_heard(const watch *w, source_watch *s) {
    const pipeline_progress *p = &w->progress;
    s->tweets = 0;
    s->newest_ms = 0;
    for (int i = 0; i < RECORD_ORIGINS; i++) {
        if (w->source_count > 1 && i != (int)origin_of(&s->state)) continue;
        s->tweets += p->heard[i];
        if (p->newest_ms[i] > s->newest_ms) s->newest_ms = p->newest_ms[i];
    }
}

static void note_reconnect(source_watch *s, int64_t now_ms, const char *why) {
    reconnect *r = &s->reconnects[s->reconnect_count++ % RECONNECTS_MAX];
    r->at_ms = now_ms;
    (void)snprintf(r->why, sizeof r->why, "%s", why);
}

/* A connection has ended when its source waits for the next, or has one more: it may not
 * have waited for as long as between two looks. */
static void notice_end(source_watch *s, const source_state *now, int64_t now_ms) {
    const source_state *was = &s->state;
    bool waits = is_in(now, "waiting") || is_in(now, "failed");
    bool waited = is_in(was, "waiting") || is_in(was, "failed");
    bool has_begun = was->connects > 0 && now->connects > was->connects;
    if (now->connects == 0 || !(waits ? !waited || has_begun : !waited && has_begun)) return;
    const char *why = is_in(now, "failed") ? now->detail : now->last_end;
    note_reconnect(s, now_ms, why[0] != '\0' ? why : "the connection ended");
}

static void take_progress(watch *w, const pipeline_progress *p, int64_t now_ms) {
    size_t count = p->source_count > 1 ? p->source_count : p->source.kind != NULL ? 1 : 0;
    w->progress = *p;
    w->source_count = count < ALERT_SOURCES_MAX ? count : ALERT_SOURCES_MAX;
    for (size_t i = 0; i < w->source_count; i++) {
        source_watch *s = &w->sources[i];
        const source_state *now = p->source_count > 1 ? &p->sources[i] : &p->source;
        if (s->state.kind != NULL) notice_end(s, now, now_ms);
        s->state = *now;
        take_heard(w, s);
    }
}

static void measure_rates(watch *w) {
    size_t slot = w->looks % RATE_LOOKS;
    size_t oldest = w->looks < RATE_LOOKS ? 0 : slot;
    int64_t now_us = w->clock->ticks_us(w->clock), passed_us = now_us - w->looked_us[oldest];
    for (size_t i = 0; i < w->source_count; i++) {
        source_watch *s = &w->sources[i];
        uint64_t then = s->tweets_then[oldest];
        s->per_second = w->looks == 0 || passed_us <= 0 || s->tweets < then
                            ? 0
                            : (double)(s->tweets - then) * 1e6 / (double)passed_us;
        s->tweets_then[slot] = s->tweets;
    }
    w->looked_us[slot] = now_us;
    w->looks++;
}

static void measure_spending(watch *w, int64_t now_ms) {
    if (minute_of(now_ms) == w->spent_minute) return;
    w->spent_minute = minute_of(now_ms);
    for (size_t i = 0; i < w->source_count; i++) {
        source_watch *s = &w->sources[i];
        s->spent_then[s->spent_count++ % SPEND_MINUTES] = s->state.spent_usd;
    }
}

static double usd_per_hour(const source_watch *s) {
    size_t minutes = s->spent_count < SPEND_MINUTES ? s->spent_count : SPEND_MINUTES;
    if (minutes < 2) return 0;
    double then = s->spent_then[(s->spent_count - minutes) % SPEND_MINUTES];
    return (s->state.spent_usd - then) * 60 / (double)(minutes - 1);
}

/* ---- The looks ---- */

/* Whether a source on the network listens now, and whether one that should does not. */
static void find_listening(const watch *w, bool *listens, bool *misses, bool *is_prompt) {
    *listens = *misses = *is_prompt = false;
    for (size_t i = 0; i < w->source_count; i++) {
        const source_state *s = &w->sources[i].state;
        if (!alerts_is_listening(s) || is_in(s, "ended")) continue;
        bool is_live = is_in(s, "live");
        int64_t lag_ms = alerts_lag_ms(w->alerts, i);
        *listens = *listens || is_live;
        *misses = *misses || !is_live;
        *is_prompt = *is_prompt || (is_live && lag_ms >= 0 && lag_ms < PROMPT_LAG_MS);
    }
}

static void look_at_states(watch *w, int64_t now_ms) {
    alert_source sources[ALERT_SOURCES_MAX];
    for (size_t i = 0; i < w->source_count; i++)
        sources[i] =
            (alert_source){w->sources[i].state, w->sources[i].tweets, w->sources[i].newest_ms};
    alerts_look(w->alerts, &(alert_states){.now_ms = now_ms,
                                           .sources = sources,
                                           .source_count = w->source_count,
                                           .store = &w->progress.store,
                                           .is_memory_full = w->progress.is_memory_full,
                                           .is_restoring = w->progress.is_restoring,
                                           .memory_bytes = w->progress.memory_bytes});
}

static void look_at_minutes(watch *w, const moment *m, int64_t now_ms) {
    char langs[SHIFT_LANGS][ALERT_LANG_BYTES];
    bool listens, misses, is_prompt;
    uint32_t minute = (uint32_t)minute_of(now_ms);
    find_listening(w, &listens, &misses, &is_prompt);
    if (listens && w->listening_since == UINT32_MAX) {
        w->listening_since = minute;
        minute_series_miss(w->series, minute); /* Its beginning was. */
    }
    if (misses) minute_series_miss(w->series, minute);
    if (w->has_series && w->series_epoch == moment_epoch(m) && !is_prompt) return;
    const minute_series_times times = {
        .listening_since = w->listening_since,
        .end = is_prompt ? (uint32_t)minute_of(now_ms - GRACE_MS) : 0,
    };
    series_news news = minute_series_update(w->series, m, &times, w->clock);
    if (news == SERIES_WAITS) return;
    w->series_epoch = moment_epoch(m);
    w->has_series = true;
    if (news == SERIES_SAME) return;
    size_t count;
    const shift_minute *rows = minute_series_rows(w->series, &count);
    for (size_t i = 0; i < SHIFT_LANGS; i++)
        (void)snprintf(langs[i], sizeof langs[i], "%s", minute_series_lang(w->series, i));
    alerts_learn(w->alerts, rows, count, (const char(*)[ALERT_LANG_BYTES])langs);
}

static bool is_logged(const logged *l, size_t count, const alert *a) {
    size_t i = 0;
    while (i < count && (l[i].kind != a->kind || l[i].source_number != a->source_number ||
                         l[i].since_ms != a->since_ms))
        i++;
    return i < count;
}

/* The log has each alert when it comes and when it is over; of a recording's shifts it has
 * none: they are the recording's. */
static void log_changes(watch *w) {
    alert list[ALERTS_MAX];
    logged now[ALERTS_MAX];
    size_t count = alerts_list(w->alerts, list, ALERTS_MAX), open = 0;
    for (size_t i = 0; i < count; i++) {
        const alert *a = &list[i];
        if (a->kind <= ALERT_LANGUAGES_SHIFTED && w->listening_since == UINT32_MAX) continue;
        bool was = is_logged(w->logged, w->logged_count, a);
        if (a->until_ms != 0) {
            if (was) log_line(LOG_INFO, "alert over: %s", a->words);
            continue;
        }
        if (!was) log_line(LOG_WARNING, "alert: %s", a->words);
        now[open++] = (logged){a->kind, a->source_number, a->since_ms};
    }
    memcpy(w->logged, now, open * sizeof now[0]);
    w->logged_count = open;
}

void watch_look(watch *w, const moment *m, const pipeline_progress *p) {
    int64_t now_ms = w->clock->now_ms(w->clock), now_us = w->clock->ticks_us(w->clock);
    (void)pthread_mutex_lock(&w->lock);
    take_progress(w, p, now_ms);
    if (now_us >= w->next_look_us) {
        w->next_look_us = now_us + (int64_t)LOOK_MS * 1000;
        measure_rates(w);
        measure_spending(w, now_ms);
        look_at_states(w, now_ms);
        if (!p->is_restoring && now_us >= w->next_minutes_us) {
            look_at_minutes(w, m, now_ms);
            int64_t end_us = w->clock->ticks_us(w->clock);
            w->next_minutes_us = end_us + MINUTES_SHARE * (end_us - now_us);
        }
        log_changes(w);
    }
    (void)pthread_mutex_unlock(&w->lock);
}

/* How old its newest tweet is; -1 where that says nothing. */
static int64_t lag_of(const source_watch *s, int64_t now_ms) {
    if (!alerts_is_listening(&s->state) || s->newest_ms == 0) return -1;
    return now_ms > s->newest_ms ? now_ms - s->newest_ms : 0;
}

void watch_get_counts(watch *w, watch_counts *result) {
    alert list[ALERTS_MAX];
    int64_t now_ms = w->clock->now_ms(w->clock);
    *result = (watch_counts){.active = {0}};
    (void)pthread_mutex_lock(&w->lock);
    size_t count = alerts_list(w->alerts, list, ALERTS_MAX);
    for (size_t i = 0; i < count; i++) result->active[list[i].kind] += list[i].until_ms == 0;
    result->source_count = w->source_count;
    for (size_t i = 0; i < w->source_count; i++) {
        result->sources[i].tweets_per_second = w->sources[i].per_second;
        result->sources[i].lag_ms = lag_of(&w->sources[i], now_ms);
        result->sources[i].tweets = w->sources[i].tweets;
    }
    (void)pthread_mutex_unlock(&w->lock);
}

/* ---- Writing ---- */

static void write_time_or_null(json_writer *w, const char *key, int64_t ms) {
    json_key(w, key);
    ms == 0 ? json_put_null(w) : json_put_time(w, ms);
}

static void write_alert(json_writer *w, const alert *a) {
    char id[64];
    (void)snprintf(id, sizeof id, "%s-%u-%lld", alert_kind_text(a->kind), a->source_number,
                   (long long)a->since_ms);
    json_begin_object(w);
    json_field(w, "id", string, id);
    json_field(w, "kind", string, alert_kind_text(a->kind));
    json_key(w, "source");
    a->source[0] == '\0' ? json_put_null(w) : json_put_string(w, a->source);
    json_field(w, "since", time, a->since_ms);
    write_time_or_null(w, "until", a->until_ms);
    json_field(w, "words", string, a->words);
    json_key(w, "numbers");
    json_begin_object(w);
    for (size_t i = 0; i < a->number_count; i++)
        json_field(w, a->numbers[i].name, double, a->numbers[i].value);
    json_end_object(w);
    json_end_object(w);
}

void watch_write_alerts(watch *w, json_writer *out) {
    alert list[ALERTS_MAX];
    (void)pthread_mutex_lock(&w->lock);
    size_t count = alerts_list(w->alerts, list, ALERTS_MAX);
    (void)pthread_mutex_unlock(&w->lock);
    json_begin_array(out);
    for (size_t i = 0; i < count; i++) write_alert(out, &list[i]);
    json_end_array(out);
}

static void write_lacks(json_writer *w, const source_state *s) {
    json_key(w, "lacks");
    json_begin_array(w);
    if (s->lacks_location) json_put_string(w, "location");
    if (s->lacks_followers) json_put_string(w, "followers");
    if (s->lacks_deletes) json_put_string(w, "deletes");
    json_end_array(w);
}

/* Null where the source costs nothing. */
static void write_spend(json_writer *w, const source_watch *s, int64_t now_ms) {
    const source_state *state = &s->state;
    double rate = usd_per_hour(s), left = state->budget_usd - state->spent_usd;
    json_key(w, "spend");
    if (state->budget_usd <= 0 && state->spent_usd <= 0) {
        json_put_null(w);
        return;
    }
    json_begin_object(w);
    json_field(w, "spent_usd", double, state->spent_usd);
    json_key(w, "budget_usd");
    state->budget_usd > 0 ? json_put_double(w, state->budget_usd) : json_put_null(w);
    json_field(w, "usd_per_hour", double, rate);
    bool is_told = state->budget_usd > 0 && rate > 0 && left > 0 && left / rate < 24 * 365;
    write_time_or_null(w, "cap_at", is_told ? now_ms + (int64_t)(left / rate * 3600000) : 0);
    json_end_object(w);
}

static void write_reconnects(json_writer *w, const source_watch *s) {
    size_t count = s->reconnect_count < RECONNECTS_MAX ? s->reconnect_count : RECONNECTS_MAX;
    json_key(w, "reconnects");
    json_begin_array(w);
    for (size_t i = 1; i <= count; i++) {
        const reconnect *r = &s->reconnects[(s->reconnect_count - i) % RECONNECTS_MAX];
        json_begin_object(w);
        json_field(w, "at", time, r->at_ms);
        json_field(w, "why", string, r->why);
        json_end_object(w);
    }
    json_end_array(w);
}

static void write_source(json_writer *w, const source_watch *s, int64_t now_ms) {
    int64_t lag_ms = lag_of(s, now_ms);
    const source_state *state = &s->state;
    json_begin_object(w);
    json_field(w, "kind", string, state->kind);
    json_field(w, "state", string, state->state == NULL ? "none" : state->state);
    json_field(w, "detail", string, state->detail);
    json_field(w, "tweets", u64, s->tweets);
    json_field(w, "rate", double, round(s->per_second * 10) / 10);
    json_key(w, "lag_ms");
    lag_ms < 0 ? json_put_null(w) : json_put_i64(w, lag_ms);
    write_time_or_null(w, "newest", s->newest_ms);
    json_field(w, "bytes_read", u64, state->bytes_read);
    json_field(w, "bytes_total", u64, state->bytes_total);
    json_field(w, "connects", u64, state->connects);
    json_field(w, "gaps", u64, state->gaps);
    json_field(w, "missed", u64, state->missed);
    write_time_or_null(w, "next_try", state->next_try_ms);
    write_lacks(w, state);
    write_spend(w, s, now_ms);
    write_reconnects(w, s);
    json_end_object(w);
}

void watch_write_sources(watch *w, json_writer *out) {
    int64_t now_ms = w->clock->now_ms(w->clock);
    (void)pthread_mutex_lock(&w->lock);
    json_begin_array(out);
    for (size_t i = 0; i < w->source_count; i++) write_source(out, &w->sources[i], now_ms);
    json_end_array(out);
    (void)pthread_mutex_unlock(&w->lock);
}

static void write_store(json_writer *w, const store_state *s) {
    json_key(w, "journal");
    if (!s->is_open) {
        json_put_null(w);
        return;
    }
    json_begin_object(w);
    json_field(w, "is_writing", bool, s->is_writing);
    json_field(w, "detail", string, s->is_writing ? "" : s->detail);
    write_time_or_null(w, "since", s->is_writing ? 0 : s->since_ms);
    json_field(w, "file_bytes", u64, s->file_bytes);
    json_field(w, "wal_bytes", u64, s->wal_bytes);
    json_field(w, "backlog_bytes", u64, s->backlog_bytes);
    json_field(w, "records", u64, s->records);
    json_field(w, "deletes_waiting", u64, s->waiting);
    json_field(w, "rows_damaged", u64, s->rows_damaged);
    json_key(w, "floor");
    s->floor_ms < TWITTER_EPOCH_MS ? json_put_null(w) : json_put_time(w, s->floor_ms);
    json_field(w, "read_share", double, s->read_share);
    json_end_object(w);
}

void watch_write_health(watch *w, json_writer *out) {
    (void)pthread_mutex_lock(&w->lock);
    const pipeline_progress *p = &w->progress;
    json_begin_object(out);
    write_store(out, &p->store);
    json_field(out, "is_restoring", bool, p->is_restoring);
    json_field(out, "is_memory_full", bool, p->is_memory_full);
    json_field(out, "memory_bytes", u64, p->memory_bytes);
    json_field(out, "queue", u64, p->queue_count);
    json_field(out, "queue_max", u64, p->queue_capacity);
    json_field(out, "epoch_us", i64, p->last_epoch_us);
    json_field(out, "doubles", u64, p->doubles);
    json_field(out, "late", u64, p->late);
    json_end_object(out);
    (void)pthread_mutex_unlock(&w->lock);
}
