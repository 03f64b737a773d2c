/* SPDX-License-Identifier: MIT */
/* assembly_mastodon -- the stream of a Mastodon server that the options ask for. */
#ifndef DUNLIN_SERVER_PROCESS_ASSEMBLY_MASTODON_H
#define DUNLIN_SERVER_PROCESS_ASSEMBLY_MASTODON_H

#include "pipeline/sources/live_token.h"
#include "pipeline/sources/source.h"
#include "server/options/options.h"

/* EXIT_OK, or the exit code after it has complained.  The stream looks at *token before it
 * connects, which is made; NULL: its token stays. */
int assembly_open_mastodon(const options *o, tweet_source **source, live_token **token);
/* Appends the token as it is in its file or credential now; NOT_FOUND: it came otherwise. */
status assembly_reread_mastodon_token(const options *o, buffer *token);

#endif
