/* SPDX-License-Identifier: MIT */
#include "server/rest/metrics.h"

#include "pipeline/base/json.h"
#include "server/base/json_walk.h"
#include "server/base/version.h"
#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static void put_head(buffer *out, const char *name, const char *type, const char *help) {
    buffer_add_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_value(buffer *out, const char *name, const char *labels, double value) {
    char number[32];
    (void)double_to_text(value, number);
    buffer_add_format(out, "%s%s %s\n", name, labels, number);
}

static void put(buffer *out, const char *name, const char *type, const char *help, double value) {
    put_head(out, name, type, help);
    put_value(out, name, "", value);
}

/* ---- What is read ---- */

static void put_items(buffer *out, const pipeline_progress *p) {
    static const char *const labels[] = {"{outcome=\"accepted\"}", "{outcome=\"repaired\"}",
                                         "{outcome=\"ignored\"}", "{outcome=\"rejected\"}"};
    put_head(out, "dunlin_items_total", "counter", "Items read, by what became of them.");
    for (size_t i = 0; i < 4; i++)
        put_value(out, "dunlin_items_total", labels[i], (double)p->outcomes[i]);
}

/* ---- Sources: their kinds and states are words of the program's own ---- */

typedef struct {
    const source_state *state;
    double tweets, per_second, lag_seconds; /* lag: < 0 when it is not known. */
} source_figures;

static double connects_of(const source_figures *f) {
    return (double)f->state->connects;
}

static double bytes_of(const source_figures *f) {
    return (double)f->state->bytes_read;
}

static double gaps_of(const source_figures *f) {
    return (double)f->state->gaps;
}

static double missed_of(const source_figures *f) {
    return (double)f->state->missed;
}

static double spent_of(const source_figures *f) {
    return f->state->spent_usd;
}

static double budget_of(const source_figures *f) {
    return f->state->budget_usd;
}

static double tweets_of(const source_figures *f) {
    return f->tweets;
}

static double rate_of(const source_figures *f) {
    return f->per_second;
}

static double lag_of(const source_figures *f) {
    return f->lag_seconds;
}

/* A value below 0 is not known, and left out. */
static const struct {
    const char *name, *type, *help;
    double (*of)(const source_figures *f);
} of_source[] = {
    {"dunlin_source_connects_total", "counter", "Connections made to a live source.", connects_of},
    {"dunlin_source_bytes_total", "counter", "Bytes of the source that were read.", bytes_of},
    {"dunlin_source_tweets_total", "counter", "Tweets heard from it.", tweets_of},
    {"dunlin_source_tweets_per_second", "gauge", "Over the last ten seconds.", rate_of},
    {"dunlin_source_lag_seconds", "gauge", "Wall time less the time of its newest tweet.", lag_of},
    {"dunlin_source_gaps_total", "counter", "Times that it may have missed something.", gaps_of},
    {"dunlin_source_missed_total", "counter", "Items that it says it did not send.", missed_of},
    {"dunlin_source_spent_usd", "gauge", "Spent at the published prices.", spent_of},
    {"dunlin_source_budget_usd", "gauge", "Where it stops; 0: nowhere.", budget_of},
};

static source_figures figures_of(const metrics_input *in, size_t i) {
    source_figures f = {.state = &in->progress->source, .lag_seconds = -1};
    if (in->progress->source_count > 1) f.state = &in->progress->sources[i];
    if (i >= in->watch->source_count) return f;
    f.tweets = (double)in->watch->sources[i].tweets;
    f.per_second = in->watch->sources[i].tweets_per_second;
    if (in->watch->sources[i].lag_ms >= 0)
        f.lag_seconds = (double)in->watch->sources[i].lag_ms / 1000;
    return f;
}

static const char *word_of(const char *word) {
    return word == NULL ? "none" : word;
}

