/* SPDX-License-Identifier: MIT */
/* mastodon_backoff -- when to connect again to a server that many others have lost too.
 *
 * The first time within a second, then doubling up to 5 minutes; after 429 from a minute up
 * to 16, and not before the server says.  Each wait is a random one between half of that and
 * all, so that not all come at once.  A connection that lasted 30 s ends the doubling. */
#ifndef DUNLIN_PIPELINE_SOURCES_MASTODON_BACKOFF_H
#define DUNLIN_PIPELINE_SOURCES_MASTODON_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#include "pipeline/base/random.h"

#define MASTODON_LASTED_MS         30000
#define MASTODON_RETRY_WAIT_MS_MAX (60 * 60 * 1000) /* A later time is not believed. */

typedef struct {
    uint32_t failures, refusals; /* Since a connection lasted; 429s among them. */
    random_source random;
} mastodon_backoff; /* Starts as {.random = {seed}}. */

/* How long to wait from now on, in ms, after a connection that gave bytes of a stream for
 * `alive_ms` (0: it gave none); `is_refused`: by 429, with the wait that the server asks for,
 * 0: none. */
int64_t mastodon_backoff_wait_ms(mastodon_backoff *b, int64_t alive_ms, bool is_refused,
                                 int64_t asked_ms);

#endif
