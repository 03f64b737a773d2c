/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/source_many.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/base/array.h"
#include "pipeline/base/log.h"

#ifdef TEST_TINY
enum { AHEAD_MAX = 1 };
#else
enum { AHEAD_MAX = 4 }; /* Chunks of each that wait. */
#endif

typedef struct many many;

typedef struct {
    many *owner;
    tweet_source *source;
    pthread_t thread;
    bool has_thread;
    source_chunk *ready[AHEAD_MAX]; /* A ring; guarded by the owner's lock, as all below. */
    size_t first, count;
    bool has_ended;
    status end;
    uint32_t *numbers; /* By its own number of a file: ours and one; 0: none yet. */
    size_t number_count;
} part;

typedef struct {
    uint32_t part, file;
} file_of_part;

struct many {
    tweet_source base; /* First: a tweet_source * is a many *. */
    part *parts;
    size_t part_count;
    uint64_t sequence;       /* `next` alone. */
    size_t turn;             /* Whose chunk is looked for first. */
    tweet_source *obedient;  /* Takes orders; NULL: none does. */
    bool is_started;         /* All threads are. */
    pthread_mutex_t lock;    /* Guards what the parts' threads and others see: */
    pthread_cond_t has_news; /* A chunk, or an end. */
    pthread_cond_t has_room;
    bool is_stopped, is_closing;
    file_of_part *files; /* By our number. */
    size_t file_count, file_capacity;
};

static many *self_of(tweet_source *source) {
    return (many *)(void *)source;
}

/* ---- Files ---- */

static bool grow_numbers(part *p, uint32_t file) {
    size_t count = p->number_count == 0 ? 16 : p->number_count;
    while (count <= file) count *= 2;
    uint32_t *grown = realloc(p->numbers, count * sizeof(*grown));
    if (grown == NULL) return false;
    memset(grown + p->number_count, 0, (count - p->number_count) * sizeof(*grown));
    p->numbers = grown;
    p->number_count = count;
    return true;
}

static bool add_file(many *m, part *p, uint32_t file) {
    if (!ARRAY_ROOM(m->files, m->file_count, m->file_capacity, 16)) return false;
    m->files[m->file_count++] = (file_of_part){(uint32_t)(p - m->parts), file};
    p->numbers[file] = (uint32_t)m->file_count;
    return true;
}

/* Gives the chunk our number of its file.  False: no memory. */
static bool number_file(part *p, source_chunk *c) {
    if (c->file >= p->number_count && !grow_numbers(p, c->file)) return false;
    if (p->numbers[c->file] == 0 && !add_file(p->owner, p, c->file)) return false;
    c->file = p->numbers[c->file] - 1;
    return true;
}

static const char *many_file_name(tweet_source *source, uint32_t file) {
    many *m = self_of(source);
    file_of_part found = {0};
    (void)pthread_mutex_lock(&m->lock);
    bool is_known = file < m->file_count;
    if (is_known) found = m->files[file];
    (void)pthread_mutex_unlock(&m->lock);
    if (!is_known) return "";
    tweet_source *s = m->parts[found.part].source;
    return s->file_name(s, found.file);
}

/* ---- The parts' threads ---- */

static status hand_over(part *p, source_chunk *c) {
    many *m = p->owner;
    status s = STATUS_OK;
    (void)pthread_mutex_lock(&m->lock);
    while (p->count == AHEAD_MAX && !m->is_closing) (void)pthread_cond_wait(&m->has_room, &m->lock);
    if (m->is_closing)
        s = STATUS_STOPPED;
    else if (!number_file(p, c))
        s = STATUS_NO_MEMORY;
    if (s == STATUS_OK) {
        p->ready[(p->first + p->count++) % AHEAD_MAX] = c;
        (void)pthread_cond_signal(&m->has_news);
    }
    (void)pthread_mutex_unlock(&m->lock);
    if (s != STATUS_OK) source_chunk_free(c);
    return s;
}

static bool is_failure(status s) {
    return s != STATUS_END && s != STATUS_STOPPED;
}

