/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/files.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pipeline/base/array.h"
#include "pipeline/base/log.h"
#include "pipeline/sources/files_ahead.h"
#include "pipeline/sources/files_find.h"
#include "pipeline/sources/files_pace.h"

enum {
    CHUNK_BYTES = 256 * 1024,
    WAIT_MS_MAX = 50,
    LOGGED_MAX = 100, /* Parts that the log names of each kind; the rest is counted. */
    THREADS_DEFAULT_MAX = 8,
};

typedef struct {
    tweet_source source;
    source_files_options options;
    file_list list;
    files_ahead *ahead;
    uint64_t taken; /* Of the current file, counted already. */
    uint64_t sequence;
    atomic_bool stop;

    pthread_mutex_t mutex; /* Guards what other threads see, and wakes a waiting next. */
    pthread_cond_t ordered;
    files_pace pace;
    uint64_t bytes_read;
    bool has_ended;
    char **parts; /* Names, by chunk.file. */
    size_t part_count, part_capacity;
    size_t skipped, failed;
    char failure[160]; /* The first of them. */
} files_source;

/* ---- What people are told ---- */

static void note_failure(files_source *f, const walk_step *step) {
    pthread_mutex_lock(&f->mutex);
    if (f->failed++ == 0)
        (void)snprintf(f->failure, sizeof f->failure, "%s: %s", step->part, step->why);
    if (f->failed <= LOGGED_MAX) log_line(LOG_ERROR, "%s: %s", step->part, step->why);
    pthread_mutex_unlock(&f->mutex);
}

static void note_skipped(files_source *f, const walk_step *step) {
    pthread_mutex_lock(&f->mutex);
    if (f->skipped++ < LOGGED_MAX) log_line(LOG_INFO, "%s: %s: skipped", step->part, step->why);
    pthread_mutex_unlock(&f->mutex);
}

static void note_end(files_source *f) {
    pthread_mutex_lock(&f->mutex);
    if (!f->has_ended && f->skipped + f->failed > 0)
        log_line(LOG_INFO, "files and members: %zu read, %zu skipped, %zu not read whole",
                 f->part_count, f->skipped, f->failed);
    f->has_ended = true;
    pthread_mutex_unlock(&f->mutex);
}

static void write_detail(const files_source *f, source_state *result) {
    size_t room = sizeof result->detail;
    int count = 0;
    if (f->failed > 0)
        count = snprintf(result->detail, room, "%zu not read whole: %.100s", f->failed, f->failure);
    if (f->skipped > 0 && count >= 0 && (size_t)count < room)
        (void)snprintf(result->detail + count, room - (size_t)count, "%s%zu skipped",
                       count > 0 ? "; " : "", f->skipped);
}

/* A file may have grown since it was listed. */
static uint64_t total_bytes(const files_source *f) {
    if (f->options.follow || f->list.bytes == 0) return 0;
    return f->list.bytes > f->bytes_read ? f->list.bytes : f->bytes_read;
}

static void files_state(tweet_source *self, source_state *result) {
    files_source *f = (files_source *)self;
    pthread_mutex_lock(&f->mutex);
    *result = (source_state){
        .kind = "files",
        .state = f->has_ended        ? "ended"
                 : f->pace.is_paused ? "paused"
                                     : "replaying",
        .bytes_read = f->bytes_read,
        .bytes_total = total_bytes(f),
        .parts_read = f->part_count,
        .parts_skipped = f->skipped,
        .parts_failed = f->failed,
        .speed = f->pace.speed,
        .is_paused = f->pace.is_paused,
        .can_seek = f->pace.has_begun && !f->has_ended,
        .start_ms = f->pace.start_ms,
        .position_ms = f->pace.position_ms,
    };
    write_detail(f, result);
    pthread_mutex_unlock(&f->mutex);
}

static const char *files_file_name(tweet_source *self, uint32_t file) {
    files_source *f = (files_source *)self;
    pthread_mutex_lock(&f->mutex);
    const char *name = file < f->part_count ? f->parts[file] : "";
    pthread_mutex_unlock(&f->mutex);
    return name;
}

/* ---- Chunks of all the files ---- */

/* Takes the name, when there is memory for it. */
static bool add_part(files_source *f, char *name) {
    if (!ARRAY_ROOM(f->parts, f->part_count, f->part_capacity, 16)) return false;
    f->parts[f->part_count++] = name;
    return true;
}

