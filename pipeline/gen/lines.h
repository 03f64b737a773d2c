/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_GEN_LINES_H
#define DUNLIN_PIPELINE_GEN_LINES_H

#include "pipeline/gen/gen.h"
#include "pipeline/gen/words.h"
#include "pipeline/gen/world.h"

typedef enum { POST_ORIGINAL, POST_RETWEET, POST_REPLY, POST_QUOTE } post_kind;

/* A tweet as the conversation remembers it; its words are computed when it is written. */
typedef struct {
    uint64_t id, author, bits;
    uint64_t to_id, to_author; /* What it responds to. */
    int64_t created_ms;
    post_kind kind;
    gen_lang lang;
    int lean;        /* Of an answer: how it is meant. */
    bool is_unheard; /* Its own line is still to come. */
} post;

/* Appends the line of a tweet and a newline.  `to` is what it responds to, needed for
 * a retweet's words; with `embeds` the line holds it whole. */
void line_add_post(gen_format format, const world *w, const post *p, const post *to, bool embeds,
                   buffer *out);
/* A delete notice, which both formats have in the form of v1.1. */
void line_add_delete(uint64_t id, uint64_t author, int64_t at_ms, buffer *out);

#endif
