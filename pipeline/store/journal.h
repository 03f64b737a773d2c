/* SPDX-License-Identifier: MIT */
/* journal -- the file of rows, by number: the door to SQLite.
 *
 * One connection, used by one thread at a time; two of one file write in turns, which
 * their owner sees to.  Every function may fail as the disk does (CANNOT_WRITE), as the
 * file is (BAD_DATA) and for memory; journal_words then says why, for people. */
#ifndef DUNLIN_PIPELINE_STORE_JOURNAL_H
#define DUNLIN_PIPELINE_STORE_JOURNAL_H

#include "pipeline/base/buffer.h"
#include "pipeline/base/status.h"

typedef struct journal journal;

/* Opens a file that is there; an empty one will do.  NULL in *result: no memory, else it
 * is to be closed even when it could not be opened. */
status journal_open(const char *path, const char *vfs, journal **result);
void journal_close(journal *j); /* NULL is allowed. */
const char *journal_words(const journal *j);

/* Once a start, by the first connection: that it is ours, sound, and of this schema;
 * an older one is brought forward, an empty one is made ours. */
status journal_prepare(journal *j);

typedef struct {
    int64_t number, latest_ms;
    uint64_t records;
    text filters; /* Empty: not known. */
    text bodies;
} journal_row;

/* What is written stands between begin and commit; a commit that fails was none, and
 * whatever failed before it is ended by rollback. */
status journal_begin(journal *j);
status journal_commit(journal *j);
void journal_rollback(journal *j);

status journal_put(journal *j, const journal_row *row); /* In the place of one of its number. */
/* Between them rows are read faster, as they were at the beginning. */
status journal_begin_reading(journal *j);
void journal_end_reading(journal *j);
/* The first row after a number; its texts are valid until the next call.  Bodies are read
 * only when asked for.  END: there is none.  BAD_DATA: row->number is right, if above. */
status journal_next(journal *j, int64_t after, bool with_bodies, journal_row *row);
/* Deletes the first rows in which nothing is later; how many. */
status journal_drop(journal *j, int64_t floor_ms, size_t rows_max, uint64_t *dropped,
                    uint64_t *records);
/* The least latest_ms of any row.  END: there is none but for ever. */
status journal_earliest(journal *j, int64_t *latest_ms);
status journal_count(journal *j, int64_t *last_number, uint64_t *rows, uint64_t *records);

/* A number that is kept by name; NOT_FOUND. */
status journal_get_number(journal *j, const char *name, int64_t *value);
status journal_put_number(journal *j, const char *name, int64_t value);

/* What people noted of a time; see notes. */
typedef struct {
    int64_t number; /* Above 0. */
    int64_t at_ms, until_ms, made_ms;
    text words;
} journal_note;
status journal_put_note(journal *j, const journal_note *n); /* Of a number that is free. */
status journal_drop_note(journal *j, int64_t number);
/* The first after a number; its words are valid until the next call.  END: there is none. */
status journal_next_note(journal *j, int64_t after, journal_note *n);

typedef struct {
    uint64_t file_bytes, free_bytes; /* Free: within the file. */
} journal_sizes;                     /* As if all in the WAL stood in the file. */
status journal_get_sizes(journal *j, journal_sizes *sizes);
/* Gives free pages at its end back to the disk, at most `bytes`; a checkpoint cuts them. */
status journal_shrink(journal *j, uint64_t bytes);
/* Of the WAL, what is written on from; beyond it the file may hold what has had its time. */
uint64_t journal_wal_bytes(const journal *j); /* After this connection's last commit. */
/* What stands in the WAL goes to the file; *left_bytes: of it what could not go yet.  When
 * nothing is left, it is written again from its beginning.  Others may write meanwhile. */
status journal_checkpoint(journal *j, uint64_t *left_bytes);
/* The same, and the WAL has no byte then, while nobody may be writing.  CANNOT_WRITE also
 * where a reader is in the way. */
status journal_empty_wal(journal *j);

const char *journal_library(void);

#endif
