/* SPDX-License-Identifier: MIT */
#include "pipeline/store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeline/store/lock_file.h"
#include "pipeline/store/store_internal.h"

enum {
    TALLIES_MAX = 128, /* More than there are reasons. */
    ROW_BYTES_MAX =
        32 * 1024, /* A row ends with the frame that passes it: rows made anew are small. */
    COMMIT_BYTES_MAX = 16 * 1024 * 1024, /* An append ends a transaction likewise. */
    WAL_SPARE_BYTES = 8 * 1024 * 1024,   /* For a frame, pages of the tree, the keeper's. */
    PACKED_AT_ONCE_MAX = 4096,           /* Frames packed and not appended, in order. */
};

/* Frames carry it, so that one packed before a delete is known when it comes after. */
static _Atomic uint64_t frames_packed;

const char *store_library(void) {
    return journal_library();
}

/* ---- opening ---- */

static status explain(buffer *why, status s, const char *words) {
    buffer_add(why, text_of(words));
    return s;
}

/* Only what is missing is made: to close a file that SQLite has open would lift its locks. */
static status ensure_file(const char *path, buffer *why) {
    struct stat found;
    if (stat(path, &found) == 0)
        return S_ISREG(found.st_mode) ? STATUS_OK : explain(why, STATUS_BAD_FORMAT, "is no file");
    int fd = errno != ENOENT ? -1 : open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST) return explain(why, STATUS_CANNOT_OPEN, strerror(errno));
    if (fd >= 0) (void)close(fd);
    return STATUS_OK;
}

static status lock_path(store *s, buffer *why) {
    long holder;
    status st = lock_file_take(s->path, &s->lock_fd, &holder);
    if (st == STATUS_NOT_POSSIBLE)
        buffer_add_format(why, "is in use by process %ld", holder);
    else if (st != STATUS_OK)
        buffer_add_format(why, "its lock file cannot be opened: %s", strerror(errno));
    return st;
}

static status explain_journal(buffer *why, status st, const journal *j) {
    if (j == NULL) return explain(why, st, status_text(st));
    if (st == STATUS_BAD_DATA) {
        buffer_add_format(why,
                          "is damaged, or no database (%s): move it away, or mend a copy "
                          "with sqlite3's .recover",
                          journal_words(j));
    } else if (st == STATUS_BAD_FORMAT) {
        buffer_add_format(why, "is %s", journal_words(j));
    } else {
        buffer_add_format(why, "cannot be used: %s", journal_words(j));
    }
    return st;
}

/* Where each row's scores are from is not kept: when the model changes, all rows that are
 * there count as of another.  Killed between the two, it is done again. */
static status note_scores(store *s, int64_t scores_id) {
    int64_t was;
    status st = journal_get_number(s->keeper, "scores_from", &s->scores_from);
    if (st == STATUS_OK || st == STATUS_NOT_FOUND)
        st = journal_get_number(s->keeper, "scores_id", &was);
    if (st == STATUS_OK && was == scores_id) return STATUS_OK;
    if (st != STATUS_OK && st != STATUS_NOT_FOUND) return st;
    s->scores_from = s->last_number + 1;
    st = journal_put_number(s->keeper, "scores_from", s->scores_from);
    return st == STATUS_OK ? journal_put_number(s->keeper, "scores_id", scores_id) : st;
}

static status open_connections(store *s, buffer *why) {
    int64_t floor_ms = INT64_MIN;
    status st = journal_open(s->path, s->vfs, &s->keeper);
    if (st == STATUS_OK) st = journal_prepare(s->keeper);
    if (st == STATUS_OK)
        st = journal_count(s->keeper, &s->last_number, &s->state.epochs, &s->state.records);
    if (st == STATUS_OK) st = journal_get_number(s->keeper, "floor_ms", &floor_ms);
    if (st == STATUS_NOT_FOUND) st = STATUS_OK;
    if (st == STATUS_OK) st = note_scores(s, s->scores_id);
    if (st != STATUS_OK) return explain_journal(why, st, s->keeper);
    s->state.floor_ms = s->floor_kept_ms = floor_ms;
    st = journal_open(s->path, s->vfs, &s->writer);
    return st == STATUS_OK ? st : explain_journal(why, st, s->writer);
}

static status open_blocks(store *s, buffer *why) {
    status st = text_blocks_open(s->path, &s->blocks);
    if (st == STATUS_CANNOT_OPEN)
        buffer_add_format(why, "no file for texts can be made beside it: %s", strerror(errno));
    return st;
}

static char *copy_of(const char *words) {
    size_t bytes = strlen(words) + 1;
    char *copy = malloc(bytes);
    return copy == NULL ? NULL : memcpy(copy, words, bytes);
}

