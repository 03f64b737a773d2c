/* SPDX-License-Identifier: MIT */
/* files_bytes -- plain, gzip and bzip2, told apart by their first bytes. */
#include "pipeline/sources/files_bytes.h"

#include <bzlib.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { INPUT_BYTES = 64 * 1024, STOP_POLL_MS = 100 };

typedef enum { FORMAT_UNKNOWN, FORMAT_PLAIN, FORMAT_GZIP, FORMAT_BZIP2 } file_format;

struct file_bytes {
    const atomic_bool *stop;
    int fd;
    bool is_regular, at_end; /* at_end: the file has no more. */
    bool in_member;          /* A compressed member has begun and not ended. */
    status failure;          /* To be told once what was good is read. */
    file_format format;
    z_stream gzip;
    bz_stream bzip2;
    uint64_t taken;
    size_t begin, end; /* Of what is in `input`. */
    char input[INPUT_BYTES];
};

status file_bytes_open(const char *path, const atomic_bool *stop, file_bytes **result) {
    struct stat info;
    file_bytes *f = calloc(1, sizeof(*f));
    if (f == NULL) return STATUS_NO_MEMORY;
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
    if (f->format == FORMAT_GZIP) (void)inflateEnd(&f->gzip);
    if (f->format == FORMAT_BZIP2 && f->in_member) (void)BZ2_bzDecompressEnd(&f->bzip2);
    if (f->fd > STDIN_FILENO) (void)close(f->fd);
    free(f);
}

static bool is_readable(const file_bytes *f, int wait_ms) {
    struct pollfd p = {.fd = f->fd, .events = POLLIN};
    return f->is_regular || poll(&p, 1, wait_ms) != 0;
}

bool file_bytes_is_ready(file_bytes *f) {
    return f->begin < f->end || f->at_end || is_readable(f, 0);
}

uint64_t file_bytes_taken(const file_bytes *f) {
    return f->taken;
}

static status read_file(file_bytes *f, char *to, size_t count, size_t *got) {
    *got = 0;
    while (!is_readable(f, STOP_POLL_MS))
        if (atomic_load(f->stop)) return STATUS_STOPPED;
    ssize_t n;
    do n = read(f->fd, to, count);
    while (n < 0 && errno == EINTR);
    if (n < 0) return STATUS_CANNOT_READ;
    f->at_end = n == 0;
    *got = (size_t)n;
    f->taken += (uint64_t)n;
    return STATUS_OK;
}

/* Makes `input` hold at least `wanted` bytes, or all that there are. */
static status fill_input(file_bytes *f, size_t wanted) {
    while (f->end - f->begin < wanted && !f->at_end) {
        size_t got;
        memmove(f->input, f->input + f->begin, f->end - f->begin);
        f->end -= f->begin;
        f->begin = 0;
        status s = read_file(f, f->input + f->end, sizeof f->input - f->end, &got);
        if (s != STATUS_OK) return s;
        f->end += got;
    }
    return STATUS_OK;
}

