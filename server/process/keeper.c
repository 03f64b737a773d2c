/* SPDX-License-Identifier: MIT */
#include "server/process/keeper.h"

#include "pipeline/base/log.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>

void keeper_open(keeper *k, const options *o, const backend *b, const source_tokens *tokens) {
    *k = (keeper){.backend = b, .reload = {.first = o, .tokens = tokens}};
    notify_open(&k->notify);
}

void keeper_ready(keeper *k, server *s) {
    k->server = s;
    notify_ready(&k->notify);
}

/* ---- Stats ---- */

enum { STATS = 12, NUMBER_BYTES = 24 };

typedef struct {
    log_field fields[STATS + 2];
    char numbers[STATS][NUMBER_BYTES];
    size_t count;
} stats;

static void add(stats *s, const char *key, uint64_t value) {
    (void)snprintf(s->numbers[s->count], NUMBER_BYTES, "%llu", (unsigned long long)value);
    s->fields[s->count] = (log_field){key, text_of(s->numbers[s->count])};
    s->count++;
}

static void write_stats(const keeper *k) {
    pipeline_progress now;
    stats s = {.count = 0};
    k->backend->get_progress(k->backend->context, &now);
    add(&s, "items", now.items);
    add(&s, "accepted", now.outcomes[ITEM_ACCEPTED]);
    add(&s, "repaired", now.outcomes[ITEM_REPAIRED]);
    add(&s, "ignored", now.outcomes[ITEM_IGNORED]);
    add(&s, "rejected", now.outcomes[ITEM_REJECTED]);
    add(&s, "rate", (uint64_t)(now.items_per_second + 0.5));
    add(&s, "epoch", now.epoch);
    add(&s, "epoch_us", (uint64_t)now.last_epoch_us);
    add(&s, "queue", now.queue_count);
    add(&s, "memory_bytes", now.memory_bytes);
    add(&s, "clients", server_client_count(k->server));
    add(&s, "journal_epochs", now.store.epochs);
    s.fields[s.count] = (log_field){"source", text_of(now.source.kind)};
    s.fields[s.count + 1] = (log_field){"state", text_of(now.source.state)};
    log_fields(LOG_INFO, s.fields, s.count + 2, "stats");
    log_flush();
}

/* ---- The watchdog ---- */

static void tell_status(keeper *k, const pipeline_progress *now) {
    char words[160];
    if (now->is_restoring)
        (void)snprintf(words, sizeof words, "the journal is read back: %.0f %%",
                       100 * now->store.read_share);
    else
        (void)snprintf(words, sizeof words, "%.40s: %.20s",
                       now->source.kind == NULL ? "no source" : now->source.kind,
                       now->source.state == NULL ? "" : now->source.state);
    notify_status(&k->notify, words);
}

static void feed(keeper *k, int64_t now_us) {
    pipeline_progress now;
    if (k->notify.socket < 0) return;
    k->backend->get_progress(k->backend->context, &now);
    bool is_stuck = health_is_stuck(&k->health, &now, now_us);
    if (!is_stuck) notify_alive(&k->notify, now_us);
    if (is_stuck && !k->is_stuck)
        log_line(LOG_ERROR, "records wait, and no epoch has come for 30 s: the watchdog starves");
    k->is_stuck = is_stuck;
    tell_status(k, &now);
}

void keeper_look(keeper *k, int signal, int64_t now_us) {
    if (signal == SIGHUP) {
        notify_reloading(&k->notify, now_us);
        (void)reload_run(&k->reload, k->server);
        notify_ready(&k->notify);
    } else if (signal == SIGUSR1) {
        write_stats(k);
    }
    feed(k, now_us);
}

void keeper_stopping(keeper *k) {
    notify_stopping(&k->notify);
}

void keeper_close(keeper *k) {
    notify_close(&k->notify);
    reload_deinit(&k->reload);
}
