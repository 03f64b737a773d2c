/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_GEOCODE_COMPILE_FOLD_BUILD_H
#define DUNLIN_GEOCODE_COMPILE_FOLD_BUILD_H

#include "geocode/tokens.h"

/* The fold table, from Unicode's data as libunistring has them; NULL when out of memory. */
typedef struct {
    uint16_t page_of_block[FOLD_BLOCK_COUNT];
    uint32_t *pages, *expansions;
    size_t page_count, expansion_count;
} fold_build;

fold_build *fold_build_new(void);
void fold_build_free(fold_build *b);              /* NULL is allowed. */
fold_table fold_build_table(const fold_build *b); /* Borrowed. */

#endif
