/* SPDX-License-Identifier: MIT */
/* store -- the journal in SQLite: every record that was accepted, an epoch a transaction.
 *
 * What is shown was committed here first, so a restart reads back the very records that
 * the answers were made of, in their order, and comes to the same answers.  A record that
 * a delete names, and what is older than the floor, is taken out of the rows again, and
 * overwritten (secure_delete).  Beside the journal the file holds texts that memory need
 * not hold; these are made anew at each start. */
#ifndef DUNLIN_PIPELINE_STORE_STORE_H
#define DUNLIN_PIPELINE_STORE_STORE_H

#include "pipeline/base/buffer.h"
#include "pipeline/base/status.h"
#include "pipeline/base/times.h"
#include "pipeline/decode/record.h"

typedef struct store store;

typedef struct {
    const char *path;    /* Made if missing, for its owner alone (0600). */
    const char *vfs;     /* NULL: SQLite's own; for tests. */
    uint64_t bytes_max;  /* Of the file; beyond it the floor rises; 0: any size. */
    clock_source *clock; /* NULL: the real one. */
    int64_t scores_id;   /* Which model's scores the records bring; rows of another model are
                          * read back without theirs. */
} store_options;

/* Checks the file (quick_check), brings an older schema forward.  Not OK: `why` has words
 * for people: it is no database, damaged, of a newer dunlin, in use by another one (with
 * its process number), or cannot be written. */
status store_open(const store_options *o, store **result, buffer *why);
/* Commits nothing more; ends the store's thread, empties the WAL.  NULL is allowed. */
void store_close(store *s);

/* What became of items: they are counted, not kept. */
typedef struct {
    uint8_t outcome;    /* An item_outcome. */
    const char *reason; /* NULL for accepted.  Of a batch that was read back: until the next. */
    uint64_t count;
} store_tally;

/* Appends a batch as the journal holds it (records and tallies, compressed) to `frame`.
 * Any thread.  Texts are written once a frame. */
status store_pack(const record_batch *b, buffer *frame);

/* One epoch, one transaction: these frames, in this order; what is over 16 MiB goes in
 * several.  Engine thread.
 * CANNOT_WRITE: nothing of it was stored, and it may be tried again (a full disk); the
 * caller keeps the frames. */
status store_append(store *s, const text *frames, size_t count);

/* Reads the journal from its beginning, before the first append, batch by batch in the
 * order of the appends; the batch is the store's, has no items, and is valid during the
 * call.  A row that is damaged is passed over, counted and kept as it is.  Any status of
 * `take` but OK ends the reading with it. */
typedef status store_take(void *context, const record_batch *b, const store_tally *tallies,
                          size_t tally_count);
status store_read(store *s, store_take *take, void *context);

/* What the rows hold of these tweets is taken out within a second, by the store's own
 * thread; what is appended later stays, unless the last append failed: then frames from
 * before may still wait, and lose it when they come.  Engine thread. */
status store_forget(store *s, const uint64_t *tweet_ids, size_t count);
/* The same for everything of these users: profiles, and tweets that they wrote. */
status store_forget_users(store *s, const uint64_t *user_ids, size_t count);

/* Rows in which nothing is later than the floor go soon; it never falls, and survives a
 * restart.  store_floor_ms may be higher than what was set: see bytes_max.  Engine thread
 * sets, any asks.  INT64_MIN: there is none. */
status store_set_floor(store *s, int64_t floor_ms);
int64_t store_floor_ms(store *s);

/* What people noted of a time stands beside the journal until it is dropped.  It is stored, or
 * gone from the file, when the call returns.  CANNOT_WRITE: nothing was done.  Any thread. */
typedef struct {
    int64_t number; /* Above 0. */
    int64_t at_ms, until_ms, made_ms;
    text words;
} store_note;
status store_put_note(store *s, const store_note *n); /* Of a number that is free. */
status store_drop_note(store *s, int64_t number);
/* All, by number; what `take` is given is valid during the call. */
typedef status store_take_note(void *context, const store_note *n);
status store_read_notes(store *s, store_take_note *take, void *context);

/* Texts that memory does not hold: blocks of at most 256 KiB by number, made anew at each
 * start.  Any thread.  get: NOT_FOUND, or its size in *count, at most `capacity`. */
status store_put_block(store *s, uint32_t number, text bytes);
status store_get_block(store *s, uint32_t number, char *bytes, size_t capacity, size_t *count);
status store_drop_block(store *s, uint32_t number);

typedef struct {
    bool is_open;     /* False: memory only. */
    bool is_writing;  /* The last append was stored. */
    char detail[160]; /* Why not, for people. */
    int64_t since_ms; /* Wall time since when it is not. */
    uint64_t file_bytes, wal_bytes, records, forgotten, rows_damaged;
    uint64_t epochs;        /* Rows: of a large epoch several. */
    uint64_t waiting;       /* Deletes that the file does not follow yet. */
    uint64_t backlog_bytes; /* Shown but not stored: the pipeline's. */
    int64_t floor_ms;
    double read_share; /* Of the journal, while it is read back. */
} store_state;
void store_get_state(store *s, store_state *result); /* Any thread; NULL: not open. */

const char *store_library(void); /* SQLite's version. */

#endif
