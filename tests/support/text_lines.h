/* SPDX-License-Identifier: MIT */
/* text_lines -- a file in memory, as its lines. */
#ifndef DUNLIN_TESTS_SUPPORT_TEXT_LINES_H
#define DUNLIN_TESTS_SUPPORT_TEXT_LINES_H

#include "pipeline/base/text.h"

typedef struct {
    char *bytes;
    text *lines; /* Without line feeds. */
    size_t count;
} text_lines;

/* False when it cannot be read; text_lines_unload frees, also after that. */
bool text_lines_load(text_lines *t, const char *path);
void text_lines_unload(text_lines *t);

/* The field of that number, from 0, between tabs; the empty text if there is none. */
text text_field(text line, size_t number);

#endif
