/* SPDX-License-Identifier: MIT */
#include "pipeline/sources/files_pace.h"

#include <string.h>

#include "pipeline/sources/files_probe.h"

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

/* Milliseconds until a line of this recorded time is due; 0 when it is. */
static int64_t wait_for(files_pace *p, int64_t time_ms) {
    int64_t now_us = p->clock->ticks_us(p->clock);
    if (!p->has_begun) {
        p->has_begun = true;
        p->begin_ms = p->position_ms = time_ms;
        p->begin_us = now_us;
    }
    if (time_ms <= p->position_ms) return 0;
    double due_ms = (double)(time_ms - p->begin_ms) / p->speed;
    double passed_ms = (double)(now_us - p->begin_us) / 1000;
    if (due_ms > passed_ms) return (int64_t)(due_ms - passed_ms) + 1;
    p->position_ms = time_ms;
    return 0;
}

static text line_at(const source_chunk *c, size_t at) {
    const char *newline = memchr(c->bytes + at, '\n', c->count - at);
    size_t end = newline != NULL ? (size_t)(newline - c->bytes) + 1 : c->count;
    return (text){c->bytes + at, end - at};
}

/* Copies lines [begin, p->at) into a chunk of their own. */
static source_chunk *slice(files_pace *p, size_t begin, uint64_t lines) {
    source_chunk *s = source_chunk_new(p->at - begin);
    if (s == NULL) return NULL;
    s->count = p->at - begin;
    memcpy(s->bytes, p->chunk->bytes + begin, s->count);
    s->file = p->chunk->file;
    s->first_line = p->chunk->first_line + p->lines;
    s->input_bytes = p->chunk->input_bytes; /* Counted once, with the first slice. */
    p->chunk->input_bytes = 0;
    p->lines += lines;
    return s;
}

status files_pace_next(files_pace *p, source_chunk **chunk, int64_t *wait_ms) {
    size_t begin = p->at;
    uint64_t lines = 0;
    *chunk = NULL;
    *wait_ms = 0;
    while (p->chunk != NULL && p->at < p->chunk->count) {
        text line = line_at(p->chunk, p->at);
        int64_t time_ms;
        if (json_probe_time(line, &time_ms)) *wait_ms = wait_for(p, time_ms);
        if (*wait_ms > 0) break;
        p->at += line.count;
        lines++;
    }
    if (p->at == begin) return STATUS_OK;
    *wait_ms = 0;
    *chunk = slice(p, begin, lines);
    return *chunk != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}
