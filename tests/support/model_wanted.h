/* SPDX-License-Identifier: MIT */
/* model_wanted -- some questions of the query language, each with what it means said by hand. */
#ifndef DUNLIN_TESTS_SUPPORT_MODEL_WANTED_H
#define DUNLIN_TESTS_SUPPORT_MODEL_WANTED_H

#include "pipeline/base/random.h"
#include "tests/support/model.h"

text model_question_any(random_source *r);
/* Whether the tweet, which is there, is one that the question (of those above) looks for. */
bool model_wants(const model *m, uint64_t id, text question);

#endif
