/* SPDX-License-Identifier: MIT */
/* notes -- what people note of a time: "goal", "the source was down".
 *
 * They are few, so all are in memory, in the order of their times; with a journal each is
 * stored in its file before it is shown, and comes back at the next start.  A note stays
 * until somebody takes it away, whatever is kept of tweets. */
#ifndef DUNLIN_PIPELINE_NOTES_H
#define DUNLIN_PIPELINE_NOTES_H

#include "pipeline/base/json.h"
#include "pipeline/base/status.h"
#include "pipeline/base/times.h"
#include "pipeline/store/store.h"

enum { NOTES_MAX = 200, NOTE_BYTES_MAX = 500 };

typedef struct notes notes;
typedef struct {
    int64_t at_ms, until_ms; /* until_ms: as at_ms where it is of one instant. */
    text words;              /* Borrowed; one line of at most NOTE_BYTES_MAX. */
} note;

/* Both are borrowed.  Without a store (NULL) notes live in memory only.  What a damaged file
 * no longer has is left out. */
status notes_open(store *s, clock_source *clock, notes **result);
void notes_close(notes *n); /* NULL is allowed. */

/* Any thread, all of these.  Of an equal note, *id is the number that it has already.
 * NOT_POSSIBLE: there are NOTES_MAX; CANNOT_WRITE: it cannot be stored now, and is not shown. */
status notes_add(notes *n, const note *given, uint64_t *id);
status notes_remove(notes *n, uint64_t id); /* NOT_FOUND; CANNOT_WRITE: it is still there. */
bool notes_are_stored(const notes *n);
uint64_t notes_taken_away(notes *n); /* Grows whenever one is removed. */
/* Writes {"id","at","until","text","made_at"}; false: there is none of this number. */
bool notes_write_one(notes *n, uint64_t id, json_writer *w);
/* An array of those that touch [from_ms, to_ms), the earliest first; how many. */
size_t notes_write_list(notes *n, int64_t from_ms, int64_t to_ms, json_writer *w);

#endif
