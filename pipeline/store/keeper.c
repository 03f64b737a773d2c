/* SPDX-License-Identifier: MIT */
/* keeper -- the store's own thread.
 *
 * It alone changes rows that stand, so it reads and makes them anew with nothing held,
 * and holds up the engine only while they are written.  What fails is tried again; a
 * forget is done once the WAL, where the old page may still stand, has been emptied. */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "pipeline/store/store_internal.h"

enum {
    PAUSE_MS = 1000,      /* Without work. */
    GATHER_MS = 400,      /* From one pass to the next: appends wait for the end of each. */
    AGAIN_MS = 2,         /* After a failure; each time twice as long. */
    STEP_BYTES = 1 << 20, /* Written in a transaction, about. */
    STEP_ROWS_MAX = 256,
    CHECKPOINTS_MAX = 4,
    SCAN_ROWS = 256, /* Read at a time: while they are, the WAL cannot begin anew. */
    FREE_BYTES_KEPT = 1 << 20,
    LAST_ROUND_MS = 1000, /* What can be done as well after the next start has so long to end. */
};

void keeper_wake(store *s) {
    s->has_work = true;
    (void)pthread_cond_signal(&s->wake);
}

static void note_wal(store *s, uint64_t bytes) {
    (void)pthread_mutex_lock(&s->mutex);
    s->state.wal_bytes = bytes;
    (void)pthread_mutex_unlock(&s->mutex);
}

/* Ends the transaction that `so_far` became of, and lets others write. */
static status end_writing(store *s, status so_far) {
    if (so_far == STATUS_OK) so_far = journal_commit(s->keeper);
    if (so_far == STATUS_OK)
        note_wal(s, journal_wal_bytes(s->keeper));
    else
        journal_rollback(s->keeper);
    (void)pthread_mutex_unlock(&s->writing);
    return so_far;
}

static status begin_writing(store *s) {
    (void)pthread_mutex_lock(&s->writing);
    return journal_begin(s->keeper);
}

/* What comes meanwhile is little, so that soon nothing is left. */
static status checkpoint(store *s, uint64_t *left_bytes) {
    status st = STATUS_OK;
    *left_bytes = 1;
    for (int i = 0; i < CHECKPOINTS_MAX && st == STATUS_OK && *left_bytes > 0; i++) {
        (void)pthread_mutex_lock(&s->emptying);
        st = journal_checkpoint(s->keeper, left_bytes);
        (void)pthread_mutex_unlock(&s->emptying);
    }
    if (st == STATUS_OK) note_wal(s, *left_bytes);
    return st;
}

static status empty_wal(store *s) {
    uint64_t left_bytes;
    status st = checkpoint(s, &left_bytes); /* Most of it while others write. */
    if (st != STATUS_OK) return st;
    (void)pthread_mutex_lock(&s->writing);
    (void)pthread_mutex_lock(&s->emptying);
    st = journal_empty_wal(s->keeper);
    (void)pthread_mutex_unlock(&s->emptying);
    if (st == STATUS_OK) note_wal(s, 0);
    (void)pthread_mutex_unlock(&s->writing);
    return st;
}

static status tend_wal(store *s) {
    uint64_t left_bytes;
    (void)pthread_mutex_lock(&s->mutex);
    bool is_long = s->state.wal_bytes >= WAL_TENDED_BYTES;
    (void)pthread_mutex_unlock(&s->mutex);
    if (!is_long) return STATUS_OK;
    status st = checkpoint(s, &left_bytes);
    return st == STATUS_OK && left_bytes >= WAL_BYTES_MAX / 2 ? empty_wal(s) : st;
}

/* ---- forgetting ---- */

static void count(store *s, uint64_t records, uint64_t epochs, uint64_t forgotten) {
    (void)pthread_mutex_lock(&s->mutex);
    s->state.records -= records < s->state.records ? records : s->state.records;
    s->state.epochs -= epochs < s->state.epochs ? epochs : s->state.epochs;
    s->state.forgotten += forgotten;
    (void)pthread_mutex_unlock(&s->mutex);
}

/* Makes the row anew without what is named. */
static status rewrite(store *s, int64_t number, const frame_forgets *f) {
    journal_row row;
    uint64_t dropped;
    frame_row *made = &s->rewritten;
    frame_row_clear(made);
    status st = journal_next(s->keeper, number - 1, true, &row);
    if (st != STATUS_OK) return st;
    st = frame_row_forget(row.filters, row.bodies, f, made, &dropped);
    if (st != STATUS_OK || (dropped == 0 && row.filters.count > 0)) return st;
    row.records -= dropped < row.records ? dropped : row.records;
    row.filters = buffer_text(&made->filters);
    row.bodies = buffer_text(&made->bodies);
    st = begin_writing(s);
    if (st == STATUS_OK) st = journal_put(s->keeper, &row);
    st = end_writing(s, st);
    if (st == STATUS_OK) count(s, dropped, 0, dropped);
    return st == STATUS_OK ? tend_wal(s) : st;
}

