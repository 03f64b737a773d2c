/* SPDX-License-Identifier: MIT */
#include "pipeline/store/lock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

static int open_beside(const char *path) {
    char whole[PATH_MAX], name[PATH_MAX + 8];
    if (realpath(path, whole) == NULL) return -1; /* Two names of a file are one. */
    (void)snprintf(name, sizeof name, "%s-lock", whole);
    return open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static long read_holder(int fd) {
    char words[24] = "";
    ssize_t count = pread(fd, words, sizeof words - 1, 0);
    return count <= 0 ? 0 : strtol(words, NULL, 10);
}

status lock_file_take(const char *path, int *fd, long *holder) {
    char words[24];
    *holder = 0;
    *fd = open_beside(path);
    if (*fd < 0) return STATUS_CANNOT_OPEN;
    if (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
        int problem = errno;
        *holder = read_holder(*fd);
        (void)close(*fd);
        *fd = -1;
        errno = problem;
        return problem == EWOULDBLOCK ? STATUS_NOT_POSSIBLE : STATUS_CANNOT_OPEN;
    }
    int count = snprintf(words, sizeof words, "%ld\n", (long)getpid());
    /* Only words for people: the lock is held without them too. */
    if (ftruncate(*fd, 0) == 0 && pwrite(*fd, words, (size_t)count, 0) < 0) errno = 0;
    return STATUS_OK;
}

void lock_file_drop(int fd) {
    if (fd >= 0) (void)close(fd);
}