static file_format format_of(text t) {
    if (t.count >= 3 && memcmp(t.bytes, "\x1F\x8B\x08", 3) == 0) return FORMAT_GZIP;
    if (t.count >= 10 && memcmp(t.bytes, "BZh", 3) == 0 && t.bytes[3] >= '1' && t.bytes[3] <= '9' &&
        (memcmp(t.bytes + 4, "\x31\x41\x59\x26\x53\x59", 6) == 0 ||
         memcmp(t.bytes + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0)) /* A block, or none. */
        return FORMAT_BZIP2;
    return FORMAT_PLAIN;
}

/* Looks at what comes next: the first member's kind, or another member.  Anything
 * after the last member that is no member is padding, as gzip(1) takes it. */
static status begin_member(file_bytes *f) {
    status s = fill_input(f, 10);
    if (s != STATUS_OK) return s;
    file_format next = format_of((text){f->input + f->begin, f->end - f->begin});
    bool is_first = f->format == FORMAT_UNKNOWN;
    if (!is_first && next != f->format) {
        f->begin = f->end = 0;
        f->at_end = true;
        return STATUS_OK;
    }
    f->in_member = true;
    f->format = next;
    if (next == FORMAT_GZIP && is_first && inflateInit2(&f->gzip, 15 + 16) != Z_OK) {
        f->format = FORMAT_PLAIN; /* So that close ends nothing that has not begun. */
        return STATUS_NO_MEMORY;
    }
    if (next == FORMAT_GZIP) (void)inflateReset(&f->gzip);
    if (next == FORMAT_BZIP2) {
        f->bzip2 = (bz_stream){0};
        f->in_member = BZ2_bzDecompressInit(&f->bzip2, 0, 0) == BZ_OK;
        if (!f->in_member) return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

static status inflate_some(file_bytes *f, char *to, size_t count, size_t *got) {
    f->gzip.next_in = (Bytef *)(f->input + f->begin);
    f->gzip.avail_in = (uInt)(f->end - f->begin);
    f->gzip.next_out = (Bytef *)to;
    f->gzip.avail_out = (uInt)count;
    int code = inflate(&f->gzip, Z_NO_FLUSH);
    f->begin = f->end - f->gzip.avail_in;
    *got = count - f->gzip.avail_out;
    f->in_member = code != Z_STREAM_END;
    if (code == Z_MEM_ERROR) return STATUS_NO_MEMORY;
    return code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR ? STATUS_OK
                                                                       : STATUS_BAD_DATA;
}

static status bunzip_some(file_bytes *f, char *to, size_t count, size_t *got) {
    f->bzip2.next_in = f->input + f->begin;
    f->bzip2.avail_in = (unsigned)(f->end - f->begin);
    f->bzip2.next_out = to;
    f->bzip2.avail_out = (unsigned)count;
    int code = BZ2_bzDecompress(&f->bzip2);
    f->begin = f->end - f->bzip2.avail_in;
    *got = count - f->bzip2.avail_out;
    if (code == BZ_STREAM_END) {
        (void)BZ2_bzDecompressEnd(&f->bzip2);
        f->in_member = false;
        return STATUS_OK;
    }
    if (code == BZ_MEM_ERROR) return STATUS_NO_MEMORY;
    return code == BZ_OK ? STATUS_OK : STATUS_BAD_DATA;
}

static status read_plain(file_bytes *f, char *to, size_t count, size_t *got) {
    size_t waiting = f->end - f->begin;
    if (waiting == 0) return f->at_end ? STATUS_OK : read_file(f, to, count, got);
    *got = waiting < count ? waiting : count;
    memcpy(to, f->input + f->begin, *got);
    f->begin += *got;
    return STATUS_OK;
}

/* One step of a compressed file; may produce nothing yet. */
static status read_packed(file_bytes *f, char *to, size_t count, size_t *got) {
    status s = f->in_member ? fill_input(f, 1) : begin_member(f);
    if (s != STATUS_OK || !f->in_member) return s;
    size_t before = f->begin;
    bool is_starved = f->begin == f->end; /* The file ended inside a member. */
    s = f->format == FORMAT_GZIP ? inflate_some(f, to, count, got) : bunzip_some(f, to, count, got);
    bool is_stuck = *got == 0 && f->begin == before && f->in_member;
    return s == STATUS_OK && is_starved && is_stuck ? STATUS_BAD_DATA : s;
}

static bool has_more(const file_bytes *f) {
    return f->in_member || f->begin < f->end || !f->at_end;
}

status file_bytes_read(file_bytes *f, char *to, size_t count, size_t *got) {
    enum { STEP_MAX = 1 << 30 }; /* zlib and bzip2 count in unsigned int. */
    status s = STATUS_OK;
    *got = 0;
    if (count > STEP_MAX) count = STEP_MAX;
    if (f->failure != STATUS_OK) return f->failure;
    if (f->format == FORMAT_UNKNOWN) s = begin_member(f);
    if (s == STATUS_OK && f->format == FORMAT_PLAIN) return read_plain(f, to, count, got);
    while (s == STATUS_OK && *got == 0 && has_more(f)) s = read_packed(f, to, count, got);
    if (s != STATUS_OK && *got > 0) {
        f->failure = s;
        return STATUS_OK;
    }
    return s;
}
