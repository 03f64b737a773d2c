/* SPDX-License-Identifier: MIT */
/* cache -- answers of the present epoch, so that a question many ask is computed
 * once.  Any number of threads. */
#ifndef DUNLIN_SERVER_REST_CACHE_H
#define DUNLIN_SERVER_REST_CACHE_H

#include "server/base/shared.h"

typedef struct cache cache;

cache *cache_new(size_t entries, size_t bytes_max); /* NULL: no memory. */
void cache_free(cache *c);                          /* NULL is allowed. */
/* The answer kept for the question in that epoch; the caller's to release. */
shared_bytes *cache_find(cache *c, uint64_t epoch, text question);
/* Keeps the answer in place of one that was kept before; best effort. */
void cache_put(cache *c, uint64_t epoch, text question, shared_bytes *answer);

#endif