static void put_sources(buffer *out, const metrics_input *in) {
    size_t count = in->progress->source_count > 1 ? in->progress->source_count : 1;
    source_figures all[PIPELINE_SOURCES_MAX];
    char labels[80];
    for (size_t i = 0; i < count; i++) all[i] = figures_of(in, i);
    put_head(out, "dunlin_source_info", "gauge", "What is read, and how it stands; 1.");
    for (size_t i = 0; i < count; i++)
        buffer_add_format(out, "dunlin_source_info{number=\"%zu\",kind=\"%s\",state=\"%s\"} 1\n", i,
                          word_of(all[i].state->kind), word_of(all[i].state->state));
    for (size_t f = 0; f < sizeof of_source / sizeof of_source[0]; f++) {
        put_head(out, of_source[f].name, of_source[f].type, of_source[f].help);
        for (size_t i = 0; i < count; i++) {
            double value = of_source[f].of(&all[i]);
            (void)snprintf(labels, sizeof labels, "{number=\"%zu\",kind=\"%.40s\"}", i,
                           word_of(all[i].state->kind));
            if (value >= 0) put_value(out, of_source[f].name, labels, value);
        }
    }
}

/* ---- Alerts, the journal, memory ---- */

static void put_alerts(buffer *out, const watch_counts *w) {
    put_head(out, "dunlin_alerts_active", "gauge", "Alerts that go on, by kind.");
    for (int k = 0; k < ALERT_KINDS; k++) {
        char labels[64];
        (void)snprintf(labels, sizeof labels, "{kind=\"%s\"}", alert_kind_text((alert_kind)k));
        put_value(out, "dunlin_alerts_active", labels, w->active[k]);
    }
}

static void put_store(buffer *out, const pipeline_progress *p) {
    const store_state *s = &p->store;
    put(out, "dunlin_journal_open", "gauge", "1: what is accepted is stored; 0: memory only.",
        s->is_open ? 1 : 0);
    put(out, "dunlin_journal_writing", "gauge", "1: the last epoch was stored.",
        s->is_open && s->is_writing ? 1 : 0);
    put(out, "dunlin_journal_bytes", "gauge", "Of the journal's file.", (double)s->file_bytes);
    put(out, "dunlin_journal_wal_bytes", "gauge", "Of the log that is written before it.",
        (double)s->wal_bytes);
    put(out, "dunlin_journal_backlog_bytes", "gauge", "Shown, but not stored yet.",
        (double)s->backlog_bytes);
    put(out, "dunlin_journal_deletes_waiting", "gauge",
        "Deletes that the file does not follow yet.", (double)s->waiting);
    put(out, "dunlin_journal_damaged_rows", "gauge", "Rows that cannot be read.",
        (double)s->rows_damaged);
    put(out, "dunlin_journal_floor_seconds", "gauge",
        "Since 1970: what is older is let go; 0: nothing.",
        s->floor_ms > 0 ? (double)s->floor_ms / 1e3 : 0);
    put(out, "dunlin_restoring", "gauge", "1: the journal is read back.", p->is_restoring ? 1 : 0);
    put(out, "dunlin_memory_full", "gauge", "1: reading waits for memory.",
        p->is_memory_full ? 1 : 0);
    put(out, "dunlin_doubles_total", "counter", "Tweets whose own line came again.",
        (double)p->doubles);
    put(out, "dunlin_late_total", "counter", "Tweets older than --keep, and not taken.",
        (double)p->late);
}

static void put_pipeline(buffer *out, const metrics_input *in) {
    const pipeline_progress *p = in->progress;
    put_items(out, p);
    put(out, "dunlin_records_total", "counter", "Records that items were decoded to.",
        (double)p->records);
    put(out, "dunlin_epochs_total", "counter", "Epochs committed.", (double)p->epoch);
    put(out, "dunlin_epoch_seconds", "gauge", "What the last epoch took.",
        (double)p->last_epoch_us / 1e6);
    put(out, "dunlin_engine_busy_seconds_total", "counter", "Time that the engine has computed.",
        (double)p->engine_busy_us / 1e6);
    put(out, "dunlin_items_per_second", "gauge", "Items over the last second.",
        p->items_per_second);
    put(out, "dunlin_queue_batches", "gauge", "Batches that wait for the engine.",
        (double)p->queue_count);
    put(out, "dunlin_queue_batches_max", "gauge", "Batches that may wait.",
        (double)p->queue_capacity);
    put(out, "dunlin_uptime_seconds", "gauge", "Since the pipeline began.",
        p->started_us == 0 ? 0 : (double)(in->now_us - p->started_us) / 1e6);
    put_sources(out, in);
    put_alerts(out, in->watch);
    put_store(out, p);
}

