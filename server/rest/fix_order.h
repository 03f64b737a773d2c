/* SPDX-License-Identifier: MIT */
/* fix_order -- what is posted to /api/v1/fixes: a rule to try or to make, or the number of
 * a fix to take back. */
#ifndef DUNLIN_SERVER_REST_FIX_ORDER_H
#define DUNLIN_SERVER_REST_FIX_ORDER_H

#include "pipeline/fixing.h"
#include "server/base/params.h"

/* Reads {"where":"...","set":"...","dry_run":false} (true when it does not say) or
 * {"undo":3}; the order's texts are in `texts`, which starts as {0} and is the caller's to
 * free.  False: *e says what is wrong. */
bool fix_order_read(text body, fixing_order *order, buffer *texts, param_errors *e);
/* Says what is wrong with a rule, by the member that it is in. */
void fix_order_add_wrong(param_errors *e, const rule_error *wrong);
/* The code and words of an answer to an order that failed. */
unsigned fix_order_refusal(status s, const char **detail);

#endif
