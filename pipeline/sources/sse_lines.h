/* SPDX-License-Identifier: MIT */
/* sse_lines -- Server-Sent Events, cut in any way, as lines for the decoder.
 *
 * An event becomes {"mastodon":{"payload":DATA,"event":"NAME"}} and a newline.  Data that
 * begin with "{" are copied as they are, their lines joined by blanks, and all others are
 * written as a JSON string: data are copied once, and whether they are JSON is for the decoder to
 * say.  Comments (heartbeats), other fields and events without data leave nothing behind.
 *
 * One block of memory for the life of the stream: whole lines first, then the beginning of
 * the next.  Invariant: that is not longer than the limit, so once the whole lines are taken
 * there is room for a push. */
#ifndef DUNLIN_PIPELINE_SOURCES_SSE_LINES_H
#define DUNLIN_PIPELINE_SOURCES_SSE_LINES_H

#include "pipeline/base/status.h"
#include "pipeline/base/text.h"

#ifdef TEST_TINY
enum { SSE_EVENT_BYTES_MAX = 4096 };
#else
enum { SSE_EVENT_BYTES_MAX = 1 << 20 };
#endif
enum { SSE_PUSH_BYTES_MAX = 1 << 14 }; /* As much as libcurl gives at a time. */
enum { SSE_NAME_BYTES_MAX = 32 };      /* Of a field or an event; a longer one means nothing. */

/* Where in a line: its field's name, the value of "data" or "event", or what is not read. */
typedef enum { SSE_FIELD, SSE_DATA, SSE_NAME, SSE_REST } sse_place;

typedef struct {
    char *bytes;
    size_t count, whole_bytes; /* Filled; of these, in whole lines. */
    uint64_t whole_lines;      /* In whole_bytes. */
    uint64_t events_partial;   /* Cut off by the end of a connection. */
    uint64_t events_too_long;  /* Dropped while they came. */

    /* Of the present line and event. */
    sse_place place;
    bool after_return;  /* A CR ended the last line: an LF now belongs to it. */
    bool at_value;      /* The next byte is the value's first: a blank there is none of it. */
    bool is_line_begun; /* Data of this line have been added. */
    bool has_data, is_quoted, is_too_long; /* Of the event. */
    char field[SSE_NAME_BYTES_MAX], name[SSE_NAME_BYTES_MAX];
    size_t field_bytes, name_bytes;
} sse_lines;

status sse_lines_init(sse_lines *l);
void sse_lines_deinit(sse_lines *l); /* {0} is allowed. */
/* All of t (at most SSE_PUSH_BYTES_MAX) or nothing: false when the whole lines must be taken
 * first. */
bool sse_lines_push(sse_lines *l, text t);
void sse_lines_take(sse_lines *l, char *to); /* Moves the whole_bytes out. */
void sse_lines_cut(sse_lines *l); /* The connection has ended: drops the unfinished event. */

#endif