/* ---- What is known ---- */

static const struct {
    const char *key, *name, *type, *help;
} known[] = {
    {"tweets", "dunlin_tweets", "gauge", "Tweets known."},
    {"users", "dunlin_users", "gauge", "Users known."},
    {"responses", "dunlin_responses", "gauge", "Retweets, replies and quotes of known tweets."},
    {"located", "dunlin_responses_located", "gauge", "Responses of which both ends have a place."},
    {"clean", "dunlin_responses_clean", "gauge", "Located responses that the cleaning left."},
    {"bad_places", "dunlin_bad_places", "gauge", "Places that the cleaning removed."},
    {"deleted", "dunlin_deletes_total", "counter", "Delete notices heard."},
    {"memory_bytes", "dunlin_state_bytes", "gauge", "Memory that the state takes."},
};

static void put_known(buffer *out, text stats) {
    text value;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (!json_walk_find(stats, known[i].key, &value)) continue;
        put_head(out, known[i].name, known[i].type, known[i].help);
        buffer_add_format(out, "%s %.*s\n", known[i].name, (int)value.count, value.bytes);
    }
}

/* ---- The server and the process ---- */

static void put_http(buffer *out, const metrics_input *in) {
    static const char *const classes[] = {"",
                                          "{class=\"1xx\"}",
                                          "{class=\"2xx\"}",
                                          "{class=\"3xx\"}",
                                          "{class=\"4xx\"}",
                                          "{class=\"5xx\"}"};
    put_head(out, "dunlin_http_answers_total", "counter", "Answers given, by class of status.");
    for (size_t i = 2; i < 6; i++)
        put_value(out, "dunlin_http_answers_total", classes[i], (double)in->http->answers[i]);
    put(out, "dunlin_http_body_bytes_total", "counter", "Bytes of answers' bodies, streams apart.",
        (double)in->http->bytes);
    put(out, "dunlin_http_connections", "gauge", "Open connections.", in->http->connections);
    put(out, "dunlin_http_requests", "gauge", "Requests being answered, streams among them.",
        in->http->requests);
    put(out, "dunlin_live_clients", "gauge", "Live streams.", in->live_clients);
}

static double resident_bytes(void) {
    unsigned long long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f == NULL) return 0;
    if (fscanf(f, "%llu %llu", &pages, &resident) != 2) resident = 0; /* NOLINT(cert-err34-c) */
    (void)fclose(f);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static double open_files(void) {
    double count = -1; /* The listing is one of them. */
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL) return 0;
    for (const struct dirent *e; (e = readdir(folder)) != NULL;) count += e->d_name[0] != '.';
    (void)closedir(folder);
    return count;
}

static double seconds_of(struct timeval t) {
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void put_process(buffer *out) {
    struct rusage use = {0};
    (void)getrusage(RUSAGE_SELF, &use);
    put_head(out, "dunlin_build_info", "gauge", "The version; 1.");
    buffer_add_format(out, "dunlin_build_info{version=\"%s\"} 1\n", DUNLIN_VERSION);
    put(out, "process_cpu_seconds_total", "counter", "CPU time of all threads.",
        seconds_of(use.ru_utime) + seconds_of(use.ru_stime));
    put(out, "process_resident_memory_bytes", "gauge", "Resident memory.", resident_bytes());
    put(out, "process_open_fds", "gauge", "Open files and connections.", open_files());
}

void metrics_write(const metrics_input *in, buffer *out) {
    put_pipeline(out, in);
    put_known(out, in->stats);
    put_http(out, in);
    put_process(out);
}
