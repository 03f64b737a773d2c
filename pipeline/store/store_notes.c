/* SPDX-License-Identifier: MIT */
/* store_notes -- what people noted, in a table beside the journal.
 *
 * They come by hand, a few a day: each call opens a connection of its own, so that nothing
 * of the engine's or the keeper's is shared but the turn to write. */
#include "pipeline/store/store.h"
#include "pipeline/store/store_internal.h"

#include "pipeline/base/log.h"

typedef status change_notes(journal *j, const store_note *n);

static status put(journal *j, const store_note *n) {
    return journal_put_note(
        j, &(journal_note){n->number, n->at_ms, n->until_ms, n->made_ms, n->words});
}

static status drop(journal *j, const store_note *n) {
    return journal_drop_note(j, n->number);
}

static void tell_wal(store *s, const journal *j) {
    (void)pthread_mutex_lock(&s->mutex);
    s->state.wal_bytes = journal_wal_bytes(j);
    if (s->state.wal_bytes >= WAL_TENDED_BYTES) keeper_wake(s);
    (void)pthread_mutex_unlock(&s->mutex);
}

/* `writing` is held. */
static status change_alone(store *s, journal *j, change_notes *change, const store_note *n) {
    status st = journal_begin(j);
    if (st == STATUS_OK) st = change(j, n);
    if (st == STATUS_OK) st = journal_commit(j);
    if (st != STATUS_OK) {
        log_line(LOG_WARNING, "journal: a note could not be written: %s", journal_words(j));
        journal_rollback(j);
        return st == STATUS_NO_MEMORY ? st : STATUS_CANNOT_WRITE;
    }
    if (change == drop) { /* The old page may stand in the WAL; where a reader is in the way, */
        (void)pthread_mutex_lock(&s->emptying); /* it goes when that is emptied next. */
        (void)journal_empty_wal(j);
        (void)pthread_mutex_unlock(&s->emptying);
    }
    tell_wal(s, j);
    return STATUS_OK;
}

static status change_one(store *s, change_notes *change, const store_note *n) {
    journal *j;
    (void)pthread_mutex_lock(&s->writing);
    status st = journal_open(s->path, s->vfs, &j);
    if (st == STATUS_OK) st = change_alone(s, j, change, n);
    journal_close(j);
    (void)pthread_mutex_unlock(&s->writing);
    return st;
}

status store_put_note(store *s, const store_note *n) {
    return change_one(s, put, n);
}

status store_drop_note(store *s, int64_t number) {
    return change_one(s, drop, &(store_note){.number = number});
}

status store_read_notes(store *s, store_take_note *take, void *context) {
    journal *j;
    journal_note n = {0};
    status st = journal_open(s->path, s->vfs, &j);
    while (st == STATUS_OK && (st = journal_next_note(j, n.number, &n)) == STATUS_OK)
        st = take(context, &(store_note){n.number, n.at_ms, n.until_ms, n.made_ms, n.words});
    journal_close(j);
    return st == STATUS_END ? STATUS_OK : st;
}
