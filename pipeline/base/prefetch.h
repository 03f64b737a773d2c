/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_BASE_PREFETCH_H
#define DUNLIN_PIPELINE_BASE_PREFETCH_H

/* Asks for the cache line at `at`, which may be any address.  gcc takes a function that
 * does nothing but prefetch for one without effect and drops calls of it; the empty
 * statement, which it may not drop, keeps them. */
static inline void prefetch_to_read(const void *at) {
    __builtin_prefetch(at, 0);
    __asm__ volatile("");
}

static inline void prefetch_to_write(const void *at) {
    __builtin_prefetch(at, 1);
    __asm__ volatile("");
}

#endif