/* The next row that may hold one, among the next SCAN_ROWS; `row` is the last looked at. */
static status find_row(store *s, const frame_forgets *f, journal_row *row, bool *is_met) {
    status st = journal_begin_reading(s->keeper);
    if (st != STATUS_OK) return st;
    *is_met = false;
    for (int i = 0; i < SCAN_ROWS && st == STATUS_OK && !*is_met; i++) {
        int64_t after = row->number;
        st = journal_next(s->keeper, after, false, row);
        *is_met = st == STATUS_OK && frame_filters_meet(row->filters, f);
        /* What is damaged can neither be read nor made anew. */
        if (st == STATUS_BAD_DATA && row->number > after) st = STATUS_OK;
    }
    journal_end_reading(s->keeper);
    return st;
}

static status forget_in_rows(store *s, const frame_forgets *f) {
    journal_row row = {0};
    bool is_met;
    status st;
    while ((st = find_row(s, f, &row, &is_met)) == STATUS_OK) {
        int64_t number = row.number;
        s->going.at = (uint64_t)number; /* What came after the delete stays. */
        if (is_met) st = rewrite(s, number, f);
        if (st != STATUS_OK && st != STATUS_BAD_DATA) break;
    }
    return st == STATUS_END ? STATUS_OK : st;
}

static int64_t monotonic_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / 1000000;
}

static status forget(store *s) {
    (void)pthread_mutex_lock(&s->mutex);
    bool is_early = !s->is_stopping && monotonic_ms() < s->next_pass_ms;
    status st = is_early ? STATUS_OK : forget_set_move(&s->due, &s->going);
    (void)pthread_mutex_unlock(&s->mutex);
    if (st != STATUS_OK || s->going.count == 0) return st;
    frame_forgets f = forget_set_sort(&s->going);
    st = forget_in_rows(s, &f);
    if (st == STATUS_OK) st = empty_wal(s);
    if (st != STATUS_OK) return st;
    (void)pthread_mutex_lock(&s->mutex);
    s->state.waiting -= s->going.count;
    s->next_pass_ms = monotonic_ms() + GATHER_MS;
    (void)pthread_mutex_unlock(&s->mutex);
    s->going.count = 0;
    return STATUS_OK;
}

/* ---- the floor ---- */

/* It is time to end, and what is left of age and size waits for the next start. */
static bool is_late(store *s) {
    (void)pthread_mutex_lock(&s->mutex);
    bool is_stopping = s->is_stopping;
    (void)pthread_mutex_unlock(&s->mutex);
    if (!is_stopping) return false;
    if (s->last_round_ms == 0) s->last_round_ms = monotonic_ms();
    return monotonic_ms() - s->last_round_ms > LAST_ROUND_MS;
}

static status get_sizes(store *s, journal_sizes *sizes) {
    status st = journal_get_sizes(s->keeper, sizes);
    (void)pthread_mutex_lock(&s->mutex);
    if (st == STATUS_OK) s->state.file_bytes = sizes->file_bytes;
    (void)pthread_mutex_unlock(&s->mutex);
    return st;
}

static size_t rows_a_step(store *s, const journal_sizes *sizes) {
    (void)pthread_mutex_lock(&s->mutex);
    uint64_t rows = s->state.epochs;
    (void)pthread_mutex_unlock(&s->mutex);
    uint64_t row_bytes = rows == 0 ? STEP_BYTES : sizes->file_bytes / rows;
    uint64_t count_max = STEP_BYTES / (row_bytes + 1) + 1;
    return (size_t)(count_max < STEP_ROWS_MAX ? count_max : STEP_ROWS_MAX);
}

static status drop_step(store *s, int64_t floor_ms, size_t rows_max, uint64_t *dropped) {
    uint64_t records = 0;
    *dropped = 0;
    status st = begin_writing(s);
    if (st == STATUS_OK) st = journal_drop(s->keeper, floor_ms, rows_max, dropped, &records);
    if (st == STATUS_OK && floor_ms > s->floor_kept_ms)
        st = journal_put_number(s->keeper, "floor_ms", floor_ms);
    st = end_writing(s, st);
    if (st != STATUS_OK) return st;
    s->floor_kept_ms = floor_ms;
    count(s, records, *dropped, 0);
    return tend_wal(s);
}

static status drop_old(store *s) {
    journal_sizes sizes;
    int64_t earliest_ms, floor_ms = store_floor_ms(s);
    status st = journal_earliest(s->keeper, &earliest_ms);
    if (st == STATUS_END) earliest_ms = INT64_MAX;
    if (st == STATUS_END) st = STATUS_OK;
    if (st != STATUS_OK || (earliest_ms > floor_ms && floor_ms == s->floor_kept_ms)) return st;
    st = get_sizes(s, &sizes);
    size_t rows_max = st == STATUS_OK ? rows_a_step(s, &sizes) : 0;
    uint64_t dropped = 1;
    while (st == STATUS_OK && dropped > 0 && !is_late(s))
        st = drop_step(s, floor_ms, rows_max, &dropped);
    return st;
}