/* Gives the step's chunk its part. */
static status take_chunk(files_source *f, walk_step *step, source_chunk **chunk) {
    pthread_mutex_lock(&f->mutex);
    bool has_memory = step->part == NULL || add_part(f, step->part);
    if (has_memory) {
        *chunk = step->chunk;
        (*chunk)->file = (uint32_t)(f->part_count - 1);
        f->taken += (*chunk)->input_bytes;
        f->bytes_read += (*chunk)->input_bytes;
        *step = (walk_step){0};
    }
    pthread_mutex_unlock(&f->mutex);
    return has_memory ? STATUS_OK : STATUS_NO_MEMORY;
}

/* A file that is left early counts as read, so that progress comes to its end. */
static void end_file(files_source *f, const ahead_step *ended) {
    uint64_t size = f->list.files[ended->file].bytes;
    uint64_t bytes = ended->taken > size ? ended->taken : size;
    pthread_mutex_lock(&f->mutex);
    if (bytes > f->taken) f->bytes_read += bytes - f->taken;
    pthread_mutex_unlock(&f->mutex);
    f->taken = 0;
}

/* The next chunk of all the files; what fails or is left alone is told, and passed. */
static status read_chunk(files_source *f, source_chunk **chunk) {
    for (;;) {
        ahead_step a = {0};
        status s = files_ahead_next(f->ahead, &a);
        if (s == STATUS_END && f->failed > 0 && f->sequence == 0) return STATUS_CANNOT_READ;
        if (s != STATUS_OK) return s;
        bool is_chunk = !a.is_end && a.step.kind == WALK_CHUNK;
        if (a.is_end)
            end_file(f, &a);
        else if (is_chunk)
            s = take_chunk(f, &a.step, chunk);
        else if (a.step.kind == WALK_SKIPPED)
            note_skipped(f, &a.step);
        else
            note_failure(f, &a.step);
        walk_step_deinit(&a.step);
        if (is_chunk) return s;
    }
}

/* ---- Recorded speed, and what people order ---- */

/* Sleeps, but not through an order. */
static void wait_a_little(files_source *f, int64_t wait_ms) {
    struct timespec until;
    if (wait_ms > WAIT_MS_MAX) wait_ms = WAIT_MS_MAX; /* The clock may not be the real one. */
    (void)clock_gettime(CLOCK_MONOTONIC, &until);     /* The wall clock may be set meanwhile. */
    until.tv_nsec += (long)wait_ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    if (!atomic_load(&f->stop)) (void)pthread_cond_timedwait(&f->ordered, &f->mutex, &until);
}

/* A chunk as it was read, where nothing is to be waited for. */
static status next_free(files_source *f, source_chunk **chunk) {
    status s = read_chunk(f, chunk);
    if (s != STATUS_OK) return s;
    pthread_mutex_lock(&f->mutex);
    files_pace_pass(&f->pace, *chunk);
    pthread_mutex_unlock(&f->mutex);
    return STATUS_OK;
}

/* What is due by now; *chunk stays NULL when another chunk must be read for that. */
static status take_due(files_source *f, source_chunk **chunk) {
    status s = STATUS_OK;
    int64_t wait_ms = 1;
    pthread_mutex_lock(&f->mutex);
    while (!atomic_load(&f->stop)) {
        s = files_pace_next(&f->pace, chunk, &wait_ms);
        if (s != STATUS_OK || *chunk != NULL || wait_ms == 0) break;
        wait_a_little(f, wait_ms);
    }
    pthread_mutex_unlock(&f->mutex);
    return atomic_load(&f->stop) && *chunk == NULL ? STATUS_STOPPED : s;
}

static status next_paced(files_source *f, source_chunk **chunk) {
    for (;;) {
        source_chunk *read = NULL;
        status s = take_due(f, chunk);
        if (s == STATUS_OK && *chunk == NULL) s = read_chunk(f, &read);
        if (s != STATUS_OK || *chunk != NULL) return s;
        pthread_mutex_lock(&f->mutex);
        files_pace_give(&f->pace, read);
        pthread_mutex_unlock(&f->mutex);
    }
}

static bool is_speed(double speed) {
    return speed == 0 || (speed >= 0.1 && speed <= 1e9);
}

