/* SPDX-License-Identifier: MIT */
#include "pipeline/base/log.h"
#include "pipeline/sources/x_stream.h"
#include "server/assembly.h"
#include "server/backend.h"
#include "server/commands.h"
#include "server/server.h"
#include "server/signals.h"
#include "server/suggest.h"
#include "server/terminal.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    TOKEN_BYTES_MIN = 8,
    TOKEN_BYTES_MAX = 512,
    FILES_SPARE = 512, /* Descriptors for all but the live streams. */
    LOOK_MS = 200,     /* At whether the source has failed. */
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

static backend backend_of(pipeline *p) {
    return (backend){.context = p,
                     .acquire = acquire,
                     .release = release,
                     .epoch = moment_epoch,
                     .newest_ms = moment_newest_ms,
                     .write_stats = write_stats,
                     .get_progress = get_progress,
                     .write_accounting = write_accounting,
                     .write_rejected = write_rejected,
                     .control = control,
                     .queries = queries,
                     .query_count = query_count,
                     .topics = stream_topics,
                     .topic_count = stream_topic_count};
}

/* ---- Who may read ---- */

static bool is_loopback(const char *address) {
    unsigned char bytes[16];
    if (inet_pton(AF_INET, address, bytes) == 1) return bytes[0] == 127;
    return strcmp(address, "::1") == 0;
}

/* It travels as a header, as a cookie and in an address. */
static bool is_good_token(text t) {
    if (t.count < TOKEN_BYTES_MIN || t.count > TOKEN_BYTES_MAX) return false;
    for (size_t i = 0; i < t.count; i++) {
        char c = t.bytes[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_letter && (c == '\0' || strchr("-._~", c) == NULL)) return false;
    }
    return true;
}

static void warn_if_open(const char *path, FILE *f) {
    struct stat s;
    if (fstat(fileno(f), &s) == 0 && (s.st_mode & (S_IRGRP | S_IROTH)) != 0)
        log_line(LOG_WARNING, "%s: others on this machine can read it: chmod 600", path);
}

static int read_token(const options *o, char line[TOKEN_BYTES_MAX + 4], text *token) {
    *token = (text){NULL, 0};
    if (o->token_file == NULL) {
        if (is_loopback(o->bind) || o->no_auth) return EXIT_OK;
        complain(o->bind, "everyone who reaches this address could read",
                 "give --token-file FILE, or --insecure-no-auth");
        return EXIT_CONFIGURATION;
    }
    FILE *f = fopen(o->token_file, "re");
    if (f == NULL || fgets(line, TOKEN_BYTES_MAX + 4, f) == NULL) {
        complain(o->token_file, "it cannot be read",
                 "give a file with the token in its first line");
        if (f != NULL) (void)fclose(f);
        return EXIT_CONFIGURATION;
    }
    warn_if_open(o->token_file, f);
    (void)fclose(f);
    *token = text_trim(text_of(line));
    if (is_good_token(*token)) return EXIT_OK;
    complain(o->token_file, "not a token",
             "write 8 to 512 letters, digits, - . _ or ~ in the first line");
    return EXIT_CONFIGURATION;
}

/* ---- The source ---- */

/* --x-token-file, X_BEARER_TOKEN_FILE, X_BEARER_TOKEN, or what the source itself knows. */
static status find_x_token(const options *o, buffer *token) {
    const char *path = o->x_token_file != NULL ? o->x_token_file : getenv("X_BEARER_TOKEN_FILE");
    const char *value = getenv("X_BEARER_TOKEN");
    if (path != NULL || value == NULL) return x_stream_read_token(path, token);
    if (!x_stream_is_token(text_of(value))) return STATUS_BAD_FORMAT;
    buffer_add(token, text_of(value));
    return token->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static int open_x(const options *o, tweet_source **source) {
    buffer token = {0};
    status s = find_x_token(o, &token);
    if (s != STATUS_OK) {
        complain("--source x", s == STATUS_NOT_FOUND ? "there is no bearer token" : status_text(s),
                 "give --x-token-file FILE, or X_BEARER_TOKEN in the environment");
        x_stream_wipe_token(&token);
        return EXIT_CONFIGURATION;
    }
    const x_stream_options with = {
        .base_url = o->x_url,
        .kind = strcmp(o->x_stream, "sampled") == 0 ? X_STREAM_SAMPLED : X_STREAM_FILTERED,
        .token = buffer_text(&token),
    };
    s = x_stream_open(&with, source);
    x_stream_wipe_token(&token);
    if (s == STATUS_OK) return EXIT_OK;
    complain(o->x_url != NULL ? o->x_url : "--source x", status_text(s),
             "give an https:// address, or http:// on this machine");
    return EXIT_CONFIGURATION;
}

static int open_source(const options *o, tweet_source **source) {
    if (o->source != NULL && o->operand_count > 0) {
        complain(o->operands[0], "a file and --source together", "give one of them");
        return EXIT_USAGE;
    }
    if (o->source != NULL) return open_x(o, source);
    if (o->operand_count > 0) return assembly_open_files(o, source);
    complain("serve", "there is nothing to serve",
             "name FILE..., or - for stdin, or give --source x");
    return EXIT_USAGE;
}

/* ---- Serving ---- */

/* As many live streams as there may be open files. */
static uint32_t clients_possible(const options *o) {
    struct rlimit limit;
    uint32_t clients = (uint32_t)o->clients;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return clients;
    rlim_t wanted = clients + FILES_SPARE;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= wanted) return clients;
    clients = limit.rlim_cur > 2 * FILES_SPARE ? (uint32_t)limit.rlim_cur - FILES_SPARE
                                               : (uint32_t)limit.rlim_cur / 2;
    log_line(LOG_WARNING, "at most %u live streams: the limit of open files is %llu", clients,
             (unsigned long long)limit.rlim_cur);
    return clients;
}

