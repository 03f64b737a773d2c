/* SPDX-License-Identifier: MIT */
#include "pipeline/base/log.h"
#include "pipeline/base/suggest.h"
#include "server/base/backend.h"
#include "server/base/terminal.h"
#include "server/options/commands.h"
#include "server/options/secret.h"
#include "server/process/assembly.h"
#include "server/process/descriptors.h"
#include "server/process/keeper.h"
#include "server/process/signals.h"
#include "server/rest/server.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    LOOK_MS = 200, /* At whether the source has failed. */
};

/* ---- The pipeline as the server's backend ---- */

static const moment *acquire(void *context) {
    return pipeline_acquire(context);
}

static void release(void *context, const moment *m) {
    pipeline_release(context, m);
}

static void write_stats(void *context, const moment *m, json_writer *w) {
    pipeline_write_stats(context, m, w);
}

static void get_progress(void *context, pipeline_progress *result) {
    pipeline_get_progress(context, result);
}

static void write_accounting(void *context, json_writer *w) {
    pipeline_write_accounting(context, w);
}

static void write_rejected(void *context, size_t limit, json_writer *w) {
    pipeline_write_rejected(context, limit, w);
}

static status control(void *context, const source_order *order) {
    return pipeline_control(context, order);
}

static void look(void *context) {
    pipeline_look(context);
}

static void write_alerts(void *context, json_writer *w) {
    watch_write_alerts(pipeline_watch(context), w);
}

static void write_sources(void *context, json_writer *w) {
    watch_write_sources(pipeline_watch(context), w);
}

static void write_health(void *context, json_writer *w) {
    watch_write_health(pipeline_watch(context), w);
}

static void get_watch_counts(void *context, watch_counts *result) {
    watch_get_counts(pipeline_watch(context), result);
}

static status fix_rule(void *context, const fixing_order *o, json_writer *w, rule_error *wrong) {
    return fixing_do(context, o, w, wrong);
}

static void write_fixes(void *context, json_writer *w) {
    fixing_write_list(context, w);
}

static backend backend_of(pipeline *p, tweet_source *push) {
    return (backend){.context = p,
                     .acquire = acquire,
                     .release = release,
                     .epoch = moment_epoch,
                     .newest_ms = moment_newest_ms,
                     .taken_away = moment_taken_away,
                     .write_stats = write_stats,
                     .get_progress = get_progress,
                     .write_accounting = write_accounting,
                     .write_rejected = write_rejected,
                     .control = control,
                     .fix = fix_rule,
                     .write_fixes = write_fixes,
                     .look = look,
                     .write_alerts = write_alerts,
                     .write_sources = write_sources,
                     .write_health = write_health,
                     .get_watch_counts = get_watch_counts,
                     .notes = p == NULL ? NULL : pipeline_notes(p),
                     .push = push,
                     .queries = queries,
                     .query_count = query_count,
                     .topics = stream_topics,
                     .topic_count = stream_topic_count};
}

/* ---- Serving ---- */

/* As many live streams as there may be open files. */
static uint32_t clients_possible(const options *o) {
    struct rlimit limit;
    uint32_t clients = (uint32_t)o->clients;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return clients;
    rlim_t wanted = descriptors_wanted(clients);
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= wanted) return clients;
    clients = (uint32_t)descriptors_left(limit.rlim_cur);
    log_line(LOG_WARNING, "at most %u live streams: the limit of open files is %llu", clients,
             (unsigned long long)limit.rlim_cur);
    return clients;
}

static void print_address(const options *o, const server *s) {
    bool is_six = strchr(o->bind, ':') != NULL;
    bool is_any = strcmp(o->bind, "0.0.0.0") == 0 || strcmp(o->bind, "::") == 0;
    const char *host = o->hosts.count > 0 ? o->hosts.values[0] : is_any ? "localhost" : o->bind;
    const char *open = is_six && host == o->bind ? "[" : "", *close = *open != '\0' ? "]" : "";
    (void)printf("http://%s%s%s:%u/\n", open, host, close, server_port(s));
    (void)fflush(stdout);
    if (o->token_file != NULL && !o->quiet)
        complain("the page asks for the token", "open it with ?token=... once", NULL);
}

