/* SPDX-License-Identifier: MIT */
#ifndef DUNLIN_PIPELINE_SOURCES_FILES_BYTES_H
#define DUNLIN_PIPELINE_SOURCES_FILES_BYTES_H

#include <stdatomic.h>

#include "pipeline/base/status.h"
#include "pipeline/base/text.h"

/* A file's bytes, decompressed when its first bytes say gzip or bzip2 (of one or
 * more members). */
typedef struct file_bytes file_bytes;

/* "-" is standard input, which close leaves open.  While `stop` is set, reading from
 * a pipe returns STATUS_STOPPED instead of waiting; it is borrowed. */
status file_bytes_open(const char *path, const atomic_bool *stop, file_bytes **result);
void file_bytes_close(file_bytes *f); /* NULL is allowed. */

/* Reads 1 to `count` bytes; *got is 0 at the end and on failure.  STATUS_BAD_DATA:
 * what follows is damaged or missing; what came before is good. */
status file_bytes_read(file_bytes *f, char *to, size_t count, size_t *got);
/* False when the next read would wait for whoever writes the pipe. */
bool file_bytes_is_ready(file_bytes *f);
uint64_t file_bytes_taken(const file_bytes *f); /* Read from the file, compressed. */

#endif