static status obey(files_source *f, const source_order *o) {
    switch (o->kind) {
    case SOURCE_PLAY:
    case SOURCE_PAUSE: files_pace_set_paused(&f->pace, o->kind == SOURCE_PAUSE); break;
    case SOURCE_SPEED:
        if (!is_speed(o->speed)) return STATUS_BAD_ARGUMENT;
        files_pace_set_speed(&f->pace, o->speed);
        break;
    case SOURCE_SEEK:
        if (!f->pace.has_begun || o->time_ms <= f->pace.position_ms) return STATUS_NOT_POSSIBLE;
        files_pace_seek(&f->pace, o->time_ms);
        break;
    }
    return STATUS_OK;
}

static status files_control(tweet_source *self, const source_order *order) {
    files_source *f = (files_source *)self;
    pthread_mutex_lock(&f->mutex);
    status s = f->has_ended ? STATUS_NOT_POSSIBLE : obey(f, order);
    pthread_cond_broadcast(&f->ordered);
    pthread_mutex_unlock(&f->mutex);
    return s;
}

/* ---- The source ---- */

static status files_next(tweet_source *self, source_chunk **chunk) {
    files_source *f = (files_source *)self;
    *chunk = NULL;
    if (atomic_load(&f->stop)) return STATUS_STOPPED;
    pthread_mutex_lock(&f->mutex);
    bool is_free = files_pace_is_free(&f->pace);
    pthread_mutex_unlock(&f->mutex);
    status s = is_free ? next_free(f, chunk) : next_paced(f, chunk);
    if (s == STATUS_OK) {
        (*chunk)->sequence = f->sequence++;
        return STATUS_OK;
    }
    note_end(f);
    return s;
}

static void files_stop(tweet_source *self) {
    files_source *f = (files_source *)self;
    pthread_mutex_lock(&f->mutex);
    atomic_store(&f->stop, true);
    pthread_cond_broadcast(&f->ordered);
    pthread_mutex_unlock(&f->mutex);
}

static void files_close(tweet_source *self) {
    files_source *f = (files_source *)self;
    files_stop(self);
    files_ahead_free(f->ahead);
    for (size_t i = 0; i < f->part_count; i++) free(f->parts[i]);
    free(f->parts);
    files_pace_deinit(&f->pace);
    file_list_deinit(&f->list);
    pthread_cond_destroy(&f->ordered);
    pthread_mutex_destroy(&f->mutex);
    free(f);
}

static size_t default_threads(void) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (processors < 1) return 1;
    return processors > THREADS_DEFAULT_MAX ? THREADS_DEFAULT_MAX : (size_t)processors;
}

static files_source *files_new(const source_files_options *o) {
    files_source *f = calloc(1, sizeof(*f));
    pthread_condattr_t monotonic;
    if (f == NULL) return NULL;
    if (o != NULL) f->options = *o;
    if (f->options.chunk_bytes == 0) f->options.chunk_bytes = CHUNK_BYTES;
    if (f->options.threads == 0) f->options.threads = default_threads();
    if (f->options.clock == NULL) f->options.clock = clock_real();
    f->pace.speed = f->options.speed;
    f->pace.clock = f->options.clock;
    f->source = (tweet_source){files_next,  files_stop,    files_state, files_file_name,
                               files_close, files_control, NULL};
    atomic_init(&f->stop, false);
    (void)pthread_mutex_init(&f->mutex, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&f->ordered, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    return f;
}

static status open_ahead(files_source *f) {
    const ahead_options o = {
        .threads = f->options.threads,
        .chunk_bytes = f->options.chunk_bytes,
        .follow_last = f->options.follow,
        .stop = &f->stop,
    };
    return files_ahead_new(&f->list, &o, &f->ahead);
}

status source_files(const char *const *paths, size_t count, const source_files_options *o,
                    tweet_source **result) {
    files_source *f = files_new(o);
    status s = f == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    for (size_t i = 0; i < count && s == STATUS_OK; i++) s = file_list_add(&f->list, paths[i]);
    if (s == STATUS_OK && f->list.count == 0) s = STATUS_CANNOT_READ;
    if (s == STATUS_OK) s = open_ahead(f);
    if (s != STATUS_OK) {
        if (f != NULL) files_close(&f->source);
        *result = NULL;
        return s;
    }
    f->skipped = f->list.skipped;
    f->failed = f->list.failed;
    memcpy(f->failure, f->list.first_failure, sizeof f->failure);
    *result = &f->source;
    return STATUS_OK;
}
