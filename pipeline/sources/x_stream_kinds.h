/* SPDX-License-Identifier: MIT */
/* x_stream_kinds -- the streams that X offers, and the words that choose them. */
#ifndef DUNLIN_PIPELINE_SOURCES_X_STREAM_KINDS_H
#define DUNLIN_PIPELINE_SOURCES_X_STREAM_KINDS_H

#include "pipeline/base/status.h"
#include "pipeline/base/text.h"

typedef enum {
    X_STREAM_FILTERED,
    X_STREAM_SAMPLED,
    X_STREAM_SAMPLED10,
    X_STREAM_FIREHOSE,
    X_STREAM_TWEETS_COMPLIANCE,
    X_STREAM_USERS_COMPLIANCE,
    X_STREAM_KINDS
} x_stream_kind;

typedef struct {
    const char *word;    /* "filtered". */
    const char *title;   /* "X filtered stream". */
    const char *path;    /* "/2/tweets/search/stream". */
    uint32_t partitions; /* 0: it is whole. */
    bool has_posts;      /* Not events about them. */
} x_stream_form;
extern const x_stream_form x_stream_forms[X_STREAM_KINDS];

typedef struct {
    x_stream_kind kind;
    uint32_t partition; /* From 1; 0: of a whole one. */
} x_stream_choice;

/* Reads "filtered,tweets-compliance:1": words apart by commas, a part of a stream behind
 * a colon; without it all its parts.  BAD_ARGUMENT: a word or part that is none, or one
 * named twice; TOO_LARGE: more than `max` connections. */
status x_stream_choices(text list, x_stream_choice *result, size_t max, size_t *count);

#endif
