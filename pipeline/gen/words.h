/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_GEN_WORDS_H
#define DUNLIN_PIPELINE_GEN_WORDS_H

#include "pipeline/base/buffer.h"
#include "pipeline/gen/cities.h"

/* What people say, made of phrases written for this purpose.  The bits choose; the
 * same bits give the same words.  As in Twitter's JSON "&" is written "&amp;"; there
 * is nothing that JSON would have to escape. */
void words_add_original(buffer *out, gen_lang lang, uint64_t bits);

/* `lean` of the conversation, -1 to 1: how the answers to a tweet are meant, mostly. */
void words_add_answer(buffer *out, gen_lang lang, int lean, uint64_t bits);
int words_lean(uint64_t bits_of_original);

const char *lang_code(gen_lang l); /* "en", ... */

#endif
