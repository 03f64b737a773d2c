/* SPDX-License-Identifier: MIT */
#include "server/process/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <time.h>

static bool takes_orders; /* Set once, before other threads are made. */

static sigset_t stop_signals(int more) {
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    if (more != 0) (void)sigaddset(&set, more);
    return set;
}

void signals_block(void) {
    const sigset_t set = stop_signals(SIGUSR2);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* A file that may not grow is an error of write. */
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void signals_take_orders(void) {
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGUSR1);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    takes_orders = true;
}

int signals_wait(int64_t wait_ms) {
    sigset_t set = stop_signals(SIGUSR2);
    if (takes_orders) {
        (void)sigaddset(&set, SIGHUP);
        (void)sigaddset(&set, SIGUSR1);
    }
    const struct timespec wait = {.tv_sec = (time_t)(wait_ms / 1000),
                                  .tv_nsec = (long)(wait_ms % 1000) * 1000000};
    int number = sigtimedwait(&set, NULL, &wait);
    return number > 0 && number != SIGUSR2 ? number : 0;
}

void signals_wake(pthread_t thread) {
    (void)pthread_kill(thread, SIGUSR2);
}

void signals_release(void) {
    const sigset_t set = stop_signals(0);
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
