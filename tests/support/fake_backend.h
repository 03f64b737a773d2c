/* SPDX-License-Identifier: MIT */
/* fake_backend -- a server's backend without a pipeline: a table of numbers that a
 * test changes, epoch by epoch.
 *
 * Topics: `map` ({"epoch","full","upsert":{key:value},"remove":[key]}, one a window)
 * and `board` (whole).  Queries: things/top (all parameters), things/{id} (404 but
 * for 1 to 16), slow (waits until fake_let_go), shape (its own content type). */
#ifndef DUNLIN_TESTS_SUPPORT_FAKE_BACKEND_H
#define DUNLIN_TESTS_SUPPORT_FAKE_BACKEND_H

#include "server/base/backend.h"
#include <pthread.h>
#include <stdatomic.h>

enum { FAKE_KEYS = 16, FAKE_PAGES = 3 /* Of things/top. */ };

typedef struct fake fake;

fake *fake_new(void);
void fake_free(fake *f); /* Asserts that every moment was released. */
const backend *fake_backend(fake *f);
/* The next epoch: keys[key] = value, or 0 for none.  Returns the epoch. */
uint64_t fake_set(fake *f, unsigned key, int value);
/* The stats' "rate", which changes without an epoch. */
void fake_set_rate(fake *f, unsigned rate);
void fake_set_alert(fake *f, bool is_there);
/* Something of the present epoch was deleted. */
void fake_take_away(fake *f);
/* What the source says; at first {"files", "replaying"}.  Orders are obeyed. */
void fake_set_source(fake *f, const char *kind, const char *state); /* Static texts. */
void fake_hold(void);                                               /* `slow` waits from now on. */
void fake_let_go(void);
unsigned fake_makes(void);   /* How many states topics have made, of all fakes. */
unsigned fake_answers(void); /* How many answers queries have computed. */

#endif
