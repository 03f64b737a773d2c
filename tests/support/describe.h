/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_TESTS_SUPPORT_DESCRIBE_H
#define DUNLIN_TESTS_SUPPORT_DESCRIBE_H

#include "pipeline/base/buffer.h"
#include "pipeline/decode/record.h"

/* Appends all that a batch says, for people and for comparing: items apart by " // ",
 * their records by " / ". */
void describe_batch(const record_batch *b, buffer *out);

#endif
