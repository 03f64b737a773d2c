/* SPDX-License-Identifier: MIT */
#include "pipeline/store/text_blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/store/packing.h"

enum { PLACE_BYTES = TEXT_BLOCK_BYTES_MAX + 4096 }; /* Packing may add some. */

struct text_blocks {
    int fd;
    pthread_rwlock_t lock;
    uint32_t bytes[TEXT_BLOCKS_MAX]; /* Packed; 0: there is none. */
};

static int open_nameless(const char *path) {
    char folder[PATH_MAX], name[PATH_MAX + 32];
    const char *slash = strrchr(path, '/');
    int length = slash == NULL ? 1 : (int)(slash - path + 1);
    if (length >= (int)sizeof folder) {
        errno = ENAMETOOLONG;
        return -1;
    }
    (void)snprintf(folder, sizeof folder, "%.*s", length, slash == NULL ? "." : path);
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return fd;
    (void)snprintf(name, sizeof name, "%s/dunlin-texts-XXXXXX", folder);
    fd = mkostemp(name, O_CLOEXEC); /* Not every file system makes nameless ones. */
    if (fd >= 0) (void)unlink(name);
    return fd;
}

status text_blocks_open(const char *path, text_blocks **result) {
    text_blocks *t = *result = calloc(1, sizeof(*t));
    if (t == NULL) return STATUS_NO_MEMORY;
    t->fd = open_nameless(path);
    if (t->fd >= 0 && pthread_rwlock_init(&t->lock, NULL) == 0) return STATUS_OK;
    if (t->fd >= 0) (void)close(t->fd);
    free(t);
    *result = NULL;
    return STATUS_CANNOT_OPEN;
}

void text_blocks_close(text_blocks *t) {
    if (t == NULL) return;
    (void)close(t->fd);
    (void)pthread_rwlock_destroy(&t->lock);
    free(t);
}

static bool write_at(int fd, off_t at, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = pwrite(fd, bytes, count, at);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes += written;
        at += written;
        count -= (size_t)written;
    }
    return true;
}

/* Zeros, which then take no room. */
static bool wipe(int fd, off_t at, size_t count) {
    static const char zeros[4096];
    bool is_wiped = true;
    for (size_t done = 0; done < count && is_wiped; done += sizeof zeros)
        is_wiped = write_at(fd, at + (off_t)done, zeros,
                            count - done < sizeof zeros ? count - done : sizeof zeros);
    bool is_hole = fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, (off_t)count) == 0;
    return is_wiped || is_hole;
}

static off_t place_of(uint32_t number) {
    return (off_t)number * PLACE_BYTES;
}

status text_blocks_drop(text_blocks *t, uint32_t number) {
    if (number >= TEXT_BLOCKS_MAX) return STATUS_BAD_ARGUMENT;
    (void)pthread_rwlock_wrlock(&t->lock);
    uint32_t bytes = t->bytes[number];
    bool is_wiped = bytes == 0 || wipe(t->fd, place_of(number), bytes);
    if (is_wiped) t->bytes[number] = 0;
    (void)pthread_rwlock_unlock(&t->lock);
    return is_wiped ? STATUS_OK : STATUS_CANNOT_WRITE;
}

static status put_packed(text_blocks *t, uint32_t number, text packed) {
    off_t place = place_of(number);
    uint32_t before = t->bytes[number];
    if (packed.count > PLACE_BYTES) return STATUS_TOO_LARGE;
    t->bytes[number] = 0;
    if (!write_at(t->fd, place, packed.bytes, packed.count)) {
        (void)wipe(t->fd, place, packed.count > before ? packed.count : before);
        return STATUS_CANNOT_WRITE;
    }
    t->bytes[number] = (uint32_t)packed.count;
    if (before > packed.count && !wipe(t->fd, place + (off_t)packed.count, before - packed.count))
        return STATUS_CANNOT_WRITE;
    return STATUS_OK;
}

status text_blocks_put(text_blocks *t, uint32_t number, text bytes) {
    if (number >= TEXT_BLOCKS_MAX) return STATUS_BAD_ARGUMENT;
    if (bytes.count > TEXT_BLOCK_BYTES_MAX) return STATUS_TOO_LARGE;
    buffer packed = {0};
    status s = packing_press(bytes, &packed);
    if (s == STATUS_OK) {
        (void)pthread_rwlock_wrlock(&t->lock);
        s = put_packed(t, number, buffer_text(&packed));
        (void)pthread_rwlock_unlock(&t->lock);
    }
    buffer_deinit(&packed);
    return s;
}

static status read_packed(text_blocks *t, uint32_t number, buffer *packed) {
    uint32_t bytes = t->bytes[number];
    if (bytes == 0) return STATUS_NOT_FOUND;
    if (!buffer_reserve(packed, bytes)) return STATUS_NO_MEMORY;
    while (packed->count < bytes) {
        ssize_t count = pread(t->fd, packed->bytes + packed->count, bytes - packed->count,
                              place_of(number) + (off_t)packed->count);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return STATUS_CANNOT_READ;
        packed->count += (size_t)count;
    }
    return STATUS_OK;
}

status text_blocks_get(text_blocks *t, uint32_t number, char *bytes, size_t capacity,
                       size_t *count) {
    if (number >= TEXT_BLOCKS_MAX) return STATUS_BAD_ARGUMENT;
    buffer packed = {0}, plain = {0};
    (void)pthread_rwlock_rdlock(&t->lock);
    status s = read_packed(t, number, &packed);
    (void)pthread_rwlock_unlock(&t->lock);
    if (s == STATUS_OK) s = packing_unpress(buffer_text(&packed), &plain);
    if (s == STATUS_BAD_DATA) s = STATUS_CANNOT_READ;
    if (s == STATUS_OK && plain.count > capacity) s = STATUS_TOO_LARGE;
    if (s == STATUS_OK) {
        memcpy(bytes, plain.bytes, plain.count);
        *count = plain.count;
    }
    buffer_deinit(&packed);
    buffer_deinit(&plain);
    return s;
}
