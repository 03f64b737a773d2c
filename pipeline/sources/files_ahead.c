/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/files_ahead.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Two files a thread: one that is walked, and one that waits to be taken. */
enum { SLOTS_A_THREAD = 2, SLOTS_MAX = SLOTS_A_THREAD * AHEAD_THREADS_MAX };

typedef struct queued queued;
struct queued {
    queued *next;
    ahead_step step;
};

/* What was read of one file and not taken yet. */
typedef struct {
    queued *first, **last;
    size_t bytes;
    status failure; /* Told once the rest is taken. */
} slot;

struct files_ahead {
    const file_list *list;
    ahead_options options;
    size_t current;  /* The file whose steps are given. */
    file_walk *walk; /* Of it, where no thread walks. */
    bool is_told;    /* That it could not be opened. */

    size_t thread_count, slot_count, slot_bytes_max;
    pthread_t threads[AHEAD_THREADS_MAX];
    pthread_mutex_t mutex; /* Of all below, and of `current` among threads. */
    pthread_cond_t changed;
    size_t next_file; /* The next to be walked. */
    bool is_closing;
    slot slots[SLOTS_MAX]; /* File n is in slot n % slot_count. */
};

/* ---- One file ---- */

/* A step of a file that is open, or is opened now; its end is a step as well. */
static status walk_file(const files_ahead *a, size_t file, file_walk **walk, bool *is_told,
                        ahead_step *result) {
    const found_file *f = &a->list->files[file];
    const walk_options o = {
        .path = f->path,
        .is_from_folder = f->is_from_folder,
        .follow = a->options.follow_last && file + 1 == a->list->count,
        .chunk_bytes = a->options.chunk_bytes,
        .stop = a->options.stop,
    };
    *result = (ahead_step){.file = file};
    status s = *walk == NULL && !*is_told ? file_walk_open(&o, walk) : STATUS_OK;
    if (s == STATUS_CANNOT_OPEN) {
        *is_told = true;
        result->step = (walk_step){WALK_FAILED, NULL, strdup(f->path), status_text(s)};
        return result->step.part != NULL ? STATUS_OK : STATUS_NO_MEMORY;
    }
    if (s == STATUS_OK) s = *walk == NULL ? STATUS_END : file_walk_next(*walk, &result->step);
    if (s != STATUS_END) return s;
    result->is_end = true;
    result->taken = *walk == NULL ? 0 : file_walk_taken(*walk);
    file_walk_close(*walk);
    *walk = NULL;
    *is_told = false;
    return STATUS_OK;
}

/* ---- Threads ---- */

static size_t bytes_of(const ahead_step *s) {
    return sizeof(queued) + (s->step.chunk != NULL ? s->step.chunk->capacity : 0);
}

/* Waits for room.  False when nobody will take it. */
static bool push(files_ahead *a, size_t file, queued *q) {
    slot *s = &a->slots[file % a->slot_count];
    size_t bytes = bytes_of(&q->step);
    pthread_mutex_lock(&a->mutex);
    while (!a->is_closing && s->first != NULL && s->bytes + bytes > a->slot_bytes_max)
        (void)pthread_cond_wait(&a->changed, &a->mutex);
    bool is_wanted = !a->is_closing;
    if (is_wanted) {
        q->next = NULL;
        *s->last = q;
        s->last = &q->next;
        s->bytes += bytes;
    }
    (void)pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->mutex);
    return is_wanted;
}

static void fail(files_ahead *a, size_t file, status s) {
    pthread_mutex_lock(&a->mutex);
    a->slots[file % a->slot_count].failure = s;
    (void)pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->mutex);
}

static void free_queued(queued *q) {
    if (q != NULL) walk_step_deinit(&q->step.step);
    free(q);
}

/* Walks one file to its end; false when the walk is over for all. */
static bool walk_whole(files_ahead *a, size_t file) {
    file_walk *walk = NULL;
    bool is_told = false, is_end = false, goes_on = true;
    while (goes_on && !is_end) {
        queued *q = calloc(1, sizeof(*q));
        status s = q == NULL ? STATUS_NO_MEMORY : walk_file(a, file, &walk, &is_told, &q->step);
        is_end = s == STATUS_OK && q->step.is_end;
        goes_on = s == STATUS_OK && push(a, file, q);
        if (goes_on) continue;
        free_queued(q);
        if (s != STATUS_OK) fail(a, file, s);
    }
    file_walk_close(walk);
    return goes_on;
}

