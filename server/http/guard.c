/* SPDX-License-Identifier: MIT */
#include "server/http/guard.h"

#include "pipeline/base/buffer.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A copy of rules in one piece of memory, names and tokens ended by NUL. */
typedef struct {
    buffer bytes;
    const char **names; /* Hosts, then origins. */
    size_t host_count, origin_count;
    text token, push_token;
} holding;

struct guard {
    pthread_mutex_t lock; /* Of `now`. */
    holding now;
};

static void let_go(holding *h) {
    if (h->bytes.bytes != NULL) explicit_bzero(h->bytes.bytes, h->bytes.capacity);
    buffer_deinit(&h->bytes);
    free(h->names);
    *h = (holding){0};
}

static void add_text(buffer *out, text t) {
    buffer_add(out, t);
    buffer_add_byte(out, '\0');
}

static text next_text(const char **at) {
    text t = text_of(*at);
    *at += t.count + 1;
    return t;
}

static status hold(holding *h, const guard_rules *rules) {
    size_t bytes = rules->token.count + rules->push_token.count + 2;
    const size_t hosts = rules->host_count, origins = rules->origin_count;
    *h = (holding){.host_count = hosts, .origin_count = origins};
    for (size_t i = 0; i < hosts; i++) bytes += strlen(rules->hosts[i]) + 1;
    for (size_t i = 0; i < origins; i++) bytes += strlen(rules->origins[i]) + 1;
    h->names = calloc(hosts + origins + 1, sizeof *h->names);
    /* At once: growing would leave copies of the tokens behind. */
    if (h->names == NULL || !buffer_reserve(&h->bytes, bytes)) {
        let_go(h);
        return STATUS_NO_MEMORY;
    }
    add_text(&h->bytes, rules->token);
    add_text(&h->bytes, rules->push_token);
    for (size_t i = 0; i < hosts; i++) add_text(&h->bytes, text_of(rules->hosts[i]));
    for (size_t i = 0; i < origins; i++) add_text(&h->bytes, text_of(rules->origins[i]));
    const char *at = h->bytes.bytes;
    h->token = next_text(&at);
    h->push_token = next_text(&at);
    for (size_t i = 0; i < hosts + origins; i++) h->names[i] = next_text(&at).bytes;
    return STATUS_OK;
}

status guard_new(const guard_rules *rules, guard **result) {
    guard *g = calloc(1, sizeof *g);
    *result = NULL;
    if (g == NULL) return STATUS_NO_MEMORY;
    if (hold(&g->now, rules) != STATUS_OK) {
        free(g);
        return STATUS_NO_MEMORY;
    }
    (void)pthread_mutex_init(&g->lock, NULL);
    *result = g;
    return STATUS_OK;
}

status guard_set(guard *g, const guard_rules *rules) {
    holding fresh, old;
    if (hold(&fresh, rules) != STATUS_OK) return STATUS_NO_MEMORY;
    (void)pthread_mutex_lock(&g->lock);
    old = g->now;
    g->now = fresh;
    (void)pthread_mutex_unlock(&g->lock);
    let_go(&old);
    return STATUS_OK;
}

void guard_free(guard *g) {
    if (g == NULL) return;
    let_go(&g->now);
    (void)pthread_mutex_destroy(&g->lock);
    free(g);
}

refusal guard_judge(guard *g, const gate_request *r) {
    (void)pthread_mutex_lock(&g->lock);
    refusal no = gate_judge(r, g->now.names, g->now.host_count);
    (void)pthread_mutex_unlock(&g->lock);
    return no;
}

guard_verdict guard_ask(guard *g, text authorization, text cookie) {
    (void)pthread_mutex_lock(&g->lock);
    bool passes = g->now.token.count == 0 || gate_has_token(authorization, cookie, g->now.token);
    (void)pthread_mutex_unlock(&g->lock);
    return passes ? GUARD_PASSES : GUARD_UNKNOWN;
}

guard_verdict guard_ask_push(guard *g, text authorization) {
    const text no_cookie = {NULL, 0};
    guard_verdict verdict = GUARD_UNKNOWN;
    (void)pthread_mutex_lock(&g->lock);
    const holding *h = &g->now;
    if (h->push_token.count == 0)
        verdict = GUARD_NO_PUSH;
    else if (gate_has_token(authorization, no_cookie, h->push_token))
        verdict = GUARD_PASSES;
    else if (h->token.count > 0 && gate_has_token(authorization, no_cookie, h->token))
        verdict = GUARD_READS_ONLY;
    (void)pthread_mutex_unlock(&g->lock);
    return verdict;
}

bool guard_has_origins(guard *g) {
    (void)pthread_mutex_lock(&g->lock);
    bool has = g->now.origin_count > 0;
    (void)pthread_mutex_unlock(&g->lock);
    return has;
}

bool guard_may_read(guard *g, text origin) {
    bool may = false;
    (void)pthread_mutex_lock(&g->lock);
    const holding *h = &g->now;
    for (size_t i = 0; i < h->origin_count; i++)
        may = may || text_equal(origin, text_of(h->names[h->host_count + i]));
    (void)pthread_mutex_unlock(&g->lock);
    return may;
}

bool guard_has_token(guard *g) {
    (void)pthread_mutex_lock(&g->lock);
    bool has = g->now.token.count > 0;
    (void)pthread_mutex_unlock(&g->lock);
    return has;
}

bool guard_has_push(guard *g) {
    (void)pthread_mutex_lock(&g->lock);
    bool has = g->now.push_token.count > 0;
    (void)pthread_mutex_unlock(&g->lock);
    return has;
}

bool guard_is_token(guard *g, text t) {
    (void)pthread_mutex_lock(&g->lock);
    bool is_token = g->now.token.count > 0 && gate_secret_equal(t, g->now.token);
    (void)pthread_mutex_unlock(&g->lock);
    return is_token;
}
