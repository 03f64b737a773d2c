/* SPDX-License-Identifier: MIT */
/* examples -- a request for each row of the table that anybody may send as it is. */
#ifndef DUNLIN_SERVER_REST_EXAMPLES_H
#define DUNLIN_SERVER_REST_EXAMPLES_H

#include "server/rest/route.h"

/* Ids of the present moment, so that examples find something; "1" where there is none. */
typedef struct {
    char tweet[24], author[24];
} example_ids;

void example_ids_find(const backend *b, const moment *m, example_ids *ids);
/* The one that stands for {id}; NULL: the row's path has none. */
const char *example_id_of(const route *way, const example_ids *ids);
/* The example of a parameter, by its name; NULL: it has none. */
const char *example_value(const char *name, const char *fixed, const example_ids *ids);
/* "/api/v1/tweets/top?limit=3": the path, what it must have, and little more. */
void example_write_target(const route *way, const example_ids *ids, buffer *out);

#endif
