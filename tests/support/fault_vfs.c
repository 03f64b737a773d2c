/* SPDX-License-Identifier: MIT */
#include "tests/support/fault_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/random.h"

typedef struct change {
    struct change *next;
    sqlite3_int64 at;
    size_t count; /* Bytes; of a cut: 0. */
    bool is_cut;  /* The file ends at `at`. */
    unsigned char bytes[];
} change;

/* What a file is after a loss of power: `bytes`, and any of the changes. */
typedef struct disk_file {
    struct disk_file *next;
    char name[512];
    bool is_gone;
    unsigned char *bytes;
    size_t count;
    change *first, **last;
} disk_file;

typedef struct {
    sqlite3_file base;
    disk_file *disk; /* NULL: not followed. */
    sqlite3_file *real;
} fault_file;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static sqlite3_vfs vfs, *real_vfs;
static uint64_t calls, fail_from, fail_to, failed;
static fault_kind fault;
static bool follows, is_read_only;
static disk_file *disk_files;

/* ---- failing ---- */

static bool fails(void) {
    (void)pthread_mutex_lock(&mutex);
    bool is_hit = calls >= fail_from && calls < fail_to;
    calls++;
    failed += is_hit;
    (void)pthread_mutex_unlock(&mutex);
    return is_hit;
}

void fault_vfs_fail(uint64_t after, uint64_t count, fault_kind kind) {
    (void)pthread_mutex_lock(&mutex);
    fail_from = calls + after;
    fail_to = fail_from + count;
    failed = 0;
    fault = kind;
    (void)pthread_mutex_unlock(&mutex);
}

uint64_t fault_vfs_end(void) {
    (void)pthread_mutex_lock(&mutex);
    fail_from = fail_to = 0;
    uint64_t result = failed;
    (void)pthread_mutex_unlock(&mutex);
    return result;
}

uint64_t fault_vfs_calls(void) {
    (void)pthread_mutex_lock(&mutex);
    uint64_t result = calls;
    (void)pthread_mutex_unlock(&mutex);
    return result;
}

void fault_vfs_set_read_only(bool on) {
    is_read_only = on;
}

/* ---- power ---- */

static disk_file *follow(const char *name) {
    disk_file *d = disk_files;
    while (d != NULL && strcmp(d->name, name) != 0) d = d->next;
    if (d != NULL) {
        d->is_gone = false;
        return d;
    }
    d = calloc(1, sizeof(*d));
    if (d == NULL) abort();
    (void)snprintf(d->name, sizeof d->name, "%s", name);
    d->last = &d->first;
    d->next = disk_files;
    return disk_files = d;
}

static void note(disk_file *d, const void *bytes, size_t count, sqlite3_int64 at, bool is_cut) {
    if (d == NULL) return;
    change *c = malloc(sizeof(*c) + count);
    if (c == NULL) abort();
    *c = (change){NULL, at, count, is_cut};
    if (count > 0) memcpy(c->bytes, bytes, count);
    (void)pthread_mutex_lock(&mutex);
    *d->last = c;
    d->last = &c->next;
    (void)pthread_mutex_unlock(&mutex);
}

static void apply(unsigned char **bytes, size_t *count, const change *c) {
    size_t end = (size_t)c->at + c->count;
    if (c->is_cut ? end < *count : end > *count) {
        unsigned char *grown = realloc(*bytes, end + 1);
        if (grown == NULL) abort();
        if (end > *count) memset(grown + *count, 0, end - *count);
        *bytes = grown;
        *count = end;
    }
    if (c->count > 0) memcpy(*bytes + c->at, c->bytes, c->count);
}

static void end_changes(disk_file *d) {
    while (d->first != NULL) {
        change *c = d->first;
        d->first = c->next;
        free(c);
    }
    d->last = &d->first;
}

static void settle(disk_file *d) {
    if (d == NULL) return;
    (void)pthread_mutex_lock(&mutex);
    for (const change *c = d->first; c != NULL; c = c->next) apply(&d->bytes, &d->count, c);
    end_changes(d);
    (void)pthread_mutex_unlock(&mutex);
}

static bool write_copy(const disk_file *d, const char *name, random_source *chance) {
    size_t count = d->count;
    unsigned char *bytes = malloc(count + 1);
    if (bytes == NULL) return false;
    if (count > 0) memcpy(bytes, d->bytes, count);
    /* Up to some moment all, from there on some. */
    uint64_t share = random_below(chance, 5);
    for (const change *c = d->first; c != NULL; c = c->next)
        if (random_below(chance, 4) < share) apply(&bytes, &count, c);
    FILE *f = fopen(name, "wb");
    bool is_written = f != NULL && fwrite(bytes, 1, count, f) == count;
    if (f != NULL && fclose(f) != 0) is_written = false;
    free(bytes);
    return is_written;
}

void fault_vfs_begin_power(void) {
    follows = true;
}

bool fault_vfs_cut_power(const char *path, const char *copy, uint64_t seed) {
    random_source chance = {seed};
    char name[600];
    bool is_done = true;
    size_t length = strlen(path);
    (void)pthread_mutex_lock(&mutex);
    for (const disk_file *d = disk_files; d != NULL; d = d->next) {
        if (d->is_gone || strncmp(d->name, path, length) != 0) continue;
        (void)snprintf(name, sizeof name, "%s%s", copy, d->name + length);
        is_done &= write_copy(d, name, &chance);
    }
    (void)pthread_mutex_unlock(&mutex);
    return is_done;
}

