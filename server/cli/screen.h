/* SPDX-License-Identifier: MIT */
/* screen -- what `dunlin top` shows: the interface's answers as lines of a terminal. */
#ifndef DUNLIN_SERVER_CLI_SCREEN_H
#define DUNLIN_SERVER_CLI_SCREEN_H

#include "pipeline/base/buffer.h"
#include "pipeline/base/status.h"

/* Answers of the interface, as bytes; an empty one shows nothing. */
typedef struct {
    buffer stats, tweets, authors, timeline, alerts;
} screen_answers;
void screen_answers_deinit(screen_answers *a);

typedef struct {
    unsigned columns, rows; /* Of the terminal; rows 0: as many as there is to show. */
    bool has_colour;
    const char *window;  /* "15m" */
    const char *trouble; /* Shown in place of the state of the source; NULL: none. */
} screen_shape;

/* Appends lines ended by \n, none wider than the terminal by the widths of its cells.
 * Texts of tweets are shown harmlessly.  BAD_FORMAT: an answer is not what it should be;
 * what can be shown is. */
status screen_draw(const screen_answers *a, const screen_shape *s, buffer *out);

#endif
