/* SPDX-License-Identifier: MIT */
#include "pipeline/store/journal.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SCHEMA_VERSION = 3,
    APPLICATION_ID = 0x64756E6C, /* "dunl" */
    WAIT_MS_MAX = 1000,          /* For another program's lock. */
    WORDS_BYTES = 120,
};

#define SQL_MAP(X)                                                                                 \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(BEGIN_READING, "BEGIN")                                                                      \
    X(COMMIT, "COMMIT")                                                                            \
    X(PUT, "INSERT OR REPLACE INTO journal (epoch, latest_ms, records, filters, bodies) "          \
           "VALUES (?1, ?2, ?3, ?4, ?5)")                                                          \
    X(NUMBER, "SELECT epoch FROM journal WHERE epoch > ?1 ORDER BY epoch LIMIT 1")                 \
    X(NEXT, "SELECT epoch, latest_ms, records, filters FROM journal WHERE epoch > ?1 "             \
            "ORDER BY epoch LIMIT 1")                                                              \
    X(NEXT_WHOLE, "SELECT epoch, latest_ms, records, filters, bodies FROM journal "                \
                  "WHERE epoch > ?1 ORDER BY epoch LIMIT 1")                                       \
    X(OLD, "SELECT count(*), sum(records) FROM (SELECT records FROM journal "                      \
           "WHERE latest_ms <= ?1 ORDER BY latest_ms, epoch LIMIT ?2)")                            \
    X(DROP, "DELETE FROM journal WHERE epoch IN (SELECT epoch FROM journal "                       \
            "WHERE latest_ms <= ?1 ORDER BY latest_ms, epoch LIMIT ?2)")                           \
    X(EARLIEST, "SELECT min(latest_ms) FROM journal WHERE latest_ms < 9223372036854775807")        \
    X(TOTALS, "SELECT coalesce(max(epoch), 0), count(*), coalesce(sum(records), 0) FROM journal")  \
    X(GET_NUMBER, "SELECT value FROM numbers WHERE name = ?1")                                     \
    X(PUT_NUMBER, "INSERT OR REPLACE INTO numbers (name, value) VALUES (?1, ?2)")                  \
    X(PUT_NOTE, "INSERT INTO notes (number, at_ms, until_ms, made_ms, words) "                     \
                "VALUES (?1, ?2, ?3, ?4, ?5)")                                                     \
    X(DROP_NOTE, "DELETE FROM notes WHERE number = ?1")                                            \
    X(NEXT_NOTE, "SELECT number, at_ms, until_ms, made_ms, words FROM notes WHERE number > ?1 "    \
                 "ORDER BY number LIMIT 1")

#define X(name, sql) SQL_##name,
typedef enum { SQL_MAP(X) SQLS } sql;
#undef X
#define X(name, sql) sql,
static const char *const sqls[SQLS] = {SQL_MAP(X)};
#undef X

struct journal {
    sqlite3 *db;
    sqlite3_stmt *statements[SQLS];
    buffer filters, bodies;        /* Of the row read last. */
    int64_t page_bytes, wal_pages; /* After its last commit. */
    char words[WORDS_BYTES];
};

const char *journal_library(void) {
    return sqlite3_libversion();
}

const char *journal_words(const journal *j) {
    return j->words;
}

/* What SQLite says, as a status, with words. */
static status told(journal *j, int code) {
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return STATUS_OK;
    const char *words = sqlite3_errstr(code);
    int of_system = j->db == NULL ? 0 : sqlite3_system_errno(j->db);
    switch (code & 0xFF) {
    case SQLITE_FULL: words = "the disk is full"; break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: words = "another program holds a lock on it"; break;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        if (of_system != 0) words = strerror(of_system);
        break;
    default: break;
    }
    (void)snprintf(j->words, sizeof j->words, "%s", words);
    switch (code & 0xFF) {
    case SQLITE_NOMEM: return STATUS_NO_MEMORY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return STATUS_BAD_DATA;
    default: return STATUS_CANNOT_WRITE;
    }
}

static status run(journal *j, const char *words) {
    return told(j, sqlite3_exec(j->db, words, NULL, NULL, NULL));
}

/* ---- statements ---- */

static status statement(journal *j, sql which, sqlite3_stmt **result) {
    sqlite3_stmt **kept = &j->statements[which];
    status s = STATUS_OK;
    if (*kept == NULL)
        s = told(j,
                 sqlite3_prepare_v3(j->db, sqls[which], -1, SQLITE_PREPARE_PERSISTENT, kept, NULL));
    *result = *kept;
    return s;
}

