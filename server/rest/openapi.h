/* SPDX-License-Identifier: MIT */
/* openapi -- GET /api/v1/openapi.json: OpenAPI 3.1, from the table of paths. */
#ifndef DUNLIN_SERVER_REST_OPENAPI_H
#define DUNLIN_SERVER_REST_OPENAPI_H

#include "server/rest/examples.h"

void openapi_write(const route_table *t, const example_ids *ids, json_writer *w);

#endif
