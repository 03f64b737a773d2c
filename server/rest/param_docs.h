/* SPDX-License-Identifier: MIT */
/* param_docs -- what each parameter of the interface is, for OpenAPI and /docs. */
#ifndef DUNLIN_SERVER_REST_PARAM_DOCS_H
#define DUNLIN_SERVER_REST_PARAM_DOCS_H

#include "pipeline/queries/query.h"

/* Beside QUERY_..., in route.params: of rows that the server answers itself. */
enum {
    PARAM_PRESET = 1 << 20, /* window=, but not start and end */
    PARAM_STREAM = 1 << 21, /* topics, once, since */
    PARAM_EXPORT = 1 << 22, /* what, format */
};

typedef struct {
    const char *name;
    unsigned flags;      /* The parameter is one of rows that have one of these. */
    const char *schema;  /* JSON Schema; NULL: the row has names of its own (route_names). */
    const char *example; /* Good anywhere on its own. */
    const char *text;
} param_doc;
extern const param_doc param_docs[];
extern const size_t param_doc_count;

#endif
