/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_SERVER_HTTP_PROBLEM_H
#define DUNLIN_SERVER_HTTP_PROBLEM_H

#include "server/base/params.h"

#define PROBLEM_TYPE "application/problem+json"

/* The body of an error (RFC 9457).  `errors`: NULL or the parameters that are wrong. */
void problem_write(buffer *out, unsigned code, const char *detail, text instance,
                   const param_errors *errors);

#endif
