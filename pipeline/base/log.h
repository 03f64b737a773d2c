/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_BASE_LOG_H
#define DUNLIN_PIPELINE_BASE_LOG_H

#include "pipeline/base/buffer.h"

typedef enum { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG } log_level;

/* Lines go to stderr, one write each, any thread.  What the arguments bring is
 * hostile: C0, C1, DEL and bidirectional controls are printed as \xNN, so no
 * text can forge a line or move a terminal's cursor. */
void log_set_level(log_level most); /* LOG_INFO at first. */
void log_line(log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends t so that a terminal shows it harmlessly (see above). */
void terminal_escape(buffer *out, text t);

#endif
