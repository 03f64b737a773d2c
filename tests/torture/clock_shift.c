/* SPDX-License-Identifier: MIT */
/* A wall clock that a test sets while a program runs: preloaded, it adds the milliseconds that
 * stand in the file $DUNLIN_CLOCK_SHIFT (a number of 64 bits) to the system's.  What waits for a
 * time of day then waits for that of the system, as it would if a real clock were set. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shift_ms;

__attribute__((constructor)) static void map_shift(void) {
    const char *path = getenv("DUNLIN_CLOCK_SHIFT");
    int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    void *page = file < 0 ? MAP_FAILED : mmap(NULL, 8, PROT_READ, MAP_SHARED, file, 0);
    if (page != MAP_FAILED) shift_ms = page;
    if (file >= 0) (void)close(file);
}

int clock_gettime(clockid_t clock, struct timespec *result) {
    int failed = (int)syscall(SYS_clock_gettime, clock, result);
    bool is_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
    if (failed != 0 || !is_wall || shift_ms == NULL) return failed;
    int64_t ms = *shift_ms;
    result->tv_sec += ms / 1000;
    result->tv_nsec += ms % 1000 * 1000000;
    if (result->tv_nsec < 0) result->tv_sec--, result->tv_nsec += 1000000000;
    if (result->tv_nsec >= 1000000000) result->tv_sec++, result->tv_nsec -= 1000000000;
    return 0;
}

time_t time(time_t *result) {
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (result != NULL) *result = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict result, void *restrict zone) {
    struct timespec now;
    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    *result = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return 0;
}