/* SQLite gives some names a meaning of their own; a path has none. */
static char *path_of(const char *path) {
    char *copy = malloc(strlen(path) + 3);
    if (copy != NULL) (void)sprintf(copy, "%s%s", path[0] == ':' ? "./" : "", path);
    return copy;
}

static store *make(const store_options *o) {
    pthread_condattr_t monotonic;
    store *s = calloc(1, sizeof(*s));
    if (s == NULL) return NULL;
    s->path = path_of(o->path);
    s->vfs = o->vfs == NULL ? NULL : copy_of(o->vfs);
    s->bytes_max = o->bytes_max;
    s->scores_id = o->scores_id;
    s->clock = o->clock == NULL ? clock_real() : o->clock;
    s->lock_fd = -1;
    s->state = (store_state){.is_open = true, .is_writing = true, .floor_ms = INT64_MIN};
    (void)pthread_mutex_init(&s->writing, NULL);
    (void)pthread_mutex_init(&s->emptying, NULL);
    (void)pthread_mutex_init(&s->mutex, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&s->wake, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    if (s->path != NULL && (s->vfs != NULL) == (o->vfs != NULL)) return s;
    store_close(s);
    return NULL;
}

status store_open(const store_options *o, store **result, buffer *why) {
    *result = NULL;
    if (o->path == NULL || o->path[0] == 0) return explain(why, STATUS_BAD_ARGUMENT, "has no name");
    store *s = make(o);
    status st = s == NULL ? STATUS_NO_MEMORY : ensure_file(s->path, why);
    if (st == STATUS_OK) st = lock_path(s, why);
    if (st == STATUS_OK) st = open_connections(s, why);
    if (st == STATUS_OK) st = open_blocks(s, why);
    if (st == STATUS_OK) st = keeper_start(s);
    if (st != STATUS_OK && why->count == 0) (void)explain(why, st, status_text(st));
    if (st != STATUS_OK) {
        store_close(s);
        s = NULL;
    }
    *result = s;
    return st;
}

void store_close(store *s) {
    if (s == NULL) return;
    keeper_stop(s);
    journal_close(s->writer);
    journal_close(s->keeper); /* The last one empties the WAL. */
    text_blocks_close(s->blocks);
    lock_file_drop(s->lock_fd);
    forget_set_deinit(&s->due);
    forget_set_deinit(&s->coming);
    forget_set_deinit(&s->going);
    frame_row_deinit(&s->row);
    frame_row_deinit(&s->clean);
    frame_row_deinit(&s->rewritten);
    (void)pthread_cond_destroy(&s->wake);
    (void)pthread_mutex_destroy(&s->mutex);
    (void)pthread_mutex_destroy(&s->emptying);
    (void)pthread_mutex_destroy(&s->writing);
    free(s->path);
    free(s->vfs);
    free(s);
}

/* ---- packing ---- */

static size_t tally(const record_batch *b, store_tally tallies[TALLIES_MAX]) {
    size_t count = 0;
    for (size_t i = 0; i < b->item_count; i++) {
        const item *it = &b->items[i];
        size_t at = 0;
        while (at < count &&
               (tallies[at].outcome != it->outcome || tallies[at].reason != it->reason))
            at++;
        assert(at < TALLIES_MAX);
        if (at == count) tallies[count++] = (store_tally){(uint8_t)it->outcome, it->reason, 0};
        tallies[at].count++;
    }
    return count;
}

status store_pack(const record_batch *b, buffer *frame) {
    store_tally tallies[TALLIES_MAX];
    frame_row row = {.latest_ms = INT64_MIN, .sequence = atomic_fetch_add(&frames_packed, 1) + 1};
    size_t tally_count = tally(b, tallies);
    status s = frame_row_add(&row, b->records, b->record_count, tallies, tally_count);
    if (s == STATUS_OK) s = frame_row_write(&row, frame);
    frame_row_deinit(&row);
    return s;
}

/* ---- appending ---- */

static status ensure_writer(store *s) {
    if (s->writer != NULL) return STATUS_OK;
    return journal_open(s->path, s->vfs, &s->writer);
}

/* What was forgotten after these frames were packed is not written at all. */
static status forget_first(store *s, journal_row *row) {
    uint64_t dropped;
    frame_forgets f = forget_set_sort(&s->coming);
    if (f.hash_count == 0 || !frame_filters_meet(row->filters, &f)) return STATUS_OK;
    frame_row_clear(&s->clean);
    status st = frame_row_forget(row->filters, row->bodies, &f, &s->clean, &dropped);
    if (st != STATUS_OK) return st;
    row->records -= dropped;
    row->filters = buffer_text(&s->clean.filters);
    row->bodies = buffer_text(&s->clean.bodies);
    return STATUS_OK;
}

typedef struct {
    const text *frames;
    size_t count;
    int64_t number;
    uint64_t records, sequence;
} append;

static status append_row(store *s, append *a, size_t *bytes) {
    status st = STATUS_OK;
    frame_row_clear(&s->row);
    do {
        st = frame_row_add_written(&s->row, a->frames[0]);
        a->frames++;
        a->count--;
    } while (st == STATUS_OK && a->count > 0 && s->row.bodies.count < ROW_BYTES_MAX);
    if (st == STATUS_BAD_DATA) return STATUS_BAD_ARGUMENT;
    journal_row row = {++a->number, s->row.latest_ms, s->row.records, buffer_text(&s->row.filters),
                       buffer_text(&s->row.bodies)};
    if (st == STATUS_OK) st = forget_first(s, &row);
    if (st == STATUS_OK) st = journal_put(s->writer, &row);
    *bytes += row.bodies.count + row.filters.count;
    a->records += row.records;
    if (s->row.sequence > a->sequence) a->sequence = s->row.sequence;
    return st;
}

/* Mostly all of it.  The WAL never passes its limit: if it cannot be emptied first, nothing
 * is written. */
static status append_some(store *s, append *a) {
    size_t bytes = 0;
    status st = STATUS_OK;
    if (journal_wal_bytes(s->writer) > WAL_BYTES_MAX - COMMIT_BYTES_MAX - WAL_SPARE_BYTES) {
        (void)pthread_mutex_lock(&s->emptying);
        st = journal_empty_wal(s->writer);
        (void)pthread_mutex_unlock(&s->emptying);
    }
    if (st == STATUS_OK) st = journal_begin(s->writer);
    while (st == STATUS_OK && a->count > 0 && bytes < COMMIT_BYTES_MAX)
        st = append_row(s, a, &bytes);
    return st == STATUS_OK ? journal_commit(s->writer) : st;
}

static void tell_stored(store *s, const append *a) {
    uint64_t wal_bytes = journal_wal_bytes(s->writer);
    (void)pthread_mutex_lock(&s->mutex);
    if (!s->state.is_writing) s->state.detail[0] = 0;
    s->state.is_writing = true;
    s->state.since_ms = 0;
    s->state.epochs += (uint64_t)(a->number - s->last_number);
    s->state.records += a->records;
    s->state.wal_bytes = wal_bytes;
    if (wal_bytes >= WAL_TENDED_BYTES) keeper_wake(s);
    (void)pthread_mutex_unlock(&s->mutex);
}

static void tell_failed(store *s, status st) {
    (void)pthread_mutex_lock(&s->mutex);
    if (s->state.is_writing) s->state.since_ms = s->clock->now_ms(s->clock);
    s->state.is_writing = false;
    bool has_words =
        st != STATUS_NO_MEMORY && s->writer != NULL && journal_words(s->writer)[0] != 0;
    (void)snprintf(s->state.detail, sizeof s->state.detail, "%s",
                   has_words ? journal_words(s->writer) : status_text(st));
    (void)pthread_mutex_unlock(&s->mutex);
}

status store_append(store *s, const text *frames, size_t count) {
    append a = {.frames = frames, .count = count, .number = s->last_number};
    (void)pthread_mutex_lock(&s->writing);
    status st = ensure_writer(s);
    while (st == STATUS_OK && a.count > 0) st = append_some(s, &a);
    if (st == STATUS_OK) {
        tell_stored(s, &a);
        s->last_number = a.number;
        if (a.sequence > PACKED_AT_ONCE_MAX)
            forget_set_end_before(&s->coming, a.sequence - PACKED_AT_ONCE_MAX);
    } else {
        tell_failed(s, st);
        journal_close(s->writer); /* Undoes what was begun; the next time it is opened anew. */
        s->writer = NULL;
    }
    (void)pthread_mutex_unlock(&s->writing);
    return st == STATUS_BAD_DATA ? STATUS_CANNOT_WRITE : st;
}

/* ---- reading ---- */

typedef struct {
    store *s;
    store_take *take;
    void *context;
    buffer room;
    journal_decoder decoder;
    int64_t first;
} reading;

static void tell_damaged(store *s) {
    (void)pthread_mutex_lock(&s->mutex);
    s->state.rows_damaged++;
    (void)pthread_mutex_unlock(&s->mutex);
}

static void drop_scores(record_batch *b) {
    for (size_t i = 0; i < b->record_count; i++)
        if (b->records[i].kind == RECORD_TWEET) b->records[i].fields &= ~(uint32_t)TWEET_SCORE;
}

static status read_row(reading *r, text bodies, bool has_scores) {
    bool is_damaged = false;
    for (;;) {
        status st = frame_open(&bodies, &r->room, &r->decoder);
        if (st == STATUS_END) break;
        if (st == STATUS_BAD_DATA) {
            is_damaged = true;
            continue;
        }
        if (st == STATUS_OK && !has_scores) drop_scores(r->decoder.batch);
        if (st == STATUS_OK)
            st = r->take(r->context, r->decoder.batch, r->decoder.tallies, r->decoder.tally_count);
        if (st != STATUS_OK) return st;
    }
    if (is_damaged) tell_damaged(r->s);
    return STATUS_OK;
}

static void tell_share(reading *r, int64_t number) {
    store *s = r->s;
    if (r->first == 0) r->first = number;
    (void)pthread_mutex_lock(&s->mutex);
    s->state.read_share = (double)(number - r->first + 1) / (double)(s->last_number - r->first + 1);
    (void)pthread_mutex_unlock(&s->mutex);
}

/* Where a page of the file is damaged, the rows on it have no numbers either: steps that
 * grow find what is behind it. */
static status read_rows(reading *r) {
    journal_row row;
    int64_t after = 0, step = 1;
    while (after < r->s->last_number) {
        status st = journal_next(r->s->writer, after, true, &row);
        if (st == STATUS_END) break;
        if (st == STATUS_OK) {
            tell_share(r, row.number);
            st = read_row(r, row.bodies, row.number >= r->s->scores_from);
            step = 1;
            after = row.number;
        } else if (st == STATUS_BAD_DATA) {
            if (step == 1) tell_damaged(r->s);
            after = row.number > after ? row.number : after + step;
            step = step > INT64_MAX / 4 ? step : step * 2;
            st = STATUS_OK;
        } else if (st == STATUS_CANNOT_WRITE) {
            st = STATUS_CANNOT_READ;
        }
        if (st != STATUS_OK) return st;
    }
    return STATUS_OK;
}

status store_read(store *s, store_take *take, void *context) {
    reading r = {.s = s, .take = take, .context = context};
    status st = ensure_writer(s);
    if (st == STATUS_OK) st = read_rows(&r);
    if (st == STATUS_OK) {
        (void)pthread_mutex_lock(&s->mutex);
        s->state.read_share = 1;
        (void)pthread_mutex_unlock(&s->mutex);
    }
    buffer_deinit(&r.room);
    journal_decoder_deinit(&r.decoder);
    return st;
}

/* ---- forgetting, the floor ---- */

static status forget_all(store *s, id_kind kind, const uint64_t *ids, size_t count) {
    status st = STATUS_OK;
    (void)pthread_mutex_lock(&s->mutex);
    bool may_wait = !s->state.is_writing; /* Frames of the caller's, from before. */
    (void)pthread_mutex_unlock(&s->mutex);
    for (size_t i = 0; may_wait && i < count && st == STATUS_OK; i++)
        st = forget_set_add(&s->coming, kind, ids[i], atomic_load(&frames_packed));
    (void)pthread_mutex_lock(&s->mutex);
    for (size_t i = 0; i < count && st == STATUS_OK; i++) {
        st = forget_set_add(&s->due, kind, ids[i], (uint64_t)s->last_number);
        if (st == STATUS_OK) s->state.waiting++;
    }
    if (count > 0) keeper_wake(s);
    (void)pthread_mutex_unlock(&s->mutex);
    return st;
}

status store_forget(store *s, const uint64_t *tweet_ids, size_t count) {
    return forget_all(s, ID_OF_TWEET, tweet_ids, count);
}

status store_forget_users(store *s, const uint64_t *user_ids, size_t count) {
    return forget_all(s, ID_OF_USER, user_ids, count);
}

status store_set_floor(store *s, int64_t floor_ms) {
    if (floor_ms == INT64_MAX) floor_ms--; /* What stays for ever does. */
    (void)pthread_mutex_lock(&s->mutex);
    if (floor_ms > s->state.floor_ms) {
        s->state.floor_ms = floor_ms;
        keeper_wake(s);
    }
    (void)pthread_mutex_unlock(&s->mutex);
    return STATUS_OK;
}

int64_t store_floor_ms(store *s) {
    (void)pthread_mutex_lock(&s->mutex);
    int64_t floor_ms = s->state.floor_ms;
    (void)pthread_mutex_unlock(&s->mutex);
    return floor_ms;
}

/* ---- blocks, the state ---- */

status store_put_block(store *s, uint32_t number, text bytes) {
    return text_blocks_put(s->blocks, number, bytes);
}

status store_get_block(store *s, uint32_t number, char *bytes, size_t capacity, size_t *count) {
    return text_blocks_get(s->blocks, number, bytes, capacity, count);
}

status store_drop_block(store *s, uint32_t number) {
    return text_blocks_drop(s->blocks, number);
}

void store_get_state(store *s, store_state *result) {
    *result = (store_state){.floor_ms = INT64_MIN};
    if (s == NULL) return;
    (void)pthread_mutex_lock(&s->mutex);
    *result = s->state;
    (void)pthread_mutex_unlock(&s->mutex);
}
