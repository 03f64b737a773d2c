/* SPDX-License-Identifier: MIT */
/* keeper -- looks after a server that runs: obeys signals, tells the service manager. */
#ifndef DUNLIN_SERVER_PROCESS_KEEPER_H
#define DUNLIN_SERVER_PROCESS_KEEPER_H

#include "server/process/notify.h"
#include "server/process/reload.h"
#include "server/rest/health.h"

typedef struct {
    const backend *backend; /* Borrowed, as are these. */
    server *server;
    notify notify;
    reload reload;
    health health; /* Of the watchdog's own looks. */
    bool is_stuck; /* It was said. */
} keeper;

/* `o` is how the program was started; `tokens` are its sources'. */
void keeper_open(keeper *k, const options *o, const backend *b, const source_tokens *tokens);
/* It listens: from here on signals are obeyed. */
void keeper_ready(keeper *k, server *s);
/* SIGHUP reloads, SIGUSR1 writes the stats to the log, others and 0 are none of its.  The
 * watchdog is fed while records that wait are worked through.  Monotonic time. */
void keeper_look(keeper *k, int signal, int64_t now_us);
void keeper_stopping(keeper *k);
void keeper_close(keeper *k);

#endif