static int open_server(const options *o, const backend *b, const secrets *secret, bool may_move,
                       server **s) {
    const char *why = NULL;
    char where[300];
    server_options with = {.backend = b,
                           .bind = o->bind,
                           .port = (uint16_t)o->port,
                           .hosts = o->hosts.values,
                           .host_count = o->hosts.count,
                           .cors_origins = o->cors_origins.values,
                           .cors_origin_count = o->cors_origins.count,
                           .token = secret->token,
                           .push_token = secret->push_token,
                           .clients_max = clients_possible(o),
                           .clients_per_address_max = (uint32_t)o->clients_per_address};
    if (server_open(&with, s, &why) == STATUS_OK) return EXIT_OK;
    if (may_move) {
        with.port = 0;
        if (server_open(&with, s, &why) == STATUS_OK) return EXIT_OK;
    }
    (void)snprintf(where, sizeof where, "%.250s port %u", o->bind, (unsigned)o->port);
    complain(where, why, "give another --bind or --port; --port 0 takes any that is free");
    return EXIT_FAILED;
}

/* What a person sees while recorded tweets are read, and after. */
static void show_replay(const options *o, pipeline *p, bool has_ended) {
    pipeline_progress now;
    if (o->quiet || o->sources.count > 0) return;
    int64_t now_us = clock_real()->ticks_us(clock_real());
    pipeline_get_progress(p, &now);
    if (terminal_is_here() && has_ended) progress_clear();
    if (has_ended && log_get_format() != LOG_TEXT)
        log_line(LOG_INFO, "all has been read: %llu items, of which %llu were rejected",
                 (unsigned long long)now.items, (unsigned long long)now.outcomes[ITEM_REJECTED]);
    else if (has_ended)
        summary_show(&now, now_us);
    else if (terminal_is_here())
        progress_show(&now, now_us);
}

/* Until a signal comes that ends it, which is how serving ends well, or a source has failed. */
static void serve_until_stopped(const options *o, pipeline *p, keeper *k, int *code) {
    for (bool has_ended = false; *code == EXIT_OK;) {
        int number = signals_wait(LOOK_MS);
        if (number == SIGINT || number == SIGTERM) return;
        keeper_look(k, number, clock_real()->ticks_us(clock_real()));
        if (has_ended) continue;
        has_ended = pipeline_has_ended(p);
        show_replay(o, p, has_ended);
        if (has_ended) *code = exit_code_of(pipeline_wait(p), p);
        if (*code == EXIT_BUDGET) *code = EXIT_OK; /* What was paid for can still be read. */
    }
}

/* What is held in memory is for nobody else: no core file, no debugger of the same user. */
static void keep_private(const secrets *secret, const options *o) {
    const struct rlimit none = {0, 0};
    if (secret->token.count == 0 && secret->push_token.count == 0 && o->sources.count == 0) return;
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static int serve(const options *o, bool may_move) {
    secrets secret;
    assembly a = {0};
    source_tokens tokens = {NULL, NULL};
    server *s = NULL;
    keeper k;
    tweet_source *source = NULL, *push = NULL;
    signals_take_orders();
    int code = secrets_read(o, &secret);
    keep_private(&secret, o);
    if (code == EXIT_OK) code = assembly_open_source(o, &source, &push, &tokens);
    if (code == EXIT_OK) code = assembly_init(&a, o, true);
    const backend b = backend_of(a.pipeline, push);
    keeper_open(&k, o, &b, &tokens);
    if (code == EXIT_OK) pipeline_look(a.pipeline); /* Who asks at once is told how all stands. */
    if (code == EXIT_OK) code = open_server(o, &b, &secret, may_move, &s);
    secrets_wipe(&secret);
    if (code != EXIT_OK && source != NULL) source->close(source);
    if (code == EXIT_OK) {
        print_address(o, s);
        code = exit_code_of(pipeline_start(a.pipeline, source), a.pipeline);
    }
    if (code == EXIT_OK) {
        keeper_ready(&k, s);
        serve_until_stopped(o, a.pipeline, &k, &code);
    }
    keeper_stopping(&k);
    signals_release();
    if (a.pipeline != NULL) pipeline_stop(a.pipeline);
    server_close(s);
    assembly_deinit(&a);
    keeper_close(&k);
    assembly_free_tokens(&tokens);
    return code;
}

int command_serve(const options *o) {
    return serve(o, false);
}

/* A word that is no file, and looks like none, is more likely a command. */
static bool looks_like_a_command(const char *word) {
    return strcmp(word, "-") != 0 && strpbrk(word, "./") == NULL && access(word, F_OK) != 0;
}

int command_open(const options *o) {
    const char *word = o->operands[0];
    if (!looks_like_a_command(word)) return serve(o, !o->port_given);
    suggestion near = {.wanted = text_of(word)};
    char todo[64] = "dunlin --help lists the commands";
    for (size_t i = 0; i < command_count; i++) suggest(&near, commands[i].name);
    if (near.best != NULL) (void)snprintf(todo, sizeof todo, "did you mean %s?", near.best);
    complain(word, "no such file or command", todo);
    return EXIT_USAGE;
}
