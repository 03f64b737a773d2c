/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_QUERIES_STAMPS_H
#define DUNLIN_PIPELINE_QUERIES_STAMPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* When a value was said: by version, then by the time of the line that said it.
 * Of two values with equal stamps the greater in bytes wins (interfaces: 4). */
typedef struct {
    int64_t observed_ms;
    int32_t version;
} stamp;

static inline int stamp_compare(stamp a, stamp b) {
    if (a.version != b.version) return a.version < b.version ? -1 : 1;
    return a.observed_ms < b.observed_ms ? -1 : a.observed_ms > b.observed_ms;
}

/* u64 key -> stamp, for the few fields whose stamp is not that of their record:
 * most of what is known of a tweet or user came with one line.  24 bytes a slot. */
typedef struct {
    struct stamp_slot *slots;
    size_t slot_count, used;
} stamps;

void stamps_deinit(stamps *s);                         /* Start with {0}. */
bool stamps_put(stamps *s, uint64_t key, stamp value); /* False: no memory. */
bool stamps_find(const stamps *s, uint64_t key, stamp *value);
void stamps_remove(stamps *s, uint64_t key);
size_t stamps_bytes(const stamps *s);

#endif
