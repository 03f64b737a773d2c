/* SPDX-License-Identifier: MIT */
#include "server/base/backend.h"
#include "server/base/params.h"
#include "server/cli/asker.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    asker asker;
    pipeline *pipeline;
} local;

static const query *query_find(text path) {
    for (size_t i = 0; i < query_count; i++)
        if (text_equal(path, text_of(queries[i].path))) return &queries[i];
    return NULL;
}

static status answer(const local *l, const query *q, text parameters, json_writer *w) {
    char memory[PARAM_TEXTS_BYTES];
    query_params p;
    param_errors errors = {.count = 0};
    if (!params_read(parameters, q->params, q->sorts, &p, memory, &errors))
        return STATUS_BAD_ARGUMENT;
    const moment *m = pipeline_acquire(l->pipeline);
    json_begin_object(w);
    status s = q->answer(m, &p, w);
    json_end_object(w);
    pipeline_release(l->pipeline, m);
    return s;
}

static void write_stats(const local *l, json_writer *w) {
    const moment *m = pipeline_acquire(l->pipeline);
    json_begin_object(w);
    json_key(w, "data");
    pipeline_write_stats(l->pipeline, m, w);
    json_end_object(w);
    pipeline_release(l->pipeline, m);
}

static void write_alerts(const local *l, json_writer *w) {
    pipeline_look(l->pipeline);
    json_begin_object(w);
    json_key(w, "data");
    watch_write_alerts(pipeline_watch(l->pipeline), w);
    json_end_object(w);
}

static status local_ask(asker *self, const char *what, buffer *body) {
    const local *l = (const local *)self;
    text whole = text_of(what);
    size_t end;
    status s = STATUS_OK;
    if (!text_find_byte(whole, '?', &end)) end = whole.count;
    text path = text_slice(whole, 0, end), rest = text_slice(whole, end + 1, whole.count);
    const query *q = query_find(path);
    buffer_clear(body);
    json_writer w = json_to(body);
    if (text_equal(path, text_of(STATS_NAME)))
        write_stats(l, &w);
    else if (text_equal(path, text_of(ALERTS_NAME)))
        write_alerts(l, &w);
    else
        s = q == NULL ? STATUS_NOT_FOUND : answer(l, q, rest, &w);
    return s == STATUS_OK && body->failed ? STATUS_NO_MEMORY : s;
}

static void local_close(asker *self) {
    free(self);
}

status asker_local(pipeline *p, asker **result) {
    local *l = calloc(1, sizeof *l);
    *result = NULL;
    if (l == NULL) return STATUS_NO_MEMORY;
    *l = (local){.asker = {.ask = local_ask, .close = local_close}, .pipeline = p};
    *result = &l->asker;
    return STATUS_OK;
}
