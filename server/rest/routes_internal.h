/* SPDX-License-Identifier: MIT */
/* routes_internal -- what routes.c and own_routes.c share. */
#ifndef DUNLIN_SERVER_REST_ROUTES_INTERNAL_H
#define DUNLIN_SERVER_REST_ROUTES_INTERNAL_H

#include "server/rest/cursor.h"
#include "server/rest/envelope.h"
#include "server/rest/health.h"
#include "server/rest/routes.h"

struct routes {
    routes_options options;
    route_table table;
    questions *questions;
    push *push;
    cursor_key key;
    health health;
};

/* The rows that the server answers itself, beside the table of queries. */
extern const route own_routes[];
extern const size_t own_route_count;

/* A row's `answer`: reads the parameters and asks a worker. */
void ask_worker(const visit *v);
/* Answers with what is wrong of the parameters. */
void reply_bad_params(const visit *v, unsigned code, const char *detail,
                      const param_errors *errors);
void envelope_close(const question *q, const moment *m, json_writer *w);

#endif
