/* SPDX-License-Identifier: MIT */
/* lock_file -- one process a database: a locked file beside it, which says which.
 * The kernel lifts the lock when the process ends, however it does. */
#ifndef DUNLIN_PIPELINE_STORE_LOCK_FILE_H
#define DUNLIN_PIPELINE_STORE_LOCK_FILE_H

#include "pipeline/base/buffer.h"
#include "pipeline/base/status.h"

/* `path` is the database's.  NOT_POSSIBLE: another process has it, *holder is its number or
 * 0; CANNOT_OPEN: see errno. */
status lock_file_take(const char *path, int *fd, long *holder);
void lock_file_drop(int fd); /* Negative is allowed. */

#endif
