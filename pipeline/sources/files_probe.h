/* SPDX-License-Identifier: MIT */
/* files_probe -- a light look at JSON text, without reading it. */
#ifndef DUNLIN_PIPELINE_SOURCES_FILES_PROBE_H
#define DUNLIN_PIPELINE_SOURCES_FILES_PROBE_H

#include "pipeline/base/text.h"

static inline bool json_is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline bool json_is_structural(char c) {
    return c == '"' || c == '{' || c == '}' || c == '[' || c == ']' || c == ',' || c == '\n' ||
           c == '\\';
}

typedef enum {
    PROBE_NEEDS_MORE,
    PROBE_LINES,
    PROBE_ARRAY,    /* The document is an array. */
    PROBE_STATUSES, /* It is an object with an array "statuses" or "results". */
    PROBE_VALUES    /* Objects that take several lines each, or several a line. */
} probe;

/* What a document is by its beginning; *array_at is where the "[" stands.  is_all: there
 * will be no more to tell by. */
probe json_probe(text t, bool is_all, size_t *array_at);

/* True when some line of a part's beginning begins as JSON does. */
bool json_looks_like_items(text t);

/* Whether a document begins as JavaScript does that sets a variable to an array or
 * object, as archives of X do; *value_at is then where that begins, *name what is set. */
typedef enum { ASSIGNS_NEEDS_MORE, ASSIGNS_NOTHING, ASSIGNS_ARRAY, ASSIGNS_OBJECT } assignment;
assignment json_probe_assignment(text t, text *name, size_t *value_at);

/* The time of a line: its "timestamp_ms", else its "created_at", of the object itself
 * or of the one under "data", "tweet", "post" or "delete".  False when it has none. */
bool json_probe_time(text line, int64_t *ms);

#endif