static void *read_part(void *context) {
    part *p = context;
    many *m = p->owner;
    source_chunk *c = NULL;
    status s;
    while ((s = p->source->next(p->source, &c)) == STATUS_OK)
        if ((s = hand_over(p, c)) != STATUS_OK) break;
    if (is_failure(s)) log_line(LOG_ERROR, "a source has failed: %s", status_text(s));
    (void)pthread_mutex_lock(&m->lock);
    p->has_ended = true;
    p->end = s;
    (void)pthread_cond_signal(&m->has_news);
    (void)pthread_mutex_unlock(&m->lock);
    return NULL;
}

static status start(many *m) {
    for (size_t i = 0; i < m->part_count; i++) {
        part *p = &m->parts[i];
        if (p->has_thread) continue;
        if (pthread_create(&p->thread, NULL, read_part, p) != 0) return STATUS_NO_MEMORY;
        p->has_thread = true;
    }
    m->is_started = true;
    return STATUS_OK;
}

/* ---- The source ---- */

static source_chunk *take(many *m) {
    for (size_t i = 0; i < m->part_count; i++) {
        part *p = &m->parts[(m->turn + i) % m->part_count];
        if (p->count == 0) continue;
        source_chunk *c = p->ready[p->first];
        p->first = (p->first + 1) % AHEAD_MAX;
        p->count--;
        m->turn = (m->turn + i + 1) % m->part_count;
        (void)pthread_cond_broadcast(&m->has_room);
        return c;
    }
    return NULL;
}

static bool have_all_ended(const many *m) {
    for (size_t i = 0; i < m->part_count; i++)
        if (!m->parts[i].has_ended) return false;
    return true;
}

static status end_of_all(const many *m) {
    status s = STATUS_END;
    if (m->is_stopped) return STATUS_STOPPED;
    for (size_t i = m->part_count; i-- > 0;) {
        if (!is_failure(m->parts[i].end)) return STATUS_END;
        s = m->parts[i].end;
    }
    return s;
}

static status many_next(tweet_source *source, source_chunk **chunk) {
    many *m = self_of(source);
    *chunk = NULL;
    (void)pthread_mutex_lock(&m->lock);
    bool is_over = m->is_stopped && !m->is_started;
    (void)pthread_mutex_unlock(&m->lock);
    if (is_over) return STATUS_STOPPED;
    status s = m->is_started ? STATUS_OK : start(m);
    if (s != STATUS_OK) return s;
    (void)pthread_mutex_lock(&m->lock);
    while ((*chunk = take(m)) == NULL && !have_all_ended(m))
        (void)pthread_cond_wait(&m->has_news, &m->lock);
    if (*chunk == NULL) s = end_of_all(m);
    (void)pthread_mutex_unlock(&m->lock);
    if (*chunk != NULL) (*chunk)->sequence = m->sequence++;
    return s;
}

static void many_stop(tweet_source *source) {
    many *m = self_of(source);
    (void)pthread_mutex_lock(&m->lock);
    m->is_stopped = true;
    (void)pthread_mutex_unlock(&m->lock);
    for (size_t i = 0; i < m->part_count; i++) m->parts[i].source->stop(m->parts[i].source);
}

static status many_control(tweet_source *source, const source_order *order) {
    many *m = self_of(source);
    return m->obedient->control(m->obedient, order);
}

static void close_part(part *p) {
    for (; p->count > 0; p->count--) {
        source_chunk_free(p->ready[p->first]);
        p->first = (p->first + 1) % AHEAD_MAX;
    }
    if (p->source != NULL) p->source->close(p->source);
    free(p->numbers);
}

static void many_close(tweet_source *source) {
    many *m = self_of(source);
    many_stop(source);
    (void)pthread_mutex_lock(&m->lock);
    m->is_closing = true;
    (void)pthread_cond_broadcast(&m->has_room);
    (void)pthread_mutex_unlock(&m->lock);
    for (size_t i = 0; i < m->part_count; i++)
        if (m->parts[i].has_thread) (void)pthread_join(m->parts[i].thread, NULL);
    for (size_t i = 0; i < m->part_count; i++) close_part(&m->parts[i]);
    (void)pthread_cond_destroy(&m->has_news);
    (void)pthread_cond_destroy(&m->has_room);
    (void)pthread_mutex_destroy(&m->lock);
    free(m->files);
    free(m->parts);
    free(m);
}

/* ---- States ---- */

