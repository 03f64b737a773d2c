/* SPDX-License-Identifier: MIT */
/* assembly -- the pipeline that the options ask for, with what it borrows. */
#ifndef DUNLIN_SERVER_PROCESS_ASSEMBLY_H
#define DUNLIN_SERVER_PROCESS_ASSEMBLY_H

#include "pipeline/pipeline.h"
#include "pipeline/sources/live_token.h"
#include "server/options/options.h"

typedef struct {
    gazetteer *gazetteer;
    place_table *places;
    sentiment_model *model;
    pipeline *pipeline;
} assembly;

/* EXIT_OK, or the exit code after it has complained; assembly_deinit either way.
 * `readers`: a server will ask. */
int assembly_init(assembly *a, const options *o, bool readers);
void assembly_deinit(assembly *a); /* Stops the pipeline first. */

/* --places and the gazetteer alone, as geocode needs them. */
int assembly_open_places(assembly *a, const options *o);
/* The files that the operands name, as a source; an exit code as above. */
int assembly_open_files(const options *o, tweet_source **source);
/* Tokens of sources that may change while they run; NULL: that source is not read. */
typedef struct {
    live_token *x, *mastodon;
} source_tokens;

/* What --source and the operands name, as one source.  With `push`, and a token for it, a
 * source_push is one of them, which *push becomes; else NULL.  `tokens`: what the sources
 * look at before they connect, for the caller to free; NULL: tokens stay as they are. */
int assembly_open_source(const options *o, tweet_source **source, tweet_source **push,
                         source_tokens *tokens);
/* Reads the files (or credentials) of these tokens again; those of the environment stay.
 * EXIT_OK, or the exit code after it has complained; none has changed then. */
int assembly_renew_tokens(const options *o, const source_tokens *tokens);
void assembly_free_tokens(source_tokens *tokens);
/* What a status of pipeline_wait means to the shell; complains. */
int exit_code_of(status s, pipeline *p);

#endif
