/* SPDX-License-Identifier: MIT */
#include "pipeline/alerts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ENDED_MAX = 64,         /* States that are over and still told of. */
    LAG_MINUTES = 60,       /* That a lag is compared with, */
    LAG_MINUTES_MIN = 5,    /* and at least. */
    LAG_ABOVE_MS = 60000,   /* By so much it must be greater. */
    LAG_USUAL_MS = 3600000, /* A lag that lasts is how things are. */
    SILENT_MS_MIN = 60000,
    SILENT_TWEETS_MIN = 10, /* Fewer say nothing of how often they come. */
    FORGET_MS = 1800000,    /* Half of how often tweets came is forgotten. */
};
#define SILENT_GAPS    20.0 /* Mean times between tweets. */
#define LAG_DEVIATIONS 6.0
#define BUDGET_NEAR    0.8

static const char *const kind_words[] = {
#define X(name, word) word,
    ALERT_KIND_MAP(X)
#undef X
};

const char *alert_kind_text(alert_kind k) {
    return kind_words[k];
}

/* How long a state must last, and be away, to be told and to be over. */
static const struct {
    int64_t raise_ms, clear_ms;
} patience[ALERT_KINDS] = {
    [ALERT_SOURCE_AWAY] = {30000, 10000}, [ALERT_SOURCE_SILENT] = {0, 10000},
    [ALERT_LAG_GREW] = {30000, 60000},    [ALERT_JOURNAL_STOPPED] = {0, 5000},
    [ALERT_MEMORY_FULL] = {0, 30000},     [ALERT_BUDGET_NEAR] = {0, 0},
    [ALERT_BUDGET_REACHED] = {0, 0},
};

typedef struct {
    bool holds, is_open;
    int64_t changed_ms; /* When `holds` last changed. */
    alert alert;
} latch;

typedef struct {
    uint64_t tweets;               /* At the last look. */
    int64_t came_ms, lag_ms;       /* When some last came, and how late; -1: never. */
    double recent, recent_ms;      /* Tweets, and the time they took, fading. */
    int64_t minute, minute_lag_ms; /* The least of the minute that runs. */
    int64_t lags[LAG_MINUTES];
    size_t lag_count; /* Ever. */
} source_past;

struct alerts {
    int64_t now_ms;
    latch latches[ALERT_KINDS][ALERT_SOURCES_MAX];
    source_past pasts[ALERT_SOURCES_MAX];
    alert ended[ENDED_MAX]; /* A ring. */
    size_t ended_count;     /* Ever. */
    alert shifts[ALERTS_MAX];
    size_t shift_count;
};

alerts *alerts_new(void) {
    alerts *a = calloc(1, sizeof *a);
    for (size_t i = 0; a != NULL && i < ALERT_SOURCES_MAX; i++) a->pasts[i].lag_ms = -1;
    return a;
}

void alerts_free(alerts *a) {
    free(a);
}

