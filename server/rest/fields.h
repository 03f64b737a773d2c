/* SPDX-License-Identifier: MIT */
/* fields -- which members of the rows of an answer are wanted: fields=text,influence.
 *
 * A query writes its rows whole; what is not wanted is left out of what it has written,
 * so a query knows nothing of this, and a row says the same with fewer members as with
 * all.  The first name of a list is what names the row: that member always stays. */
#ifndef DUNLIN_SERVER_REST_FIELDS_H
#define DUNLIN_SERVER_REST_FIELDS_H

#include "pipeline/base/buffer.h"
#include "server/base/params.h"

enum { FIELDS_MAX = 64 };
typedef uint64_t field_set; /* Bit i: the i-th name of a list. */

/* The names of the members that rows of the question at this path may have, NULL-ended;
 * NULL: it has no rows to choose of. */
const char *const *fields_of(const char *path);
/* Reads a comma list of `known`; false: *e says what is wrong. */
bool fields_read(text list, const char *const *known, field_set *wanted, param_errors *e);
/* Takes what is not wanted out of `data`, a row or a list of them, of an answer that is still
 * open: {"data":...,"includes":...,"meta":...  Without `author_id` nothing leads to
 * `includes`, which goes too. */
void fields_keep(buffer *answer, const char *const *known, field_set wanted);

#endif
