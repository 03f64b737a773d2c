/* SPDX-License-Identifier: MIT */
/* log -- what the program says about itself, a line an event.
 *
 *   text    dunlin: warning: what happened key=value
 *   logfmt  ts=2026-11-23T08:56:59.000Z level=warning part=x-stream msg="..." key=value
 *   json    {"ts":"...","level":"warning","part":"x-stream","msg":"...","key":"value"}
 *
 * What the arguments bring is hostile: C0, C1, DEL, U+2028 and bidirectional controls are
 * printed as \xNN or \uNNNN in each, so no text can forge a line or move a terminal's
 * cursor.  A line that comes again and again is left out, and how often is said. */
#ifndef DUNLIN_PIPELINE_BASE_LOG_H
#define DUNLIN_PIPELINE_BASE_LOG_H

#include "pipeline/base/buffer.h"
#include "pipeline/base/status.h"
#include "pipeline/base/times.h"

typedef enum { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG } log_level;
typedef enum { LOG_TEXT, LOG_LOGFMT, LOG_JSON } log_format;

/* A key is one of ours; the value becomes a number or word where it is one. */
typedef struct {
    const char *key;
    text value;
} log_field;

/* One write each, any thread; the part is the name of the source file. */
#define log_line(level, ...) log_write((level), __FILE__, NULL, 0, __VA_ARGS__)
#define log_fields(level, fields, count, ...)                                                      \
    log_write((level), __FILE__, (fields), (count), __VA_ARGS__)
void log_write(log_level level, const char *file, const log_field *fields, size_t count,
               const char *format, ...) __attribute__((format(printf, 5, 6)));
void log_flush(void); /* Says what has been left out until now. */

void log_set_level(log_level most); /* LOG_INFO at first. */
void log_set_format(log_format f);  /* LOG_TEXT at first. */
log_format log_get_format(void);
void log_set_clock(clock_source *c); /* NULL: the real one. */
/* Appends to the file from now on; NULL: to stderr, as at first.  CANNOT_OPEN: nothing has
 * changed.  By one thread at a time. */
status log_set_file(const char *path);
/* Opens the file anew: its name may stand for another one.  As above. */
status log_reopen(void);

/* Appends t so that a terminal shows it harmlessly (see above). */
void terminal_escape(buffer *out, text t);

#endif
