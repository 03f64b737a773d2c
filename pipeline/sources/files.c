/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/files.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pipeline/base/log.h"
#include "pipeline/sources/files_bytes.h"
#include "pipeline/sources/files_find.h"
#include "pipeline/sources/files_items.h"
#include "pipeline/sources/files_pace.h"
#include "pipeline/sources/files_probe.h"

enum { CHUNK_BYTES = 256 * 1024, WAIT_MS_MAX = 50 };

typedef struct {
    tweet_source source;
    source_files_options options;
    file_list list;
    uint32_t current; /* The file being read, or about to be. */
    file_bytes *bytes;
    item_splitter *splitter;
    bool is_first_chunk; /* Of the current file. */
    uint64_t taken;      /* Of the current file, counted already. */
    uint64_t sequence;
    atomic_bool stop;

    pthread_mutex_t mutex; /* Guards what state() and control() see, and wakes a waiting next. */
    pthread_cond_t ordered;
    files_pace pace;
    uint64_t bytes_read;
    bool has_ended;
    size_t failed;
    char failure[160]; /* The first of them. */
} files_source;

/* ---- What people are told ---- */

static void note_failure(files_source *f, const char *path, const char *why) {
    log_line(LOG_ERROR, "%s: %s", path, why);
    pthread_mutex_lock(&f->mutex);
    if (f->failed++ == 0) (void)snprintf(f->failure, sizeof f->failure, "%s: %s", path, why);
    pthread_mutex_unlock(&f->mutex);
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
        .bytes_total = f->list.bytes,
        .speed = f->pace.speed,
        .is_paused = f->pace.is_paused,
        .can_seek = f->pace.has_begun && !f->has_ended,
        .start_ms = f->pace.start_ms,
        .position_ms = f->pace.position_ms,
    };
    if (f->failed > 0)
        (void)snprintf(result->detail, sizeof result->detail, "%zu not read whole: %.120s",
                       f->failed, f->failure);
    pthread_mutex_unlock(&f->mutex);
}

static const char *files_file_name(tweet_source *self, uint32_t file) {
    const files_source *f = (const files_source *)self;
    return file < f->list.count ? f->list.files[file].path : "";
}

/* ---- One file ---- */

static status read_bytes(void *context, char *to, size_t count, size_t *got, bool *is_ready) {
    files_source *f = context;
    status s = file_bytes_read(f->bytes, to, count, got);
    *is_ready = s != STATUS_OK || file_bytes_is_ready(f->bytes);
    return s;
}

/* A file that is left early counts as read, so that progress comes to its end. */
static void close_file(files_source *f) {
    uint64_t bytes = f->list.files[f->current].bytes;
    pthread_mutex_lock(&f->mutex);
    if (bytes > f->taken) f->bytes_read += bytes - f->taken;
    pthread_mutex_unlock(&f->mutex);
    f->taken = 0;
    item_splitter_free(f->splitter);
    file_bytes_close(f->bytes);
    f->splitter = NULL;
    f->bytes = NULL;
    f->current++;
}

