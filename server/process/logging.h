/* SPDX-License-Identifier: MIT */
/* logging -- the log as the options want it. */
#ifndef DUNLIN_SERVER_PROCESS_LOGGING_H
#define DUNLIN_SERVER_PROCESS_LOGGING_H

#include "server/options/options.h"

/* Level, form and file.  CANNOT_OPEN: the file; the rest is set. */
status logging_set(const options *o);

#endif
