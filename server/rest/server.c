/* SPDX-License-Identifier: MIT */
#include "server/rest/server.h"

#include "pipeline/base/random.h"
#include "server/base/version.h"
#include "server/http/http.h"
#include "server/live/live.h"
#include "server/rest/routes.h"
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum {
    CONNECTIONS_SPARE = 256, /* For requests beside the streams. */
    DRAIN_MS = 2000,
};

struct server {
    server_options options;
    guard *guard;
    http_server *http;
    routes *routes;
    live *live;
    pthread_t ticker;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool has_ticker, stops;
    int64_t http_tick_us;
};

static void pause_line(void *p) {
    http_pause(p);
}

static void resume_line(void *p) {
    http_resume(p);
}

static void cut_line(void *p) {
    http_cut(p);
}

static const live_line lines = {pause_line, resume_line, cut_line};

void server_tick(server *s) {
    int64_t now = s->options.clock->ticks_us(s->options.clock);
    s->options.backend->look(s->options.backend->context);
    live_tick(s->live, now);
    if (now - s->http_tick_us < 1000000) return;
    s->http_tick_us = now;
    http_tick(s->http);
}

static void add_ms(struct timespec *t, uint32_t ms) {
    t->tv_nsec += (long)ms * 1000000;
    t->tv_sec += t->tv_nsec / 1000000000;
    t->tv_nsec %= 1000000000;
}

/* Ticks at fixed times: a late one is not made up for. */
static void *tick_until_stopped(void *context) {
    server *s = context;
    struct timespec due, now;
    (void)clock_gettime(CLOCK_MONOTONIC, &due);
    (void)pthread_mutex_lock(&s->lock);
    while (!s->stops) {
        (void)pthread_mutex_unlock(&s->lock);
        server_tick(s);
        add_ms(&due, live_tick_ms(s->live));
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec > due.tv_sec || (now.tv_sec == due.tv_sec && now.tv_nsec > due.tv_nsec))
            due = now;
        (void)pthread_mutex_lock(&s->lock);
        while (!s->stops && pthread_cond_timedwait(&s->wake, &s->lock, &due) == 0) {
        }
    }
    (void)pthread_mutex_unlock(&s->lock);
    return NULL;
}

static status start_ticker(server *s) {
    if (s->options.manual) return STATUS_OK;
    if (pthread_create(&s->ticker, NULL, tick_until_stopped, s) != 0) return STATUS_NO_MEMORY;
    s->has_ticker = true;
    return STATUS_OK;
}

static void stop_ticker(server *s) {
    if (!s->has_ticker) return;
    (void)pthread_mutex_lock(&s->lock);
    s->stops = true;
    (void)pthread_cond_signal(&s->wake);
    (void)pthread_mutex_unlock(&s->lock);
    (void)pthread_join(s->ticker, NULL);
    s->has_ticker = false;
}

static void init_lock(server *s) {
    pthread_condattr_t attributes;
    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&s->wake, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

static guard_rules rules_of(const server_options *o) {
    return (guard_rules){.token = o->token,
                         .push_token = o->push_token,
                         .hosts = o->hosts,
                         .host_count = o->host_count,
                         .origins = o->cors_origins,
                         .origin_count = o->cors_origin_count};
}

status server_set(server *s, const server_options *o) {
    const guard_rules rules = rules_of(o);
    status result = guard_set(s->guard, &rules);
    if (result == STATUS_OK) live_set_limits(s->live, o->clients_max, o->clients_per_address_max);
    return result;
}

static status open_parts(server *s, const char **why) {
    const server_options *o = &s->options;
    uint64_t boot = random_seed();
    live_options with_live = {.backend = o->backend,
                              .line = &lines,
                              .version = DUNLIN_VERSION,
                              .boot = boot,
                              .now_us = o->clock->ticks_us(o->clock),
                              .clients_max = o->clients_max,
                              .clients_per_address_max = o->clients_per_address_max};
    status result = live_new(&with_live, &s->live);
    if (result != STATUS_OK) return result;
    result = routes_new(&(routes_options){o->backend, s->live, boot, o->clock}, &s->routes);
    if (result != STATUS_OK) return result;
    const guard_rules rules = rules_of(o);
    result = guard_new(&rules, &s->guard);
    if (result != STATUS_OK) return result;
    http_options with_http = {.bind = o->bind,
                              .port = o->port,
                              .guard = s->guard,
                              .connections_max = o->clients_max + CONNECTIONS_SPARE,
                              .clock = o->clock,
                              .way = routes_way,
                              .handle = routes_handle,
                              .context = s->routes};
    result = http_open(&with_http, &s->http, why);
    return result != STATUS_OK ? result : start_ticker(s);
}

status server_open(const server_options *o, server **result, const char **why) {
    server *s = calloc(1, sizeof *s);
    *result = NULL;
    *why = status_text(STATUS_NO_MEMORY);
    if (s == NULL) return STATUS_NO_MEMORY;
    s->options = *o;
    if (s->options.clock == NULL) s->options.clock = clock_real();
    init_lock(s);
    status opened = open_parts(s, why);
    if (opened == STATUS_OK)
        *result = s;
    else
        server_close(s);
    return opened;
}

uint16_t server_port(const server *s) {
    return http_port(s->http);
}

static void wait_for_answers(server *s) {
    const struct timespec pause = {.tv_nsec = 5000000};
    for (int waited = 0; waited < DRAIN_MS && http_request_count(s->http) > 0; waited += 5)
        (void)nanosleep(&pause, NULL);
}

uint32_t server_client_count(const server *s) {
    return live_client_count(s->live);
}

/* The library aborts if a connection is paused when it is stopped: first every
 * question gets its answer and every stream its bye.  What was pushed is answered when it
 * is stored, if that is soon. */
static void drain(server *s) {
    http_quiesce(s->http);
    routes_stop(s->routes);
    live_say_bye(s->live);
    wait_for_answers(s);
    if (routes_stop_pushes(s->routes) > 0) wait_for_answers(s);
}

void server_close(server *s) {
    if (s == NULL) return;
    if (s->http != NULL) drain(s);
    stop_ticker(s);
    http_close(s->http);
    routes_free(s->routes);
    live_free(s->live);
    guard_free(s->guard);
    (void)pthread_cond_destroy(&s->wake);
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}