/* Waits until a file may be begun; false when there is none. */
static bool take_file(files_ahead *a, size_t *file) {
    pthread_mutex_lock(&a->mutex);
    while (!a->is_closing && a->next_file < a->list->count &&
           a->next_file >= a->current + a->slot_count)
        (void)pthread_cond_wait(&a->changed, &a->mutex);
    bool is_there = !a->is_closing && a->next_file < a->list->count;
    if (is_there) *file = a->next_file++;
    pthread_mutex_unlock(&a->mutex);
    return is_there;
}

static void *run(void *context) {
    files_ahead *a = context;
    size_t file;
    while (take_file(a, &file))
        if (!walk_whole(a, file)) break;
    return NULL;
}

/* The next step that a thread has made of the present file. */
static status take_step(files_ahead *a, ahead_step *result) {
    pthread_mutex_lock(&a->mutex);
    slot *s = &a->slots[a->current % a->slot_count];
    while (s->first == NULL && s->failure == STATUS_OK)
        (void)pthread_cond_wait(&a->changed, &a->mutex);
    queued *q = s->first;
    status failure = q == NULL ? s->failure : STATUS_OK;
    if (q != NULL) {
        s->first = q->next;
        if (s->first == NULL) s->last = &s->first;
        s->bytes -= bytes_of(&q->step);
        *result = q->step;
        if (result->is_end) a->current++;
        (void)pthread_cond_broadcast(&a->changed);
    }
    pthread_mutex_unlock(&a->mutex);
    free(q);
    return failure;
}

/* ---- All files ---- */

status files_ahead_next(files_ahead *a, ahead_step *result) {
    if (a->current >= a->list->count) return STATUS_END;
    if (a->thread_count > 0) return take_step(a, result);
    status s = walk_file(a, a->current, &a->walk, &a->is_told, result);
    if (s == STATUS_OK && result->is_end) a->current++;
    return s;
}

/* As many as can be had: without any, who asks does the work. */
static void start_threads(files_ahead *a, size_t threads) {
    if (threads > AHEAD_THREADS_MAX) threads = AHEAD_THREADS_MAX;
    if (threads > a->list->count) threads = a->list->count;
    if (threads < 2) return;
    a->slot_count = SLOTS_A_THREAD * threads;
    a->slot_bytes_max = AHEAD_BYTES_MAX / a->slot_count;
    for (size_t i = 0; i < a->slot_count; i++) a->slots[i].last = &a->slots[i].first;
    tzset(); /* libarchive makes the C library read the time zone: once, before there are threads.
              */
    for (; a->thread_count < threads; a->thread_count++)
        if (pthread_create(&a->threads[a->thread_count], NULL, run, a) != 0) break;
}

status files_ahead_new(const file_list *list, const ahead_options *o, files_ahead **result) {
    files_ahead *a = calloc(1, sizeof(*a));
    if (a == NULL) return STATUS_NO_MEMORY;
    a->list = list;
    a->options = *o;
    (void)pthread_mutex_init(&a->mutex, NULL);
    (void)pthread_cond_init(&a->changed, NULL);
    start_threads(a, o->threads);
    *result = a;
    return STATUS_OK;
}

void files_ahead_free(files_ahead *a) {
    if (a == NULL) return;
    pthread_mutex_lock(&a->mutex);
    a->is_closing = true;
    (void)pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->mutex);
    for (size_t i = 0; i < a->thread_count; i++) (void)pthread_join(a->threads[i], NULL);
    for (size_t i = 0; i < SLOTS_MAX; i++) {
        for (queued *q = a->slots[i].first, *next; q != NULL; q = next) {
            next = q->next;
            free_queued(q);
        }
    }
    file_walk_close(a->walk);
    (void)pthread_cond_destroy(&a->changed);
    (void)pthread_mutex_destroy(&a->mutex);
    free(a);
}
