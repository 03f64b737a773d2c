/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_SERVER_REST_POSTINGS_H
#define DUNLIN_SERVER_REST_POSTINGS_H

#include "server/rest/route.h"

/* What rows that take POST want of the body. */
extern const posting posting_of_orders; /* replay */
extern const posting posting_of_records;
extern const posting posting_of_fixes;
extern const posting posting_of_notes;
extern const posting taking_of_notes; /* DELETE: no body, but whose token. */

#endif