/* Runs what gives no row. */
static status finish(journal *j, sqlite3_stmt *st) {
    status s = told(j, sqlite3_step(st));
    (void)sqlite3_reset(st);
    (void)sqlite3_clear_bindings(st);
    return s;
}

/* The first row, if OK: then reset is the caller's.  END: there is none. */
static status first(journal *j, sqlite3_stmt *st) {
    int code = sqlite3_step(st);
    if (code == SQLITE_ROW) return STATUS_OK;
    status s = code == SQLITE_DONE ? STATUS_END : told(j, code);
    (void)sqlite3_reset(st);
    return s;
}

/* The one integer that `words` gives. */
static status ask(journal *j, const char *words, int64_t *value) {
    sqlite3_stmt *st = NULL;
    status s = told(j, sqlite3_prepare_v2(j->db, words, -1, &st, NULL));
    if (s == STATUS_OK) s = first(j, st);
    if (s == STATUS_OK) *value = sqlite3_column_int64(st, 0);
    (void)sqlite3_finalize(st);
    return s;
}

/* ---- opening ---- */

static status learn_page(journal *j) {
    return j->page_bytes > 0 ? STATUS_OK : ask(j, "PRAGMA page_size", &j->page_bytes);
}

static int note_wal(void *context, sqlite3 *db, const char *name, int pages) {
    journal *j = context;
    (void)db, (void)name;
    (void)learn_page(j);
    j->wal_pages = pages;
    return SQLITE_OK;
}

