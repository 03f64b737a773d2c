/* SPDX-License-Identifier: MIT */
/* mentions -- which tweets have which hashtags, or which links.
 *
 * What a source lists stands; where it never lists any, they are looked for in the text.
 * A row a mention goes into the graph; a tweet without any costs nothing.
 *
 * Engine thread only. */
#ifndef DUNLIN_PIPELINE_QUERIES_MENTIONS_H
#define DUNLIN_PIPELINE_QUERIES_MENTIONS_H

#include "pipeline/flow/flow.h"
#include "pipeline/queries/strings.h"

typedef enum { MENTION_HASHTAG, MENTION_LINK } mention_kind;

/* Lists are names apart by '\n', as in tweet_record; what is longer is cut behind a name. */
enum { MENTION_LIST_BYTES_MAX = 4096, MENTIONS_MAX = 32 };
text mention_list_cut(text list);

typedef struct mentions mentions;
/* Borrowed: the strings that hold names and lists, an input of mention_row.  NULL: no
 * memory. */
mentions *mentions_new(mention_kind kind, strings *names, flow_table *table, uint64_t hash_seed);
void mentions_free(mentions *m); /* NULL is allowed. */
/* The list that a source gave and stands; empty: none. */
text mentions_said(const mentions *m, uint32_t tweet);
bool mentions_say(mentions *m, uint32_t tweet, text list); /* False: no memory. */
/* Pushes what there is to push when a tweet has the mentions of this list from now on (at
 * most MENTIONS_MAX), or of this text. */
status mentions_set_list(mentions *m, uint32_t tweet, text list);
status mentions_set_text(mentions *m, uint32_t tweet, text words);
/* The tweet has none any more, and nothing is kept of it. */
status mentions_forget(mentions *m, uint32_t tweet);
size_t mentions_bytes(const mentions *m);

#endif
