/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/files_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    STOP_POLL_MS = 100,
    FOLLOW_POLL_MS = 50,
    GUARD_RATIO_MAX = 1000,
    GUARD_READ_BYTES = 64 * 1024
};
#define GUARD_FREE_BYTES  ((uint64_t)64 << 20)
#define GUARD_GIVEN_BYTES ((uint64_t)1 << 40)

struct file_bytes {
    byte_stream stream;
    const atomic_bool *stop;
    const char *path; /* Borrowed. */
    int fd;
    bool is_regular, at_end;
    bool follows;
    bool is_renewed; /* The present end is that of what stood here before. */
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

/* Whether a followed file holds more: a FIFO that its writer has left may be read at
 * once, but holds nothing. */
static bool has_grown(const file_bytes *f) {
    struct pollfd p = {.fd = f->fd, .events = POLLIN};
    struct stat info;
    if (!f->is_regular) return poll(&p, 1, 0) > 0 && (p.revents & POLLIN) != 0;
    off_t at = lseek(f->fd, 0, SEEK_CUR);
    return at >= 0 && fstat(f->fd, &info) == 0 && info.st_size > at;
}

static bool file_is_ready(byte_stream *self) {
    const file_bytes *f = (const file_bytes *)self;
    if (f->follows) return has_grown(f);
    return f->at_end || is_readable(f, 0);
}

/* Waits until something can be read, or nothing ever will. */
static status read_some(file_bytes *f, char *to, size_t count, size_t *got) {
    ssize_t n;
    *got = 0;
    do {
        while (!is_readable(f, STOP_POLL_MS) && !atomic_load(f->stop)) continue;
        if (atomic_load(f->stop)) return STATUS_STOPPED;
        n = read(f->fd, to, count);
    } while (n < 0 && (errno == EINTR || errno == EAGAIN));
    if (n < 0) return STATUS_CANNOT_READ;
    *got = (size_t)n;
    f->taken += (uint64_t)n;
    return STATUS_OK;
}

static bool is_cut(const file_bytes *f) {
    struct stat info;
    off_t at = lseek(f->fd, 0, SEEK_CUR);
    return at >= 0 && fstat(f->fd, &info) == 0 && info.st_size < at;
}

/* Another file has taken the name. */
static bool is_replaced(const file_bytes *f) {
    struct stat held, named;
    return f->fd != STDIN_FILENO && fstat(f->fd, &held) == 0 && stat(f->path, &named) == 0 &&
           S_ISREG(named.st_mode) && (named.st_ino != held.st_ino || named.st_dev != held.st_dev);
}

/* As tail -F does: a file that is shorter than what was read of it is read anew, and
 * so is another of its name, once what was written last to the old one is read. */
static status renew(file_bytes *f, char *to, size_t count, size_t *got) {
    if (!f->is_regular) return STATUS_OK;
    if (is_cut(f)) {
        f->is_renewed = lseek(f->fd, 0, SEEK_SET) == 0;
    } else if (is_replaced(f)) {
        status s = read_some(f, to, count, got);
        int fd = s == STATUS_OK && *got == 0 ? open(f->path, O_RDONLY | O_CLOEXEC) : -1;
        if (fd < 0) return s;
        (void)close(f->fd);
        f->fd = fd;
        f->is_renewed = true;
    }
    return STATUS_OK;
}

static status file_read(byte_stream *self, char *to, size_t count, size_t *got) {
    file_bytes *f = (file_bytes *)self;
    const struct timespec moment = {.tv_nsec = (long)FOLLOW_POLL_MS * 1000000};
    status s = STATUS_OK;
    *got = 0;
    while (s == STATUS_OK && !f->is_renewed) {
        s = read_some(f, to, count, got);
        f->at_end = s == STATUS_OK && *got == 0;
        if (!f->at_end || !f->follows) return s;
        s = renew(f, to, count, got);
        if (*got > 0) return s;
        if (s == STATUS_OK && !f->is_renewed) (void)nanosleep(&moment, NULL);
    }
    return s;
}

bool file_bytes_renew(file_bytes *f) {
    bool is_renewed = f->is_renewed;
    f->is_renewed = false;
    return is_renewed;
}

static void leave_open(byte_stream *self) {
    (void)self;
}

status file_bytes_open(const char *path, bool follow, const atomic_bool *stop,
                       file_bytes **result) {
    struct stat info;
    file_bytes *f = calloc(1, sizeof(*f));
    if (f == NULL) return STATUS_NO_MEMORY;
    f->stream = (byte_stream){file_read, file_is_ready, leave_open};
    f->stop = stop;
    /* Opening a FIFO should not wait for its writer: reading does, and can be stopped. */
    f->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (f->fd < 0 || fstat(f->fd, &info) != 0) {
        file_bytes_close(f);
        return STATUS_CANNOT_OPEN;
    }
    f->path = path;
    f->is_regular = S_ISREG(info.st_mode);
    f->follows = follow && (f->is_regular || (S_ISFIFO(info.st_mode) && f->fd != STDIN_FILENO));
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