static void state_of_part(many *m, part *p, source_state *result) {
    p->source->state(p->source, result);
    (void)pthread_mutex_lock(&m->lock);
    bool has_failed = p->has_ended && is_failure(p->end);
    status end = p->end;
    (void)pthread_mutex_unlock(&m->lock);
    if (!has_failed || strcmp(result->state, SOURCE_BUDGET_REACHED) == 0) return;
    result->state = "failed";
    if (result->detail[0] == '\0')
        (void)snprintf(result->detail, sizeof result->detail, "%s", status_text(end));
}

static size_t many_parts(tweet_source *source, source_state *results, size_t max) {
    many *m = self_of(source);
    size_t count = m->part_count < max ? m->part_count : max;
    for (size_t i = 0; i < count; i++) state_of_part(m, &m->parts[i], &results[i]);
    return count;
}

/* States from the liveliest on; one that is not here stands before "waiting". */
static size_t liveliness(const char *state) {
    static const char *const names[] = {"live", "replaying", "connecting", "paused",
                                        "",     "waiting",   "failed",     "ended"};
    enum { COUNT = sizeof names / sizeof names[0], OTHER = 4 };
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(names[i], state) == 0) return i;
    return OTHER;
}

static void add_sums(source_state *sum, const source_state *s) {
    sum->bytes_read += s->bytes_read;
    sum->bytes_total += s->bytes_total;
    sum->parts_read += s->parts_read;
    sum->parts_skipped += s->parts_skipped;
    sum->parts_failed += s->parts_failed;
    sum->connects += s->connects;
    sum->gaps += s->gaps;
    sum->missed += s->missed;
    sum->spent_usd += s->spent_usd;
    sum->budget_usd += s->budget_usd;
    sum->lacks_location = sum->lacks_location && s->lacks_location;
    sum->lacks_followers = sum->lacks_followers && s->lacks_followers;
    sum->lacks_deletes = sum->lacks_deletes && s->lacks_deletes;
    if (s->next_try_ms != 0 && (sum->next_try_ms == 0 || s->next_try_ms < sum->next_try_ms))
        sum->next_try_ms = s->next_try_ms;
}

static void set_replay(source_state *sum, const source_state *s) {
    sum->speed = s->speed;
    sum->is_paused = s->is_paused;
    sum->can_seek = s->can_seek;
    sum->start_ms = s->start_ms;
    sum->position_ms = s->position_ms;
}

static void many_state(tweet_source *source, source_state *result) {
    many *m = self_of(source);
    source_state s;
    bool is_total_known = true;
    *result = (source_state){.kind = "several",
                             .state = "ended",
                             .lacks_location = true,
                             .lacks_followers = true,
                             .lacks_deletes = true};
    for (size_t i = 0; i < m->part_count; i++) {
        state_of_part(m, &m->parts[i], &s);
        add_sums(result, &s);
        is_total_known = is_total_known && s.bytes_total > 0;
        if (liveliness(s.state) < liveliness(result->state)) result->state = s.state;
        if (m->parts[i].source == m->obedient) set_replay(result, &s);
        bool is_well = liveliness(s.state) < liveliness("waiting") || strcmp(s.state, "ended") == 0;
        if (!is_well && result->detail[0] == '\0')
            (void)snprintf(result->detail, sizeof result->detail, "%s %s: %.100s", s.kind, s.state,
                           s.detail);
    }
    if (!is_total_known) result->bytes_total = 0;
}

/* ---- Its life ---- */

status source_many_open(tweet_source *const *parts, size_t count, tweet_source **result) {
    assert(count > 0);
    *result = NULL;
    many *m = calloc(1, sizeof(*m));
    part *own = calloc(count, sizeof(*own));
    if (m == NULL || own == NULL) {
        free(m);
        free(own);
        return STATUS_NO_MEMORY;
    }
    m->base = (tweet_source){many_next,  many_stop, many_state, many_file_name,
                             many_close, NULL,      many_parts};
    m->parts = own;
    m->part_count = count;
    for (size_t i = 0; i < count; i++) {
        own[i].owner = m;
        own[i].source = parts[i];
        if (m->obedient == NULL && parts[i]->control != NULL) m->obedient = parts[i];
    }
    if (m->obedient != NULL) m->base.control = many_control;
    (void)pthread_mutex_init(&m->lock, NULL);
    (void)pthread_cond_init(&m->has_news, NULL);
    (void)pthread_cond_init(&m->has_room, NULL);
    *result = &m->base;
    return STATUS_OK;
}