/* Until the file fits, what its oldest row holds is below the floor. */
static status fit(store *s, journal_sizes *sizes) {
    int64_t earliest_ms;
    status st = get_sizes(s, sizes);
    while (st == STATUS_OK && s->bytes_max > 0 && !is_late(s) &&
           sizes->file_bytes - sizes->free_bytes > s->bytes_max) {
        st = journal_earliest(s->keeper, &earliest_ms);
        if (st == STATUS_END) return STATUS_OK;
        if (st == STATUS_OK) st = store_set_floor(s, earliest_ms);
        if (st == STATUS_OK) st = drop_old(s);
        if (st == STATUS_OK) st = get_sizes(s, sizes);
    }
    return st;
}

static status shrink(store *s, journal_sizes *sizes) {
    status st = STATUS_OK;
    while (st == STATUS_OK && sizes->free_bytes > 0 && !is_late(s) &&
           (sizes->free_bytes > sizes->file_bytes / 8 + FREE_BYTES_KEPT ||
            (s->bytes_max > 0 && sizes->file_bytes > s->bytes_max))) {
        uint64_t free_before = sizes->free_bytes;
        (void)pthread_mutex_lock(&s->writing);
        st = journal_shrink(s->keeper, STEP_BYTES);
        if (st == STATUS_OK) note_wal(s, journal_wal_bytes(s->keeper));
        (void)pthread_mutex_unlock(&s->writing);
        if (st == STATUS_OK) st = tend_wal(s);
        if (st == STATUS_OK) st = get_sizes(s, sizes);
        if (sizes->free_bytes >= free_before) break;
    }
    return st;
}

/* ---- the thread ---- */

static status ensure_open(store *s) {
    if (s->keeper != NULL) return STATUS_OK;
    return journal_open(s->path, s->vfs, &s->keeper);
}

static void tell(store *s, status st) {
    (void)pthread_mutex_lock(&s->mutex);
    if (st == STATUS_OK && s->state.is_writing) {
        s->state.detail[0] = 0;
    } else if (s->state.is_writing) {
        (void)snprintf(s->state.detail, sizeof s->state.detail, "deletes wait: %s",
                       s->keeper == NULL ? status_text(st) : journal_words(s->keeper));
    }
    (void)pthread_mutex_unlock(&s->mutex);
}

static status do_round(store *s) {
    journal_sizes sizes = {0};
    status st = ensure_open(s);
    if (st == STATUS_OK) st = forget(s);
    if (st == STATUS_OK) st = drop_old(s);
    if (st == STATUS_OK) st = fit(s, &sizes);
    if (st == STATUS_OK) st = shrink(s, &sizes);
    if (st == STATUS_OK) st = tend_wal(s);
    tell(s, st);
    if (st != STATUS_OK) {
        journal_close(s->keeper);
        s->keeper = NULL;
    }
    return st;
}

static int64_t pause_ms(const store *s, unsigned failures) {
    if (failures > 0) return failures > 8 ? PAUSE_MS : AGAIN_MS << failures;
    int64_t to_pass_ms = s->next_pass_ms - monotonic_ms();
    if (s->due.count == 0 || to_pass_ms > PAUSE_MS) return PAUSE_MS;
    return to_pass_ms < 0 ? 0 : to_pass_ms;
}

/* Whether there is another round; the last one comes after the order to stop. */
static bool wait_for_work(store *s, unsigned failures) {
    struct timespec until;
    (void)pthread_mutex_lock(&s->mutex);
    int64_t until_ms = monotonic_ms() + pause_ms(s, failures) + 1;
    until = (struct timespec){.tv_sec = until_ms / MS_PER_SECOND,
                              .tv_nsec = until_ms % MS_PER_SECOND * 1000000};
    while (!s->is_stopping && !(s->has_work && failures == 0))
        if (pthread_cond_timedwait(&s->wake, &s->mutex, &until) == ETIMEDOUT) break;
    s->has_work = false;
    bool is_stopping = s->is_stopping;
    (void)pthread_mutex_unlock(&s->mutex);
    return !is_stopping;
}

static void *keep(void *context) {
    store *s = context;
    unsigned failures = 0; /* One after the other. */
    while (wait_for_work(s, failures)) failures = do_round(s) == STATUS_OK ? 0 : failures + 1;
    (void)do_round(s);
    return NULL;
}

status keeper_start(store *s) {
    s->has_thread = pthread_create(&s->thread, NULL, keep, s) == 0;
    return s->has_thread ? STATUS_OK : STATUS_NO_MEMORY;
}

void keeper_stop(store *s) {
    if (!s->has_thread) return;
    (void)pthread_mutex_lock(&s->mutex);
    s->is_stopping = true;
    keeper_wake(s);
    (void)pthread_mutex_unlock(&s->mutex);
    (void)pthread_join(s->thread, NULL);
    s->has_thread = false;
}