void fault_vfs_end_power(void) {
    follows = false;
    while (disk_files != NULL) {
        disk_file *d = disk_files;
        disk_files = d->next;
        end_changes(d);
        free(d->bytes);
        free(d);
    }
}

/* ---- the methods of a file ---- */

#define REAL(file) (((fault_file *)(file))->real)

static int close_file(sqlite3_file *f) {
    return REAL(f)->pMethods == NULL ? SQLITE_OK : REAL(f)->pMethods->xClose(REAL(f));
}
static int read_file(sqlite3_file *f, void *to, int count, sqlite3_int64 at) {
    return REAL(f)->pMethods->xRead(REAL(f), to, count, at);
}
static int write_file(sqlite3_file *f, const void *bytes, int count, sqlite3_int64 at) {
    disk_file *disk = ((fault_file *)f)->disk;
    if (!fails()) {
        note(disk, bytes, (size_t)count, at, false);
        return REAL(f)->pMethods->xWrite(REAL(f), bytes, count, at);
    }
    if (fault == FAULT_SHORT) (void)REAL(f)->pMethods->xWrite(REAL(f), bytes, count / 2, at);
    if (fault == FAULT_READ_ONLY) return SQLITE_READONLY;
    return fault == FAULT_EIO ? SQLITE_IOERR_WRITE : SQLITE_FULL;
}
static int truncate_file(sqlite3_file *f, sqlite3_int64 bytes) {
    if (fails()) return SQLITE_IOERR_TRUNCATE;
    note(((fault_file *)f)->disk, NULL, 0, bytes, true);
    return REAL(f)->pMethods->xTruncate(REAL(f), bytes);
}
static int sync_file(sqlite3_file *f, int flags) {
    (void)flags;
    if (fails()) return SQLITE_IOERR_FSYNC;
    settle(((fault_file *)f)->disk); /* The disk is made up: it has it now. */
    return SQLITE_OK;
}
static int file_size(sqlite3_file *f, sqlite3_int64 *bytes) {
    return REAL(f)->pMethods->xFileSize(REAL(f), bytes);
}
static int lock_file(sqlite3_file *f, int level) {
    return REAL(f)->pMethods->xLock(REAL(f), level);
}
static int unlock_file(sqlite3_file *f, int level) {
    return REAL(f)->pMethods->xUnlock(REAL(f), level);
}
static int check_lock(sqlite3_file *f, int *result) {
    return REAL(f)->pMethods->xCheckReservedLock(REAL(f), result);
}
static int control(sqlite3_file *f, int what, void *with) {
    return REAL(f)->pMethods->xFileControl(REAL(f), what, with);
}
static int sector_size(sqlite3_file *f) {
    return REAL(f)->pMethods->xSectorSize(REAL(f));
}
static int traits(sqlite3_file *f) {
    (void)f;
    return 0; /* Of the worst disk. */
}
static int map_shared(sqlite3_file *f, int page, int bytes, int extends, void volatile **at) {
    return REAL(f)->pMethods->xShmMap(REAL(f), page, bytes, extends, at);
}
static int lock_shared(sqlite3_file *f, int at, int count, int flags) {
    return REAL(f)->pMethods->xShmLock(REAL(f), at, count, flags);
}
static void barrier(sqlite3_file *f) {
    REAL(f)->pMethods->xShmBarrier(REAL(f));
}
static int unmap_shared(sqlite3_file *f, int deletes) {
    return REAL(f)->pMethods->xShmUnmap(REAL(f), deletes);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_lock,
    .xFileControl = control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = traits,
    .xShmMap = map_shared,
    .xShmLock = lock_shared,
    .xShmBarrier = barrier,
    .xShmUnmap = unmap_shared,
};

static int open_file(sqlite3_vfs *v, const char *name, sqlite3_file *file, int flags, int *got) {
    (void)v;
    fault_file *f = (fault_file *)file;
    *f = (fault_file){.real = (sqlite3_file *)(f + 1)};
    memset(f->real, 0, (size_t)real_vfs->szOsFile);
    if (fails()) return SQLITE_CANTOPEN;
    if (is_read_only)
        flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
    int code = real_vfs->xOpen(real_vfs, name, f->real, flags, got);
    if (code != SQLITE_OK) return code;
    f->base.pMethods = &methods;
    (void)pthread_mutex_lock(&mutex);
    if (follows && name != NULL) f->disk = follow(name);
    (void)pthread_mutex_unlock(&mutex);
    return SQLITE_OK;
}

static int delete_file(sqlite3_vfs *v, const char *name, int syncs) {
    (void)v;
    (void)pthread_mutex_lock(&mutex);
    for (disk_file *d = disk_files; d != NULL; d = d->next) {
        if (strcmp(d->name, name) != 0) continue;
        end_changes(d);
        d->count = 0;
        d->is_gone = true;
    }
    (void)pthread_mutex_unlock(&mutex);
    return real_vfs->xDelete(real_vfs, name, syncs);
}

const char *fault_vfs(void) {
    if (real_vfs != NULL) return vfs.zName;
    real_vfs = sqlite3_vfs_find(NULL);
    if (real_vfs == NULL) return NULL;
    vfs = *real_vfs; /* What is not of files is passed on as it is. */
    vfs.pNext = NULL;
    vfs.zName = "fault";
    vfs.szOsFile = (int)sizeof(fault_file) + real_vfs->szOsFile;
    vfs.xOpen = open_file;
    vfs.xDelete = delete_file;
    return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK ? vfs.zName : NULL;
}
