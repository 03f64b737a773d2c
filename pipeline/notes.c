/* SPDX-License-Identifier: MIT */
#include "pipeline/notes.h"

#include "pipeline/base/log.h"
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint64_t id;
    int64_t at_ms, until_ms, made_ms;
    char *words; /* words_bytes of them. */
    size_t words_bytes;
} kept_note;

struct notes {
    store *store;
    clock_source *clock;
    pthread_mutex_t lock; /* Of all below; held while one is stored. */
    kept_note list[NOTES_MAX];
    size_t count;
    uint64_t last_id, removed;
};

/* ---- The list ---- */

static text words_of(const kept_note *k) {
    return (text){k->words, k->words_bytes};
}

static bool is_before(const kept_note *a, const kept_note *b) {
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->id < b->id;
}

/* There is room. */
static void insert(notes *n, kept_note k) {
    size_t at = n->count++;
    assert(n->count <= NOTES_MAX);
    for (; at > 0 && is_before(&k, &n->list[at - 1]); at--) n->list[at] = n->list[at - 1];
    n->list[at] = k;
    if (k.id > n->last_id) n->last_id = k.id;
}

/* n->count: there is none. */
static size_t find(const notes *n, uint64_t id) {
    size_t i = 0;
    while (i < n->count && n->list[i].id != id) i++;
    return i;
}

static const kept_note *find_equal(const notes *n, const note *given) {
    for (size_t i = 0; i < n->count; i++)
        if (n->list[i].at_ms == given->at_ms && n->list[i].until_ms == given->until_ms &&
            text_equal(words_of(&n->list[i]), given->words))
            return &n->list[i];
    return NULL;
}

/* False: no memory. */
static bool keep_words(kept_note *k, text words) {
    k->words = malloc(words.count + 1);
    if (k->words == NULL) return false;
    if (words.count > 0) memcpy(k->words, words.bytes, words.count);
    k->words_bytes = words.count;
    return true;
}

/* ---- Life ---- */

/* The file may be another's work: what is beyond our own bounds is left out. */
static status take(void *context, const store_note *s) {
    notes *n = context;
    kept_note k = {.id = (uint64_t)s->number,
                   .at_ms = s->at_ms,
                   .until_ms = s->until_ms,
                   .made_ms = s->made_ms};
    bool fits = s->number > 0 && s->words.count <= NOTE_BYTES_MAX && utf8_valid(s->words);
    if (!fits || n->count == NOTES_MAX) return STATUS_OK;
    if (!keep_words(&k, s->words)) return STATUS_NO_MEMORY;
    insert(n, k);
    return STATUS_OK;
}

static status read_stored(notes *n) {
    status s = store_read_notes(n->store, take, n);
    if (s == STATUS_OK || s == STATUS_NO_MEMORY) return s;
    log_line(LOG_WARNING, "journal: not all notes can be read: %s", status_text(s));
    return STATUS_OK;
}

status notes_open(store *s, clock_source *clock, notes **result) {
    notes *n = calloc(1, sizeof(*n));
    *result = NULL;
    if (n == NULL) return STATUS_NO_MEMORY;
    n->store = s;
    n->clock = clock == NULL ? clock_real() : clock;
    (void)pthread_mutex_init(&n->lock, NULL);
    status read = s == NULL ? STATUS_OK : read_stored(n);
    if (read == STATUS_OK)
        *result = n;
    else
        notes_close(n);
    return read;
}

void notes_close(notes *n) {
    if (n == NULL) return;
    for (size_t i = 0; i < n->count; i++) free(n->list[i].words);
    (void)pthread_mutex_destroy(&n->lock);
    free(n);
}

bool notes_are_stored(const notes *n) {
    return n->store != NULL;
}

uint64_t notes_taken_away(notes *n) {
    (void)pthread_mutex_lock(&n->lock);
    uint64_t removed = n->removed;
    (void)pthread_mutex_unlock(&n->lock);
    return removed;
}

/* ---- Changing ---- */

/* Of the wall clock, so that no number comes again after a restart. */
static uint64_t next_id(const notes *n, int64_t now_ms) {
    return now_ms > 0 && (uint64_t)now_ms > n->last_id ? (uint64_t)now_ms : n->last_id + 1;
}

static status add_new(notes *n, const note *given, uint64_t *id) {
    const int64_t now_ms = n->clock->now_ms(n->clock);
    kept_note k = {.id = next_id(n, now_ms),
                   .at_ms = given->at_ms,
                   .until_ms = given->until_ms,
                   .made_ms = now_ms};
    if (n->count == NOTES_MAX) return STATUS_NOT_POSSIBLE;
    if (!keep_words(&k, given->words)) return STATUS_NO_MEMORY;
    const store_note stored = {(int64_t)k.id, k.at_ms, k.until_ms, k.made_ms, given->words};
    status s = n->store == NULL ? STATUS_OK : store_put_note(n->store, &stored);
    if (s == STATUS_OK)
        insert(n, k);
    else
        free(k.words);
    *id = k.id;
    return s;
}

status notes_add(notes *n, const note *given, uint64_t *id) {
    assert(given->words.count <= NOTE_BYTES_MAX);
    (void)pthread_mutex_lock(&n->lock);
    const kept_note *equal = find_equal(n, given);
    status s = STATUS_OK;
    if (equal != NULL)
        *id = equal->id;
    else
        s = add_new(n, given, id);
    (void)pthread_mutex_unlock(&n->lock);
    return s;
}

status notes_remove(notes *n, uint64_t id) {
    (void)pthread_mutex_lock(&n->lock);
    size_t at = find(n, id);
    status s = at == n->count ? STATUS_NOT_FOUND : STATUS_OK;
    if (s == STATUS_OK && n->store != NULL) s = store_drop_note(n->store, (int64_t)id);
    if (s == STATUS_OK) {
        free(n->list[at].words);
        n->count--;
        n->removed++;
        memmove(&n->list[at], &n->list[at + 1], (n->count - at) * sizeof n->list[0]);
    }
    (void)pthread_mutex_unlock(&n->lock);
    return s;
}

/* ---- Telling ---- */

static void write_note(json_writer *w, const kept_note *k) {
    json_begin_object(w);
    json_field(w, "id", id, k->id);
    json_field(w, "at", time, k->at_ms);
    json_key(w, "until");
    k->until_ms == k->at_ms ? json_put_null(w) : json_put_time(w, k->until_ms);
    json_field(w, "text", text, words_of(k));
    json_field(w, "made_at", time, k->made_ms);
    json_end_object(w);
}

bool notes_write_one(notes *n, uint64_t id, json_writer *w) {
    (void)pthread_mutex_lock(&n->lock);
    size_t at = find(n, id);
    bool found = at < n->count;
    if (found) write_note(w, &n->list[at]);
    (void)pthread_mutex_unlock(&n->lock);
    return found;
}

size_t notes_write_list(notes *n, int64_t from_ms, int64_t to_ms, json_writer *w) {
    size_t written = 0;
    (void)pthread_mutex_lock(&n->lock);
    json_begin_array(w);
    for (size_t i = 0; i < n->count; i++) {
        const kept_note *k = &n->list[i];
        if (k->at_ms >= to_ms || k->until_ms < from_ms) continue;
        write_note(w, k);
        written++;
    }
    json_end_array(w);
    (void)pthread_mutex_unlock(&n->lock);
    return written;
}
