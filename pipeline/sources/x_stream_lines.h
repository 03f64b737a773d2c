/* SPDX-License-Identifier: MIT */
/* x_stream_lines -- bytes of the stream, cut in any way, put together as lines.
 *
 * One block of memory for the life of the stream: whole lines first, then the
 * beginning of the next.  Blank lines (keep-alives) leave nothing behind; a line over
 * the limit is dropped while it comes.  Invariant: the unfinished line is not longer
 * than the limit, so once the whole lines are taken there is room for a push. */
#ifndef DUNLIN_PIPELINE_SOURCES_X_STREAM_LINES_H
#define DUNLIN_PIPELINE_SOURCES_X_STREAM_LINES_H

#include "pipeline/base/status.h"
#include "pipeline/base/text.h"

#ifdef TEST_TINY
enum { X_LINE_BYTES_MAX = 4096, X_PUSH_BYTES_MAX = 16384 };
#else
enum { X_LINE_BYTES_MAX = 1 << 20, X_PUSH_BYTES_MAX = 1 << 16 };
#endif

enum { X_FAREWELL_BYTES_MAX = 512 };

/* Whether a line, its end included, may be taken in; false: neither it nor anything
 * after it. */
typedef bool x_lines_judge(void *context, text line);

typedef struct {
    char *bytes;
    size_t count, whole_bytes; /* Filled; of these, in whole lines. */
    bool is_skipping;          /* Inside a line that is too long. */
    bool is_closed;            /* The judge has refused a line. */
    uint64_t whole_lines;      /* In whole_bytes. */
    uint64_t lines_partial, lines_too_long;
    uint64_t missed; /* What `limit` notices said was not sent, over all connections. */
    /* Of this connection: */
    uint64_t signs;                      /* Whole lines and keep-alives, but for a farewell. */
    uint64_t limit;                      /* Of its last `limit` notice. */
    size_t farewell_count;               /* A line announced the end of the connection; */
    char farewell[X_FAREWELL_BYTES_MAX]; /* its beginning. */
    x_lines_judge *judge;                /* NULL: all may. */
    void *judge_context;
} x_lines;

status x_lines_init(x_lines *l);
void x_lines_deinit(x_lines *l); /* {0} is allowed. */
/* All of t (at most X_PUSH_BYTES_MAX) or nothing: false when the whole lines must be
 * taken first. */
bool x_lines_push(x_lines *l, text t);
void x_lines_take(x_lines *l, char *to); /* Moves the whole_bytes out. */
void x_lines_cut(x_lines *l);            /* The connection has ended: drops the unfinished line. */

/* True for {"errors":[...]} without data beside it, for v1.1's {"disconnect":{...}}, and
 * for a problem with a "connection_issue": the stream's farewells. */
bool x_line_is_disconnect(text line);
/* The count of {"limit":{"track":n}}; false for other lines. */
bool x_line_is_limit(text line, uint64_t *count);

#endif