static status set_up(journal *j) {
    static const char pragmas[] = "PRAGMA trusted_schema = OFF;"
                                  "PRAGMA cell_size_check = ON;"
                                  "PRAGMA mmap_size = 0;"
                                  "PRAGMA temp_store = MEMORY;"
                                  "PRAGMA synchronous = NORMAL;"
                                  "PRAGMA secure_delete = ON;"
                                  "PRAGMA journal_size_limit = 0;"
                                  "PRAGMA wal_autocheckpoint = 0;";
    (void)sqlite3_extended_result_codes(j->db, 1);
    (void)sqlite3_busy_timeout(j->db, WAIT_MS_MAX);
    (void)sqlite3_db_config(j->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(j->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)sqlite3_db_config(j->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    status s = run(j, pragmas);
    (void)sqlite3_wal_hook(j->db, note_wal, j); /* In the place of automatic checkpoints. */
    return s;
}

status journal_open(const char *path, const char *vfs, journal **result) {
    journal *j = *result = calloc(1, sizeof(*j));
    if (j == NULL) return STATUS_NO_MEMORY;
    status s =
        told(j, sqlite3_open_v2(
                    path, &j->db,
                    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, vfs));
    if (s == STATUS_OK && sqlite3_db_readonly(j->db, "main") == 1) {
        (void)snprintf(j->words, sizeof j->words, "it may only be read");
        s = STATUS_CANNOT_WRITE;
    }
    return s == STATUS_OK ? set_up(j) : s;
}

void journal_close(journal *j) {
    if (j == NULL) return;
    for (int i = 0; i < SQLS; i++) (void)sqlite3_finalize(j->statements[i]);
    (void)sqlite3_close(j->db);
    buffer_deinit(&j->filters);
    buffer_deinit(&j->bodies);
    free(j);
}

/* ---- the schema ---- */

/* Each brings a file of the version before to its own. */
static const char *const migrations[SCHEMA_VERSION] = {
    "CREATE TABLE journal (epoch INTEGER PRIMARY KEY, latest_ms INTEGER NOT NULL,"
    " records INTEGER NOT NULL, bodies BLOB NOT NULL);"
    "CREATE TABLE numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;",
    /* Rows of before have no filter, which means: it is not known. */
    "CREATE TABLE journal_2 (epoch INTEGER PRIMARY KEY, latest_ms INTEGER NOT NULL,"
    " records INTEGER NOT NULL, filters BLOB, bodies BLOB NOT NULL);"
    "INSERT INTO journal_2 SELECT epoch, latest_ms, records, NULL, bodies FROM journal;"
    "DROP TABLE journal; ALTER TABLE journal_2 RENAME TO journal;"
    "CREATE INDEX journal_by_time ON journal (latest_ms, records);",
    "CREATE TABLE notes (number INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL,"
    " until_ms INTEGER NOT NULL, made_ms INTEGER NOT NULL, words BLOB NOT NULL);",
};

static status step_forward(journal *j, int64_t to) {
    char words[64];
    (void)snprintf(words, sizeof words, "PRAGMA user_version = %d", (int)to);
    status s = journal_begin(j);
    if (s == STATUS_OK) s = run(j, migrations[to - 1]);
    if (s == STATUS_OK) s = run(j, words);
    if (s == STATUS_OK) s = journal_commit(j);
    if (s != STATUS_OK) journal_rollback(j);
    return s;
}

static status begin_file(journal *j) {
    char words[96];
    (void)snprintf(words, sizeof words,
                   "PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL;"
                   "PRAGMA application_id = %d;",
                   APPLICATION_ID);
    return run(j, words);
}

static status check_pages(journal *j) {
    sqlite3_stmt *st = NULL;
    status s = told(j, sqlite3_prepare_v2(j->db, "PRAGMA quick_check(1)", -1, &st, NULL));
    if (s == STATUS_OK) s = first(j, st);
    const char *found = s == STATUS_OK ? (const char *)sqlite3_column_text(st, 0) : NULL;
    if (s == STATUS_OK && found == NULL) s = STATUS_NO_MEMORY;
    if (s == STATUS_OK && strcmp(found, "ok") != 0) {
        (void)snprintf(j->words, sizeof j->words, "%s", found);
        s = STATUS_BAD_DATA;
    }
    (void)sqlite3_finalize(st);
    return s == STATUS_END ? STATUS_BAD_DATA : s;
}

/* An empty database is not ours yet. */
static status check_owner(journal *j, int64_t *version) {
    int64_t owner = 0, tables = 0;
    status s = ask(j, "PRAGMA application_id", &owner);
    if (s == STATUS_OK) s = ask(j, "PRAGMA user_version", version);
    if (s == STATUS_OK) s = ask(j, "SELECT count(*) FROM sqlite_schema", &tables);
    if (s != STATUS_OK) return s;
    bool is_empty = tables == 0 && *version == 0;
    if (owner != APPLICATION_ID && !(is_empty && owner == 0)) {
        (void)snprintf(j->words, sizeof j->words, "another program's database");
        return STATUS_BAD_FORMAT;
    }
    if (*version < 0 || *version > SCHEMA_VERSION) {
        (void)snprintf(j->words, sizeof j->words,
                       "a newer dunlin's: its schema is %lld, this one knows %d",
                       (long long)*version, SCHEMA_VERSION);
        return STATUS_BAD_FORMAT;
    }
    return owner == 0 ? begin_file(j) : STATUS_OK;
}

status journal_prepare(journal *j) {
    int64_t version = 0;
    status s = check_owner(j, &version);
    if (s == STATUS_OK) s = run(j, "PRAGMA journal_mode = WAL");
    if (s == STATUS_OK && version > 0) s = check_pages(j);
    while (s == STATUS_OK && version < SCHEMA_VERSION) s = step_forward(j, ++version);
    return s;
}

/* ---- rows ---- */

static status run_kept(journal *j, sql which) {
    sqlite3_stmt *st;
    status s = statement(j, which, &st);
    return s == STATUS_OK ? finish(j, st) : s;
}

status journal_begin(journal *j) {
    return run_kept(j, SQL_BEGIN);
}

status journal_commit(journal *j) {
    return run_kept(j, SQL_COMMIT);
}

status journal_begin_reading(journal *j) {
    return run_kept(j, SQL_BEGIN_READING);
}

void journal_end_reading(journal *j) {
    (void)run_kept(j, SQL_COMMIT);
}

void journal_rollback(journal *j) {
    if (j->db != NULL && sqlite3_get_autocommit(j->db) == 0)
        (void)sqlite3_exec(j->db, "ROLLBACK", NULL, NULL, NULL);
}

status journal_put(journal *j, const journal_row *row) {
    sqlite3_stmt *st;
    status s = statement(j, SQL_PUT, &st);
    if (s != STATUS_OK) return s;
    (void)sqlite3_bind_int64(st, 1, row->number);
    (void)sqlite3_bind_int64(st, 2, row->latest_ms);
    (void)sqlite3_bind_int64(st, 3, (int64_t)row->records);
    int filters = row->filters.count == 0 ? SQLITE_OK
                                          : sqlite3_bind_blob64(st, 4, row->filters.bytes,
                                                                row->filters.count, SQLITE_STATIC);
    int bodies = sqlite3_bind_blob64(st, 5, row->bodies.count == 0 ? "" : row->bodies.bytes,
                                     row->bodies.count, SQLITE_STATIC);
    s = told(j, filters != SQLITE_OK ? filters : bodies);
    status ended = finish(j, st); /* Unbinds them in any case. */
    return s == STATUS_OK ? ended : s;
}

static status keep_blob(sqlite3_stmt *st, int column, buffer *to, text *t) {
    const void *bytes = sqlite3_column_blob(st, column);
    int count = sqlite3_column_bytes(st, column);
    buffer_clear(to);
    if (bytes == NULL && sqlite3_errcode(sqlite3_db_handle(st)) == SQLITE_NOMEM)
        return STATUS_NO_MEMORY;
    if (bytes != NULL) buffer_add(to, (text){bytes, (size_t)count});
    *t = buffer_text(to);
    return to->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* Where a row cannot be read, its number may. */
static status find_number(journal *j, int64_t after, int64_t *number) {
    sqlite3_stmt *st;
    status s = statement(j, SQL_NUMBER, &st);
    if (s != STATUS_OK) return s;
    (void)sqlite3_bind_int64(st, 1, after);
    s = first(j, st);
    if (s == STATUS_OK) *number = sqlite3_column_int64(st, 0);
    (void)sqlite3_reset(st);
    return s;
}

status journal_next(journal *j, int64_t after, bool with_bodies, journal_row *row) {
    sqlite3_stmt *st;
    *row = (journal_row){.number = after};
    status s = statement(j, with_bodies ? SQL_NEXT_WHOLE : SQL_NEXT, &st);
    if (s != STATUS_OK) return s;
    (void)sqlite3_bind_int64(st, 1, after);
    s = first(j, st);
    if (s == STATUS_OK) {
        row->number = sqlite3_column_int64(st, 0);
        row->latest_ms = sqlite3_column_int64(st, 1);
        row->records = (uint64_t)sqlite3_column_int64(st, 2);
        s = keep_blob(st, 3, &j->filters, &row->filters);
        if (s == STATUS_OK && with_bodies) s = keep_blob(st, 4, &j->bodies, &row->bodies);
        /* A page behind the row's own may be what cannot be read. */
        int code = sqlite3_reset(st);
        if (s == STATUS_OK) s = told(j, code);
    }
    if (s == STATUS_BAD_DATA) (void)find_number(j, after, &row->number);
    return s;
}

status journal_drop(journal *j, int64_t floor_ms, size_t rows_max, uint64_t *dropped,
                    uint64_t *records) {
    static const sql steps[] = {SQL_OLD, SQL_DROP};
    sqlite3_stmt *st;
    status s = STATUS_OK;
    assert(floor_ms < INT64_MAX);
    for (size_t i = 0; s == STATUS_OK && i < 2; i++) {
        s = statement(j, steps[i], &st);
        if (s != STATUS_OK) break;
        (void)sqlite3_bind_int64(st, 1, floor_ms);
        (void)sqlite3_bind_int64(st, 2, (int64_t)rows_max);
        if (steps[i] == SQL_OLD && (s = first(j, st)) == STATUS_OK) {
            *dropped = (uint64_t)sqlite3_column_int64(st, 0);
            *records = (uint64_t)sqlite3_column_int64(st, 1);
            (void)sqlite3_reset(st);
            if (*dropped == 0) break;
        } else if (s == STATUS_OK) {
            s = finish(j, st);
        }
    }
    return s;
}

status journal_earliest(journal *j, int64_t *latest_ms) {
    sqlite3_stmt *st;
    status s = statement(j, SQL_EARLIEST, &st);
    if (s == STATUS_OK) s = first(j, st);
    if (s != STATUS_OK) return s;
    if (sqlite3_column_type(st, 0) == SQLITE_NULL) s = STATUS_END;
    *latest_ms = sqlite3_column_int64(st, 0);
    (void)sqlite3_reset(st);
    return s;
}

status journal_count(journal *j, int64_t *last_number, uint64_t *rows, uint64_t *records) {
    sqlite3_stmt *st;
    status s = statement(j, SQL_TOTALS, &st);
    if (s == STATUS_OK) s = first(j, st);
    if (s != STATUS_OK) return s;
    *last_number = sqlite3_column_int64(st, 0);
    *rows = (uint64_t)sqlite3_column_int64(st, 1);
    *records = (uint64_t)sqlite3_column_int64(st, 2);
    (void)sqlite3_reset(st);
    return STATUS_OK;
}

status journal_get_number(journal *j, const char *name, int64_t *value) {
    sqlite3_stmt *st;
    status s = statement(j, SQL_GET_NUMBER, &st);
    if (s != STATUS_OK) return s;
    (void)sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
    s = first(j, st);
    if (s == STATUS_OK) *value = sqlite3_column_int64(st, 0);
    (void)sqlite3_reset(st);
    return s == STATUS_END ? STATUS_NOT_FOUND : s;
}

status journal_put_number(journal *j, const char *name, int64_t value) {
    sqlite3_stmt *st;
    status s = statement(j, SQL_PUT_NUMBER, &st);
    if (s != STATUS_OK) return s;
    (void)sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int64(st, 2, value);
    return finish(j, st);
}

/* ---- notes ---- */

status journal_put_note(journal *j, const journal_note *n) {
    sqlite3_stmt *st;
    status s = statement(j, SQL_PUT_NOTE, &st);
    if (s != STATUS_OK) return s;
    const int64_t numbers[] = {n->number, n->at_ms, n->until_ms, n->made_ms};
    for (int i = 0; i < 4; i++) (void)sqlite3_bind_int64(st, i + 1, numbers[i]);
    s = told(j, sqlite3_bind_blob64(st, 5, n->words.count == 0 ? "" : n->words.bytes,
                                    n->words.count, SQLITE_STATIC));
    status ended = finish(j, st); /* Unbinds them in any case. */
    return s == STATUS_OK ? ended : s;
}

status journal_drop_note(journal *j, int64_t number) {
    sqlite3_stmt *st;
    status s = statement(j, SQL_DROP_NOTE, &st);
    if (s != STATUS_OK) return s;
    (void)sqlite3_bind_int64(st, 1, number);
    return finish(j, st);
}

status journal_next_note(journal *j, int64_t after, journal_note *n) {
    sqlite3_stmt *st;
    status s = statement(j, SQL_NEXT_NOTE, &st);
    if (s != STATUS_OK) return s;
    (void)sqlite3_bind_int64(st, 1, after);
    s = first(j, st);
    if (s != STATUS_OK) return s;
    *n = (journal_note){.number = sqlite3_column_int64(st, 0),
                        .at_ms = sqlite3_column_int64(st, 1),
                        .until_ms = sqlite3_column_int64(st, 2),
                        .made_ms = sqlite3_column_int64(st, 3)};
    s = keep_blob(st, 4, &j->bodies, &n->words);
    int code = sqlite3_reset(st);
    return s == STATUS_OK ? told(j, code) : s;
}

/* ---- the file ---- */

status journal_get_sizes(journal *j, journal_sizes *sizes) {
    int64_t pages = 0, free_pages = 0;
    status s = ask(j, "PRAGMA page_count", &pages);
    if (s == STATUS_OK) s = ask(j, "PRAGMA freelist_count", &free_pages);
    if (s == STATUS_OK) s = learn_page(j);
    if (s == STATUS_OK)
        *sizes = (journal_sizes){(uint64_t)pages * (uint64_t)j->page_bytes,
                                 (uint64_t)free_pages * (uint64_t)j->page_bytes};
    return s;
}

status journal_shrink(journal *j, uint64_t bytes) {
    char words[64];
    status s = learn_page(j);
    if (s != STATUS_OK) return s;
    (void)snprintf(words, sizeof words, "PRAGMA incremental_vacuum(%lld)",
                   (long long)(bytes / (uint64_t)j->page_bytes + 1));
    return run(j, words);
}

static uint64_t wal_bytes_of(const journal *j, int64_t pages) {
    enum { HEADER_BYTES = 24 };
    return (uint64_t)pages * ((uint64_t)j->page_bytes + HEADER_BYTES);
}

uint64_t journal_wal_bytes(const journal *j) {
    return wal_bytes_of(j, j->wal_pages);
}

status journal_checkpoint(journal *j, uint64_t *left_bytes) {
    int in_wal = 0, done = 0;
    status s = told(
        j, sqlite3_wal_checkpoint_v2(j->db, "main", SQLITE_CHECKPOINT_PASSIVE, &in_wal, &done));
    *left_bytes = 0;
    if (s == STATUS_OK) s = learn_page(j);
    if (s == STATUS_OK && in_wal > done) *left_bytes = wal_bytes_of(j, in_wal);
    return s;
}

status journal_empty_wal(journal *j) {
    status s =
        told(j, sqlite3_wal_checkpoint_v2(j->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL));
    if (s == STATUS_OK) j->wal_pages = 0;
    return s;
}
