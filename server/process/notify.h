/* SPDX-License-Identifier: MIT */
/* notify -- tells the service manager how the program stands: sd_notify(3)'s protocol, one
 * datagram a message.
 *
 * Without $NOTIFY_SOCKET nothing is said.  A watchdog that the manager asks for by
 * $WATCHDOG_USEC is fed by who calls notify_alive: twice in its time at least. */
#ifndef DUNLIN_SERVER_PROCESS_NOTIFY_H
#define DUNLIN_SERVER_PROCESS_NOTIFY_H

#include "pipeline/base/times.h"
#include <stdbool.h>

typedef struct {
    int socket;          /* -1: nobody listens. */
    int64_t watchdog_us; /* 0: none was asked for. */
    int64_t fed_us;      /* When it last was. */
    char status[160];    /* Last told. */
} notify;

/* Reads the environment, and takes it out there: children must not speak for us. */
void notify_open(notify *n);
void notify_close(notify *n);

void notify_ready(notify *n);
void notify_reloading(notify *n, int64_t now_us); /* Monotonic; notify_ready ends it. */
void notify_stopping(notify *n);
/* Words for people, told when they are others than before. */
void notify_status(notify *n, const char *words);
/* The program makes progress: feeds the watchdog, if that is due. */
void notify_alive(notify *n, int64_t now_us);

#endif
