/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_SERVER_SECRET_H
#define DUNLIN_SERVER_SECRET_H

#include "server/options.h"

enum { SECRET_BYTES_MAX = 512, SECRET_LINE_BYTES = SECRET_BYTES_MAX + 4 };

/* The secret of --token-file that requests must bring, in `line`, which the caller wipes;
 * empty where none is asked for.  EXIT_OK, or the exit code after it has complained:
 * listening beyond loopback needs one. */
int secret_read(const options *o, char line[SECRET_LINE_BYTES], text *token);

#endif
