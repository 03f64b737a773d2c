/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_SENTIMENT_PIPE_H
#define DUNLIN_SENTIMENT_PIPE_H

#include <stdio.h>

#include "sentiment/sentiment.h"

/* `dunlin sentiment -`: reads a text a line and writes one JSON object for every line,
 * the empty one included: score, label, positive, neutral, negative (these
 * three by VADER alone), language.  A text is taken as it is; with `json_strings` a
 * line is a JSON string.  The score is the model's, whatever the language; the label is
 * unknown where the model does not know the language, which is guessed ("und" where it
 * cannot be told: see model.h).
 *
 * STATUS_OK at the end of input; STATUS_BAD_FORMAT after the end when lines were no
 * JSON strings: each of those got {"error":...} in its place. */
status sentiment_pipe(const sentiment_model *m, bool json_strings, FILE *in, FILE *out,
                      bool line_buffered);

#endif
