/* SPDX-License-Identifier: MIT */
/* signals -- SIGINT, SIGTERM and orders as something to wait for, not to be interrupted by. */
#ifndef DUNLIN_SERVER_PROCESS_SIGNALS_H
#define DUNLIN_SERVER_PROCESS_SIGNALS_H

#include <pthread.h>
#include <stdint.h>

/* Before any thread is made: no thread is interrupted from now on, and writing to a
 * closed pipe is an error like any other. */
void signals_block(void);
/* Before any other thread is made: signals_wait gives SIGHUP and SIGUSR1 too, from now on. */
void signals_take_orders(void);
/* The signal once one has come, 0 after so many ms or a signals_wake. */
int signals_wait(int64_t wait_ms);
/* Ends the signals_wait that the thread is in, or its next. */
void signals_wake(pthread_t thread);
/* From now on SIGINT and SIGTERM kill as usual: the second Ctrl-C forces. */
void signals_release(void);

#endif
