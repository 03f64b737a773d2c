/* SPDX-License-Identifier: MIT */
/* guard -- who may ask what, and by which names: what may change while the program runs. */
#ifndef DUNLIN_SERVER_HTTP_GUARD_H
#define DUNLIN_SERVER_HTTP_GUARD_H

#include "pipeline/base/status.h"
#include "server/http/gate.h"

typedef struct guard guard;

typedef struct {
    text token;               /* That requests must bring; empty: none. */
    text push_token;          /* That pushing must bring; empty: nobody may push. */
    const char *const *hosts; /* Names allowed in Host beside IP literals and localhost. */
    size_t host_count;
    const char *const *origins; /* Of other sites whose pages may read, as browsers write them. */
    size_t origin_count;
} guard_rules;

typedef enum {
    GUARD_PASSES,
    GUARD_UNKNOWN,    /* No token, or one that nobody has. */
    GUARD_READS_ONLY, /* The token of those who read, to push. */
    GUARD_NO_PUSH,    /* Nobody may. */
} guard_verdict;

/* Copies the rules.  Any thread may ask while another sets. */
status guard_new(const guard_rules *rules, guard **result);
/* NO_MEMORY: the old rules stand. */
status guard_set(guard *g, const guard_rules *rules);
void guard_free(guard *g); /* Wipes what it held; NULL is allowed. */

refusal guard_judge(guard *g, const gate_request *r); /* gate_judge, by the names in force. */
/* By the values of Authorization and Cookie, which may be empty. */
guard_verdict guard_ask(guard *g, text authorization, text cookie);
guard_verdict guard_ask_push(guard *g, text authorization); /* No cookie can push. */
bool guard_has_token(guard *g);                             /* Whether requests must bring one. */
bool guard_has_push(guard *g);                              /* Whether anybody may push. */
bool guard_has_origins(guard *g);           /* Whether answers depend on who asks. */
bool guard_may_read(guard *g, text origin); /* Pages of this origin. */
bool guard_is_token(guard *g, text t);      /* Whether it is the one that requests must bring. */

#endif
