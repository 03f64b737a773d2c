/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_BASE_STATUS_H
#define DUNLIN_PIPELINE_BASE_STATUS_H

/* What a function that can fail returns.  One list makes the enum and its texts:
 * a new kind of failure is one line here and nothing else. */
#define STATUS_MAP(X)                                                                              \
    X(OK, "success")                                                                               \
    X(NO_MEMORY, "out of memory")                                                                  \
    X(NOT_FOUND, "not found")                                                                      \
    X(BAD_ARGUMENT, "bad argument")                                                                \
    X(BAD_FORMAT, "the data are not in a known format")                                            \
    X(BAD_DATA, "the data are damaged")                                                            \
    X(CANNOT_OPEN, "cannot be opened")                                                             \
    X(CANNOT_READ, "cannot be read")                                                               \
    X(CANNOT_WRITE, "cannot be written")                                                           \
    X(TOO_LARGE, "too large")                                                                      \
    X(TOO_DEEP, "archives within archives, too deep")                                              \
    X(UNPACKS_TOO_FAR, "unpacks to more than 1,000 times its size")                                \
    X(NOT_POSSIBLE, "not possible now")                                                            \
    X(UNAUTHORIZED, "not authorized")                                                              \
    X(UPSTREAM, "the upstream failed")                                                             \
    X(BUDGET, "the budget is reached")                                                             \
    X(STREAM_SILENT, "no bytes for 20 s")                                                          \
    X(NO_CONVERGENCE, "the loop does not converge")                                                \
    X(STOPPED, "stopped on request")                                                               \
    X(END, "no more data")

#define X(name, description) STATUS_##name,
typedef enum { STATUS_MAP(X) STATUS_COUNT } status;
#undef X

/* A short English text without a full stop; static, never NULL. */
const char *status_text(status s);

#endif
