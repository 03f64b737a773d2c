/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_FLOW_PAGES_H
#define DUNLIN_PIPELINE_FLOW_PAGES_H

#include <stddef.h>

/* Asks for large pages under memory that is read at random: a table of 100 MB has
 * 25,000 small pages, more than any processor remembers the places of.  Ask before
 * the memory is first written; small memory is left alone. */
void pages_prefer_large(void *memory, size_t bytes);

#endif
