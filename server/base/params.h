/* SPDX-License-Identifier: MIT */
/* params -- the query string of a request, checked against what a question takes. */
#ifndef DUNLIN_SERVER_BASE_PARAMS_H
#define DUNLIN_SERVER_BASE_PARAMS_H

#include "pipeline/queries/query.h"

enum {
    PARAM_BYTES_MAX = 2048, /* Of one value, decoded. */
    PARAM_ERRORS_MAX = 8,
};

typedef struct {
    char parameter[64]; /* As written, cut; the answer's JSON writer escapes it. */
    char detail[160];
} param_error;

/* What is wrong with a request's parameters, for its answer. */
typedef struct {
    param_error errors[PARAM_ERRORS_MAX];
    size_t count;
} param_errors;

void param_errors_add(param_errors *e, text parameter, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* name=value pairs of a query string, decoded one by one: "%41" and "+" are read, a
 * bad escape, a NUL or bad UTF-8 is an error.  Texts live in the reader until the
 * next call. */
typedef struct {
    text rest;
    char name[64], value[PARAM_BYTES_MAX + 1];
    text name_text, value_text;
} param_reader;

param_reader params_of(text query_string);
/* False at the end; a pair that cannot be read is added to *e and skipped. */
bool param_next(param_reader *r, param_errors *e);

/* Reads the parameters that `takes` (QUERY_...) allows, with their defaults; `sorts`
 * as in query.  Texts in *p are in `memory`, of PARAM_TEXTS_BYTES.  False when
 * anything is wrong: *e then says what. */
enum { PARAM_TEXTS_BYTES = 5 * (PARAM_BYTES_MAX + 1) };
bool params_read(text query_string, unsigned takes, const char *const *sorts, query_params *p,
                 char memory[PARAM_TEXTS_BYTES], param_errors *e);

#endif
