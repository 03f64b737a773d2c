/* SPDX-License-Identifier: MIT */
/* assembly_x -- what of X the options ask for: token, state, streams. */
#ifndef DUNLIN_SERVER_PROCESS_ASSEMBLY_X_H
#define DUNLIN_SERVER_PROCESS_ASSEMBLY_X_H

#include "pipeline/pipeline.h"
#include "pipeline/sources/live_token.h"
#include "server/options/options.h"

/* Opens the streams of --x-stream, one each, into parts[*count] and after, at most up to
 * `max`.  EXIT_OK, or the exit code after it has complained; what is open stays counted.
 * They look at *token before they connect, which it makes; NULL: their token stays. */
int assembly_open_x(const options *o, tweet_source **parts, size_t max, size_t *count,
                    live_token **token);
/* Appends the token as it is in its file or credential now; NOT_FOUND: it came otherwise. */
status assembly_reread_x_token(const options *o, buffer *token);

/* The bearer token, appended to *token, which the caller wipes (x_stream_wipe_token); it is
 * gone from the environment then, and the process leaves no core.  An exit code, as above. */
int assembly_read_x_token(const options *o, buffer *token);

#endif
