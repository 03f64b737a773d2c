/* SPDX-License-Identifier: MIT */
/* some_records -- records of every kind, made up; and whether two are the same. */
#ifndef DUNLIN_TESTS_SUPPORT_SOME_RECORDS_H
#define DUNLIN_TESTS_SUPPORT_SOME_RECORDS_H

#include "pipeline/base/random.h"
#include "pipeline/decode/record.h"

/* Adds `count` of all kinds, with fields by chance, and their items; false: no memory. */
bool some_records(random_source *chance, size_t count, record_batch *b);
/* In all that their fields say they have. */
bool some_records_equal(const record *a, const record *b);

#endif
