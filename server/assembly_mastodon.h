/* SPDX-License-Identifier: MIT */
/* assembly_mastodon -- the stream of a Mastodon server that the options ask for. */
#ifndef DUNLIN_SERVER_ASSEMBLY_MASTODON_H
#define DUNLIN_SERVER_ASSEMBLY_MASTODON_H

#include "pipeline/sources/source.h"
#include "server/options.h"

/* EXIT_OK, or the exit code after it has complained. */
int assembly_open_mastodon(const options *o, tweet_source **source);

#endif
