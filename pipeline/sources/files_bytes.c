/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/files_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STOP_POLL_MS = 100, GUARD_RATIO_MAX = 1000, GUARD_READ_BYTES = 64 * 1024 };
#define GUARD_FREE_BYTES  ((uint64_t)64 << 20)
#define GUARD_GIVEN_BYTES ((uint64_t)1 << 40)

struct file_bytes {
    byte_stream stream;
    const atomic_bool *stop;
    int fd;
    bool is_regular, at_end;
    uint64_t taken;
};

/* ---- What may come of a byte ---- */

byte_guard byte_guard_begin(const uint64_t *taken) {
    return (byte_guard){.taken = taken, .taken_before = *taken};
}

/* A file is read ahead by blocks: a stream is given one that was read before it began. */
status byte_guard_pass(byte_guard *g, size_t count) {
    uint64_t read = *g->taken - g->taken_before + GUARD_READ_BYTES;
    g->given += count;
    if (g->given > GUARD_GIVEN_BYTES) return STATUS_TOO_LARGE;
    bool is_bomb = g->given > GUARD_FREE_BYTES && g->given / GUARD_RATIO_MAX > read;
    return is_bomb ? STATUS_UNPACKS_TOO_FAR : STATUS_OK;
}

/* ---- A file ---- */

static bool is_readable(const file_bytes *f, int wait_ms) {
    struct pollfd p = {.fd = f->fd, .events = POLLIN};
    return f->is_regular || poll(&p, 1, wait_ms) != 0;
}

static bool file_is_ready(byte_stream *self) {
    const file_bytes *f = (const file_bytes *)self;
    return f->at_end || is_readable(f, 0);
}

static status file_read(byte_stream *self, char *to, size_t count, size_t *got) {
    file_bytes *f = (file_bytes *)self;
    ssize_t n;
    *got = 0;
    do {
        if (atomic_load(f->stop)) return STATUS_STOPPED;
    } while (!is_readable(f, STOP_POLL_MS));
    do n = read(f->fd, to, count);
    while (n < 0 && errno == EINTR);
    if (n < 0) return STATUS_CANNOT_READ;
    f->at_end = n == 0;
    *got = (size_t)n;
    f->taken += (uint64_t)n;
    return STATUS_OK;
}

static void leave_open(byte_stream *self) {
    (void)self;
}

status file_bytes_open(const char *path, const atomic_bool *stop, file_bytes **result) {
    struct stat info;
    file_bytes *f = calloc(1, sizeof(*f));
    if (f == NULL) return STATUS_NO_MEMORY;
    f->stream = (byte_stream){file_read, file_is_ready, leave_open};
    f->stop = stop;
    f->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (f->fd < 0 || fstat(f->fd, &info) != 0) {
        file_bytes_close(f);
        return STATUS_CANNOT_OPEN;
    }
    f->is_regular = S_ISREG(info.st_mode);
    *result = f;
    return STATUS_OK;
}

void file_bytes_close(file_bytes *f) {
    if (f == NULL) return;
    if (f->fd > STDIN_FILENO) (void)close(f->fd);
    free(f);
}

byte_stream *file_bytes_stream(file_bytes *f) {
    return &f->stream;
}

const uint64_t *file_bytes_taken(const file_bytes *f) {
    return &f->taken;
}
