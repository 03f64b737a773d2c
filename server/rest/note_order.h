/* SPDX-License-Identifier: MIT */
/* note_order -- the body of POST annotations: {"at":time,"until":time,"text":words}. */
#ifndef DUNLIN_SERVER_REST_NOTE_ORDER_H
#define DUNLIN_SERVER_REST_NOTE_ORDER_H

#include "pipeline/notes.h"
#include "server/base/params.h"

/* `words` holds the note's text, in the caller's care.  Without "until" the note is of one
 * instant.  False: *e says what is wrong. */
bool note_order_read(text body, note *result, buffer *words, param_errors *e);
/* Why notes_add or notes_remove did not: the status code and words for people. */
unsigned note_order_refusal(status s, const char **detail);

#endif
