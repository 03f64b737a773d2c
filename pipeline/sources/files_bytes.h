/* SPDX-License-Identifier: MIT */
/* files_bytes -- bytes that come one after the other: of a file, of what a packed
 * stream unpacks to, of a member of an archive.  Streams stand on one another. */
#ifndef DUNLIN_PIPELINE_SOURCES_FILES_BYTES_H
#define DUNLIN_PIPELINE_SOURCES_FILES_BYTES_H

#include <stdatomic.h>

#include "pipeline/base/status.h"
#include "pipeline/base/text.h"

typedef struct byte_stream byte_stream;
struct byte_stream {
    /* Reads 1 to `count` bytes; *got is 0 at the end and on failure.  STATUS_BAD_DATA:
     * what follows is damaged or missing; what came before is good. */
    status (*read)(byte_stream *self, char *to, size_t count, size_t *got);
    /* False when the next read would wait for whoever writes the pipe. */
    bool (*is_ready)(byte_stream *self);
    void (*close)(byte_stream *self); /* Frees it, and closes what it stands on. */
};

/* What a stream may give for what is read from its file: a few bytes can be made to
 * unpack to as many as one likes.  Start with {0} and `taken`. */
typedef struct {
    const uint64_t *taken; /* Bytes read of the file; borrowed. */
    uint64_t taken_before; /* When the stream was opened. */
    uint64_t given;
} byte_guard;

byte_guard byte_guard_begin(const uint64_t *taken);
/* STATUS_UNPACKS_TOO_FAR beyond 1,000 bytes for each that was read and 64 MiB, and
 * STATUS_TOO_LARGE beyond 1 TiB. */
status byte_guard_pass(byte_guard *g, size_t count);

typedef struct file_bytes file_bytes;

/* "-" is standard input, which close leaves open.  While `stop` is set, reading returns
 * STATUS_STOPPED; it is borrowed.  With `follow`, a file has no end while nobody stops
 * it: reading waits for what is written behind it; a FIFO waits for its next writer. */
status file_bytes_open(const char *path, bool follow, const atomic_bool *stop, file_bytes **result);
void file_bytes_close(file_bytes *f); /* NULL is allowed. */
/* What the file holds.  Closing the stream leaves the file open. */
byte_stream *file_bytes_stream(file_bytes *f);
/* True once when a file that is followed was cut short, or another has taken its name:
 * what was read has come to its end, and the stream goes on with the new beginning. */
bool file_bytes_renew(file_bytes *f);
const uint64_t *file_bytes_taken(const file_bytes *f); /* Read so far; of its life. */

#endif