static void print_address(const options *o, const server *s) {
    bool is_six = strchr(o->bind, ':') != NULL;
    bool is_any = strcmp(o->bind, "0.0.0.0") == 0 || strcmp(o->bind, "::") == 0;
    const char *host = o->host_count > 0 ? o->hosts[0] : is_any ? "localhost" : o->bind;
    const char *open = is_six && host == o->bind ? "[" : "", *close = *open != '\0' ? "]" : "";
    (void)printf("http://%s%s%s:%u/\n", open, host, close, server_port(s));
    (void)fflush(stdout);
    if (o->token_file != NULL && !o->quiet)
        complain("the page asks for the token", "open it with ?token=... once", NULL);
}

static int open_server(const options *o, const backend *b, text token, bool may_move, server **s) {
    const char *why = NULL;
    char where[300];
    server_options with = {.backend = b,
                           .bind = o->bind,
                           .port = (uint16_t)o->port,
                           .hosts = o->hosts,
                           .host_count = o->host_count,
                           .token = token,
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
    if (o->quiet || o->source != NULL) return;
    int64_t now_us = clock_real()->ticks_us(clock_real());
    pipeline_get_progress(p, &now);
    if (terminal_is_here() && has_ended) progress_clear();
    if (has_ended)
        summary_show(&now, now_us);
    else if (terminal_is_here())
        progress_show(&now, now_us);
}

/* Until a signal comes, which is how serving ends well, or a source has failed. */
static void serve_until_stopped(const options *o, pipeline *p, int *code) {
    for (bool has_ended = false;;) {
        int number = signals_wait(LOOK_MS);
        if (number != 0) return;
        if (has_ended) continue;
        has_ended = pipeline_has_ended(p);
        show_replay(o, p, has_ended);
        if (has_ended) *code = exit_code_of(pipeline_wait(p), p);
        if (*code != EXIT_OK) return;
    }
}

static int serve(const options *o, bool may_move) {
    char token_line[TOKEN_BYTES_MAX + 4] = "";
    text token;
    assembly a = {0};
    server *s = NULL;
    tweet_source *source = NULL;
    int code = read_token(o, token_line, &token);
    if (code == EXIT_OK) code = open_source(o, &source);
    if (code == EXIT_OK) code = assembly_init(&a, o, true);
    const backend b = backend_of(a.pipeline);
    if (code == EXIT_OK) code = open_server(o, &b, token, may_move, &s);
    if (code != EXIT_OK && source != NULL) source->close(source);
    if (code == EXIT_OK) {
        print_address(o, s);
        code = exit_code_of(pipeline_start(a.pipeline, source), a.pipeline);
    }
    if (code == EXIT_OK) serve_until_stopped(o, a.pipeline, &code);
    signals_release();
    if (a.pipeline != NULL) pipeline_stop(a.pipeline);
    server_close(s);
    assembly_deinit(&a);
    explicit_bzero(token_line, sizeof token_line);
    return code;
}

int command_serve(const options *o) {
    return serve(o, false);
}

/* A word that is no file is more likely a command spelt wrong. */
int command_open(const options *o) {
    suggestion near = {.wanted = text_of(o->operands[0])};
    bool is_there = strcmp(o->operands[0], "-") == 0 || access(o->operands[0], F_OK) == 0;
    for (size_t i = 0; !is_there && i < command_count; i++) suggest(&near, commands[i].name);
    if (near.best != NULL) {
        char todo[64];
        (void)snprintf(todo, sizeof todo, "did you mean %s?", near.best);
        complain(o->operands[0], "no such file or command", todo);
        return EXIT_USAGE;
    }
    return serve(o, !o->port_given);
}
