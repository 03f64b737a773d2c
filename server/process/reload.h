/* SPDX-License-Identifier: MIT */
/* reload -- what SIGHUP does: the configuration is read again, and what may change while the
 * program runs does. */
#ifndef DUNLIN_SERVER_PROCESS_RELOAD_H
#define DUNLIN_SERVER_PROCESS_RELOAD_H

#include "server/options/options.h"
#include "server/process/assembly.h"
#include "server/rest/server.h"

typedef struct {
    const options *first;        /* As the program was started; borrowed. */
    const source_tokens *tokens; /* Borrowed. */
    options now;                 /* In force, where it may change. */
    bool has_now;
} reload;

/* Reads command line, environment, files and tokens again and opens the log anew.  What is
 * wrong is said in the log, and nothing changes then; so is what has changed but needs a
 * restart.  True when the new settings are in force. */
bool reload_run(reload *r, server *s);
void reload_deinit(reload *r);

#endif
