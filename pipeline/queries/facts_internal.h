/* SPDX-License-Identifier: MIT */
/* What facts.c (tweets, notices) and facts_users.c share. */
#ifndef DUNLIN_PIPELINE_QUERIES_FACTS_INTERNAL_H
#define DUNLIN_PIPELINE_QUERIES_FACTS_INTERNAL_H

#include "pipeline/base/blocks.h"
#include "pipeline/queries/facts.h"
#include "pipeline/queries/mentions.h"
#include "pipeline/queries/notices.h"
#include "pipeline/queries/rows.h"
#include "pipeline/queries/stamps.h"

/* Rows as they were when something first changed in this epoch. */
typedef struct {
    unsigned char *rows; /* row_bytes each; the row's first u32 is no number of ours. */
    uint32_t *numbers;
    bool *was_there;
    size_t row_bytes, count, capacity;
} touched_rows;

/* The stamps of one tweet's or user's fields: `base` for those without their own. */
typedef struct {
    stamps *own;
    uint64_t key;     /* Of field 0; field i's is key + i. */
    int64_t *base_ms; /* Version 0; INT64_MIN before there is one. */
    bool *has_own;
} field_stamps;

enum { FIELD_BITS = 4 };

struct facts {
    facts_ports ports;
    blocks tweets, users;
    stamps tweet_stamps, user_stamps;
    notices deletes, undeletes;
    mentions *hashtags, *links;
    touched_rows touched_tweets, touched_users;
    uint64_t double_count;
};

/* True when a value said at `s` replaces field `field` (a bit number), which is there;
 * `greater` tells whether its bytes are greater, for equal stamps. */
bool field_loses(const field_stamps *f, unsigned field, stamp s, bool greater);
/* Notes that the fields of mask `set` were said at `s`; `present` is the mask after. */
bool fields_stamp(const field_stamps *f, uint32_t present, uint32_t set, stamp s);
bool touched_add(touched_rows *t, uint32_t number, bool was_there, const void *row);

status user_facts_apply(facts *f, const record *r);
status user_facts_flush(facts *f);

#endif
