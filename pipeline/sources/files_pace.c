/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/files_pace.h"

#include <math.h>
#include <string.h>

#include "pipeline/sources/files_probe.h"

enum {
    PASS_LINES_MAX = 64,         /* Looked at for a time, from either end of a chunk. */
    CLOCK_AHEAD_MS_MAX = 600000, /* A recording may be so much ahead of the clock. */
    WAIT_MS_MAX = 1 << 30,
};

/* ---- Where time stands ---- */

/* The moment of the recording that it is now.  A reader that is behind its time does
 * not run after it once the speed has changed. */
static int64_t moment_now(const files_pace *p) {
    if (p->is_paused) return p->begin_ms;
    if (p->speed <= 0 || p->awaited_ms <= p->position_ms) return p->position_ms;
    double passed_ms = (double)(p->clock->ticks_us(p->clock) - p->begin_us) / 1000 * p->speed;
    double most_ms = (double)(p->awaited_ms - p->begin_ms);
    return passed_ms < most_ms ? p->begin_ms + (int64_t)passed_ms : p->awaited_ms;
}

static void begin_at(files_pace *p, int64_t moment_ms) {
    p->begin_ms = moment_ms;
    p->begin_us = p->clock->ticks_us(p->clock);
}

void files_pace_set_speed(files_pace *p, double speed) {
    begin_at(p, moment_now(p));
    p->speed = speed;
}

void files_pace_set_paused(files_pace *p, bool is_paused) {
    begin_at(p, moment_now(p));
    p->is_paused = is_paused;
    if (is_paused) p->has_target = false;
}

void files_pace_seek(files_pace *p, int64_t target_ms) {
    p->has_target = true;
    p->target_ms = target_ms;
}

static void note_time(files_pace *p, int64_t time_ms) {
    if (!p->has_begun) {
        p->has_begun = true;
        p->start_ms = p->position_ms = time_ms;
        begin_at(p, time_ms);
    }
}

static void move_to(files_pace *p, int64_t time_ms) {
    if (time_ms > p->position_ms) p->position_ms = time_ms;
}

/* The place that was sought is reached, and time runs on from there. */
static void arrive(files_pace *p) {
    p->has_target = false;
    move_to(p, p->target_ms);
    begin_at(p, p->position_ms);
}

/* Milliseconds until a line of this recorded time is due; 0 when it is. */
static int64_t wait_for(files_pace *p, int64_t time_ms) {
    note_time(p, time_ms);
    bool is_before_target = p->has_target && time_ms < p->target_ms;
    if (p->has_target && !is_before_target) arrive(p);
    if (p->is_paused && !p->has_target) return INT64_MAX;
    if (time_ms <= p->position_ms) return 0;
    if (p->speed > 0 && !is_before_target) {
        double due_ms = (double)(time_ms - p->begin_ms) / p->speed;
        double passed_ms = (double)(p->clock->ticks_us(p->clock) - p->begin_us) / 1000;
        p->awaited_ms = time_ms;
        if (due_ms > passed_ms) return (int64_t)fmin(due_ms - passed_ms, WAIT_MS_MAX) + 1;
    }
    p->position_ms = time_ms;
    return 0;
}

/* The time of a line, if a tweet can have it: a wrong one would hold the replay for
 * years. */
static bool find_time(const files_pace *p, text line, int64_t *ms) {
    return json_probe_time(line, ms) && *ms >= TWITTER_EPOCH_MS &&
           *ms <= p->clock->now_ms(p->clock) + CLOCK_AHEAD_MS_MAX;
}

/* ---- Chunks that go by ---- */

bool files_pace_is_free(const files_pace *p) {
    return p->speed <= 0 && !p->is_paused && p->chunk == NULL;
}

static text line_at(const source_chunk *c, size_t at) {
    const char *newline = memchr(c->bytes + at, '\n', c->count - at);
    size_t end = newline != NULL ? (size_t)(newline - c->bytes) + 1 : c->count;
    return (text){c->bytes + at, end - at};
}

static bool find_first_time(const files_pace *p, const source_chunk *c, int64_t *ms) {
    size_t at = 0;
    for (int i = 0; i < PASS_LINES_MAX && at < c->count; i++) {
        text line = line_at(c, at);
        if (find_time(p, line, ms)) return true;
        at += line.count;
    }
    return false;
}

static bool find_last_time(const files_pace *p, const source_chunk *c, int64_t *ms) {
    size_t end = c->count;
    for (int i = 0; i < PASS_LINES_MAX && end > 0; i++) {
        const char *newline = memrchr(c->bytes, '\n', end - 1);
        size_t begin = newline != NULL ? (size_t)(newline - c->bytes) + 1 : 0;
        if (find_time(p, (text){c->bytes + begin, end - begin}, ms)) return true;
        end = begin;
    }
    return false;
}

void files_pace_pass(files_pace *p, const source_chunk *chunk) {
    int64_t time_ms;
    if (!p->has_begun && find_first_time(p, chunk, &time_ms)) note_time(p, time_ms);
    if (find_last_time(p, chunk, &time_ms)) {
        note_time(p, time_ms);
        move_to(p, time_ms);
    }
    if (p->has_target && p->position_ms >= p->target_ms) arrive(p);
}

/* ---- Lines when they are due ---- */

void files_pace_give(files_pace *p, source_chunk *chunk) {
    source_chunk_free(p->chunk);
    p->chunk = chunk;
    p->at = 0;
    p->lines = 0;
}

void files_pace_deinit(files_pace *p) {
    source_chunk_free(p->chunk);
    p->chunk = NULL;
}

/* Copies lines [begin, p->at) into a chunk of their own. */
static source_chunk *slice(files_pace *p, size_t begin, uint64_t lines) {
    source_chunk *s = source_chunk_new(p->at - begin);
    if (s == NULL) return NULL;
    s->count = p->at - begin;
    memcpy(s->bytes, p->chunk->bytes + begin, s->count);
    s->file = p->chunk->file;
    s->first_line = p->chunk->first_line + p->lines;
    s->was_utf16 = p->chunk->was_utf16;
    s->form = p->chunk->form;
    s->input_bytes = p->chunk->input_bytes; /* Counted once, with the first slice. */
    p->chunk->input_bytes = 0;
    p->lines += lines;
    return s;
}

status files_pace_next(files_pace *p, source_chunk **chunk, int64_t *wait_ms) {
    size_t begin = p->at;
    uint64_t lines = 0;
    *chunk = NULL;
    *wait_ms = p->is_paused && !p->has_target ? INT64_MAX : 0;
    if (p->chunk == NULL || *wait_ms > 0) return STATUS_OK;
    while (p->at < p->chunk->count) {
        text line = line_at(p->chunk, p->at);
        int64_t time_ms;
        if (find_time(p, line, &time_ms)) *wait_ms = wait_for(p, time_ms);
        if (*wait_ms > 0) break;
        p->at += line.count;
        lines++;
    }
    if (p->at == begin) {
        if (*wait_ms == 0) files_pace_give(p, NULL);
        return STATUS_OK;
    }
    *wait_ms = 0;
    *chunk = slice(p, begin, lines);
    return *chunk != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}