bool alerts_is_listening(const source_state *s) {
    static const char *const others[] = {"files", "push", "none"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (s->kind == NULL || strcmp(s->kind, others[i]) == 0) return false;
    return true;
}

int64_t alerts_lag_ms(const alerts *a, size_t source) {
    return source < ALERT_SOURCES_MAX ? a->pasts[source].lag_ms : -1;
}

static bool is_in(const source_state *s, const char *state) {
    return s->state != NULL && strcmp(s->state, state) == 0;
}

static void add_number(alert *a, const char *name, double value) {
    a->numbers[a->number_count].name = name;
    a->numbers[a->number_count++].value = value;
}

/* Words that others wrote (a server's reason) stay one line of printable text. */
static void make_harmless(char *words) {
    for (; *words != '\0'; words++)
        if ((unsigned char)*words < 0x20 || *words == 0x7F) *words = ' ';
}

/* ---- States ---- */

static void end_latch(alerts *a, latch *l) {
    l->is_open = false;
    l->alert.until_ms = l->changed_ms;
    a->ended[a->ended_count++ % ENDED_MAX] = l->alert;
}

/* `now` is what the alert would say; since its state holds when it opens. */
static void set_latch(alerts *a, size_t source, bool holds, alert *now) {
    latch *l = &a->latches[now->kind][source];
    if (holds != l->holds) l->changed_ms = a->now_ms;
    l->holds = holds;
    int64_t lasted_ms = a->now_ms - l->changed_ms;
    if (holds) make_harmless(now->words);
    if (holds && !l->is_open && lasted_ms >= patience[now->kind].raise_ms) {
        if (now->since_ms == 0) now->since_ms = l->changed_ms;
        l->is_open = true;
        l->alert = *now;
    } else if (holds && l->is_open) {
        now->since_ms = l->alert.since_ms;
        l->alert = *now;
    } else if (!holds && l->is_open && lasted_ms >= patience[now->kind].clear_ms) {
        end_latch(a, l);
    }
}

static alert about(alert_kind kind, const source_state *s, size_t number) {
    alert a = {.kind = kind, .source_number = (unsigned)number};
    if (s != NULL && s->kind != NULL) (void)snprintf(a.source, sizeof a.source, "%s", s->kind);
    return a;
}

static void look_away(alerts *a, size_t i, const source_state *s) {
    alert now = about(ALERT_SOURCE_AWAY, s, i);
    bool holds = alerts_is_listening(s) &&
                 (is_in(s, "connecting") || is_in(s, "waiting") || is_in(s, "failed"));
    (void)snprintf(now.words, sizeof now.words, "%s is not connected%s%.140s", now.source,
                   s->detail[0] != '\0' ? ": " : "", s->detail);
    add_number(&now, "connects", (double)s->connects);
    set_latch(a, i, holds, &now);
}

/* How often tweets come, and when some last did. */
static void learn_pace(source_past *p, const alert_source *s, int64_t now_ms, int64_t passed_ms) {
    if (p->came_ms == 0 || !is_in(&s->state, "live")) p->came_ms = now_ms;
    if (s->tweets > p->tweets) p->came_ms = now_ms;
    if (!is_in(&s->state, "live")) return;
    double kept = exp2(-(double)passed_ms / FORGET_MS);
    p->recent = p->recent * kept + (double)(s->tweets - p->tweets);
    p->recent_ms = p->recent_ms * kept + (double)passed_ms;
}

static void look_silent(alerts *a, size_t i, const alert_source *s) {
    const source_past *p = &a->pasts[i];
    alert now = about(ALERT_SOURCE_SILENT, &s->state, i);
    bool holds = false;
    if (alerts_is_listening(&s->state) && is_in(&s->state, "live") &&
        p->recent >= SILENT_TWEETS_MIN) {
        double gap_ms = p->recent_ms / p->recent, silent_ms = (double)(a->now_ms - p->came_ms);
        holds = silent_ms > fmax(SILENT_MS_MIN, SILENT_GAPS * gap_ms);
        now.since_ms = p->came_ms;
        (void)snprintf(now.words, sizeof now.words,
                       "%s is connected and sends nothing: no tweet since %.0f s, one in %.3g s "
                       "as a rule",
                       now.source, silent_ms / 1000, gap_ms / 1000);
        add_number(&now, "silent_s", silent_ms / 1000);
        add_number(&now, "usual_gap_s", gap_ms / 1000);
    }
    set_latch(a, i, holds, &now);
}

static int compare_lags(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double median_lag(int64_t *lags, size_t count) {
    qsort(lags, count, sizeof *lags, compare_lags);
    int64_t low = lags[(count - 1) / 2], high = lags[count / 2];
    return ((double)low + (double)high) / 2;
}

/* The lag from which it is great; INFINITY while too little is known. */
static double lag_limit(const source_past *p, double *usual) {
    int64_t lags[LAG_MINUTES];
    size_t count = p->lag_count < LAG_MINUTES ? p->lag_count : LAG_MINUTES;
    if (count < LAG_MINUTES_MIN) return INFINITY;
    memcpy(lags, p->lags, count * sizeof lags[0]);
    *usual = median_lag(lags, count);
    for (size_t i = 0; i < count; i++) lags[i] = llabs(lags[i] - (int64_t)*usual);
    return *usual + fmax(LAG_ABOVE_MS, LAG_DEVIATIONS * 1.4826 * median_lag(lags, count));
}

static void learn_lag(source_past *p, int64_t now_ms, bool is_usual) {
    int64_t minute = minute_of(now_ms);
    if (minute != p->minute) {
        if (p->minute != 0 && p->minute_lag_ms >= 0 && is_usual)
            p->lags[p->lag_count++ % LAG_MINUTES] = p->minute_lag_ms;
        p->minute = minute;
        p->minute_lag_ms = -1;
    }
    if (p->minute_lag_ms < 0 || p->lag_ms < p->minute_lag_ms) p->minute_lag_ms = p->lag_ms;
}

/* A source that says nothing is not behind: only what comes is looked at. */
static void look_lag(alerts *a, size_t i, const alert_source *s) {
    source_past *p = &a->pasts[i];
    latch *l = &a->latches[ALERT_LAG_GREW][i];
    double usual = 0, limit = lag_limit(p, &usual);
    if (s->tweets > p->tweets && s->newest_ms != 0) {
        p->lag_ms = a->now_ms > s->newest_ms ? a->now_ms - s->newest_ms : 0;
        learn_lag(p, a->now_ms, !l->holds);
    }
    if (!alerts_is_listening(&s->state)) return;
    double half = usual + (limit - usual) / 2;
    alert now = about(ALERT_LAG_GREW, &s->state, i);
    bool holds = (double)p->lag_ms > (l->holds ? half : limit);
    (void)snprintf(now.words, sizeof now.words,
                   "%s is %.0f s behind: its newest tweet is so old; %.1f s as a rule", now.source,
                   (double)p->lag_ms / 1000, usual / 1000);
    add_number(&now, "lag_s", (double)p->lag_ms / 1000);
    add_number(&now, "usual_lag_s", usual / 1000);
    if (l->is_open && a->now_ms - l->alert.since_ms > LAG_USUAL_MS) {
        p->lag_count = 0;
        holds = false;
    }
    set_latch(a, i, holds, &now);
}

static void look_budget(alerts *a, size_t i, const source_state *s) {
    alert near = about(ALERT_BUDGET_NEAR, s, i), reached = about(ALERT_BUDGET_REACHED, s, i);
    double share = s->budget_usd > 0 ? s->spent_usd / s->budget_usd : 0;
    bool is_reached = source_is_spent(s);
    (void)snprintf(near.words, sizeof near.words, "%s has spent %.2f of %.2f US dollars (%.0f %%)",
                   near.source, s->spent_usd, s->budget_usd, 100 * share);
    (void)snprintf(reached.words, sizeof reached.words,
                   "%s has stopped: its budget of %.2f US dollars is spent", near.source,
                   s->budget_usd);
    add_number(&near, "spent_usd", s->spent_usd);
    add_number(&near, "budget_usd", s->budget_usd);
    add_number(&reached, "spent_usd", s->spent_usd);
    add_number(&reached, "budget_usd", s->budget_usd);
    set_latch(a, i, share >= BUDGET_NEAR && !is_reached, &near);
    set_latch(a, i, is_reached, &reached);
}

static void look_source(alerts *a, size_t i, const alert_source *s, int64_t passed_ms) {
    source_past *p = &a->pasts[i];
    learn_pace(p, s, a->now_ms, passed_ms);
    look_away(a, i, &s->state);
    look_silent(a, i, s);
    look_lag(a, i, s);
    look_budget(a, i, &s->state);
    p->tweets = s->tweets;
}

static void look_store(alerts *a, const store_state *s) {
    alert now = about(ALERT_JOURNAL_STOPPED, NULL, 0);
    now.since_ms = s->since_ms;
    (void)snprintf(now.words, sizeof now.words,
                   "The journal cannot be written%s%.120s; what is shown since is in memory alone",
                   s->detail[0] != '\0' ? ": " : "", s->detail);
    add_number(&now, "backlog_bytes", (double)s->backlog_bytes);
    set_latch(a, 0, s->is_open && !s->is_writing, &now);
}

static void look_memory(alerts *a, const alert_states *s) {
    alert now = about(ALERT_MEMORY_FULL, NULL, 0);
    (void)snprintf(now.words, sizeof now.words,
                   "Memory is full (%.0f MB): reading waits, nothing is dropped",
                   (double)s->memory_bytes / 1e6);
    add_number(&now, "memory_bytes", (double)s->memory_bytes);
    set_latch(a, 0, s->is_memory_full, &now);
}

void alerts_look(alerts *a, const alert_states *s) {
    if (s->now_ms < a->now_ms) return;
    int64_t passed_ms = a->now_ms == 0 ? 0 : s->now_ms - a->now_ms;
    a->now_ms = s->now_ms;
    for (size_t i = 0; i < s->source_count && i < ALERT_SOURCES_MAX; i++)
        look_source(a, i, &s->sources[i], passed_ms);
    if (!s->is_restoring) look_store(a, s->store);
    look_memory(a, s);
}

/* ---- Shifts ---- */

static void describe_rate(const shift *s, alert *a) {
    a->kind = s->size < 1 ? ALERT_RATE_FELL : ALERT_RATE_JUMPED;
    (void)snprintf(a->words, sizeof a->words,
                   "%s: %.0f tweets a minute heard, %.0f in the hour before%s",
                   s->size < 1 ? "The rate fell" : "The rate jumped", s->now, s->before,
                   s->is_usual_now ? "; that is usual now" : "");
    add_number(a, "now", s->now);
    add_number(a, "before", s->before);
    add_number(a, "ratio", s->size);
}

static void describe_shares(const shift *s, const char *of, const char *category, alert *a) {
    (void)snprintf(a->words, sizeof a->words,
                   "%s shifted: %s is %.1f %% of five minutes, %.1f %% of the hour before%s", of,
                   category, 100 * s->now, 100 * s->before,
                   s->is_usual_now ? "; that is usual now" : "");
    add_number(a, "now", s->now);
    add_number(a, "before", s->before);
    add_number(a, "divergence_bits", s->size);
}

static alert describe(const shift *s, const char langs[SHIFT_LANGS][ALERT_LANG_BYTES]) {
    static const char *const labels[] = {"positive", "neutral", "negative", "unknown"};
    alert a = {.since_ms = (int64_t)s->since * MS_PER_MINUTE,
               .until_ms = (int64_t)s->until * MS_PER_MINUTE};
    const char *lang = s->category < SHIFT_LANGS ? langs[s->category] : "";
    if (s->kind == SHIFT_OF_RATE) {
        describe_rate(s, &a);
    } else if (s->kind == SHIFT_OF_LABELS) {
        a.kind = ALERT_LABELS_SHIFTED;
        describe_shares(s, "Moods", labels[s->category % SHIFT_LABELS], &a);
    } else {
        a.kind = ALERT_LANGUAGES_SHIFTED;
        describe_shares(s, "Languages", lang[0] != '\0' ? lang : "no language", &a);
    }
    return a;
}

void alerts_learn(alerts *a, const shift_minute *rows, size_t count,
                  const char langs[SHIFT_LANGS][ALERT_LANG_BYTES]) {
    shift found[ALERTS_MAX];
    a->shift_count = shifts_find(rows, count, found, ALERTS_MAX);
    for (size_t i = 0; i < a->shift_count; i++) a->shifts[i] = describe(&found[i], langs);
}

/* ---- The list ---- */

static int compare_alerts(const void *x, const void *y) {
    const alert *a = x, *b = y;
    if ((a->until_ms == 0) != (b->until_ms == 0)) return a->until_ms == 0 ? -1 : 1;
    if (a->since_ms != b->since_ms) return a->since_ms > b->since_ms ? -1 : 1;
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    return (a->source_number > b->source_number) - (a->source_number < b->source_number);
}

size_t alerts_list(const alerts *a, alert *out, size_t most) {
    alert all[ALERT_KINDS * ALERT_SOURCES_MAX + ENDED_MAX + ALERTS_MAX];
    size_t count = 0, ended = a->ended_count < ENDED_MAX ? a->ended_count : ENDED_MAX;
    for (size_t k = 0; k < ALERT_KINDS; k++)
        for (size_t i = 0; i < ALERT_SOURCES_MAX; i++)
            if (a->latches[k][i].is_open) all[count++] = a->latches[k][i].alert;
    for (size_t i = 0; i < ended; i++) all[count++] = a->ended[i];
    for (size_t i = 0; i < a->shift_count; i++) all[count++] = a->shifts[i];
    qsort(all, count, sizeof all[0], compare_alerts);
    if (count > most) count = most;
    memcpy(out, all, count * sizeof *out);
    return count;
}
