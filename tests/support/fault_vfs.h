/* SPDX-License-Identifier: MIT */
/* fault_vfs -- a disk for SQLite that fails when a test says so, and loses its power.
 *
 * It passes everything on to SQLite's own way to files.  One for all; any thread. */
#ifndef DUNLIN_TESTS_SUPPORT_FAULT_VFS_H
#define DUNLIN_TESTS_SUPPORT_FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum {
    FAULT_FULL,  /* ENOSPC: nothing is written. */
    FAULT_EIO,   /* Nothing is written either. */
    FAULT_SHORT, /* Half of it is written. */
    FAULT_READ_ONLY,
    FAULT_KINDS
} fault_kind;

/* Its name for store_options.vfs; NULL: SQLite did not take it. */
const char *fault_vfs(void);

/* After `after` more calls that change the disk (write, sync, truncate, open), the next
 * `count` ones fail. */
void fault_vfs_fail(uint64_t after, uint64_t count, fault_kind kind);
/* No more failures; how many there were since. */
uint64_t fault_vfs_end(void);
uint64_t fault_vfs_calls(void); /* That change the disk, ever. */

/* From here on files can only be opened to be read, or no longer. */
void fault_vfs_set_read_only(bool on);

/* From here on what was not synced is remembered apart. */
void fault_vfs_begin_power(void);
/* The power fails: of every file below `path` (itself, -wal) a copy with `suffix` is made
 * that holds what was synced, and of what was not some, as `seed` has it.  False: it could
 * not be. */
bool fault_vfs_cut_power(const char *path, const char *copy, uint64_t seed);
void fault_vfs_end_power(void);

#endif
