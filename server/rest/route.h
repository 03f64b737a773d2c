/* SPDX-License-Identifier: MIT */
/* route -- the one table of paths.
 *
 * A row says where an answer is found, what it takes and what it may be; dispatch,
 * checking, OpenAPI (openapi) and the page /docs (docs) all read it, so that none can
 * drift from the others.  Questions of pipeline/queries become rows by themselves. */
#ifndef DUNLIN_SERVER_REST_ROUTE_H
#define DUNLIN_SERVER_REST_ROUTE_H

#include "server/base/backend.h"
#include "server/http/http.h"

#define API_BASE "/api/v1/"

/* What a row that takes POST wants of the body. */
typedef struct {
    const char *const *types; /* NULL: application/json. */
    uint64_t body_bytes_max;  /* 0: BODY_BYTES_MAX. */
    bool takes_push;          /* With the token of those who push. */
    bool takes_fix;           /* Likewise, where there is one. */
    const char *schema;       /* OpenAPI's requestBody, as JSON. */
    const char *example;      /* Options of curl, for /docs. */
} posting;

typedef struct routes routes;
typedef struct route route;
typedef struct question question;

/* One request on its way along a row. */
typedef struct {
    routes *routes;
    http_request *request;
    const route *way;
    text id;          /* The part of the path where {id} stands. */
    const char *type; /* Of the row's, the one that the client likes best. */
} visit;

struct route {
    const char *base;         /* "/" or API_BASE. */
    const char *path;         /* Below it: "tweets/top", "tweets/{id}". */
    const char *summary;      /* NULL: not for OpenAPI and /docs. */
    unsigned methods;         /* METHOD_..., without OPTIONS, which all take. */
    unsigned params;          /* QUERY_... and PARAM_...: see param_docs. */
    const char *const *types; /* Content types, NULL-ended. */
    const query *query;       /* NULL: the server's own. */
    void (*answer)(const visit *v);
    /* With `answer` that asks a worker: what that writes. */
    status (*write)(question *q, const moment *m, buffer *out);
    bool changes_alone;     /* Without an epoch: the answer is not kept, its tag is of its bytes. */
    const posting *posting; /* Of METHOD_POST. */
};

typedef struct {
    route *rows;
    size_t count;
} route_table;

/* The backend's questions, as `for_queries` has all but what they say themselves, and
 * then `own`. */
status route_table_init(route_table *t, const route *own, size_t own_count, const backend *b,
                        const route *for_queries);
void route_table_deinit(route_table *t);

/* NULL: nothing is at the path.  A path without {id} wins: tweets/top is no tweet. */
const route *route_find(const route_table *t, text path, text *id);
/* What sort= or fields= may say here, NULL-ended. */
const char *const *route_names(const route *way, const char *parameter);
/* What was meant by a path below API_BASE, without that; NULL: nothing is near. */
const char *route_suggest(const route_table *t, text path);
/* Whether a path below a base is one of the pattern's, "tweets/{id}"; *id is the part
 * between, as it came. */
bool route_matches(const char *pattern, text path, text *id);

#endif
