/* SPDX-License-Identifier: MIT */
/* x_stream_spend -- what lines of X cost at the published prices.
 *
 * X bills each post and each user that an answer brings, embedded ones too, once a UTC
 * day.  So a set of the day's ids is held, 8 bytes each; beyond X_SPEND_IDS_MAX, or
 * without memory, an id counts as new: the meter may say too much, never too little. */
#ifndef DUNLIN_PIPELINE_SOURCES_X_STREAM_SPEND_H
#define DUNLIN_PIPELINE_SOURCES_X_STREAM_SPEND_H

#include "pipeline/base/text.h"

#ifdef TEST_TINY
enum { X_SPEND_IDS_MAX = 64 };
#else
enum { X_SPEND_IDS_MAX = 1 << 22 }; /* Of each kind: 32 MB. */
#endif

typedef enum { X_POST, X_USER, X_RESOURCES } x_resource;
extern const int64_t x_prices_micro_usd[X_RESOURCES];

/* Calls `found` for each post and user that a line of X v2 holds, both spellings; any
 * bytes are safe. */
typedef void x_resource_found(void *context, x_resource kind, uint64_t id);
void x_line_resources(text line, x_resource_found *found, void *context);

typedef struct {
    uint64_t *slots; /* 0: empty. */
    size_t count, capacity;
    bool has_zero;
} x_id_set;

typedef struct {
    int64_t day; /* Since 1970, UTC: that of the sets. */
    x_id_set sets[X_RESOURCES];
    uint64_t today[X_RESOURCES], total[X_RESOURCES];
    int64_t today_micro_usd, total_micro_usd;
} x_spend; /* Starts as {0}. */

void x_spend_deinit(x_spend *s);
/* What the line costs; its ids are known from now on, but nothing is added up. */
typedef struct {
    uint64_t fresh[X_RESOURCES];
    int64_t micro_usd;
} x_cost;
x_cost x_spend_judge(x_spend *s, text line, int64_t now_ms);
void x_spend_add(x_spend *s, const x_cost *cost);

#endif