static status open_file(files_source *f) {
    status s = file_bytes_open(f->list.files[f->current].path, &f->stop, &f->bytes);
    if (s != STATUS_OK) return s;
    f->splitter = item_splitter_new(read_bytes, f, f->options.chunk_bytes);
    f->is_first_chunk = true;
    f->taken = 0;
    return f->splitter != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

/* True when some line of the file's beginning begins as JSON does. */
static bool looks_like_items(const source_chunk *c) {
    for (size_t at = 0; at < c->count; at++) {
        while (at < c->count && json_is_space(c->bytes[at])) at++;
        if (at < c->count && (c->bytes[at] == '{' || c->bytes[at] == '[')) return true;
        const char *newline = memchr(c->bytes + at, '\n', c->count - at);
        if (newline == NULL) return false;
        at = (size_t)(newline - c->bytes);
    }
    return false;
}

/* Files in a folder may be anything: what holds no JSON is left alone. */
static bool is_to_skip(files_source *f, const source_chunk *c) {
    const found_file *file = &f->list.files[f->current];
    bool is_first = f->is_first_chunk;
    f->is_first_chunk = false;
    if (!is_first || !file->is_from_folder || looks_like_items(c)) return false;
    log_line(LOG_INFO, "%s: holds no JSON: skipped", file->path);
    return true;
}

static void count_input(files_source *f, source_chunk *c) {
    uint64_t taken = file_bytes_taken(f->bytes);
    c->file = f->current;
    c->input_bytes = taken - f->taken;
    f->taken = taken;
    pthread_mutex_lock(&f->mutex);
    f->bytes_read += c->input_bytes;
    pthread_mutex_unlock(&f->mutex);
}

static bool is_final(status s) {
    return s == STATUS_NO_MEMORY || s == STATUS_STOPPED;
}

/* The next chunk of all the files; a file that fails is said, and passed. */
static status read_chunk(files_source *f, source_chunk **chunk) {
    while (f->current < f->list.count) {
        status s = f->bytes == NULL ? open_file(f) : STATUS_OK;
        if (s == STATUS_OK) s = item_splitter_next(f->splitter, chunk);
        if (s == STATUS_OK && !is_to_skip(f, *chunk)) {
            count_input(f, *chunk);
            return STATUS_OK;
        }
        if (is_final(s)) return s;
        if (s == STATUS_OK)
            source_chunk_free(*chunk);
        else if (s != STATUS_END)
            note_failure(f, f->list.files[f->current].path, status_text(s));
        close_file(f);
    }
    return f->failed > 0 && f->sequence == 0 ? STATUS_CANNOT_READ : STATUS_END;
}

/* ---- Recorded speed, and what people order ---- */

/* Sleeps, but not through an order. */
static void wait_a_little(files_source *f, int64_t wait_ms) {
    struct timespec until;
    if (wait_ms > WAIT_MS_MAX) wait_ms = WAIT_MS_MAX; /* The clock may not be the real one. */
    (void)clock_gettime(CLOCK_REALTIME, &until);
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
    pthread_mutex_lock(&f->mutex);
    f->has_ended = true;
    pthread_mutex_unlock(&f->mutex);
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
    item_splitter_free(f->splitter);
    file_bytes_close(f->bytes);
    files_pace_deinit(&f->pace);
    file_list_deinit(&f->list);
    pthread_cond_destroy(&f->ordered);
    pthread_mutex_destroy(&f->mutex);
    free(f);
}

static files_source *files_new(const source_files_options *o) {
    files_source *f = calloc(1, sizeof(*f));
    if (f == NULL) return NULL;
    if (o != NULL) f->options = *o;
    if (f->options.chunk_bytes == 0) f->options.chunk_bytes = CHUNK_BYTES;
    if (f->options.clock == NULL) f->options.clock = clock_real();
    f->pace.speed = f->options.speed;
    f->pace.clock = f->options.clock;
    f->source = (tweet_source){files_next,      files_stop,  files_state,
                               files_file_name, files_close, files_control};
    atomic_init(&f->stop, false);
    (void)pthread_mutex_init(&f->mutex, NULL);
    (void)pthread_cond_init(&f->ordered, NULL);
    return f;
}

status source_files(const char *const *paths, size_t count, const source_files_options *o,
                    tweet_source **result) {
    files_source *f = files_new(o);
    status s = f == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    for (size_t i = 0; i < count && s == STATUS_OK; i++) s = file_list_add(&f->list, paths[i]);
    if (s == STATUS_OK && f->list.count == 0) s = STATUS_CANNOT_READ;
    if (s != STATUS_OK) {
        if (f != NULL) files_close(&f->source);
        *result = NULL;
        return s;
    }
    f->failed = f->list.failed;
    memcpy(f->failure, f->list.first_failure, sizeof f->failure);
    *result = &f->source;
    return STATUS_OK;
}
