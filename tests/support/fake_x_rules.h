/* SPDX-License-Identifier: MIT */
/* fake_x_rules -- the rules of the stand-in: held, checked and answered as documented. */
#ifndef DUNLIN_TESTS_SUPPORT_FAKE_X_RULES_H
#define DUNLIN_TESTS_SUPPORT_FAKE_X_RULES_H

#include "pipeline/base/json.h"

enum { FAKE_RULES_MAX = 1000, FAKE_RULES_PAGE = 3 };

typedef struct {
    uint64_t id;
    char value[512], tag[64]; /* tag "": none. */
} fake_rule;

typedef struct {
    fake_rule rules[FAKE_RULES_MAX];
    size_t count;
    uint64_t last_id;
} fake_rules; /* Starts as {0}. */

/* The answer's body and status.  `target` is the request's, with its query. */
int fake_rules_list(const fake_rules *r, const char *target, buffer *out);
int fake_rules_change(fake_rules *r, const char *target, text body, buffer *out);

#endif
